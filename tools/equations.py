"""Pairs numbered equations with the cells that check them, and writes the page of both."""

import ast
import inspect
import json
import re
from dataclasses import dataclass

from nn_basics.gradient_check import check_equation
from tools.headings import heading_id
from tools.notebooks import Failure, code_alone, notebook_paths, text

NAME = re.compile(r"[A-Z]{2}\.\d+")
TAG = re.compile(r"\\tag\{([^}]*)\}")
DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
HEADING = re.compile(r"^#{1,4} +(.+?) *$", re.MULTILINE)
FORMULA_OR_HEADING = re.compile(rf"{DISPLAYED.pattern}|{HEADING.pattern}", re.S | re.M)
NEAR = 6  # a check stands at most so many cells below
TOLERANCE = inspect.signature(check_equation).parameters["tol"].default
INTRODUCTION = """\
Every numbered equation of the notebooks, and the cell that computes both of its sides.
Their distance is the largest difference of two entries, over the largest entry of the
right side where that exceeds 1. With a distance above the one that is named here, the
notebook does not pass.
"""


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
    return [
        (number, cell["cell_type"], text(cell["source"]))
        for number, cell in enumerate(notebook["cells"])
    ]


def statements(source, where):
    "The parsed code of a cell, without directives and magics."
    try:
        return ast.parse(re.sub(r"^\s*%.*$", "", source, flags=re.MULTILINE))
    except SyntaxError as error:
        raise Failure(f"{where}: {error}") from None


def calls(source, where):
    "The calls of check_equation in a cell as (name, call)."
    for node in ast.walk(statements(source, where)):
        if isinstance(node, ast.Call) and called(node) == "check_equation":
            is_constant = node.args and isinstance(node.args[0], ast.Constant)
            yield str(node.args[0].value if is_constant else ast.unparse(node)), node


def called(call):
    "The name of the function that is called."
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def sides(call):
    "The two sides that a call of check_equation compares, as normalised code."
    named = [keyword.value for keyword in call.keywords if keyword.arg in ("left", "right")]
    left, right, *_ = [*map(ast.unparse, [*call.args[1:3], *named]), "", ""]
    return left, right


def is_test(name, path):
    "Whether a call tests check_equation itself, in its own notebook."
    return path.name == "10_gradient_check.ipynb" and not NAME.fullmatch(name)


def tagged(path):
    "The numbered equations of a notebook, in order; a tag elsewhere fails."
    section = ""
    for number, kind, source in cells(path):
        if kind != "markdown":
            continue
        displayed = "".join(DISPLAYED.findall(source))
        if len(TAG.findall(source)) != len(TAG.findall(displayed)):
            raise Failure(f"{path.name} cell {number}: a \\tag stands outside $$ ... $$")
        for match in FORMULA_OR_HEADING.finditer(source):
            tex, heading = match.groups()
            section = heading or section
            for name in TAG.findall(tex or ""):
                yield Equation(name, tex.strip(), path.name, section, number)


def pair(paths):
    "All numbered equations, each with its check; raises with all that lack a half."
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
    "Writes into `equations` of a notebook the cells that check them; yields what is amiss."
    for number, kind, source in cells(path):
        if kind != "code" or "check_equation" not in source:
            continue
        where = f"{path.name} cell {number}"
        for name, call in calls(source, where):
            if is_test(name, path):
                continue
            equation = equations.get(name)
            if fault := check_fault(name, call, equation, number):
                yield f"{where}: {fault}"
            else:
                equation.check = equation.check or source
    for equation in equations.values():
        if not equation.check:
            yield (
                f"{path.name} cell {equation.cell}: equation ({equation.name}) has no "
                f"check_equation({equation.name!r}, ...) within {NEAR} cells"
            )


def check_fault(name, call, equation, number):
    "What is wrong with the check of an equation that stands in cell `number`, or None."
    if equation is None:
        call = f"check_equation({name!r})"
        return f"{call} checks an equation that this notebook does not number"
    left, right = sides(call)
    if left == right:
        return f"the check of ({name}) compares {left} with itself"
    if not equation.cell < number <= equation.cell + NEAR:
        return (
            f"the check of ({name}) stands more than {NEAR} cells below, or above, "
            f"its equation in cell {equation.cell}"
        )
    return None


def unchecked(path, checked):
    "The numbered equations of a notebook that were not checked when it ran, in words."
    return [
        f"nbs/{path.name}: the check of ({equation.name}) did not run"
        for equation in tagged(path)
        if equation.name not in checked
    ]


def tolerance(equation):
    "How far apart the two sides of an equation may be, as its check says."
    for name, call in calls(equation.check, equation.notebook):
        if name == equation.name:
            named = {keyword.arg: keyword.value for keyword in call.keywords}
            given = named.get("tol", call.args[3] if len(call.args) > 3 else None)
            return TOLERANCE if given is None else ast.literal_eval(given)


def how_closely(equation):
    "The tolerance of an equation's check in words."
    allowed = tolerance(equation)
    return f"to {allowed:g}" if allowed else "exactly"


def page(titles):
    "The Markdown of the page of all equations; `titles` maps notebooks to their titles."
    lines = [INTRODUCTION]
    last = None
    for equation in pair(notebook_paths()):
        if equation.notebook != last:
            lines += [f"## {titles[equation.notebook]}", ""]
            last = equation.notebook
        link = f"{equation.notebook}#{heading_id(equation.section)}"
        lines += [
            f"[{equation.section}]({link})",
            "",
            f"$$\n{equation.tex}\n$$",
            "",
            f"```python\n{code_alone(equation.check)}\n```",
            "",
            f"({equation.name}) Both sides agree {how_closely(equation)}.",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(f"{len(pair(notebook_paths()))} numbered equations, each with its check")
