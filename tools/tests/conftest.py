"""Copies of the repository that the tests may break."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.notebooks import ROOT, copy_repository, notebook_paths, text


class House:
    "A copy of the repository with a few of its notebooks; without names, with all."

    def __init__(self, folder, notebooks):
        self.folder = folder
        notebooks = notebooks or [path.name for path in notebook_paths()]
        copy_repository(folder, "*.ipynb")
        for name in notebooks:
            shutil.copy(ROOT / "nbs" / name, folder / "nbs")
        if len(notebooks) < len(notebook_paths()):
            self.trim(notebooks)

    def trim(self, notebooks):
        "Leaves in the navigation, and on the front page, what this copy has."
        sources = [f"source_{p.stem}.qmd" for p in sorted((self.folder / "nn_basics").glob("*.py")) if not p.name.startswith("_")]
        entries = ["index.ipynb", {"section": "All", "contents": [n for n in notebooks if n != "index.ipynb"] + ["equations.qmd", "benchmark.qmd"] + sources}]
        (self.folder / "nbs" / "sidebar.yml").write_text(json.dumps({"website": {"sidebar": {"contents": entries}}}))
        front = self.folder / "nbs" / "index.ipynb"
        if front.exists():
            notebook = json.loads(front.read_text(encoding="utf-8"))
            notebook["cells"] = [cell for cell in notebook["cells"] if ".ipynb)" not in text(cell["source"])]
            front.write_text(json.dumps(notebook))

    def run(self, *command, path=None):
        "Runs a command in the copy; gives its exit code and all that it printed."
        environment = {**os.environ, "PATH": f"{path or ''}{os.pathsep if path else ''}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run([str(c) for c in command], cwd=self.folder, capture_output=True, text=True, env=environment)
        return done.returncode, done.stdout + done.stderr

    def check(self, *checks):
        "Runs checks of `make test` in the copy."
        return self.run(sys.executable, "-m", "tools.test", *checks)

    def edit(self, name, old, new):
        "Replaces text in one cell of a notebook, which must hold it once, and exports the package."
        path = self.folder / "nbs" / name
        notebook = json.loads(path.read_text(encoding="utf-8"))
        found = [cell for cell in notebook["cells"] if old in text(cell["source"])]
        assert len(found) == 1, f"{name} has {len(found)} cells with {old!r}"
        found[0]["source"] = text(found[0]["source"]).replace(old, new).splitlines(True)
        self.write(path, notebook)

    def edit_output(self, name, old, new):
        "Replaces text in the stored outputs of a notebook."
        path = self.folder / "nbs" / name
        notebook = json.loads(path.read_text(encoding="utf-8"))
        changed = 0
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                lines = output.get("text") or output.get("data", {}).get("text/plain")
                if lines and old in text(lines):
                    lines[:] = text(lines).replace(old, new).splitlines(True)
                    changed += 1
        assert changed, f"no output of {name} has {old!r}"
        self.write(path, notebook)

    def write(self, path, notebook):
        "Writes a notebook as nbdev does, and exports it."
        from execnb.nbio import dict2nb, write_nb
        write_nb(dict2nb(notebook), path)
        assert self.run("nbdev_export")[0] == 0


@pytest.fixture
def house(tmp_path):
    "Makes a copy of the repository with the notebooks named."
    return lambda *notebooks: House(tmp_path / "house", notebooks)


@pytest.fixture
def stand_in(tmp_path):
    "Makes an executable that records how it is called and does what its script says; gives the folder and the record."
    folder, record = tmp_path / "bin", tmp_path / "calls.txt"
    folder.mkdir()

    def make(name, script=""):
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $* in $PWD" >> "{record}"\n{script}\n')
        (folder / name).chmod(0o755)
        return folder, record
    return make
