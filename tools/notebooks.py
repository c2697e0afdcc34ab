"""Executes notebooks as `nbdev_test` does, keeps what they show, and tells where stored outputs are stale."""
import argparse
import base64
import io
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "nbs"
EQUATION_EVENT = "nn_basics.check_equation"
SAME_PIXELS, SIMILAR_PIXELS = 1.0, 10.0    # root mean square of grey levels, of 255: the same Matplotlib drew both, or another did


class Failure(Exception):
    "A check's finding: what is wrong and where, in words for whoever mends it."


def notebook_paths():
    "The notebooks of the project, in reading order."
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def text(source):
    "A cell's source or an output's text as one string: notebooks store either that or a list of lines."
    return source if isinstance(source, str) else "".join(source)


def runs(cell):
    "Whether executing the notebook runs this cell: all but `#| eval: false`, `#| notest` and the export."
    directives = getattr(cell, "directives_", None) or {}
    return not ("nbdev_export(" in cell.source or "notest" in directives
                or directives.get("eval:", [""])[0].lower() == "false")


@contextmanager
def working_in(folder):
    "Works in `folder` and comes back."
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def execute(path):
    "The notebook at `path`, cleaned, with the outputs its cells give now, and the distance at which each equation held."
    from execnb.nbio import read_nb
    from execnb.shell import CaptureShell
    from nbdev.clean import clean_nb
    from nbdev.process import NBProcessor

    os.environ["IN_TEST"] = "1"
    held = {}
    sys.addaudithook(lambda event, args: held.update({args[0]: args[1:]}) if event == EQUATION_EVENT else None)
    kept, processed = read_nb(path), NBProcessor(path, process=True).nb
    shell = CaptureShell(path)
    with working_in(path.parent):
        for number, (keep, cell) in enumerate(zip(kept.cells, processed.cells, strict=True)):
            if cell.cell_type != "code":
                continue
            cell.outputs = []
            if runs(cell):
                shell.cell(cell)
                if shell.exc:
                    raise Failure(f"{path.name} cell {number} (id {keep.id}): {type(shell.exc).__name__}: {shell.exc}")
            keep.outputs = cell.outputs
    clean_nb(kept)
    return kept, held


def execute_all(paths, workers=None):
    "Executes the notebooks, each in a process of its own; yields (path, notebook, equations), in the order of `paths`."
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(workers or os.cpu_count(), mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        jobs = [pool.submit(execute, path) for path in paths]
        for path, job in zip(paths, jobs):
            yield path, *job.result()


def refresh(paths):
    "Executes the notebooks and stores their outputs."
    from execnb.nbio import write_nb
    for path, notebook, _ in execute_all(paths):
        write_nb(notebook, path)
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


def stale_outputs(stored, fresh):
    "Where the outputs stored in one notebook differ from fresh ones, as messages."
    for number, (old, new) in enumerate(zip(stored.cells, fresh.cells, strict=True)):
        if old.cell_type != "code":
            continue
        before, after = ([shown(o) for o in cell.get("outputs", [])] for cell in (old, new))
        if [sorted(o) for o in before] != [sorted(o) for o in after]:
            yield f"cell {number} (id {old.id}): {len(before)} outputs stored, {len(after)} now, or of other kinds"
            continue
        for kind, a, b in ((kind, one[kind], other[kind]) for one, other in zip(before, after) for kind in one):
            if not (is_same_picture(a, b) if kind == "image/png" else a == b):
                line = next((f": {y!r}, stored {x!r}" for x, y in zip(a.splitlines(), b.splitlines()) if x != y), "")
                yield f"cell {number} (id {old.id}): the stored {kind} is stale" + ("" if kind.startswith("image") else line[:300])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Execute notebooks and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="paths; without any, all of nbs/")
    arguments = parser.parse_args()
    try:
        refresh([path.resolve() for path in arguments.notebooks] or notebook_paths())
    except Failure as failure:
        sys.exit(str(failure))
