"""Builds the wheel, installs it outside the repository, imports every module and trains."""
import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from importlib import metadata
from pathlib import Path

from build import ProjectBuilder
from packaging.requirements import Requirement

from tools.imports import modules
from tools.notebooks import ROOT, Failure, copy_repository

TRAINS = """
import importlib.resources, sys
from nn_basics.data import accuracy, flatten, load_dataset, load_digits, standardize
from nn_basics.logistic_regression import model
where = sys.modules["nn_basics"].__file__
assert "site-packages" in where, where
typed = importlib.resources.files("nn_basics") / "py.typed"
assert typed.is_file(), "py.typed is missing"
train_x, train_y, test_x, test_y, classes = load_dataset()
train_x, test_x = standardize(flatten(train_x)), standardize(flatten(test_x))
trained = model(train_x, train_y, test_x, test_y, num_iterations=500)
assert trained["costs"][-1] < trained["costs"][0], trained["costs"]
assert load_digits()[0].shape == (64, 1797)
print(accuracy(trained["Y_prediction_test"], test_y))
"""


def run(command, **options):
    "Runs a command; a failure says what it printed."
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        begun = " ".join(command[:4])
        raise Failure(f"{begun} ...: {done.stdout}{done.stderr}".strip())
    return done.stdout


def install(python, *wanted):
    "Has pip install what is wanted into an environment."
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", "--no-compile", *wanted], cwd=ROOT)


def environment(folder):
    "Makes an environment with nothing in it; returns its Python."
    venv.create(folder)
    return folder / "bin" / "python"


def build(folder):
    """Builds the sdist of a copy, which no earlier build has marked, and of the sdist the
    wheel, in an environment with what pyproject.toml requires; returns the wheel's path."""
    source = folder / "source"
    copy_repository(source)
    python = environment(folder / "builder")
    install(python, *ProjectBuilder(source, python).build_system_requires)
    with tarfile.open(ProjectBuilder(source, python).build("sdist", folder)) as sdist:
        sdist.extraction_filter = getattr(tarfile, "data_filter", None)
        sdist.extractall(folder)
        unpacked = folder / sdist.getnames()[0].partition("/")[0]
    check_sdist(unpacked)
    return Path(ProjectBuilder(unpacked, python).build("wheel", folder))


def required(distribution):
    "What a distribution requires and what that requires, as this environment has it."
    found, waiting = {}, [distribution]
    while waiting:
        for requirement in map(Requirement, waiting.pop().requires or ()):
            marker, name = requirement.marker, requirement.name
            if name not in found and (not marker or marker.evaluate({"extra": ""})):
                found[name] = metadata.distribution(name)
                waiting.append(found[name])
    return found.values()


def link_required(python, wheel):
    """Links into an environment what a wheel requires, and nothing else, so that pip need
    not unpack it once more."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run([python, "-c", where]).strip())
    for distribution in required(*metadata.distributions(path=[str(wheel)])):
        for top in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
            if not (packages / top).exists():
                (packages / top).symlink_to(distribution.locate_file(top))


def check_sdist(unpacked):
    "Raises if the sdist lacks a notebook or a test."
    files = [*ROOT.glob("nbs/*.ipynb"), *ROOT.glob("tools/**/*.py"), ROOT / "Makefile"]
    names = sorted(path.relative_to(ROOT).as_posix() for path in files)
    if lacking := [name for name in names if not (unpacked / name).is_file()]:
        raise Failure(f"the sdist lacks {', '.join(lacking)}: see MANIFEST.in")


def metadata_faults(described):
    "What a page of an index would lack in a distribution's metadata, and dead links."
    kinds = {classifier.partition(" ::")[0] for classifier in described["classifier"]}
    wanted = {"Development Status", "Intended Audience", "Programming Language", "Topic",
              "Typing"}
    fields = {"summary", "keywords", "author", "license_expression", "license_file"}
    lacking = wanted - kinds | fields - set(described)
    yield from (f"{name} is missing" for name in sorted(lacking))
    for link in re.findall(r"\]\((?!https?:)[^)]*\)", described["description"]):
        yield f"the description has a link to nowhere: {link}"


def check_metadata(wheel):
    "Raises if the metadata lack something, or the description has a link to nowhere."
    distribution, = metadata.distributions(path=[str(wheel)])
    if faults := list(metadata_faults(distribution.metadata.json)):
        raise Failure("\n".join(f"the wheel's metadata: {fault}" for fault in faults))


def check_command(python, folder):
    "Raises if `python -m nn_basics` does not train, with a bar, or its help is empty."
    command = [str(python), "-m", "nn_basics"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    shown = "| 2000/2000 [" in done.stderr and "95 % interval" in done.stdout
    told = run([*command, "-h"], cwd=folder)
    if done.returncode or not shown or "Trains the" not in told:
        raise Failure(f"python -m nn_basics: {done.stdout}{done.stderr}")


def check_contents(wheel):
    "Raises if the wheel lacks a file of the package."
    with zipfile.ZipFile(wheel) as archive:
        there = set(archive.namelist())
    package = [path for path in (ROOT / "nn_basics").iterdir() if path.is_file()]
    if lacking := sorted({f"nn_basics/{path.name}" for path in package} - there):
        told = ", ".join(lacking)
        raise Failure(f"the wheel lacks {told}: see package_data in settings.ini")


def check():
    "Raises if the wheel does not build, install, import or train; returns what it prints."
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder)
        check_contents(wheel)
        check_metadata(wheel)
        python = environment(folder / "env")
        link_required(python, wheel)
        install(python, wheel)
        check_command(python, folder)
        imports = "\n".join(f"import nn_basics.{path.stem}" for path in modules())
        return run([python, "-c", imports + TRAINS], cwd=folder).strip()


if __name__ == "__main__":
    print(check())
