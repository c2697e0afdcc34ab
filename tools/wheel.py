"""Builds the wheel, installs it outside the repository, imports every module and trains."""
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

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


def environment(folder, *wanted):
    "Makes an environment with what pip shall install there; returns its Python."
    venv.create(folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", *wanted], cwd=ROOT)
    return python


def build(folder):
    "Builds the wheel of a copy, which no earlier build has marked; returns its path."
    copy_repository(folder / "source")
    run([sys.executable, "-m", "build", "--outdir", folder / "dist", folder / "source"])
    return next((folder / "dist").glob("*.whl"))


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
        python = environment(folder / "env", wheel)
        imports = "\n".join(f"import nn_basics.{path.stem}" for path in modules())
        return run([python, "-c", imports + TRAINS], cwd=folder).strip()


if __name__ == "__main__":
    print(check())
