"""Executes notebooks as `nbdev_test` does, and keeps what they show."""
import os
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "nbs"


def notebook_paths():
    "The notebooks of the project, in reading order."
    return sorted(NOTEBOOKS.glob("*.ipynb"))


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
    "The notebook at `path`, cleaned, with the outputs that its cells give now; raises what a cell raises."
    from execnb.nbio import read_nb
    from execnb.shell import CaptureShell
    from nbdev.clean import clean_nb
    from nbdev.process import NBProcessor

    os.environ["IN_TEST"] = "1"
    kept, processed = read_nb(path), NBProcessor(path, process=True).nb
    shell = CaptureShell(path)
    with working_in(path.parent):
        for keep, cell in zip(kept.cells, processed.cells, strict=True):
            if cell.cell_type != "code":
                continue
            cell.outputs = []
            if runs(cell):
                shell.cell(cell)
                if shell.exc:
                    sys.stderr.write(shell.prettytb(fname=path) + "\n")
                    raise shell.exc
            keep.outputs = cell.outputs
    clean_nb(kept)
    return kept


if __name__ == "__main__":
    from execnb.nbio import write_nb
    for name in sys.argv[1:]:
        write_nb(execute(Path(name).resolve()), name)
