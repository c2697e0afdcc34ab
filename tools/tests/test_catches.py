"""Breaks a copy of the repository in each way that `make test` promises to catch."""

import zipfile

import pytest

from tools import wheel
from tools.notebooks import ROOT, Failure

CHAOTIC = """\
from nn_basics.data import spiral
from nn_basics.deep_net import L_layer_model
stream = np.random.RandomState(0)
p = {"W1": 0.01 * stream.standard_normal((2, 100)).T, "b1": np.zeros((100, 1)),
     "W2": 0.01 * stream.standard_normal((100, 3)).T, "b2": np.zeros((3, 1))}
options = dict(parameters=p, output="softmax", l2=0.001, record_every=100)
costs = L_layer_model(*spiral(), [2, 100, 3], 1., 10001, **options)[1]
print(*(f"{cost:.4f}" for cost in costs))
"""
TITLE = "# A title\n> A subtitle\n"
FIGURE = "fig, ax = plt.subplots()\nax.plot([0, 1], [0, 1])\nax.set_ylim(0, 2)\n"
OUTPUTS = [
    TITLE,
    "import matplotlib.pyplot as plt\n",
    'print("one costs 0.2453")\n',
    'print("two costs 0.2453")\n',
    'print("three costs 0.2453")\n',
    FIGURE,
]
TAGGED = "$$\na = b\n\\tag{{BR.{}}}\n$$\n"
EQUATIONS = [
    TITLE,
    "from nn_basics.gradient_check import check_equation\n",
    "from nn_basics import batches\nfrom nn_basics.descent import (\n    _run,\n)\n",
    "batches._shuffled(1, 2, 3)\n",
    TAGGED.format(1),
    'check_equation("BR.1", 1.0, 1.001)\n',
    TAGGED.format(2),
    'check_equation("BR.3", 2.0, 1.0 + 1.0)\n',
    TAGGED.format(4),
    'check_equation("BR.4", [1.0] * 2, [1.0] * 2)\n',
    "Text\n- item one\n\n::: {.box}\n",
]
CATCHES = {
    "an equation that no longer holds": "(BR.1) the sides differ by 0.000999",
    "an equation without a check": "(BR.2) has no check_equation('BR.2', ...)",
    "a check without an equation": (
        "check_equation('BR.3') checks an equation that this notebook does not number"
    ),
    "a check of a side with itself": "compares [1.0] * 2 with itself",
    "a list that some reader does not see": "a list without a blank line before it",
    "a block that only Quarto knows": "a ::: block",
    "an import of what is private": "_run is private to its module",
    "a use of what is private": "_shuffled is private to its module",
    "an output that differs by rounding": (
        "stored stdout differs by rounding: 'two costs 0.2453', stored 'two costs 0.2460'"
    ),
    "an output that is stale": (
        "stored stdout is stale: 'three costs 0.2453', stored 'four costs 0.2453'"
    ),
    "a figure that is stale": "stored image/png is stale",
    "advice against rounding": "change the experiment",
    "advice against what is stale": "Run make refresh",
    "an unclean notebook": "nbs/96_equations.ipynb is not clean",
    "a module edited by hand": (
        "nn_basics/gradient_check.py is not what the notebooks give: edit them"
    ),
    "a README out of step": "README.md is not what nbs/index.ipynb gives",
    "the line of a check": "FAILED  equations ",
    "the count of checks": "checks: 0 ok, 6 failed, 0 not run",
}


@pytest.fixture(scope="module")
def outputs(copy):
    "A copy with a notebook that shows numbers and a figure, as they are stored."
    made = copy()
    made.add("95_outputs.ipynb", OUTPUTS)
    code, said = made.run("python", "-m", "tools.notebooks", "nbs/95_outputs.ipynb")
    assert code == 0, said
    return made


@pytest.fixture(scope="module")
def passes(outputs):
    "What the checks say of a copy in which one number differs in its last digit."
    outputs.edit_output("95_outputs.ipynb", "one costs 0.2453", "one costs 0.2454")
    notebooks = "notebooks[90_notation]", "notebooks[95_outputs]"
    return outputs.check("clean", "equations", "style", *notebooks)


@pytest.fixture(scope="module")
def fails(outputs, passes):
    "What they say when it is broken in all ways."
    outputs.edit_output("95_outputs.ipynb", "two costs 0.2453", "two costs 0.2460")
    outputs.edit_output("95_outputs.ipynb", "three costs", "four costs")
    outputs.edit("95_outputs.ipynb", "[0, 1])", "[0, 1.1])")
    outputs.add("96_equations.ipynb", EQUATIONS)
    path = outputs.folder / "nbs" / "96_equations.ipynb"
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace('"execution_count": null', '"execution_count": 7', 1))
    module = outputs.folder / "nn_basics" / "gradient_check.py"
    module.write_text(module.read_text(encoding="utf-8") + "\nhand = 1\n")
    (outputs.folder / "README.md").write_text("# Something else\n")
    notebooks = "notebooks[95_outputs]", "notebooks[96_equations]"
    names = "clean", "equations", "style", "package", "readme"
    return outputs.check(*names, *notebooks)


def test_a_copy_passes_as_it_is(passes):
    code, said = passes
    assert code == 0 and "checks: 4 ok, 0 failed" in said, said


def test_a_last_digit_is_a_warning(passes):
    _, said = passes
    assert "Rounding" in said and "nbs/95_outputs.ipynb cell" in said, said
    assert "differs by one in its last digit: 'one costs 0.2453', stored" in said, said


@pytest.mark.parametrize("what", CATCHES)
def test_what_is_caught(fails, what):
    code, said = fails
    assert code and CATCHES[what] in said, said


@pytest.mark.slow
def test_a_training_that_amplifies_rounding(copy):
    broken = copy("90_notation.ipynb")
    check = 'check_equation("NO.1"'
    broken.edit("90_notation.ipynb", check, CHAOTIC + check)
    broken.run("python", "-m", "tools.notebooks")
    code, said = broken.check("notebooks")
    assert code == 0, said
    perturbed = "tools/tests/test_portable.py::test_kinds[perturbed/90_notation]"
    code, said = broken.run("python", "-m", "pytest", "-n", "0", "-m", "slow", perturbed)
    assert code and "nbs/90_notation.ipynb cell" in said and "1.0987" in said, said
    assert "change the experiment" in said, said


def test_a_file_that_the_wheel_lacks(tmp_path):
    made = tmp_path / "package.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for path in (ROOT / "nn_basics").iterdir():
            if path.is_file() and path.name != "digits.h5":
                archive.write(path, f"nn_basics/{path.name}")
    with pytest.raises(Failure, match="the wheel lacks nn_basics/digits.h5: see"):
        wheel.check_contents(made)


def test_metadata_that_are_not_complete():
    described = {"classifier": ["Topic :: Education"], "summary": "a", "author": "b",
                 "license_expression": "MIT", "license_file": "LICENSE",
                 "description": "[a](https://a.org) ![b](nbs/b.png)"}
    assert list(wheel.metadata_faults(described)) == [
        "Development Status is missing", "Intended Audience is missing",
        "Programming Language is missing", "Typing is missing", "keywords is missing",
        "the description has a link to nowhere: ](nbs/b.png)"]


def test_a_notebook_that_the_sdist_lacks(tmp_path):
    with pytest.raises(Failure, match="the sdist lacks Makefile, nbs/00_data.ipynb"):
        wheel.check_sdist(tmp_path)
