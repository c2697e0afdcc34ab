"""What ruff, import-linter and tools/imports.py are to catch, they catch and say where."""
import json
import shutil

import pytest

from tools import imports, lint, sizes
from tools.notebooks import ROOT, Failure


@pytest.fixture
def project(tmp_path):
    "A project with the rules of this one, without exemptions, and with little to check."
    rules = (ROOT / "ruff.toml").read_text(encoding="utf-8").splitlines(True)
    kept = [line for line in rules if not line.startswith('"nbs/')]
    (tmp_path / "ruff.toml").write_text("".join(kept), encoding="utf-8")
    for name in ("nbs", "nn_basics", "tools"):
        (tmp_path / name).mkdir()
    (tmp_path / "tools" / "good.py").write_text("x = 1\n")
    return tmp_path


def notebook(project, *sources, name="20_new"):
    "Writes a notebook: a title, then code cells."
    cells = [{"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# Title"}]
    for source in sources:
        cells.append({"cell_type": "code", "id": f"cell{len(cells)}", "metadata": {},
                      "source": source, "outputs": [], "execution_count": None})
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project / "nbs" / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")


def exempt(project, line):
    "Adds a line to the list of exemptions, which ends ruff.toml."
    with (project / "ruff.toml").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def said(check, project):
    "What a check says where it fails."
    with pytest.raises(Failure) as failure:
        check(project)
    return str(failure.value)


def test_what_is_allowed_passes(project):
    notebook(project, f"#| fig-alt: {'long ' * 30}\nimport math",
             "if math.pi < 3: raise ValueError",
             "def f(x):\n    if x: return 1\n    return math.e",
             "columns92 = [" + "1, " * 26 + "]")
    assert lint.check(project) == "1 notebooks, 0 modules, 1 tools"


NOTEBOOK_FAULTS = {
    "print(y)": "line 1: Undefined name `y` (F821)",
    "import os": "line 1: `os` imported but unused (F401)",
    "import os  # noqa: F401": "line 1: `os` imported but unused (F401)",
    "x = 1\ny = 2; z = 3": "line 2: Multiple statements on one line (semicolon) (E702)",
    "x = 1\nif x: y = 2": "line 2: Multiple statements on one line (colon) (E701)",
    "x = [" + "1, " * 40 + "]": "line 1: Line too long (126 > 92) (E501)",
    "import sys\nimport os\nsys, os": "line 1: Import block is un-sorted",
    "def f(": "line 1: ",
}
TOOL_FAULTS = {
    "x = 1\n" + "x = [" + "1, " * 29 + "]\n": "2: Line too long (93 > 92) (E501)",
    "#| " + "x " * 50 + "\n": "1: Line too long",
    "x = 1; y = 2\n": "1: Multiple statements on one line (semicolon) (E702)",
    "import sys\nimport os\nprint(sys, os)\n": "1: Import block is un-sorted",
}


def test_faults_in_notebooks_and_tools(project):
    places = []
    for number, source in enumerate(NOTEBOOK_FAULTS):
        notebook(project, "x = 1", source, name=f"2{number}_new")
        places.append(f"nbs/2{number}_new.ipynb cell 2, {NOTEBOOK_FAULTS[source]}")
    for number, source in enumerate(TOOL_FAULTS):
        (project / "tools" / f"bad_{number}.py").write_text(source)
        places.append(f"tools/bad_{number}.py:{TOOL_FAULTS[source]}")
    faults = said(lint.check, project)
    assert [place for place in places if place not in faults] == [], faults


def test_a_fault_in_the_package(project):
    long = "x = [" + "1, " * 40 + "]; y = 1\n"          # its columns are the notebook's
    (project / "nn_basics" / "module.py").write_text(long + "print(elsewhere)\n")
    faults = said(lint.check, project)
    assert "nn_basics/module.py:2: Undefined name `elsewhere` (F821)" in faults
    assert "E501" not in faults and "E702" not in faults


def test_an_exempted_notebook_passes_until_it_keeps_the_rule(project):
    notebook(project, "x = 1; y = 2", name=lint.OLD[0])
    exempt(project, f'"nbs/{lint.OLD[0]}.ipynb" = ["E7"]')
    lint.check(project)
    notebook(project, "x = 1", "if x: raise ValueError", name=lint.OLD[0])
    faults = said(lint.check, project)
    assert f"nbs/{lint.OLD[0]}.ipynb from E7, which it keeps: take it off" in faults


@pytest.mark.parametrize("name", ["nbs/20_new.ipynb", "nbs/*.ipynb", "tools/good.py"])
def test_the_list_of_exemptions_does_not_grow(project, name):
    notebook(project, "x = 1; y = 2")
    exempt(project, f'"{name}" = ["E7"]')
    assert f"ruff.toml exempts {name}: the list only shrinks" in said(lint.check, project)


def test_nothing_is_exempt_from_names(project):
    notebook(project, "print(y)", name=lint.OLD[0])
    exempt(project, f'"nbs/{lint.OLD[0]}.ipynb" = ["F821"]')
    assert "from F821: nothing is exempt from that" in said(lint.check, project)


@pytest.fixture
def package(tmp_path):
    "A copy of the package, with what settings.ini and .importlinter say of it."
    for name in ("settings.ini", ".importlinter"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "nn_basics", tmp_path / "nn_basics",
                    ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def add(package, name, lines):
    "Adds lines to a module; gives the number of its first new line."
    path = package / "nn_basics" / f"{name}.py"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(before + lines, encoding="utf-8")
    return len(before.splitlines()) + 1


def test_the_package_as_it_is_passes(package):
    assert imports.check(package) == f"{len(imports.modules())} modules"


FORBIDDEN = {
    ("gradient_check", "plots"): "from .plots import figure\n",
    ("arguments", "stored"): "import nn_basics.stored\n",
    ("softmax", "span"): "from . import span\n",
    ("deep_net", "style"): "def late():\n    from nn_basics.style import INK\n",
}


def test_imports_that_are_not_allowed(package):
    places = ["newcomer"]                                  # it has no place in the layers
    add(package, "newcomer", "import numpy\n")
    for (importer, name), lines in FORBIDDEN.items():
        number = add(package, importer, lines) + lines.count("\n") - 1
        places.append(f"nn_basics.{importer} -> nn_basics.{name} (l.{number})")
    number = add(package, "plots", "import matplotlib.pyplot\n")
    places.append(f"nn_basics/plots.py:{number} imports matplotlib.pyplot when the module")
    number = add(package, "plots", "def late():\n    import scipy.special\n") + 1
    places.append(f"nn_basics/plots.py:{number} imports scipy.special, which settings.ini")
    faults = said(imports.check, package)
    assert [place for place in places if place not in faults] == [], faults


def test_an_import_that_loads_matplotlib_by_a_call(package):
    add(package, "plots", "def load():\n    import matplotlib\nload()\n")
    faults = said(imports.check, package)
    assert faults.startswith("import nn_basics.plots loads ") and "matplotlib" in faults


def test_an_extra_that_is_not_what_notebooks_import(project):
    settings = (ROOT / "settings.ini").read_text(encoding="utf-8")
    without = settings.replace("scikit-learn>=1.5 pillow", "seaborn>=0.13 pillow", 1)
    (project / "settings.ini").write_text(without, encoding="utf-8")
    notebook(project, "from sklearn import svm\nimport sympy.abc, json")
    faults = said(imports.check_notebooks, project)
    assert "the notebooks import scikit-learn: settings.ini's extra" in faults
    assert "extra notebooks requires seaborn, which no notebook" in faults
    assert "sympy" not in faults and "json" not in faults and "ghapi" not in faults


def test_what_is_too_long():
    code = "    x = 1\n" * 25
    spared = 'def f(\n    a,\n    b\n):\n    """Said.\n\n    So.\n    """\n\n    # why\n'
    assert list(sizes.faults(spared + code, "net")) == []
    too_long = "net.f has 26 lines of code, but 25 are the most"
    assert list(sizes.faults(spared + code + "    y = 1\n", "net")) == [too_long]
    of_350 = "# why\n" + "x = 1\n" * 350
    assert list(sizes.faults(of_350, "net")) == []
    assert "net has 351 lines of code" in next(sizes.faults(of_350 + "y = 1\n", "net"))
    excused = "network.bind is short enough: take it off LONGER"
    assert excused in next(sizes.faults("def bind(): return 1\n", "network"))
