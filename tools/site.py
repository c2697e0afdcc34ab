"""Builds the site from the pages of _proc/: with Quarto where it is on PATH, else with Sphinx."""
import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tools import pages
from tools.notebooks import ROOT, Failure, options, text, working_in

SITE, BUILD = ROOT / "_docs", ROOT / "_build"
SPHINX = Path(__file__).parent / "sphinx"


def with_quarto(quarto):
    "Renders the pages with Quarto, by nbdev's own call, and moves the site into place."
    pages.make()
    subprocess.run([quarto, "render", "--no-cache", "--no-execute"], cwd=pages.PROCESSED, check=True)
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.move(pages.PROCESSED / SITE.name, SITE)


def markdown_cell(source):
    "A notebook's Markdown cell."
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def lower_code(cell):
    "A processed code cell as cells that myst-nb renders: options become tags, Markdown outputs become cells."
    chosen, source = options(text(cell["source"]))
    written = [markdown_cell(text(o["data"]["text/markdown"])) for o in cell["outputs"] if "text/markdown" in o.get("data", {})]
    others = [o for o in cell["outputs"] if "text/markdown" not in o.get("data", {})]
    tags = ["remove-input"] if chosen.get("echo") == "false" else []
    tags += ["remove-output"] if chosen.get("output") == "false" else []
    metadata = {"tags": tags, "mystnb": {"image": {"alt": chosen.get("fig-alt", "")}}}
    code = {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": others, "source": source}
    shows = source and "remove-input" not in tags or others
    return ([code] if shows else []) + written


def page_links(markdown, names):
    "Markdown whose links to notebooks and generated pages carry the pages' names in the site."
    return re.sub(r"\]\((\w+)\.(ipynb|qmd)(#[^)]*)?\)", lambda m: f"]({names[m[1]]}{m[3] or ''})" if m[1] in names else m[0], markdown)


def lower(notebook, names):
    "A processed notebook as myst-nb takes it, with title and subtitle back in the page."
    front = pages.front_matter(notebook)
    cells = [markdown_cell(f"# {front['title']}\n\n*{front.get('description', '')}*")]
    for cell in notebook["cells"][1:]:
        if cell["cell_type"] == "code":
            cells += lower_code(cell)
        elif not text(cell["source"]).startswith("<!-- WARNING"):
            cells.append(markdown_cell(text(cell["source"])))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "markdown":
            cell["source"] = page_links(cell["source"], names)
    language = {"name": "python", "pygments_lexer": "ipython3"}
    return {"cells": cells, "metadata": {"language_info": language}, "nbformat": 4, "nbformat_minor": 5}


def contents(names):
    "The site's navigation, from the same sidebar.yml as Quarto's, as tables of contents for the front page."
    sidebar = yaml.safe_load((pages.PROCESSED / "sidebar.yml").read_text(encoding="utf-8"))["website"]["sidebar"]["contents"]
    lines = []
    for entry in sidebar:
        if isinstance(entry, dict):
            documents = [names[Path(page).stem].rpartition(".")[0] for page in entry["contents"]]
            lines += ["```{toctree}", ":hidden:", f":caption: {entry['section']}", "", *documents, "```", ""]
    return "\n".join(lines)


def write_sphinx_sources(folder):
    "Writes all pages as Sphinx takes them."
    names = {}
    for path in sorted(pages.PROCESSED.glob("*.ipynb")):
        names[path.stem] = pages.front_matter(pages.load(path))["output-file"].replace(".html", ".ipynb")
    names.update({path.stem: f"{path.stem}.md" for path in pages.PROCESSED.glob("*.qmd")})
    for path in pages.PROCESSED.glob("*.ipynb"):
        notebook = lower(pages.load(path), names)
        if path.stem == "index":
            notebook["cells"].append({**markdown_cell(contents(names)), "id": "contents"})
        (folder / names[path.stem]).write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    for path in pages.PROCESSED.glob("*.qmd"):
        source = re.sub(r'\A---\ntitle: "(.*)"\n---\n', r"# \1\n", path.read_text(encoding="utf-8"))
        (folder / names[path.stem]).write_text(page_links(source, names), encoding="utf-8")
    for path in pages.PROCESSED.glob("*.png"):
        shutil.copy(path, folder)


def with_sphinx():
    "Renders the pages with Sphinx; a warning of its is a failure."
    pages.make()
    folder, made = BUILD / "sphinx", BUILD / "html"
    for old in (folder, made, SITE):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(pages.PROCESSED / "mathjax", folder / "mathjax")
    write_sphinx_sources(folder)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-j", "auto", "-c", SPHINX, "-d", BUILD / "doctrees", folder, made]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise Failure(f"Sphinx: {run.stderr.strip()}")
    shutil.move(made, SITE)


def build(renderer=None):
    "Builds the site in _docs/ with `renderer`, \"quarto\" or \"sphinx\"; without, with Quarto where there is one."
    quarto = shutil.which("quarto")
    with working_in(ROOT):
        if renderer == "quarto" or renderer is None and quarto:
            with_quarto(quarto or "quarto")
        else:
            with_sphinx()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the site in _docs/.")
    parser.add_argument("--renderer", choices=["quarto", "sphinx"], help="without: Quarto where it is on PATH, else Sphinx")
    try:
        build(parser.parse_args().renderer)
    except Failure as failure:
        sys.exit(str(failure))
    print(f"The site is in {SITE.name}/. Open it with:  python3 -m http.server -d {SITE.name}   then visit localhost:8000,\n"
          f"or open the file {SITE.name}/index.html in a browser.")
