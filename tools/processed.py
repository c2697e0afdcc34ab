"""Checks what Quarto needs of the processed notebooks and pages, without a Quarto."""
import json
import re
from collections import Counter
from itertools import takewhile

import yaml

from tools.notebooks import NOTEBOOKS, Failure, text

FRONT = re.compile(r"\A---\n(.*?)\n---\s*(?:\n|\Z)", re.DOTALL)
CODE = re.compile(r"^```.*?^```[^\n]*$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)(?:\{[^}]*\})?")
ALONE = re.compile(rf"(?:\A|\n\s*\n){IMAGE.pattern}[ \t]*(?=\n\s*\n|\s*\Z)")


def option_lines(source):
    "The lines of the `#|` block at the top of a code cell, without their marks."
    block = takewhile(lambda line: line.startswith("#|"), source.splitlines())
    return [line.removeprefix("#|").removeprefix(" ").rstrip() for line in block]


def options(source):
    "A code cell's options, read as YAML the way Quarto reads them; raises ValueError."
    try:
        found = yaml.safe_load("\n".join(option_lines(source))) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = option_lines(source)[mark.line] if mark else ""
        why = getattr(error, "problem", error)
        raise ValueError(f"{line!r} is no YAML: {why}") from None
    if not isinstance(found, dict):
        raise ValueError(f"its #| lines are not of the form `key: value`, but {found!r}")
    return found


def front_matter(source, name):
    "The front matter at the top of a page, a mapping with a title; raises Failure."
    found = FRONT.match(source.lstrip())
    try:
        front = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError as error:
        raise Failure(f"{name}: its front matter is no YAML: {error}") from None
    if not isinstance(front, dict) or not isinstance(front.get("title"), str):
        raise Failure(f"{name}: it has no front matter with a title")
    return front


def option_faults(cell):
    "What is wrong with the options of a code cell, the alt text of its figures among them."
    source = text(cell["source"])
    try:
        chosen = options(source)
    except ValueError as error:
        yield f"{error}; put the value in quotes"
        return
    keys = Counter(re.findall(r"^([\w-]+):", "\n".join(option_lines(source)), re.MULTILINE))
    yield from (f"its option {key} is given {n} times" for key, n in keys.items() if n > 1)
    alt = chosen.get("fig-alt")
    for line in option_lines(source):
        written = line.removeprefix("fig-alt:").strip()
        if line.startswith("fig-alt:") and written[:1] not in ("'", '"') and written != alt:
            yield f"of its fig-alt {written!r}, YAML reads {alt!r}: put it in quotes"
    kinds = {kind for output in cell["outputs"] for kind in output.get("data", {})}
    if any(kind.startswith("image/") for kind in kinds) and not alt:
        yield "its figure has no alternative text: give it a line `#| fig-alt: ...`"


def line_faults(cell):
    "Which texts of a cell are one string: Quarto drops the line ends of such."
    texts = {"its source": cell["source"]}
    for number, output in enumerate(cell.get("outputs", [])):
        shown = {**output.get("data", {}), "text/stream": output.get("text", [])}
        texts |= {f"its output {number}, {kind}": shown[kind] for kind in shown
                  if kind.startswith("text/")}
    for what, lines in texts.items():
        if isinstance(lines, str):
            yield f"{what} is one string, no list of lines: Quarto loses its line ends"


def image_faults(markdown):
    "What is wrong with the images of a text in Markdown."
    markdown = CODE.sub("``", markdown)
    for image in IMAGE.finditer(markdown):
        if not image[1].strip():
            yield f"{image[0]} has no alternative text"
    for image in ALONE.finditer(markdown):
        yield (f"{image[0].strip()} stands alone in its paragraph, where Quarto makes a "
               "caption of its alternative text: put an HTML comment right behind it")


def cell_faults(cell):
    "What is wrong with a processed cell."
    yield from line_faults(cell)
    if cell["cell_type"] == "code":
        yield from option_faults(cell)
    if cell["cell_type"] == "markdown":
        yield from image_faults(text(cell["source"]))


def place(path, ident):
    "Where a processed cell is to be found: in nbs/, if it comes from there."
    source = NOTEBOOKS / path.name
    written = source.read_text(encoding="utf-8") if source.exists() else '{"cells": []}'
    for number, cell in enumerate(json.loads(written)["cells"]):
        if cell.get("id") == ident.partition("-")[0]:
            return f"nbs/{path.name} cell {number} (id {cell['id']})"
    return f"{path.parent.name}/{path.name} cell with id {ident}"


def notebook_faults(path):
    "What is wrong with a processed notebook."
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    yield from page_faults(path, text(cells[0]["source"]))
    for cell in cells:
        yield from (f"{place(path, cell['id'])}: {fault}" for fault in cell_faults(cell))
    for ident, number in Counter(cell["id"] for cell in cells).items():
        if number > 1:
            yield f"{place(path, ident)}: {number} cells of the page have its id"


def page_faults(path, source):
    "What is wrong with the front matter of a page, and with the images of one in Markdown."
    name = f"{path.parent.name}/{path.name}"
    try:
        front_matter(source, name)
    except Failure as failure:
        yield str(failure)
    yield from (f"{name}: {fault}" for fault in image_faults(source))


def check(folder):
    "Raises with all that Quarto would stumble over; returns how many pages there are."
    notebooks, written = sorted(folder.glob("*.ipynb")), sorted(folder.glob("*.qmd"))
    faults = []
    for path in notebooks:
        faults += notebook_faults(path)
    for path in written:
        faults += page_faults(path, path.read_text(encoding="utf-8"))
    if faults:
        raise Failure("\n".join(faults))
    return len(notebooks) + len(written)
