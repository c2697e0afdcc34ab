"""Executes notebooks by nbdev_test, keeps what they show, and tells where stored outputs are stale."""
import argparse
import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "nbs"
SAME_PIXELS, SIMILAR_PIXELS = 1.0, 10.0    # root mean square of grey levels, of 255: the same Matplotlib drew both, or another did


class Failure(Exception):
    "A check's finding: what is wrong and where, in words for whoever mends it."


def notebook_paths():
    "The notebooks of the project, in reading order."
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def text(source):
    "A cell's source or an output's text as one string: notebooks store either that or a list of lines."
    return source if isinstance(source, str) else "".join(source)


def options(source):
    "A code cell's `#| key: value` options as a dict, and its code without any directive."
    found = {key: value.strip('"') for key, value in re.findall(r"^#\| *([\w-]+): *(.*?) *$", source, re.MULTILINE)}
    return found, re.sub(r"^#\|.*\n?", "", source, flags=re.MULTILINE).strip()


def copy_repository(folder, *but):
    "Copies the repository's own files, none that was built from them, and none that fits a pattern of `but`."
    built = ".git", ".venv", "_docs", "_proc", "_build", "build", "dist", "*.egg-info", "__pycache__", ".ipynb_checkpoints"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*built, *but), dirs_exist_ok=True)


@contextmanager
def working_in(folder):
    "Works in `folder` and comes back."
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def nbdev_test(path):
    "Runs nbdev_test on one notebook; returns {\"outputs\": {cell id: outputs}, \"equations\": {name: (distance, tolerance)}}."
    environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **os.environ}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tools.recording", folder, "--path", str(path)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        record = Path(folder) / f"{path.stem}.json"
        if done.returncode or not record.exists():
            raise Failure(f"nbdev_test of nbs/{path.name}: {(done.stdout + done.stderr).strip()}")
        return json.loads(record.read_text(encoding="utf-8"))


def nbdev_test_all(paths):
    "Runs nbdev_test on notebooks, as many at a time as there are cores, each in a process of its own; returns {path: record}."
    largest_first = sorted(paths, key=lambda path: -path.stat().st_size)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {path: pool.submit(nbdev_test, path) for path in largest_first}
    if failed := [str(job.exception()) for job in jobs.values() if job.exception()]:
        raise Failure("\n".join(failed))
    return {path: jobs[path].result() for path in paths}


def with_outputs(path, outputs):
    "The notebook at `path`, cleaned, with these outputs in the cells that ran."
    from execnb.nbio import read_nb
    from nbdev.clean import clean_nb
    notebook = read_nb(path)
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.id in outputs:
            cell.outputs = outputs[cell.id]
    clean_nb(notebook)
    return notebook


def refresh(paths):
    "Executes notebooks and stores their outputs."
    from execnb.nbio import write_nb
    for path, record in nbdev_test_all(paths).items():
        write_nb(with_outputs(path, record["outputs"]), path)
        print(f"refreshed {path.name}", flush=True)


def is_same_picture(stored, fresh):
    "Whether two PNGs show the same: to the pixel, up to rounding, where one Matplotlib drew both; else nearly."
    import numpy as np
    from PIL import Image
    if stored == fresh:
        return True
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in (stored, fresh)]
    if pictures[0].size != pictures[1].size:
        return False
    one_version = pictures[0].info.get("Software") == pictures[1].info.get("Software")
    a, b = (np.asarray(picture.convert("RGBA"), float) for picture in pictures)
    return np.sqrt(np.mean((a - b) ** 2)) <= (SAME_PIXELS if one_version else SIMILAR_PIXELS)


def shown(output):
    "An output as comparable parts: {kind: text or picture}."
    if output["output_type"] == "stream":
        return {output["name"]: text(output["text"])}
    return {kind: text(data) for kind, data in output.get("data", {}).items()}


def stale_outputs(path, outputs):
    "Where the outputs stored in a notebook differ from fresh ones, as messages."
    from execnb.nbio import read_nb
    for number, (old, new) in enumerate(zip(read_nb(path).cells, with_outputs(path, outputs).cells, strict=True)):
        if old.cell_type != "code":
            continue
        where = f"nbs/{path.name} cell {number} (id {old.id})"
        before, after = ([shown(o) for o in cell.get("outputs", [])] for cell in (old, new))
        if [sorted(o) for o in before] != [sorted(o) for o in after]:
            yield f"{where}: {len(before)} outputs stored, {len(after)} now, or of other kinds"
            continue
        for kind, a, b in ((kind, one[kind], other[kind]) for one, other in zip(before, after) for kind in one):
            if not (is_same_picture(a, b) if kind == "image/png" else a == b):
                line = next((f": {y!r}, stored {x!r}" for x, y in zip(a.splitlines(), b.splitlines()) if x != y), "")
                yield f"{where}: the stored {kind} is stale" + ("" if kind.startswith("image") else line[:300])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Execute notebooks and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="paths; without any, all of nbs/")
    try:
        refresh([path.resolve() for path in parser.parse_args().notebooks] or notebook_paths())
    except Failure as failure:
        sys.exit(str(failure))
