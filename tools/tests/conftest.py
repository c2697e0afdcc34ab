"""How the tests are run and told of, and copies of the repository that they may break."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from tools import reporter
from tools.notebooks import ROOT, Failure, copy_repository, notebook_paths, text

LONGEST_FIRST = "test_project.py", "test_site.py", "test_memory.py", "test_catches.py"
SITE = ["site", "links", "browser", "quarto"]            # checks that use the built site
SHARING = dict.fromkeys(SITE, "site")
SHARING |= {f"tests/{name}": name for name in ("catches", "memory")}


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    "One line for each check, from the process that prints."
    if not hasattr(config, "workerinput"):
        reporter.use(config)


class Scheduling(LoadScopeScheduling):
    "Each test to who is free; tests that share what they build to one process."

    def _split_scope(self, nodeid):
        "What tests of one process have in common."
        return SHARING.get(reporter.check_of(nodeid)[0], nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    "The scheduling above: xdist's own groups do not reach it under pytest 9.2."
    return Scheduling(config, log)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    "A check's finding is told in its own words, without a traceback."
    outcome = yield
    if call.excinfo and isinstance(call.excinfo.value, Failure):
        outcome.get_result().longrepr = str(call.excinfo.value)


def pytest_collection_modifyitems(items):
    "What takes longest comes first, and many short tests last: so the cores end together."
    rank = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


@pytest.fixture
def say(record_property):
    "Adds a sentence to the line of the check."
    return lambda said: record_property("said", str(said))


class Copy:
    """A copy of the repository with a few of its notebooks, without names with all, and
    with a few of its modules, if they are named."""

    def __init__(self, folder, notebooks, modules=None):
        self.folder = folder
        notebooks = notebooks or [path.name for path in notebook_paths()]
        copy_repository(folder, "*.ipynb")
        for name in notebooks:
            shutil.copy(ROOT / "nbs" / name, folder / "nbs")
        for path in (folder / "nn_basics").glob("[!_]*.py") if modules else ():
            if path.stem not in modules:
                path.unlink()
        if len(notebooks) < len(notebook_paths()):
            self.trim(notebooks)

    def trim(self, notebooks):
        "Leaves in the navigation, and on the front page, what this copy has."
        modules = sorted(path.stem for path in (self.folder / "nn_basics").glob("[!_]*.py"))
        pages = [name for name in notebooks if name != "index.ipynb"] + [
            "equations.qmd",
            "benchmark.qmd",
        ]
        pages += [f"source_{module}.qmd" for module in modules]
        sidebar = {"contents": ["index.ipynb", {"section": "All", "contents": pages}]}
        written = json.dumps({"website": {"sidebar": sidebar}})
        (self.folder / "nbs" / "sidebar.yml").write_text(written, encoding="utf-8")
        front = self.folder / "nbs" / "index.ipynb"
        if front.exists():
            notebook = json.loads(front.read_text(encoding="utf-8"))
            notebook["cells"] = [
                c for c in notebook["cells"] if ".ipynb)" not in text(c["source"])
            ]
            front.write_text(json.dumps(notebook), encoding="utf-8")

    def run(self, *command, path=None, **environment):
        "Runs a command in the copy; gives its exit code and all that it printed."
        folders = [path, Path(sys.executable).parent, os.environ["PATH"]]
        variables = (
            os.environ
            | {"PATH": os.pathsep.join(str(f) for f in folders if f)}
            | environment
        )
        done = subprocess.run(
            [str(c) for c in command],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={k: v for k, v in variables.items() if not k.startswith("PYTEST_")},
        )
        return done.returncode, done.stdout + done.stderr

    def check(self, *names):
        "Runs checks of `make test` in the copy."
        tests = [f"tools/tests/test_project.py::test_{name}" for name in names]
        return self.run(sys.executable, "-m", "pytest", "-n", "0", *tests)

    def add(self, name, sources):
        "Writes a notebook; what starts with a capital or a sign for Markdown is Markdown."
        cells = []
        for number, source in enumerate(sources):
            lines = source.splitlines(keepends=True)
            cell = {"id": f"cell{number}", "metadata": {}, "source": lines}
            if source[0].isupper() or source[0] in "#$":
                cell["cell_type"] = "markdown"
            else:
                cell |= {"cell_type": "code", "outputs": [], "execution_count": None}
            cells.append(cell)
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.write(self.folder / "nbs" / name, notebook, export=False)

    def edit(self, name, old, new):
        "Replaces text in the one cell of a notebook that holds it."
        path = self.folder / "nbs" / name
        notebook = json.loads(path.read_text(encoding="utf-8"))
        found = [cell for cell in notebook["cells"] if old in text(cell["source"])]
        assert len(found) == 1, f"{name} has {len(found)} cells with {old!r}"
        found[0]["source"] = text(found[0]["source"]).replace(old, new).splitlines(True)
        self.write(path, notebook, export="#| export" in text(found[0]["source"]))

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
        self.write(path, notebook, export=False)

    def write(self, path, notebook, export):
        "Writes a notebook as nbdev does; exports it where that may change the package."
        from execnb.nbio import dict2nb, write_nb

        write_nb(dict2nb(notebook), path)
        if export:
            assert self.run("nbdev_export")[0] == 0


@pytest.fixture(scope="session")
def copy(tmp_path_factory):
    "Makes a copy of the repository with the notebooks named."
    def make(*notebooks, **options):
        return Copy(tmp_path_factory.mktemp("copy"), notebooks, **options)

    return make


@pytest.fixture
def stand_in(tmp_path):
    "Makes an executable that notes its calls and runs a script: its folder, the notes."
    folder, record = tmp_path / "bin", tmp_path / "calls.txt"
    folder.mkdir()

    def make(name, script=""):
        note = f'echo "{name} $* in $PWD" >> "{record}"'
        (folder / name).write_text(f"#!/bin/sh\n{note}\n{script}\n")
        (folder / name).chmod(0o755)
        return folder, record

    return make
