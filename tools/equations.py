"""Pairs every numbered equation of the notebooks with the cell that checks it, and writes the page that lists them."""
import ast
import hashlib
import json
import re
from dataclasses import dataclass

from tools.headings import heading_id
from tools.notebooks import ROOT, Failure, nbdev_test_all, notebook_paths, options, text

NAME = re.compile(r"[A-Z]{2}\.\d+")
TAG = re.compile(r"\\tag\{([^}]*)\}")
DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
HEADING = re.compile(r"^#{1,4} +(.+?) *$", re.MULTILINE)
NEAR = 6                                       # a check stands at most so many cells below its equation
MEASURED = ROOT / "_build" / "equations.json"


@dataclass
class Equation:
    "A numbered equation, where it stands, and the cell that checks it."
    name: str
    tex: str
    notebook: str
    section: str
    cell: int
    check: str = ""


def cells(path):
    "The cells of the notebook at `path` as (number, type, source)."
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [(number, cell["cell_type"], text(cell["source"])) for number, cell in enumerate(notebook["cells"])]


def statements(source, where):
    "The parsed code of a cell, without directives and magics."
    try:
        return ast.parse(re.sub(r"^\s*%.*$", "", source, flags=re.MULTILINE))
    except SyntaxError as error:
        raise Failure(f"{where}: {error}") from None


def calls(source, where):
    "The calls of check_equation in a cell as (name, left, right), the sides as normalised code."
    for node in ast.walk(statements(source, where)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "check_equation":
            sides = [ast.unparse(arg) for arg in node.args[1:3]] + [ast.unparse(k.value) for k in node.keywords if k.arg in ("left", "right")]
            name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ast.unparse(node)
            yield str(name), *(sides + ["", ""])[:2]


def is_test(name, path):
    "Whether a call is a test of check_equation itself, which stands in its own notebook and names no numbered equation."
    return path.name == "10_gradient_check.ipynb" and not NAME.fullmatch(name)


def tagged(path):
    "The numbered equations of a notebook, in order; a tag outside a displayed formula fails."
    section = ""
    for number, kind, source in cells(path):
        if kind != "markdown":
            continue
        if len(TAG.findall(source)) != sum(len(TAG.findall(tex)) for tex in DISPLAYED.findall(source)):
            raise Failure(f"{path.name} cell {number}: a \\tag stands outside $$ ... $$")
        for match in re.finditer(rf"{DISPLAYED.pattern}|{HEADING.pattern}", source, re.DOTALL | re.MULTILINE):
            tex, heading = match.groups()
            section = heading or section
            for name in TAG.findall(tex or ""):
                yield Equation(name, tex.strip(), path.name, section, number)


def pair(paths):
    "All numbered equations, each with its check; raises with every one that lacks its other half."
    equations, faults, used = {}, [], {}
    for path in paths:
        here = {}
        for equation in tagged(path):
            where = f"{path.name} cell {equation.cell}: equation ({equation.name})"
            prefix = used.setdefault(equation.name.partition(".")[0], path.name)
            if not NAME.fullmatch(equation.name):
                faults.append(f"{where} is not numbered like LR.3")
            elif equation.name in here or prefix != path.name:
                faults.append(f"{where} has letters or a number that {prefix} uses already")
            here.setdefault(equation.name, equation)
        faults += list(find_checks(path, here))
        equations.update(here)
    if faults:
        raise Failure("\n".join(faults))
    return list(equations.values())


def find_checks(path, equations):
    "Writes into `equations` of one notebook the cells that check them; yields what is amiss."
    for number, kind, source in cells(path):
        if kind != "code" or "check_equation" not in source:
            continue
        where = f"{path.name} cell {number}"
        for name, left, right in calls(source, where):
            if is_test(name, path):
                continue
            equation = equations.get(name)
            if equation is None:
                yield f"{where}: check_equation({name!r}) checks an equation that this notebook does not number"
            elif left == right:
                yield f"{where}: the check of ({name}) compares {left} with itself"
            elif not equation.cell < number <= equation.cell + NEAR:
                yield f"{where}: the check of ({name}) stands more than {NEAR} cells below, or above, its equation in cell {equation.cell}"
            else:
                equation.check = equation.check or source
    for equation in equations.values():
        if not equation.check:
            yield f"{path.name} cell {equation.cell}: equation ({equation.name}) has no check_equation({equation.name!r}, ...) within {NEAR} cells"


def digest():
    "A fingerprint of what the equations' distances depend on: the notebooks' code and the package."
    files = notebook_paths() + sorted((ROOT / "nn_basics").glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def store_distances(records):
    "Keeps how closely each equation held in a run of the notebooks; returns how many there were."
    held = {name: values for record in records.values() for name, values in record["equations"].items() if NAME.fullmatch(name)}
    MEASURED.parent.mkdir(exist_ok=True)
    MEASURED.write_text(json.dumps({"digest": digest(), "held": held}), encoding="utf-8")
    return len(held)


def distances():
    "How closely each equation holds; executes the notebooks where that is not known for their present state."
    if MEASURED.exists() and (known := json.loads(MEASURED.read_text(encoding="utf-8")))["digest"] == digest():
        return known["held"]
    print("executing the notebooks to see how closely their equations hold", flush=True)
    store_distances(nbdev_test_all(notebook_paths()))
    return distances()


def page(titles):
    "The Markdown of the page that lists the equations; `titles` maps a notebook's name to its title."
    held = distances()
    lines = ["Every numbered equation of the notebooks, the cell that computes both of its sides, and the distance between them "
             "when the notebooks last ran: the largest difference of two entries, over the largest entry of the right side where that "
             "exceeds 1.", ""]
    last = None
    for equation in pair(notebook_paths()):
        if equation.notebook != last:
            lines += [f"## {titles[equation.notebook]}", ""]
            last = equation.notebook
        distance, tolerance = held[equation.name]
        lines += [f"[{equation.section}]({equation.notebook}#{heading_id(equation.section)})", "", f"$$\n{equation.tex}\n$$", "",
                  f"```python\n{options(equation.check)[1]}\n```", "",
                  f"({equation.name}) held {f'to {distance:.1e}' if distance else 'exactly'}; "
                  f"{f'at most {tolerance:.0e}' if tolerance else 'no difference'} is allowed.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(f"{len(pair(notebook_paths()))} numbered equations, each with its check")
