"""The Markdown subset and the anatomy that every notebook keeps, so that it reads well in JupyterLab, on GitHub and on the site."""
import ast
import re

from tools.equations import cells, statements
from tools.notebooks import Failure

FORBIDDEN = {
    r"^:::": "a ::: block",
    r"\\label\{": "a \\label",
    r"\{#eq-": "a {#eq-...} label",
    r"\[\^": "a footnote",
    r"<(?!!--|/?(?:br|kbd|sub|sup)\b)/?[a-z]+[ >]": "raw HTML",
    r"^#+ .*\$": "mathematics in a heading",
    r"^\|.*\$[^$|]*\\\|": "a bar in a table's mathematics: write \\lvert",
    r"\*\*[^*\n]+[：:。，]\*\*(?=[^\s\W])": "a closing ** behind punctuation, which Markdown does not see",
}
LIST_ITEM = re.compile(r"^( *)([-*]|\d+\.) ")


def prose(source):
    "Markdown without its fenced and inline code."
    return re.sub(r"`[^`\n]*`", "``", re.sub(r"^```.*?^```", "", source, flags=re.DOTALL | re.MULTILINE))


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
        if LIST_ITEM.match(line) and above.strip() and not LIST_ITEM.match(above) and not above.startswith((" ", "\t")):
            yield f"a list without a blank line before it: {line[:40]!r}"
    if re.search(r"\$\$", re.sub(r"(?:\A|\n\n)\$\$.+?\$\$(?=\n\n|\Z)", "\n\n", text.strip(), flags=re.DOTALL)):
        yield "a formula in $$ ... $$ that is not a paragraph of its own"


def mixes_imports(source, where):
    "Whether a cell imports and does something else as well: nbdev then runs it again when it makes the pages."
    if re.search(r"^#\| *(export|exports|exporti|eval: *false)\b", source, re.MULTILINE) or "nbdev_export(" in source:
        return False
    body = statements(source, where).body
    imports = [isinstance(node, (ast.Import, ast.ImportFrom)) for node in body]
    return any(imports) and not all(imports)


def notebook_faults(path):
    "What one notebook does otherwise than the house."
    found = cells(path)
    title = found[0][2]
    if found[0][1] != "markdown" or not re.fullmatch(r"# .+\n\n?> .+", title.strip()):
        yield "cell 0 is not `# Title` and one line `> subtitle`"
    if "nbdev_export(" not in found[-1][2] and any("default_exp" in source for _, _, source in found):
        yield "the last cell does not call nbdev_export()"
    for number, kind, source in found:
        if kind == "markdown":
            yield from (f"cell {number}: {fault}" for fault in markdown_faults(source))
        elif re.search(r"^from nn_basics\S* import \*|^from numpy import \*", source, re.MULTILINE):
            yield f"cell {number}: an import of *"
        elif mixes_imports(source, path.name):
            yield f"cell {number}: imports and other code in one cell"


def check(paths):
    "Raises with every departure; returns how many cells were read."
    if faults := [f"{path.name} {fault}" for path in paths for fault in notebook_faults(path)]:
        raise Failure("\n".join(faults))
    return sum(len(cells(path)) for path in paths)
