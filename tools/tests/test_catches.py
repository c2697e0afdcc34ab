"""Breaks a copy of the repository in each way that `make test` promises to catch."""

import pytest

CHECK = 'check_equation("NO.1"'
SHOWS = """\
import matplotlib.pyplot as plt
print("one costs 0.2453")
fig, ax = plt.subplots()
ax.plot([0, 1], [0, 1])
ax.set_ylim(0, 2)
"""
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


def test_an_untouched_copy_passes(copy):
    code, said = copy("90_notation.ipynb").check(
        "clean", "equations", "style", "notebooks"
    )
    assert code == 0 and "checks: 4 ok, 0 failed" in said, said


def test_an_equation_that_no_longer_holds(copy):
    broken = copy("90_notation.ipynb")
    broken.edit(
        "90_notation.ipynb", "np.sum((G @ C.T) * B)", "np.sum((G @ C.T) * B) * 1.001"
    )
    code, said = broken.check("notebooks")
    assert code and "90_notation.ipynb" in said and "(NO.1)" in said, said


def test_an_equation_without_a_check(copy):
    broken = copy("90_notation.ipynb")
    broken.edit("90_notation.ipynb", 'check_equation("NO.1"', 'print("NO.1"')
    code, said = broken.check("equations")
    assert code and "equation (NO.1) has no check_equation('NO.1', ...)" in said, said
    assert "FAILED  equations " in said and "checks: 0 ok, 1 failed" in said, said


def test_a_check_without_an_equation(copy):
    broken = copy("90_notation.ipynb")
    broken.edit("90_notation.ipynb", r"\tag{NO.1}", "")
    code, said = broken.check("equations")
    assert (
        code
        and "check_equation('NO.1') checks an equation that this notebook does not number"
        in said
    ), said


def test_a_check_that_compares_a_side_with_itself(copy):
    broken = copy("90_notation.ipynb")
    broken.edit(
        "90_notation.ipynb",
        "[np.sum((G @ C.T) * B), np.sum((B.T @ G) * C)]",
        "[np.sum(G * (B @ C))] * 2",
    )
    code, said = broken.check("equations")
    assert code and "compares [np.sum(G * (B @ C))] * 2 with itself" in said, said


def test_a_module_edited_by_hand(copy):
    broken = copy()
    module = broken.folder / "nn_basics" / "gradient_check.py"
    module.write_text(module.read_text() + "\nhand = 1\n")
    code, said = broken.check("package")
    assert (
        code
        and "nn_basics/gradient_check.py" in said
        and "is not what the notebooks give" in said
    ), said


def test_what_is_not_as_stored(copy):
    broken = copy("90_notation.ipynb")
    broken.edit("90_notation.ipynb", CHECK, SHOWS + CHECK)
    broken.run("python", "-m", "tools.notebooks")
    broken.edit_output("90_notation.ipynb", "one costs 0.2453", "one costs 0.2454")
    code, said = broken.check("notebooks")
    where = "nbs/90_notation.ipynb cell"
    assert code == 0 and "Rounding" in said and where in said, said
    assert "differs by one in its last digit: 'one costs 0.2453', stored" in said, said
    broken.edit_output("90_notation.ipynb", "one costs 0.2454", "one costs 0.2460")
    code, said = broken.check("notebooks")
    assert code and where in said and "stored stdout differs by rounding: " in said, said
    assert "'one costs 0.2453', stored 'one costs 0.2460'" in said, said
    assert "change the experiment" in said and "Run make refresh" not in said, said
    broken.edit_output("90_notation.ipynb", "one costs 0.2460", "two costs 0.2453")
    broken.edit("90_notation.ipynb", "[0, 1])", "[0, 1.1])")
    code, said = broken.check("notebooks")
    assert code and "stored stdout is stale: 'one costs" in said, said
    assert "stored image/png is stale" in said and "Run make refresh" in said, said


@pytest.mark.slow
def test_a_training_that_amplifies_rounding(copy):
    broken = copy("90_notation.ipynb")
    broken.edit("90_notation.ipynb", CHECK, CHAOTIC + CHECK)
    broken.run("python", "-m", "tools.notebooks")
    code, said = broken.check("notebooks")
    assert code == 0, said
    perturbed = "tools/tests/test_portable.py::test_kinds[perturbed/90_notation]"
    code, said = broken.run("python", "-m", "pytest", "-n", "0", "-m", "slow", perturbed)
    assert code and "nbs/90_notation.ipynb cell" in said and "1.0987" in said, said
    assert "change the experiment" in said, said


def test_an_unclean_notebook(copy):
    broken = copy("90_notation.ipynb")
    path = broken.folder / "nbs" / "90_notation.ipynb"
    path.write_text(
        path.read_text().replace('"execution_count": null', '"execution_count": 7')
    )
    code, said = broken.check("clean")
    assert code and "nbs/90_notation.ipynb is not clean" in said, said


def test_a_readme_out_of_step(copy):
    broken = copy("index.ipynb")
    (broken.folder / "README.md").write_text("# Something else\n")
    code, said = broken.check("readme")
    assert code and "README.md is not what nbs/index.ipynb gives" in said, said


def test_markdown_that_some_reader_sees_otherwise(copy):
    broken = copy("90_notation.ipynb")
    broken.edit(
        "90_notation.ipynb",
        "The chapters share",
        "Text\n- item one\n\n::: {.box}\n\nThe chapters share",
    )
    code, said = broken.check("style")
    assert (
        code and "a list without a blank line before it" in said and "a ::: block" in said
    ), said


def test_a_private_name_that_crosses_a_border(copy):
    broken = copy("90_notation.ipynb")
    private = "from nn_basics import batches\nfrom nn_basics.descent import (\n    _run,\n)"
    numpy = "import numpy as np\n"
    broken.edit("90_notation.ipynb", numpy, f"{numpy}{private}\n")
    broken.edit("90_notation.ipynb", CHECK, f"batches._shuffled(1, 2, 3)\n{CHECK}")
    code, said = broken.check("style")
    assert code and "_run is private to its module" in said, said
    assert "_shuffled is private to its module" in said, said


def test_a_file_that_the_wheel_lacks(copy):
    broken = copy("90_notation.ipynb")
    settings = broken.folder / "settings.ini"
    settings.write_text(settings.read_text().replace("py.typed digits.h5", "py.typed"))
    code, said = broken.check("wheel")
    assert code and "the wheel lacks nn_basics/digits.h5" in said, said
