"""Runs nbdev_test on notebooks, each in its own process, and records what they show.

`python -m tools.recording` imports nbdev once and forks for every request, a line of JSON:
the paths of a notebook and of its record. It answers with exit code and printed text."""

import json
import locale
import os
import sys
import tempfile
from pathlib import Path

import nbdev.test
from execnb.shell import CaptureShell

from tools import perturbation

EVENT = "nn_basics.check_equation"
checked = []  # the equations that the running notebook has checked


def listen(event, arguments):
    "Notes that an equation was checked."
    if event == EVENT:
        checked.append(arguments[0])


class RecordingShell(CaptureShell):
    "nbdev's shell; writes down what a notebook that ran to its end showed and checked."

    record = None  # the path to write to

    def run_all(self, nb, preproc, exc_stop, **options):
        "Runs a notebook, where perturbed to its end; leaves out the cells that it skips."
        ran, failed = {}, {}

        def skip(cell):
            if cell.cell_type == "code" and not (skipped := preproc(cell)):
                cell.outputs, ran[cell.id] = [], cell
                return skipped
            return True

        def note_failure(cell):
            if self.exc:
                failed[cell.id] = f"{type(self.exc).__name__}: {self.exc}"

        super().run_all(
            nb,
            preproc=skip,
            postproc=note_failure,
            exc_stop=exc_stop and not perturbation.asked(),
            **options,
        )
        outputs = {key: cell.outputs for key, cell in ran.items() if key not in failed}
        record = {"outputs": outputs, "checked": checked, "failed": failed}
        Path(self.record).write_text(json.dumps(record, default=list), encoding="utf-8")


def run(path, record):
    "Runs nbdev_test on one notebook in this process."
    RecordingShell.record = record
    nbdev.test.CaptureShell = RecordingShell
    sys.addaudithook(listen)
    draw_when_shown()
    nbdev.test.nbdev_test(path=path, n_workers=0)


def draw_when_shown():
    "Has Matplotlib draw a figure where it is shown, as in Jupyter, not after its cell too."
    from matplotlib.backend_bases import FigureCanvasBase

    FigureCanvasBase.draw_idle = lambda canvas: None


def redirect(said):
    "Sends what this process prints into a file, and gives it nothing to read."
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(said.fileno(), 1)
    os.dup2(said.fileno(), 2)


def in_a_child(path, record):
    "Runs a notebook in a child process; gives its exit code and what it printed."
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if not child:
            redirect(said)
            run(path, record)
            sys.exit()
        _, status = os.waitpid(child, 0)
        said.seek(0)
        return os.waitstatus_to_exitcode(status), said.read().decode(errors="replace")


if __name__ == "__main__":
    locale.setlocale(locale.LC_ALL, "")
    perturbation.install()
    for line in sys.stdin:
        code, said = in_a_child(**json.loads(line))
        print(json.dumps({"code": code, "said": said}), flush=True)
