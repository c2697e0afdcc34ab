"""Who imports whom in the package, what it imports from elsewhere, what is loaded late."""
import ast
import subprocess
import sys
from configparser import ConfigParser
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from tools.equations import cells, statements
from tools.notebooks import ROOT, Failure

LATE = {"matplotlib", "h5py", "PIL", "IPython"}      # imported inside functions only
OTHERWISE_CALLED = {"PIL": "pillow", "sklearn": "scikit-learn", "IPython": "ipython"}
FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef
LOADS = f"""
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module("nn_basics." + name)
    if loaded := sorted({LATE!r} & set(sys.modules)):
        sys.exit(f"import nn_basics.{{name}} loads {{', '.join(loaded)}}")
"""


def modules(root=ROOT):
    "The package's modules, in the order of their names."
    return sorted((root / "nn_basics").glob("[!_]*.py"))


def run(program, *arguments, root):
    "Runs one of this environment's programs in `root`."
    command = [Path(sys.executable).parent / program, *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True)


def requirements(*keys, root=ROOT):
    "The names of what settings.ini requires under some keys."
    settings = ConfigParser(delimiters=["="])
    settings.read(root / "settings.ini", encoding="utf-8")
    listed = " ".join(settings["DEFAULT"][key] for key in keys).split()
    return {Requirement(requirement).name for requirement in listed}


def required(root=ROOT):
    "What the package may import beside Python's own: settings.ini's and Pillow."
    return requirements("requirements", root=root) | {"PIL"}


def is_for_checkers(node):
    "Whether a statement is for type checkers alone, and never runs."
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def imported(tree):
    "What a module imports from elsewhere: (line, name, whether as soon as it is imported)."
    functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    unread = {id(part) for node in tree.body if is_for_checkers(node) for part in node.body}
    for node in ast.walk(tree):
        if id(node) in unread:
            continue
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield node.lineno, node.module, id(node) not in inside
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, id(node) not in inside


def faults(path, known):
    "The imports of a module that are too early, or of what the package does not require."
    for line, name, at_once in imported(ast.parse(path.read_text(encoding="utf-8"))):
        top, where = name.partition(".")[0], f"nn_basics/{path.name}:{line} imports {name}"
        if top not in known:
            yield f"{where}, which settings.ini does not require"
        elif at_once and top in LATE:
            yield f"{where} when the module is imported: do it inside the function"


def looked_for(tree):
    "The modules whose files a cell looks for, by `find_spec`, without importing them."
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "find_spec":
            yield from (part.value for part in node.args if isinstance(part, ast.Constant))


def imported_by_notebooks(root):
    "What the notebooks' cells import, as it is called where it is installed from."
    for path in sorted(root.glob("nbs/*.ipynb")):
        for _, kind, source in cells(path):
            tree = statements(source if kind == "code" else "", path.name)
            names = [name for _, name, _ in imported(tree)] + list(looked_for(tree))
            for top in {name.partition(".")[0] for name in names}:
                yield OTHERWISE_CALLED.get(top, top)


def notebook_faults(root):
    "What the notebooks import and their extra leaves out, or has for nothing."
    own = requirements("requirements", root=root)
    extra = requirements("notebooks_requirements", "scale_requirements", root=root)
    used = set(imported_by_notebooks(root)) - sys.stdlib_module_names - {"nn_basics"}
    pinned = {Requirement(needed).name for needed in metadata.requires("nbdev")}
    for name in sorted(used - own - extra):
        yield f"the notebooks import {name}: settings.ini's extra notebooks leaves it out"
    for name in sorted(extra - used - pinned):
        yield f"settings.ini's extra notebooks requires {name}, which no notebook imports"


def check_notebooks(root=ROOT):
    "Raises with all in which notebooks and their extra differ."
    if found := list(notebook_faults(root)):
        raise Failure("\n".join(found))


def broken_contracts(root):
    "What import-linter finds against .importlinter, as a list of none or one."
    done = run("lint-imports", "--no-cache", root=root)
    before, _, details = (done.stdout + done.stderr).partition("Broken contracts")
    said = details or f" lint-imports cannot use it\n{before}"
    return [f".importlinter:{said}".strip()] if done.returncode else []


def check(root=ROOT):
    "Raises with every import that is not allowed; returns how many modules were looked at."
    known = required(root) | {"nn_basics"} | sys.stdlib_module_names
    found = [fault for path in modules(root) for fault in faults(path, known)]
    found += broken_contracts(root)
    if found:
        raise Failure("\n".join(found))
    done = run("python", "-c", LOADS, *(path.stem for path in modules(root)), root=root)
    if done.returncode:
        raise Failure(done.stderr.strip())
    return f"{len(modules(root))} modules"


if __name__ == "__main__":
    try:
        print(check())
    except Failure as failure:
        sys.exit(str(failure))
