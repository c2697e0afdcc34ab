"""Writes README.md from nbs/index.ipynb, without Quarto and to the same bytes each time."""
import base64
import json
import re

from tools.notebooks import NOTEBOOKS, ROOT, code_alone, text
from tools.processed import options

README = ROOT / "README.md"
FIGURES = NOTEBOOKS / "readme"


def shown_outputs(cell, figures):
    "A code cell's outputs as Markdown; pictures go into `figures`, {file name: bytes}."
    for output in cell["outputs"]:
        data = output.get("data", {})
        if "image/png" in data:
            name = f"figure-{len(figures) + 1}.png"
            figures[name] = base64.b64decode(text(data["image/png"]))
            alt = options(text(cell["source"])).get("fig-alt", "")
            yield f"![{alt}]({FIGURES.relative_to(ROOT).as_posix()}/{name})"
        elif shown := text(output.get("text") or data.get("text/plain", "")).rstrip():
            yield f"```text\n{shown}\n```"


def readme(notebook):
    "The README as (text, figures): what the notebook shows, with links from the root."
    blocks, figures = [], {}
    for cell in notebook["cells"]:
        source = text(cell["source"])
        if cell["cell_type"] == "markdown":
            blocks.append(re.sub(r"\]\((\w+\.ipynb)", rf"]({NOTEBOOKS.name}/\1", source))
        elif not re.search(r"^#\| *(hide|default_exp|export)\b", source, re.MULTILINE):
            if options(source).get("echo") is not False:
                blocks.append(f"```python\n{code_alone(source)}\n```")
            blocks += shown_outputs(cell, figures)
    note = "<!-- Made from nbs/index.ipynb by `make refresh`: edit that. -->"
    return "\n\n".join([note, *blocks]) + "\n", figures


def current():
    "What README.md and its figures should be now, {path: bytes}."
    index = (NOTEBOOKS / "index.ipynb").read_text(encoding="utf-8")
    written, figures = readme(json.loads(index))
    in_place = {FIGURES / name: data for name, data in figures.items()}
    return {README: written.encode(), **in_place}


if __name__ == "__main__":
    files = current()
    FIGURES.mkdir(exist_ok=True)
    for old in set(FIGURES.iterdir()) - set(files):
        old.unlink()
    for path, data in files.items():
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
