"""ruff over notebooks, package and tools, and what it cannot be told."""
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

GENERATED = "nn_basics/*.py"            # what ruff.toml excuses for good
PHASED_IN = {"E501", "E7"}              # the rules from which it may exempt a notebook
# The notebooks from before these rules. No name is ever added: what is new keeps them.
OLD = "05_span 06_stored 07_engines".split()
HINT = """In notebooks mend the cell, then nbdev_export. `ruff check --fix` sorts and wraps
imports and drops unused ones, in notebooks too."""


def files(root):
    "What is checked: {kind: paths}."
    tools = [path for name in ("setup.py", "tools/**/*.py") for path in root.glob(name)]
    return {"notebooks": sorted(root.glob("nbs/*.ipynb")),
            "modules": sorted(root.glob(GENERATED)), "tools": tools}


def ruff(root, *options):
    "Ruff's findings in all files, in its words."
    paths = [path for found in files(root).values() for path in found]
    command = [Path(sys.executable).parent / "ruff", "check", "--no-cache", "--ignore-noqa",
               "--output-format", "json", *options, *paths]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode > 1 or not done.stdout:
        raise Failure(f"ruff: {done.stderr.strip()}")
    return json.loads(done.stdout)


def sources(path):
    "The sources of a notebook's cells, numbered from one, as ruff does; or of a file."
    read = Path(path).read_text(encoding="utf-8")
    if not path.endswith(".ipynb"):
        return {None: read}
    cells = json.loads(read)["cells"]
    return {number: text(cell["source"]) for number, cell in enumerate(cells, start=1)}


def is_allowed(code, line, column, in_notebook):
    "Whether this is a notebook's long `#|` line, or an `if x: raise` or `if x: return`."
    if code == "E701":                  # column: behind the colon
        rest = line[column:].lstrip()
        return line.lstrip().startswith("if ") and bool(re.match(r"(raise|return)\b", rest))
    return code == "E501" and in_notebook and line.startswith("#|")


def findings(root, *options):
    "Ruff's findings but for what is allowed."
    found = ruff(root, *options)
    read = {name: sources(name) for name in {finding["filename"] for finding in found}}
    for finding in found:
        cell, place = finding["cell"], finding["location"]
        lines = read[finding["filename"]][cell].splitlines()
        line = dict(enumerate(lines, start=1)).get(place["row"], "")
        if not is_allowed(finding["code"], line, place["column"], cell is not None):
            yield finding


def message(finding, root):
    "A finding in words, with its place; cells are numbered from zero, as in all of tools/."
    place = Path(finding["filename"]).resolve().relative_to(root.resolve()).as_posix()
    row, cell = finding["location"]["row"], finding["cell"]
    place += f":{row}" if cell is None else f" cell {cell - 1}, line {row}"
    return f"{place}: {finding['message']} ({finding['code']})"


def exemptions(root):
    "The files that ruff.toml exempts until they are rewritten: {name: rules}."
    settings = tomllib.loads((root / "ruff.toml").read_text(encoding="utf-8"))
    listed = settings["lint"]["per-file-ignores"]
    return {name: rules for name, rules in listed.items() if name != GENERATED}


def list_faults(root):
    "What ruff.toml exempts and may not, or need not any more."
    old = {f"nbs/{stem}.ipynb" for stem in OLD}
    found = findings(root, "--config", "lint.per-file-ignores = {}")
    broken = {(Path(finding["filename"]).resolve(), finding["code"]) for finding in found}
    for name, rules in exemptions(root).items():
        path = (root / name).resolve()
        if name not in old:
            yield f"ruff.toml exempts {name}: the list only shrinks, mend the file instead"
        for rule in rules:
            if rule not in PHASED_IN:
                yield f"ruff.toml exempts {name} from {rule}: nothing is exempt from that"
            elif not any(at == path and code.startswith(rule) for at, code in broken):
                yield f"ruff.toml exempts {name} from {rule}, which it keeps: take it off"


def check(root=ROOT):
    "Raises with all that ruff finds and its exemptions; returns how much was looked at."
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
