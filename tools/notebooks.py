"""The project's notebooks: where they are, what their cells say, and how they are run."""

import argparse
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "nbs"
BUILT = (
    ".git",
    ".venv",
    "_docs",
    "_proc",
    "_build",
    "build",
    "dist",
    "*.egg-info",
    "__pycache__",
    ".ipynb_checkpoints",
    ".import_linter_cache",
)
ENDED = json.dumps({"code": 1, "said": "python -m tools.recording has ended"})


class Failure(Exception):
    "A check's finding: what is wrong and where, in words for whoever mends it."


def notebook_paths():
    "The notebooks of the project, in reading order."
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def largest_first(paths):
    "The order in which notebooks are run, so that the cores end together."
    return sorted(paths, key=lambda path: -path.stat().st_size)


def text(source):
    "A cell's source or an output's text as one string; notebooks may store lists of lines."
    return source if isinstance(source, str) else "".join(source)


def code_alone(source):
    "A code cell's source without directives."
    return re.sub(r"^#\|.*\n?", "", source, flags=re.MULTILINE).strip()


def copy_repository(folder, *but):
    "Copies the repository's own files, none that was built and none that fits `but`."
    ignored = shutil.ignore_patterns(*BUILT, *but)
    shutil.copytree(ROOT, folder, ignore=ignored, dirs_exist_ok=True)


@contextmanager
def working_in(folder):
    "Works in `folder` and comes back."
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


class Runner:
    "Runs nbdev_test on one notebook after the other, each in a process of its own."

    def __init__(self, environment=None, threads=1, python=sys.executable):
        variables = {
            "OPENBLAS_NUM_THREADS": str(threads),
            "OMP_NUM_THREADS": str(threads),
            "MPLCONFIGDIR": str(ROOT / "_build" / "matplotlib"),   # nobody's own settings
        }
        self.server = subprocess.Popen(
            [python, "-m", "tools.recording"],
            cwd=ROOT,
            env=os.environ | variables | (environment or {}),
            text=True,
            encoding="utf-8",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        "Ends the server."
        self.server.stdin.close()
        self.server.stdout.close()
        self.server.wait()

    def __call__(self, path):
        """Runs the notebook at `path`; raises Failure where it does not pass.

        Returns {"outputs": {cell id: outputs}, "checked": [equation name],
        "failed": {cell id: error}}."""
        with tempfile.TemporaryDirectory() as folder:
            record = Path(folder) / "record.json"
            request = json.dumps({"path": str(path), "record": str(record)})
            print(request, file=self.server.stdin, flush=True)
            answer = json.loads(self.server.stdout.readline() or ENDED)
            if (code := answer["code"]) or not record.exists():
                how = f"ended by signal {-code}" if code < 0 else answer["said"].strip()
                raise Failure(f"nbdev_test of nbs/{path.name}: {how}")
            return json.loads(record.read_text(encoding="utf-8"))


def nbdev_test_all(paths):
    "Runs nbdev_test on notebooks, one for each core at a time: {path: record}."
    runners = queue.SimpleQueue()

    def run(path):
        runner = runners.get()
        try:
            return runner(path)
        finally:
            runners.put(runner)

    with ExitStack() as stack:
        for _ in range(min(os.cpu_count(), len(paths))):
            runners.put(stack.enter_context(Runner()))
        pool = stack.enter_context(ThreadPoolExecutor(os.cpu_count()))
        jobs = {path: pool.submit(run, path) for path in largest_first(paths)}
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Execute notebooks and store their outputs."
    )
    parser.add_argument("paths", nargs="*", type=Path, help="without any, all of nbs/")
    try:
        refresh([path.resolve() for path in parser.parse_args().paths] or notebook_paths())
    except Failure as failure:
        sys.exit(str(failure))
