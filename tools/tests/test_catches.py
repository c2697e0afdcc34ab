"""Breaks a copy of the repository in each way that `make test` promises to catch."""


def test_an_untouched_copy_passes(house):
    code, said = house("90_notation.ipynb").check("clean", "names", "equations", "style", "notebooks")
    assert code == 0 and "5 passed, 0 failed" in said, said


def test_an_equation_that_no_longer_holds(house):
    copy = house("90_notation.ipynb")
    copy.edit("90_notation.ipynb", "np.sum((G @ C.T) * B)", "np.sum((G @ C.T) * B) * 1.001")
    code, said = copy.check("notebooks")
    assert code and "90_notation.ipynb" in said and "(NO.1)" in said, said


def test_an_equation_without_a_check(house):
    copy = house("90_notation.ipynb")
    copy.edit("90_notation.ipynb", 'check_equation("NO.1"', 'print("NO.1"')
    code, said = copy.check("equations")
    assert code and "equation (NO.1) has no check_equation('NO.1', ...)" in said, said


def test_a_check_without_an_equation(house):
    copy = house("90_notation.ipynb")
    copy.edit("90_notation.ipynb", r"\tag{NO.1}", "")
    code, said = copy.check("equations")
    assert code and "check_equation('NO.1') checks an equation that this notebook does not number" in said, said


def test_a_check_that_compares_a_side_with_itself(house):
    copy = house("90_notation.ipynb")
    copy.edit("90_notation.ipynb", "[np.sum((G @ C.T) * B), np.sum((B.T @ G) * C)]", "[np.sum(G * (B @ C))] * 2")
    code, said = copy.check("equations")
    assert code and "compares [np.sum(G * (B @ C))] * 2 with itself" in said, said


def test_an_undefined_name_in_an_exported_cell(house):
    copy = house("10_gradient_check.ipynb")
    copy.edit("10_gradient_check.ipynb", "def check_equation(", "def uses_it(): return defined_elsewhere\n\ndef check_equation(")
    code, said = copy.check("names")
    assert code and "nn_basics/gradient_check.py" in said and "undefined name 'defined_elsewhere'" in said, said


def test_a_module_edited_by_hand(house):
    copy = house()
    module = copy.folder / "nn_basics" / "gradient_check.py"
    module.write_text(module.read_text() + "\nhand = 1\n")
    code, said = copy.check("package")
    assert code and "nn_basics/gradient_check.py" in said and "is not what the notebooks give" in said, said


def test_a_stale_output(house):
    copy = house("90_notation.ipynb")
    copy.edit("90_notation.ipynb", 'check_equation("NO.1"', 'print("seven")\ncheck_equation("NO.1"')
    copy.run("python", "-m", "tools.notebooks")
    code, said = copy.check("notebooks")
    assert code == 0, said
    copy.edit_output("90_notation.ipynb", "seven", "eight")
    code, said = copy.check("notebooks")
    assert code and "nbs/90_notation.ipynb cell" in said and "'seven', stored 'eight'" in said, said


def test_a_stale_figure(house):
    copy = house("90_notation.ipynb")
    cell = 'import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); ax.plot([0, 1], [0, {height}]); ax.set_ylim(0, 2);\n'
    copy.edit("90_notation.ipynb", "import numpy as np\n", "import numpy as np\n" + cell.format(height=1))
    copy.run("python", "-m", "tools.notebooks")
    code, said = copy.check("notebooks")
    assert code == 0, said
    copy.edit("90_notation.ipynb", "[0, 1]);", "[0, 1.1]);")
    code, said = copy.check("notebooks")
    assert code and "the stored image/png is stale" in said, said


def test_an_unclean_notebook(house):
    copy = house("90_notation.ipynb")
    path = copy.folder / "nbs" / "90_notation.ipynb"
    path.write_text(path.read_text().replace('"execution_count": null', '"execution_count": 7'))
    code, said = copy.check("clean")
    assert code and "nbs/90_notation.ipynb is not clean" in said, said


def test_a_readme_out_of_step(house):
    copy = house("index.ipynb")
    (copy.folder / "README.md").write_text("# Something else\n")
    code, said = copy.check("readme")
    assert code and "README.md is not what nbs/index.ipynb gives" in said, said


def test_a_forbidden_import(house):
    copy = house("10_gradient_check.ipynb")
    copy.edit("10_gradient_check.ipynb", "def check_equation(", "import matplotlib\nfrom nn_basics.plots import figure\n\ndef check_equation(")
    code, said = copy.check("rooms")
    assert code and "imports matplotlib when the module is imported" in said and "imports nn_basics.plots, which gradient_check may not" in said, said


def test_markdown_that_some_reader_sees_otherwise(house):
    copy = house("90_notation.ipynb")
    copy.edit("90_notation.ipynb", "The chapters share", "Text\n- item one\n\n::: {.box}\n\nThe chapters share")
    code, said = copy.check("style")
    assert code and "a list without a blank line before it" in said and "a ::: block" in said, said


def test_a_file_that_the_wheel_lacks(house):
    copy = house()
    settings = copy.folder / "settings.ini"
    settings.write_text(settings.read_text().replace("package_data = py.typed digits.h5", "package_data = py.typed"))
    code, said = copy.check("wheel")
    assert code and "digits.h5" in said, said
