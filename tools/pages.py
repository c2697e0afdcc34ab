"""Makes the pages that both renderers take: nbdev's processed notebooks with links that stay inside the site, and generated pages."""
import ast
import json
import re
import shutil
import warnings
from importlib.metadata import files

from tools import equations
from tools.bench import page as benchmark
from tools.headings import heading_id
from tools.notebooks import ROOT, Failure, text

PROCESSED = ROOT / "_proc"
SOURCE_LINK = re.compile(r"\[source\]\([^)]*?/(\w+)\.py#L\w+\)\{[^}]*\}")
SYMBOL_LINK = re.compile(r"\[`([^`]+)`\]\((?:/|\.\./)?(\w+)\.html#([^)]*)\)")
MATHJAX = "tex-svg-full.js"


def mathjax():
    "The file of MathJax that the package sphinx-mathjax-offline carries."
    return next(file.locate() for file in files("sphinx-mathjax-offline") if file.name == MATHJAX and "node" not in str(file))


def process():
    "Runs nbdev's processors over the notebooks into _proc/; a warning of theirs is a failure."
    from nbdev.quarto import refresh_quarto_yml
    from nbdev.serve import proc_nbs
    refresh_quarto_yml()
    shutil.rmtree(PROCESSED, ignore_errors=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            proc_nbs(n_workers=0, force=True)
        except Exception as error:
            raise Failure(f"nbdev's processors: {error}: {error.__cause__!r}") from error
    if found := [str(w.message) for w in caught if issubclass(w.category, UserWarning)]:
        raise Failure("nbdev warns:\n" + "\n".join(found))
    shutil.copytree(ROOT / "nbs", PROCESSED, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.ipynb", ".*", "*.yml"))


def front_matter(notebook):
    "The title, description and output file that nbdev put into the first cell."
    import yaml
    return yaml.safe_load(text(notebook["cells"][0]["source"]).strip().strip("-"))


def load(path):
    "A processed notebook."
    return json.loads(path.read_text(encoding="utf-8"))


def titles():
    "The titles of the processed notebooks: {name of the notebook: title}."
    return {path.name: front_matter(load(path))["title"] for path in sorted(PROCESSED.glob("*.ipynb"))}


def local_links(markdown, own, notebooks):
    "Markdown with links to symbols and sources turned into links between the pages; `own` are the names that this page documents."
    def symbol(match):
        name, page, anchor = match.groups()
        here = name.removesuffix("()").lower()
        if here in own:
            return f"[`{name}`](#{here})"
        if page not in notebooks:
            return f"`{name}`"
        private = here.rpartition(".")[2].startswith("_")
        return f"[`{name}`](source_{page}.qmd#{heading_id(here)})" if private else f"[`{name}`]({notebooks[page]}#{anchor})"
    markdown = re.sub(r"\A---\n+", "", markdown)
    markdown = re.sub(r"(\[source\].*?\n+)(#+ (\S+)\n)", lambda m: m[2] + "\n" + SOURCE_LINK.sub(
        lambda link: f"[source](source_{link[1]}.qmd#{heading_id(m[3])}){{.source}}", m[1]), markdown)
    return SYMBOL_LINK.sub(symbol, markdown)


def is_shown_source(cell):
    "Whether a processed cell shows exported source."
    return cell["cell_type"] == "code" and 'code-summary: "Exported source"' in text(cell["source"])


def parts(module):
    "A module's source cut at its top-level functions and classes: (name or None, code)."
    lines = re.sub(r"^# %% .*\n", "", module, flags=re.MULTILINE).splitlines()
    tree, start, name = ast.parse("\n".join(lines)), 0, None
    for node in tree.body:
        is_definition = isinstance(node, (ast.FunctionDef, ast.ClassDef))
        if is_definition or name:
            first = min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", [])]) - 1
            yield name, "\n".join(lines[start:first]).strip()
            start, name = first, node.name if is_definition else None
    yield name, "\n".join(lines[start:]).strip()


def documented_name(cell):
    "The function that a show_doc cell documents, or None for any other cell."
    found = re.search(r"^show_doc\((\w+)\)", text(cell["source"]), re.MULTILINE) if cell["cell_type"] == "code" else None
    return found and found[1]


def heading_only(cell):
    "A show_doc cell without the signature and docstring, which the source below it shows."
    for output in cell["outputs"]:
        output["data"]["text/markdown"] = text(output["data"]["text/markdown"]).partition("```python")[0]
    return cell


def split_source(cell, documentation):
    "An exported cell as one cell for each function, each below its own show_doc cell of `documentation`, {name: cell}."
    options, code = re.match(r"((?:#\|[^\n]*\n)*)(.*)", text(cell["source"]), re.DOTALL).groups()
    for name, part in parts(code):
        if name in documentation:
            yield heading_only(documentation[name])
        if part:
            yield {**cell, "source": options + part}


def arrange(cells):
    "The cells with show_doc cells, which nbdev puts on both sides of an exported cell, in the order of the functions they document."
    arranged, position = [], 0
    while position < len(cells):
        end = position
        while end < len(cells) and (documented_name(cells[end]) or is_shown_source(cells[end])):
            end += 1
        run = cells[position:end] or [cells[position]]
        position = max(end, position + 1)
        documentation = {documented_name(cell): cell for cell in run if documented_name(cell)}
        shown = [piece for cell in run if is_shown_source(cell) for piece in split_source(cell, documentation)]
        rest = [cell for cell in run if not is_shown_source(cell) and not any(cell is piece for piece in shown)]
        arranged += rest + shown
    return arranged


def localise(path, notebooks):
    "Makes the links of one processed notebook local, and puts each function's heading right above its source."
    notebook = load(path)
    documented = {name.lower() for cell in notebook["cells"] if (name := documented_name(cell))}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = local_links(text(cell["source"]), documented, notebooks)
        for output in cell.get("outputs", []):
            if "text/markdown" in output.get("data", {}):
                output["data"]["text/markdown"] = local_links(text(output["data"]["text/markdown"]), documented, notebooks)
    notebook["cells"] = arrange(notebook["cells"])
    seen = {}
    for cell in notebook["cells"]:
        if "id" in cell:
            seen[cell["id"]] = number = seen.get(cell["id"], 0) + 1
            cell["id"] += f"-{number}" if number > 1 else ""
        cell["source"] = re.sub(r'^#\| code-(fold: show|summary: "Exported source")\n', "", text(cell["source"]), flags=re.MULTILINE).splitlines(keepends=True)
        for output in cell.get("outputs", []):
            if "text/markdown" in output.get("data", {}):
                output["data"]["text/markdown"] = text(output["data"]["text/markdown"]).splitlines(keepends=True)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")


def source_page(path):
    "The page that shows a module's source, a heading for each function."
    page = [f'---\ntitle: "Source of {path.stem}"\n---\n', f"The module `nn_basics.{path.stem}`, as its notebook exports it.\n"]
    for name, code in parts(path.read_text(encoding="utf-8")):
        if code:
            page.append((f"## {name}\n\n" if name else "") + f"```python\n{code}\n```\n")
    return "\n".join(page)


def modules():
    "The package's modules, in the order of their names."
    return sorted(path for path in (ROOT / "nn_basics").glob("*.py") if not path.name.startswith("_"))


def make():
    "Makes all pages in _proc/."
    process()
    processed = sorted(PROCESSED.glob("*.ipynb"))
    notebooks = {front_matter(load(path))["output-file"].removesuffix(".html"): path.name for path in processed}
    for path in processed:
        localise(path, notebooks)
    for path in modules():
        (PROCESSED / f"source_{path.stem}.qmd").write_text(source_page(path), encoding="utf-8")
    (PROCESSED / "equations.qmd").write_text('---\ntitle: "Equations"\n---\n\n' + equations.page(titles()), encoding="utf-8")
    benchmark.write(PROCESSED)
    (PROCESSED / "mathjax").mkdir(exist_ok=True)
    shutil.copy(mathjax(), PROCESSED / "mathjax")
