"The progress bar in a terminal, in a file and in a notebook, and tqdm in its place."
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import nbformat
import pytest
from nbclient import NotebookClient

from tools.notebooks import ROOT

TRAINS = """
import fcntl, itertools, signal, struct, sys, termios, time
from nn_basics.descent import descend

quarters, steps = itertools.count(), itertools.count(1)
time.perf_counter = lambda: next(quarters) / 4       # each look at the clock takes 1/4 s
def step(parameters, columns):
    {happens}
    return 0., {{"dw": 0.}}
descend(step, {{"w": 0.}}, 100, 1., record_every=None, progress=True)
"""
RESIZES = """if next(steps) == 50:
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, {columns}, 0, 0))"""
INTERRUPTED = "if next(steps) == 50: signal.raise_signal(signal.SIGINT)"


def command(happens):
    "What trains, with something that happens in each of its steps."
    return [sys.executable, "-c", TRAINS.format(happens=happens)]


def in_terminal(columns, happens="pass"):
    "What a training writes on a terminal of so many columns."
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(command(happens), stderr=theirs, cwd=ROOT):
        os.close(theirs)
        written = b""
        try:
            while piece := os.read(ours, 4096):
                written += piece
        except OSError:                      # Linux: nobody has the terminal any more
            pass
    os.close(ours)
    return written.decode()


@pytest.mark.parametrize("columns", [120, 60, 30, 2])
def test_terminal(columns):
    "The bar fills its line but for the last column, and begins no second line."
    written = in_terminal(columns)
    assert written.endswith("\r\n") and written.count("\n") == 1
    before, *lines = written[:-2].split("\r")
    assert before == "" and len(lines) > 10
    assert {len(line) for line in lines} == {columns - 1}
    if columns > 60:
        assert lines[-1].startswith("100%|█") and "█| 100/100 [" in lines[-1]


@pytest.mark.parametrize(("columns", "later"), [(90, 50), (50, 90)])
def test_resized(columns, later):
    "A terminal that is resized gets lines of its new width."
    lines = in_terminal(columns, RESIZES.format(columns=later))[:-2].split("\r")[1:]
    assert [len(lines[0]), len(lines[-1])] == [columns - 1, later - 1]
    assert {len(line) for line in lines} == {columns - 1, later - 1}


def test_interrupted():
    "What interrupts a training begins below the bar, which says where it was."
    bar, _, below = in_terminal(90, INTERRUPTED).partition("\r\n")
    assert "| 49/100 [" in bar.split("\r")[-1] and below.startswith("Traceback")


@pytest.mark.parametrize("happens", ["pass", INTERRUPTED])
def test_file(happens, tmp_path):
    "A file gets one line, when the training has ended."
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
        subprocess.run(command(happens), stderr=log, cwd=ROOT, env=environment)
        log.seek(0)
        first, *rest = log.read().splitlines()
    done = "| 100/100 [" if happens == "pass" else "| 49/100 ["
    assert done in first and "\r" not in first
    assert rest[:1] == ([] if happens == "pass" else ["Traceback (most recent call last):"])


def test_kernel(monkeypatch):
    "In Jupyter's kernel the bar is one line, rewritten."
    monkeypatch.chdir(ROOT)
    cells = [nbformat.v4.new_code_cell(TRAINS.format(happens="pass"))]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3").execute()
    streams = [output for output in cells[0].outputs if output.output_type == "stream"]
    assert {stream.name for stream in streams} == {"stderr"}
    written = "".join(stream.text for stream in streams)
    *rest, last = written.removesuffix("\n").split("\r")
    assert "\n" not in written[:-1] and len(rest) > 10
    assert last.startswith("100%|██████████| 100/100 [")


def test_tqdm():
    "tqdm's bar counts with the line that the notebook shows."
    tqdm = pytest.importorskip("tqdm")
    from nn_basics.descent import descend

    with tqdm.tqdm(total=100, file=open(os.devnull, "w")) as bar:
        descend(lambda parameters, columns: (0., {"dw": 0.}), {"w": 0.}, 100, 1.,
                progress=lambda done, *_: bar.update(int(done) - bar.n))
        assert bar.n == 100
