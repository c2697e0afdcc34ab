"""Makes the pages that both renderers take: nbdev's processed notebooks, with links that
stay inside the site, and generated pages."""
import ast
import json
import re
import shutil
import warnings
from collections import Counter
from importlib.metadata import files
from itertools import groupby

from tools import equations, processed
from tools.bench import page as benchmark
from tools.docments import shown
from tools.headings import symbol_id
from tools.notebooks import ROOT, Failure, text

PROCESSED = ROOT / "_proc"
SOURCE_LINK = re.compile(r"\[source\]\([^)]*?/(\w+)\.py#L\w+\)\{[^}]*\}")
SYMBOL_LINK = re.compile(r"\[`([^`]+)`\]\((?:/|\.\./)?(\w+)\.html#[^)]*\)")
FENCED = re.compile(r"(^```.*?^```[^\n]*$)", re.DOTALL | re.MULTILINE)
FOLDED = re.compile(r'#\| code-(fold: show|summary: "Exported source")\n')
MATHJAX = "tex-svg-full.js"


def mathjax():
    "The file of MathJax that the package sphinx-mathjax-offline carries."
    carried = (file for file in files("sphinx-mathjax-offline") if "node" not in str(file))
    return next(file.locate() for file in carried if file.name == MATHJAX)


def process():
    "Runs nbdev's processors over the notebooks into _proc/; a warning is a failure."
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
    ours = shutil.ignore_patterns("*.ipynb", ".*", "*.yml")
    shutil.copytree(ROOT / "nbs", PROCESSED, dirs_exist_ok=True, ignore=ours)


def load(path):
    "A processed notebook."
    return json.loads(path.read_text(encoding="utf-8"))


def front_matter(path):
    "The title, description and output file that nbdev put into a notebook's first cell."
    return processed.front_matter(text(load(path)["cells"][0]["source"]), path.name)


def titles():
    "The titles of the processed notebooks: {name of the notebook: title}."
    notebooks = sorted(PROCESSED.glob("*.ipynb"))
    return {path.name: front_matter(path)["title"] for path in notebooks}


def local_links(markdown, own, notebooks):
    """Markdown with nbdev's links to names turned into links between the pages; `notebooks`
    are {page: (notebook, the names it documents)}, and `own` is the page of the text."""
    def symbol(match):
        "A link to a name; as code, where this site has no page for it."
        name, page = match[1].removesuffix("()"), match[2]
        notebook, documented = notebooks.get(page, (None, ()))
        if notebook is None:
            return f"`{match[1]}`"
        target = notebook if page != own else ""
        if name not in documented:
            name, target = name.partition(".")[0], f"source_{page}.qmd"
        return f"[`{match[1]}`]({target}#{symbol_id(name)})"
    pieces = FENCED.split(markdown)
    return "".join(p if FENCED.match(p) else SYMBOL_LINK.sub(symbol, p) for p in pieces)


def heading(level, name):
    "A heading for a name, with its id."
    plain = name.replace("_", r"\_")          # no emphasis, which would swallow the id
    return f"{'#' * level} {plain} {{#{symbol_id(name)}}}\n\n"


def documentation(markdown):
    "What show_doc wrote, its heading first and with an id, the link to the source below."
    def turned(match):
        "A heading and the link above it, the other way round."
        link, marks, name = match.groups()
        link = SOURCE_LINK.sub(
            lambda m: f"[source](source_{m[1]}.qmd#{symbol_id(name)}){{.source}}", link)
        return heading(len(marks), name) + link
    markdown = re.sub(r"\A---\n+", "", markdown)
    return re.sub(r"(\[source\].*?\n+)(#+) (\S+)\n", turned, markdown)


def is_shown_source(cell):
    "Whether a processed cell shows exported source."
    exported = 'code-summary: "Exported source"'
    return cell["cell_type"] == "code" and exported in text(cell["source"])


def parts(module):
    "A module's source cut at its top-level functions and classes: (name or None, code)."
    lines = re.sub(r"^# %% .*\n", "", module, flags=re.MULTILINE).splitlines()
    tree, start, name = ast.parse("\n".join(lines)), 0, None
    for node in tree.body:
        is_definition = isinstance(node, (ast.FunctionDef, ast.ClassDef))
        if is_definition or name:
            decorators = getattr(node, "decorator_list", [])
            first = min(n.lineno for n in (node, *decorators)) - 1
            yield name, "\n".join(lines[start:first]).strip()
            start, name = first, node.name if is_definition else None
    yield name, "\n".join(lines[start:]).strip()


def documented_name(cell):
    "The function that a show_doc cell documents, or None for any other cell."
    if cell["cell_type"] != "code":
        return None
    found = re.search(r"^show_doc\((\w+)\)", text(cell["source"]), re.MULTILINE)
    return found and found[1]


def heading_only(cell):
    "A show_doc cell without the signature and docstring, which the source below it shows."
    for data in (output["data"] for output in cell["outputs"]):
        data["text/markdown"] = text(data["text/markdown"]).partition("```python")[0]
    return cell


def split_source(cell, documentation):
    """An exported cell as one cell for each function, each below its own show_doc cell of
    `documentation`, {name: cell}."""
    whole = re.match(r"((?:#\|[^\n]*\n)*)(.*)", text(cell["source"]), re.DOTALL)
    options, code = whole.groups()
    for name, part in parts(shown(code)):
        if name in documentation:
            yield heading_only(documentation[name])
        if part:
            yield {**cell, "source": options + part}


def arrange_run(cells):
    "Cells that document and show functions: first what has no source, then each function."
    documentation = {documented_name(cell): cell for cell in cells if documented_name(cell)}
    sources = [cell for cell in cells if is_shown_source(cell)]
    shown = [piece for cell in sources for piece in split_source(cell, documentation)]
    placed = {id(cell) for cell in shown + sources}
    return [cell for cell in cells if id(cell) not in placed] + shown


def arrange(cells):
    """The cells with show_doc cells, which nbdev puts on both sides of an exported cell, in
    the order of the functions they document."""
    def belongs(cell):
        "Whether a cell documents or shows a function."
        return bool(documented_name(cell)) or is_shown_source(cell)
    arranged = []
    for is_run, run in groupby(cells, key=belongs):
        arranged += arrange_run(list(run)) if is_run else run
    return arranged


def documented_names(notebook):
    "The names that a processed notebook documents."
    return [name for cell in notebook["cells"] if (name := documented_name(cell))]


def localise_cell(cell, own, notebooks):
    "Makes the links of a processed cell local, and lists of lines of its texts."
    if cell["cell_type"] == "markdown":
        cell["source"] = local_links(text(cell["source"]), own, notebooks)
    cell["source"] = text(cell["source"]).splitlines(keepends=True)
    for data in (output.get("data", {}) for output in cell.get("outputs", [])):
        if "text/markdown" in data:
            written = text(data["text/markdown"])
            if documented_name(cell):
                written = documentation(written)
            data["text/markdown"] = local_links(written, own, notebooks).splitlines(True)


def tidy(cells):
    "Gives each cell an id of its own, and takes away the options that fold a source."
    seen = Counter()
    for cell in cells:
        ident = cell["id"]
        seen[ident] += 1
        cell["id"] += f"-{seen[ident]}" if seen[ident] > 1 else ""
        cell["source"] = [line for line in cell["source"] if not FOLDED.match(line)]


def localise(path, own, notebooks):
    "Makes a processed notebook's links local, and puts headings above functions' source."
    notebook = load(path)
    notebook["cells"] = arrange(notebook["cells"])
    for cell in notebook["cells"]:
        localise_cell(cell, own, notebooks)
    tidy(notebook["cells"])
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")


def written_page(title, body, **more):
    "A page in Markdown, below front matter with its title."
    front = {"title": title, **more}
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in front.items())
    return f"---\n{lines}---\n\n{body}"


def source_page(path):
    """The page that shows a module's source, a heading for each function. Quarto's search
    leaves it out: what it would find there, it finds on the chapter's page."""
    body = [f"The module `nn_basics.{path.stem}`, as its notebook exports it.\n"]
    for name, code in parts(path.read_text(encoding="utf-8")):
        if code:
            body.append((heading(2, name) if name else "") + f"```python\n{code}\n```\n")
    return written_page(f"Source of {path.stem}", "\n".join(body), search=False)


def modules():
    "The package's modules, in the order of their names."
    found = sorted((ROOT / "nn_basics").glob("*.py"))
    return [path for path in found if not path.name.startswith("_")]


def make():
    "Makes all pages in _proc/, and checks what Quarto needs of them."
    process()
    pages = {front_matter(path)["output-file"].removesuffix(".html"): path
             for path in sorted(PROCESSED.glob("*.ipynb"))}
    notebooks = {page: (path.name, documented_names(load(path)))
                 for page, path in pages.items()}
    for page, path in pages.items():
        localise(path, page, notebooks)
    written = {f"source_{path.stem}": source_page(path) for path in modules()}
    written["equations"] = written_page("Equations", equations.page(titles()))
    for name, page in written.items():
        (PROCESSED / f"{name}.qmd").write_text(page, encoding="utf-8")
    benchmark.write(PROCESSED)
    (PROCESSED / "mathjax").mkdir(exist_ok=True)
    shutil.copy(mathjax(), PROCESSED / "mathjax")
    processed.check(PROCESSED)
