"""The checks of the project as it is; the other tests show what these catch."""

import io
import os
import shutil
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout

import pytest

from tools import (
    browser,
    checkers,
    described,
    equations,
    imports,
    links,
    lint,
    outputs,
    readme,
    renderers,
    site,
    sizes,
    style,
    wheel,
)
from tools.notebooks import ROOT, Failure, Runner, largest_first, notebook_paths


class Rounding(UserWarning):
    "A stored number differs by one in its last digit."


def test_site(stand_in, monkeypatch):
    "The embedded site builds without a warning, and nothing is fetched for it."
    for name in ("sudo", "curl", "wget", "dpkg", "quarto"):
        folder, record = stand_in(name)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        site.build("sphinx")
    if record.exists():
        raise Failure(f"the build calls what fetches:\n{record.read_text()}")


def test_links(say):
    "Every link and anchor in the site resolves, and no page asks another host."
    say(f"{links.check(site.SITE)} pages")


def test_browser(say):
    "Every page opens in Chromium as it should."
    if browser.chromium() is None:
        pytest.skip("no Chromium found: the pages were not looked at")
    say(f"{browser.check(site.SITE)} pages")


def test_quarto(say):
    "Quarto's pages, where there is one, are right and equal the embedded site's."
    said = renderers.check_quarto(site.SITE)
    if said == renderers.NO_QUARTO:
        pytest.skip(said)
    say(said)


@pytest.fixture(scope="session")
def runner():
    "Runs notebooks, one at a time."
    with Runner() as run_one:
        yield run_one


@pytest.mark.parametrize("path", largest_first(notebook_paths()), ids=lambda p: p.stem)
def test_notebooks(path, runner):
    "nbdev_test passes on all notebooks, and what they show is what is stored."
    record = runner(path)
    found = list(outputs.differences(path, record["outputs"]))
    faults = [outputs.faults(found), *equations.unchecked(path, record["checked"])]
    if any(faults):
        raise Failure("\n".join(filter(None, faults)))
    for difference in found:
        warnings.warn(Rounding(difference), stacklevel=1)


def test_wheel(say):
    "The wheel installs outside the repository, imports and trains."
    say(wheel.check())


def generated(folder):
    "The files that nbdev makes, {path: bytes}."
    patterns = "nn_basics/*.py", "nbs/nbdev.yml", "pyproject.toml"
    paths = [path for pattern in patterns for path in folder.glob(pattern)]
    return {path.relative_to(folder): path.read_bytes() for path in paths}


def test_package(tmp_path):
    "The package and nbs/nbdev.yml are what the notebooks and settings.ini give."
    for part in ("settings.ini", "pyproject.toml"):
        shutil.copy(ROOT / part, tmp_path)
    shutil.copytree(ROOT / "nbs", tmp_path / "nbs")
    (tmp_path / "nn_basics").mkdir()
    for by_hand in ("__init__.py", "__main__.py"):
        shutil.copy(ROOT / "nn_basics" / by_hand, tmp_path / "nn_basics")
    code = (
        "from nbdev.doclinks import nbdev_export; nbdev_export();"
        "from nbdev.quarto import refresh_quarto_yml; refresh_quarto_yml()"
    )
    wheel.run([sys.executable, "-c", code], cwd=tmp_path)
    made, kept = generated(tmp_path), generated(ROOT)
    paths = sorted(made.keys() | kept.keys())
    differ = [path for path in paths if made.get(path) != kept.get(path)]
    if differ:
        told = ", ".join(map(str, differ))
        raise Failure(f"{told} is not what the notebooks give: edit them, then export")


def test_lint(say):
    "No undefined or unused name, sorted imports, one statement a line, 92 columns."
    say(lint.check())


def test_sizes(say):
    "Functions have at most 25 lines of code, and modules 350."
    say(sizes.check())


def test_imports(say):
    "Modules import only what they may, and load Matplotlib and h5py late."
    say(imports.check())


def test_extra():
    "The extra notebooks is what the notebooks import, and no more."
    imports.check_notebooks()


def test_types(say):
    "mypy and pyright find nothing in the package and its use, and refuse common slips."
    say(checkers.check())


def test_help(say):
    "The help of every public function tells each argument and result, with their types."
    say(described.check())


def test_clean():
    "Notebooks are clean: nbdev_clean would change none."
    from execnb.nbio import nb2str, read_nb
    from nbdev.clean import _nbdev_clean

    unclean = []
    for path in notebook_paths():
        notebook = read_nb(path)
        for cell in notebook.cells:
            cell.pop("idx_", None)
        _nbdev_clean(notebook)
        if nb2str(notebook) != path.read_text(encoding="utf-8"):
            unclean.append(f"nbs/{path.name} is not clean")
    if unclean:
        raise Failure("\n".join(unclean) + "\nrun nbdev_clean, or make refresh")


def test_readme():
    "README.md and its figures are what nbs/index.ipynb gives."
    files = readme.current()
    stale = [
        str(path.relative_to(ROOT))
        for path, data in files.items()
        if not path.exists() or path.read_bytes() != data
    ]
    stale += [
        f"{path.relative_to(ROOT)} (no longer shown)"
        for path in readme.FIGURES.glob("*")
        if path not in files
    ]
    if stale:
        raise Failure(
            f"{', '.join(stale)} is not what nbs/index.ipynb gives: run make refresh"
        )


def test_equations(say):
    "Every numbered equation has its check."
    say(f"{len(equations.pair(notebook_paths()))} equations")


def test_style(say):
    "The notebooks keep to the Markdown and the anatomy that all readers share."
    say(f"{style.check(notebook_paths())} cells")
