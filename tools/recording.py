"""nbdev_test of one notebook, with a shell that remembers what it shows: python -m tools.recording FOLDER --path NOTEBOOK."""
import json
import sys
from pathlib import Path

import nbdev.test
from execnb.shell import CaptureShell

EVENT = "nn_basics.check_equation"
held = {}                                    # {equation: (distance, tolerance)} of the notebook that is running


def listen(event, arguments):
    "Notes how closely an equation held."
    if event == EVENT:
        held[arguments[0]] = arguments[1:]


class RecordingShell(CaptureShell):
    "nbdev's shell; writes the outputs and the equations' distances of a notebook that ran to its end into `folder`."
    folder = None

    def __init__(self, path, **options):
        super().__init__(path, **options)
        self.path = Path(path)

    def run_all(self, nb, preproc, **options):
        "Runs a notebook; the outputs of cells that it skips are left out."
        ran = {}

        def skip(cell):
            if cell.cell_type == "code" and not (skipped := preproc(cell)):
                cell.outputs, ran[cell.id] = [], cell
                return skipped
            return True

        super().run_all(nb, preproc=skip, **options)
        record = {"outputs": {key: cell.outputs for key, cell in ran.items()}, "equations": dict(held)}
        (self.folder / f"{self.path.stem}.json").write_text(json.dumps(record, default=list), encoding="utf-8")


if __name__ == "__main__":
    RecordingShell.folder = Path(sys.argv.pop(1))
    nbdev.test.CaptureShell = RecordingShell
    sys.addaudithook(listen)
    nbdev.test.nbdev_test()
