"""ruff over notebooks, package and tools, and what ruff cannot be told: python -m tools.lint."""
import json
import re
import subprocess
import sys
from pathlib import Path

from tools.notebooks import ROOT, Failure, text

try:
    import tomllib
except ImportError:                     # Python 3.10
    import tomli as tomllib

PHASED_IN = {"E501", "E7"}              # the rules from which ruff.toml may exempt a notebook
# The notebooks from before these rules. No name is ever added: what is new keeps them.
OLD = """00_data 01_logistic_regression 02_shallow_net 03_softmax 04_deep_net 05_span 06_stored
    07_engines 08_arguments 09_descent 10_gradient_check 11_plots 12_drawings 13_pictures
    14_diagrams 15_style 16_lean_net 17_checkpoints""".split()
HINT = """In notebooks mend the cell, then nbdev_export. `ruff check --fix` sorts imports and drops
unused ones, in notebooks too; a long import stands in brackets, one name a line, as it writes it."""


def files(root):
    "What is checked: {kind: paths}."
    modules = sorted(root.glob("nn_basics/*.py"))
    tools = [path for name in ("tools/**/*.py", "setup.py") for path in root.glob(name)]
    return {"notebooks": sorted(root.glob("nbs/*.ipynb")), "modules": modules, "tools": tools}


def ruff(root, *options):
    "Runs ruff in `root` on all files; returns its findings."
    paths = [path for found in files(root).values() for path in found]
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--ignore-noqa",
               "--output-format", "json", *options, *paths]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode > 1 or not done.stdout:
        raise Failure(f"ruff: {done.stderr.strip()}")
    return json.loads(done.stdout)


def sources(path):
    "The sources of a notebook's cells, by their numbers from one, as ruff counts; or of a file."
    read = Path(path).read_text(encoding="utf-8")
    if not path.endswith(".ipynb"):
        return {None: read}
    cells = json.loads(read)["cells"]
    return {number: text(cell["source"]) for number, cell in enumerate(cells, start=1)}


def is_allowed(code, line, column, in_notebook):
    "Whether this is a long `#|` line of a notebook, or an `if x: raise` or `if x: return`."
    if code == "E701":                  # column: behind the colon
        return bool(re.match(r"\s*if ", line) and re.match(r"\s*(raise|return)\b", line[column:]))
    return code == "E501" and in_notebook and line.startswith("#|")


def findings(root, *options):
    "Ruff's findings but for what is allowed."
    found = ruff(root, *options)
    read = {name: sources(name) for name in {finding["filename"] for finding in found}}
    for finding in found:
        name, cell, place = finding["filename"], finding["cell"], finding["location"]
        line = dict(enumerate(read[name][cell].splitlines(), start=1)).get(place["row"], "")
        if not is_allowed(finding["code"], line, place["column"], cell is not None):
            yield finding


def message(finding, root):
    "A finding in words, with its place; cells are counted from zero, as everywhere in tools/."
    path = Path(finding["filename"]).relative_to(root.resolve()).as_posix()
    row = finding["location"]["row"]
    place = f"{path} cell {finding['cell'] - 1}, line {row}" if finding["cell"] else f"{path}:{row}"
    return f"{place}: {finding['message']} ({finding['code']})"


def exemptions(root):
    "The notebooks that ruff.toml exempts: {name from the root: codes}."
    listed = tomllib.loads((root / "ruff.toml").read_text(encoding="utf-8"))
    listed = listed["lint"].get("per-file-ignores", {})
    return {name: codes for name, codes in listed.items() if name != "nn_basics/*.py"}


def list_faults(root):
    "What on ruff.toml's list of exempted notebooks should not be there, or not any more."
    without = findings(root, "--config", "lint.per-file-ignores = {}")
    broken = [(Path(f["filename"]), f["code"]) for f in without]
    for name, codes in exemptions(root).items():
        if name not in {f"nbs/{stem}.ipynb" for stem in OLD}:
            yield f"ruff.toml exempts {name}: the list only shrinks, mend the file instead"
        for code in codes:
            if code not in PHASED_IN:
                yield f"ruff.toml exempts {name} from {code}: nothing is exempt from that"
            elif not any(path == (root / name).resolve() and c.startswith(code) for path, c in broken):
                yield f"ruff.toml exempts {name} from {code}, which it keeps: take it off the list"


def check(root=ROOT):
    "Raises with all that ruff finds and its list of exemptions; returns how much was looked at."
    found = [message(finding, root) for finding in findings(root)]
    if found:
        found.append(HINT)
    found += list_faults(root)
    if found:
        raise Failure("\n".join(found))
    return ", ".join(f"{len(paths)} {kind}" for kind, paths in files(root).items())


if __name__ == "__main__":
    try:
        print(check())
    except Failure as failure:
        sys.exit(str(failure))
