"""The Markdown subset and the anatomy that notebooks keep, to read well everywhere."""
import ast
import re

from tools.equations import cells, statements
from tools.imports import modules
from tools.notebooks import Failure

FORBIDDEN = {
    r"^:::": "a ::: block",
    r"\\label\{": "a \\label",
    r"\{#eq-": "a {#eq-...} label",
    r"\[\^": "a footnote",
    r"<(?!!--|/?(?:br|kbd|sub|sup)\b)/?[a-z]+[ >]": "raw HTML",
    r"^#+ .*\$": "mathematics in a heading",
    r"^\|.*\$[^$|]*\\\|": "a bar in a table's mathematics: write \\lvert",
    r"\*\*[^*\n]+[：:。，]\*\*(?=[^\s\W])":
        "a closing ** behind punctuation, which Markdown does not see",
}
LIST_ITEM = re.compile(r"^( *)([-*]|\d+\.) ")
OWN_PARAGRAPH = re.compile(r"(?:\A|\n\n)\$\$.+?\$\$(?=\n\n|\Z)", re.DOTALL)
NOT_RUN_AGAIN = re.compile(r"^#\| *(export|exports|exporti|eval: *false)\b", re.MULTILINE)
MODULES = {path.stem for path in modules()}
STAR = re.compile(r"^from nn_basics\S* import \*|^from numpy import \*", re.MULTILINE)


def prose(source):
    "Markdown without its fenced and inline code."
    unfenced = re.sub(r"^```.*?^```", "", source, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "``", unfenced)


def markdown_faults(source):
    "What in a Markdown cell some reader would not see as meant."
    text = prose(source)
    for pattern, what in FORBIDDEN.items():
        if found := re.search(pattern, text, re.MULTILINE):
            yield f"{what}: {found[0][:40]!r}"
    without_formulas = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
    if r"\begin{" in re.sub(r"\$[^$\n]*\$", "", without_formulas):
        yield "a \\begin outside $$ ... $$"
    lines = text.splitlines()
    for above, line in zip(lines, lines[1:]):
        in_list = LIST_ITEM.match(above) or above.startswith((" ", "\t"))
        if LIST_ITEM.match(line) and above.strip() and not in_list:
            yield f"a list without a blank line before it: {line[:40]!r}"
    if "$$" in OWN_PARAGRAPH.sub("\n\n", text.strip()):
        yield "a formula in $$ ... $$ that is not a paragraph of its own"


def mixes_imports(source, where):
    "Whether a cell imports and does more: nbdev runs it again when it makes the pages."
    if NOT_RUN_AGAIN.search(source) or "nbdev_export(" in source:
        return False
    body = statements(source, where).body
    imports = [isinstance(node, (ast.Import, ast.ImportFrom)) for node in body]
    return any(imports) and not all(imports)


def private_names(source, where):
    "The names with an underscore that a cell takes from modules of the package."
    if not re.search(r"\b_[a-zA-Z]", source):
        return
    for node in ast.walk(statements(source, where)):
        taken, module = [], ""
        if isinstance(node, ast.ImportFrom):
            taken, module = [alias.name for alias in node.names], node.module or ""
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in MODULES:
            taken, module = [node.attr], "nn_basics"
        if module.partition(".")[0] == "nn_basics":
            yield from (name for name in taken if re.match("_(?!_)", name))


def notebook_faults(path):
    "What one notebook does otherwise than CONTRIBUTING.md says."
    found = cells(path)
    title = found[0][2]
    if found[0][1] != "markdown" or not re.fullmatch(r"# .+\n\n?> .+", title.strip()):
        yield "cell 0 is not `# Title` and one line `> subtitle`"
    exports = any("default_exp" in source for _, _, source in found)
    if exports and "nbdev_export(" not in found[-1][2]:
        yield "the last cell does not call nbdev_export()"
    for number, kind, source in found:
        if kind == "markdown":
            yield from (f"cell {number}: {fault}" for fault in markdown_faults(source))
        elif STAR.search(source):
            yield f"cell {number}: an import of *"
        elif mixes_imports(source, path.name):
            yield f"cell {number}: imports and other code in one cell"
        if kind == "code":
            yield from (f"cell {number}: {name} is private to its module"
                        for name in private_names(source, path.name))


def check(paths):
    "Raises with every departure; returns how many cells were read."
    faults = [f"{path.name} {fault}" for path in paths for fault in notebook_faults(path)]
    if faults:
        raise Failure("\n".join(faults))
    return sum(len(cells(path)) for path in paths)
