"""Runs every check of the project and closes with a line of counts."""
import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from tools import browser, equations, links, notebooks, readme, rooms, site, style, wheel
from tools.notebooks import ROOT, Failure, notebook_paths


def run(*command, cwd=ROOT):
    "Runs a command; what it prints is the failure where it fails."
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    if done.returncode:
        raise Failure((done.stdout + done.stderr).strip())
    return done.stdout


def check_clean():
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
    return f"{len(notebook_paths())} notebooks"


def check_package():
    "The package and nbs/nbdev.yml are what the notebooks and settings.ini give."
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for part in ("settings.ini", "pyproject.toml"):
            shutil.copy(ROOT / part, copy)
        shutil.copytree(ROOT / "nbs", copy / "nbs")
        (copy / "nn_basics").mkdir()
        run(str(Path(sys.executable).parent / "nbdev_export"), cwd=copy)
        run(sys.executable, "-c", "from nbdev.quarto import refresh_quarto_yml; refresh_quarto_yml()", cwd=copy)
        made = {p.relative_to(copy): p.read_bytes() for f in ("nn_basics/*.py", "nbs/nbdev.yml", "pyproject.toml") for p in copy.glob(f)}
    kept = {p.relative_to(ROOT): p.read_bytes() for f in ("nn_basics/*.py", "nbs/nbdev.yml", "pyproject.toml") for p in ROOT.glob(f)}
    differ = sorted(str(p) for p in made.keys() | kept.keys() if made.get(p) != kept.get(p))
    if differ:
        raise Failure(f"{', '.join(differ)} is not what the notebooks give: edit the notebooks, then nbdev_export")
    return f"{len(made)} files"


def check_readme():
    "README.md and its figures are what nbs/index.ipynb gives."
    files = readme.current()
    stale = [str(p.relative_to(ROOT)) for p, data in files.items() if not p.exists() or p.read_bytes() != data]
    stale += [str(p.relative_to(ROOT)) + " (no longer shown)" for p in readme.FIGURES.glob("*") if p not in files]
    if stale:
        raise Failure(f"{', '.join(stale)} is not what nbs/index.ipynb gives: run make refresh")
    return f"{len(files)} files"


def check_names():
    "No undefined or unused name in the package and the tools."
    run(sys.executable, "-m", "pyflakes", "nn_basics", "tools")


def check_rooms():
    "Rooms import only what they may."
    return f"{rooms.check()} modules"


def check_equations():
    "Every numbered equation has its check."
    return f"{len(equations.pair(notebook_paths()))} equations"


def check_style():
    "The notebooks keep to the Markdown and the anatomy that all readers share."
    return f"{style.check(notebook_paths())} cells"


def check_notebooks():
    "nbdev_test passes on all notebooks, and what they show is what is stored."
    records = notebooks.nbdev_test_all(notebook_paths())
    faults = [fault for path, record in records.items() for fault in notebooks.stale_outputs(path, record["outputs"])]
    if faults:
        raise Failure("\n".join(faults) + "\nrun make refresh, and look at what it changes")
    return f"{len(records)} notebooks, {equations.store_distances(records)} equations held"


def check_site():
    "The embedded site builds without a warning."
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        site.build("sphinx")


def check_links():
    "Every link and anchor inside the site resolves, and no page asks another host for anything."
    return f"{links.check(site.SITE)} pages"


def check_browser():
    "Every page opens in Chromium as it should."
    if browser.chromium() is None:
        return "no Chromium found: not looked at"
    return f"{browser.check(site.SITE)} pages"


def check_wheel():
    "The wheel installs into a fresh environment outside the repository, imports and trains."
    return wheel.check()


def check_house():
    "What these checks promise to catch, they catch."
    return run(sys.executable, "-m", "pytest", "-q", "-x", "-n", "auto", "--dist", "loadgroup", "-p", "no:cacheprovider", "tools/tests").strip().splitlines()[-1]


CHECKS = {name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")}


def main(names):
    "Runs the checks named; returns whether all passed."
    failed = 0
    for name in names:
        start = time.perf_counter()
        try:
            said, verdict = CHECKS[name](), "ok"
        except Failure as failure:
            said, verdict, failed = str(failure), "FAILED", failed + 1
        seconds = time.perf_counter() - start
        note = "" if not said else ("\n" if verdict == "FAILED" or "\n" in said else "  ") + said
        print(f"{verdict:6} {name:10} {seconds:5.1f} s  {CHECKS[name].__doc__}{note}", flush=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    return not failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checks", nargs="*", help=f"which of: {' '.join(CHECKS)}; without any, all")
    os.chdir(ROOT)
    chosen = parser.parse_args().checks or list(CHECKS)
    if unknown := set(chosen) - set(CHECKS):
        sys.exit(f"no check is called {', '.join(sorted(unknown))}; there are {' '.join(CHECKS)}")
    sys.exit(not main(chosen))
