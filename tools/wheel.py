"""Builds the wheel, installs it into a fresh environment outside the repository, imports every module and trains."""
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tools.notebooks import Failure, copy_repository
from tools.pages import modules

TRAINS = """
import importlib.resources, sys
from nn_basics.data import accuracy, flatten, load_dataset, load_digits, standardize
from nn_basics.logistic_regression import model
assert "site-packages" in sys.modules["nn_basics"].__file__, sys.modules["nn_basics"].__file__
assert (importlib.resources.files("nn_basics") / "py.typed").is_file(), "py.typed is missing"
train_x, train_y, test_x, test_y, classes = load_dataset()
trained = model(standardize(flatten(train_x)), train_y, standardize(flatten(test_x)), test_y, num_iterations=500)
assert trained["costs"][-1] < trained["costs"][0], trained["costs"]
assert load_digits()[0].shape == (64, 1797)
print(accuracy(trained["Y_prediction_test"], test_y))
"""


def run(command, **options):
    "Runs a command; a failure says what it printed."
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command[:4]))} ...: {done.stdout}{done.stderr}".strip())
    return done.stdout


def check():
    "Raises if the wheel does not build, install, import or train; returns what the training printed."
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_repository(folder / "source")      # a build in place would take files along that an earlier build has listed
        run([sys.executable, "-m", "build", "--outdir", folder / "dist", folder / "source"])
        venv.create(folder / "env")
        python = folder / "env" / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
        run([*pip, "install", "--quiet", next((folder / "dist").glob("*.whl"))])
        imports = "\n".join(f"import nn_basics.{path.stem}" for path in modules())
        return run([python, "-c", imports + TRAINS], cwd=folder).strip()


if __name__ == "__main__":
    print(check())
