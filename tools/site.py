"""Makes the site of the pages of _proc/: with Quarto if it is on PATH, else with Sphinx."""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tools import links, pages, processed
from tools.headings import symbol_id
from tools.notebooks import ROOT, Failure, code_alone, text, working_in

SITE, BUILD = ROOT / "_docs", ROOT / "_build"
SPHINX = Path(__file__).parent / "sphinx"
ADDRESS = "SITE_URL"                  # the environment's variable with the site's address
COLOURS = re.compile(r"\x1b\[[\d;]*m")
WARNS = re.compile(r"^\s*\[?(?:WARN|WARNING|ERROR)\b.*", re.MULTILINE)
OPEN = """The site is in {0}/. Open it with:  python3 -m http.server -d {0}   \
then visit localhost:8000,
or open the file {0}/index.html in a browser{1}."""
BUT_SEARCH = " (all but the search works there: Quarto's needs a server)"


def run(name, command, folder):
    "Runs a renderer in a folder; where it fails or warns, what it says is the failure."
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    except OSError as error:
        raise Failure(f"{name} cannot be started: {error}") from None
    said = COLOURS.sub("", f"{done.stdout}\n{done.stderr}")
    call = " ".join(map(str, command))
    if done.returncode:
        ends = f"ends with exit code {done.returncode}"
        raise Failure(f"{name} {ends}: {call}\n{said.strip()}")
    if warnings := WARNS.findall(said):
        raise Failure(f"{name} warns: {call}\n" + "\n".join(map(str.strip, warnings)))


def give_address(folder):
    "Writes the site's address, where the environment has it, for sitemap and robots.txt."
    if address := os.environ.get(ADDRESS):
        path = folder / "nbdev.yml"
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        settings["website"]["site-url"] = address
        path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")


def with_quarto(site):
    "Renders a copy of the pages with Quarto, by nbdev's own call, and moves the site."
    folder = BUILD / "quarto" / pages.PROCESSED.name
    shutil.rmtree(folder.parent, ignore_errors=True)
    shutil.copytree(pages.PROCESSED, folder)
    shutil.copy(ROOT / "_quarto.yml", folder.parent)
    give_address(folder)
    quarto = shutil.which("quarto") or "quarto"
    run("Quarto", [quarto, "render", "--no-cache", "--no-execute"], folder)
    if not (made := folder / SITE.name).exists():
        raise Failure(f"Quarto has made no {SITE.name}")
    shutil.move(made, site)


def markdown_cell(source):
    "A notebook's Markdown cell."
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def lower_code(cell):
    """A processed code cell as cells that myst-nb renders: options become tags, Markdown
    outputs become cells."""
    chosen = processed.options(text(cell["source"]))
    source = code_alone(text(cell["source"]))
    hidden = {"echo": "remove-input", "output": "remove-output"}
    tags = [tag for option, tag in hidden.items() if chosen.get(option) is False]
    if chosen.get("code-fold") is True:
        tags.append("hide-input")
    written, others = [], []
    for output in cell["outputs"]:
        markdown = output.get("data", {}).get("text/markdown")
        if markdown is None:
            others.append(output)
        else:
            written.append(markdown_cell(text(markdown)))
    prompts = dict.fromkeys(["code_prompt_show", "code_prompt_hide"],
                            chosen.get("code-summary", "Code"))
    image = {"alt": chosen.get("fig-alt", "")}
    metadata = {"tags": tags, "mystnb": {"image": image, **prompts}}
    code = {"cell_type": "code", "execution_count": None, "metadata": metadata,
            "outputs": others, "source": source}
    shows = source and "remove-input" not in tags or others
    return ([code] if shows else []) + written


def page_links(markdown, names):
    """Markdown whose links to notebooks and generated pages carry the pages' names in the
    site; code stays as it is."""
    def link(match):
        "A link with the page's name; code, and links elsewhere, unchanged."
        code, page, anchor = match[1], match[2], match[3] or ""
        return match[0] if code or page not in names else f"]({names[page]}{anchor})"
    target = r"\]\((\w+)\.(?:ipynb|qmd)(#[^)]*)?\)"
    return re.sub(f"({processed.CODE.pattern})|{target}", link, markdown,
                  flags=processed.CODE.flags)


def lower(notebook, names):
    "A processed notebook as myst-nb takes it, with title and subtitle back in the page."
    first, *rest = notebook["cells"]
    front = processed.front_matter(text(first["source"]), "a processed notebook")
    cells = [markdown_cell(f"# {front['title']}\n\n*{front.get('description', '')}*")]
    for cell in rest:
        if cell["cell_type"] == "code":
            cells += lower_code(cell)
        elif not text(cell["source"]).startswith("<!-- WARNING"):
            cells.append(markdown_cell(text(cell["source"])))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "markdown":
            cell["source"] = page_links(cell["source"], names)
    metadata = {"language_info": {"name": "python", "pygments_lexer": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def contents(names):
    """The site's navigation, from the same sidebar.yml as Quarto's, as tables of contents
    for the front page."""
    written = yaml.safe_load((pages.PROCESSED / "sidebar.yml").read_text(encoding="utf-8"))
    lines = []
    for entry in written["website"]["sidebar"]["contents"]:
        if isinstance(entry, dict):
            documents = [Path(names[Path(page).stem]).stem for page in entry["contents"]]
            lines += ["```{toctree}", ":hidden:", f":caption: {entry['section']}", "",
                      *documents, "```", ""]
    return "\n".join(lines)


def lower_page(source, names):
    "A generated page as MyST takes it, with its title back in the page."
    front = processed.front_matter(source, "a generated page")
    return page_links(processed.FRONT.sub(f"# {front['title']}\n", source), names)


def write_sphinx_sources(folder):
    "Writes all pages as Sphinx takes them."
    notebooks = sorted(pages.PROCESSED.glob("*.ipynb"))
    written = sorted(pages.PROCESSED.glob("*.qmd"))
    names = {path.stem: f"{path.stem}.md" for path in written}
    for path in notebooks:
        output = pages.front_matter(path)["output-file"]
        names[path.stem] = output.replace(".html", ".ipynb")
    for path in notebooks:
        notebook = lower(pages.load(path), names)
        if path.stem == "index":
            notebook["cells"].append({**markdown_cell(contents(names)), "id": "contents"})
        made = json.dumps(notebook, ensure_ascii=False)
        (folder / names[path.stem]).write_text(made, encoding="utf-8")
    for path in written:
        made = lower_page(path.read_text(encoding="utf-8"), names)
        (folder / names[path.stem]).write_text(made, encoding="utf-8")
    for path in pages.PROCESSED.glob("*.png"):
        shutil.copy(path, folder)


def with_sphinx(site):
    "Renders the pages with Sphinx, a warning of whose is a failure, and moves the site."
    folder, made = BUILD / "sphinx", BUILD / "html"
    for old in (folder, made):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(pages.PROCESSED / "mathjax", folder / "mathjax")
    write_sphinx_sources(folder)
    strict = ["-q", "-W", "--keep-going", "-E"]
    command = [sys.executable, "-m", "sphinx", *strict, "-c", SPHINX,
               "-d", BUILD / "doctrees", folder, made]
    run("Sphinx", command, ROOT)
    shutil.move(made, site)


def unmarked(site):
    "The documented names that have no heading of their own on their page."
    for path in sorted(pages.PROCESSED.glob("*.ipynb")):
        page = site.resolve() / pages.front_matter(path)["output-file"]
        for name in pages.documented_names(pages.load(path)):
            if links.read(page).headings.get(symbol_id(name)) != name:
                yield f"{page.name} has no heading with the id {symbol_id(name)} for {name}"


RENDERERS = {"quarto": with_quarto, "sphinx": with_sphinx}


def render(renderer, site):
    "Renders the pages of _proc/ into the folder `site`, and follows the links there."
    shutil.rmtree(site, ignore_errors=True)
    RENDERERS[renderer](site)
    links.check(site)
    if faults := list(unmarked(site)):
        raise Failure("\n".join(faults))


def build(renderer=None):
    """Makes the pages and renders them into _docs/ with `renderer`, "quarto" or "sphinx";
    without, with Quarto where there is one. Returns the renderer."""
    renderer = renderer or ("quarto" if shutil.which("quarto") else "sphinx")
    with working_in(ROOT):
        pages.make()
        render(renderer, SITE)
    return renderer


def how_to_open(renderer):
    "Says how the site is opened that a renderer has made."
    return OPEN.format(SITE.name, BUT_SEARCH if renderer == "quarto" else "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the site in _docs/.")
    parser.add_argument("--renderer", choices=list(RENDERERS),
                        help="without: Quarto where it is on PATH, else Sphinx")
    try:
        used = build(parser.parse_args().renderer)
    except Failure as failure:
        sys.exit(str(failure))
    print(how_to_open(used))
