"""Who may import whom inside the package, and what an import may load."""
import ast
import subprocess
import sys

from tools.notebooks import ROOT, Failure
from tools.pages import modules

MAY_IMPORT = {
    "arguments": set(),
    "span": {"arguments"},
    "gradient_check": {"arguments"},
    "style": set(),
    "plots": {"style"},
    "diagrams": {"style"},
    "data": {"arguments", "pictures"},
    "pictures": {"arguments", "drawings"},
    "drawings": {"arguments"},
    "checkpoints": set(),
    "descent": {"arguments", "checkpoints"},
    "stored": {"arguments"},
    "logistic_regression": {"arguments", "span", "descent", "stored"},
    "softmax": {"arguments", "descent", "stored"},
    "lean_net": {"arguments", "descent", "logistic_regression", "softmax"},
    "shallow_net": {"arguments", "descent", "logistic_regression", "lean_net", "stored"},
    "deep_net": {"arguments", "logistic_regression", "shallow_net", "softmax", "span", "descent", "lean_net", "stored"},
}
LATE = {"matplotlib", "h5py", "PIL", "IPython"}          # loaded by the functions that need them, never by an import


def imported(tree):
    "The top-level names of what a module imports: (line, name, whether at import time); rooms as nn_basics.room."
    inside = {id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef) for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, "nn_basics." * (node.level > 0) + node.module, id(node) not in inside
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, id(node) not in inside


def faults(path):
    "The imports of a module that the house does not allow."
    if path.stem not in MAY_IMPORT:
        yield f"{path.name} is no room of tools/rooms.py"
        return
    for line, name, at_once in imported(ast.parse(path.read_text(encoding="utf-8"))):
        top, _, room = name.partition(".")
        where = f"nn_basics/{path.name}:{line}"
        if top == "nn_basics" and room not in MAY_IMPORT[path.stem]:
            yield f"{where} imports {name}, which {path.stem} may not"
        elif at_once and top in LATE:
            yield f"{where} imports {name} when the module is imported: do it inside the function"
        elif top not in {"nn_basics", "numpy", "matplotlib", "h5py", "PIL", "IPython"} and top not in sys.stdlib_module_names:
            yield f"{where} imports {name}, which the package does not require"


def check():
    "Raises with every import that is not allowed; returns how many modules were looked at."
    if found := [fault for path in modules() for fault in faults(path)]:
        raise Failure("\n".join(found))
    for path in modules():
        code = f"import sys, nn_basics.{path.stem}; print(*sorted({LATE!r} & set(sys.modules)))"
        if loaded := subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip():
            raise Failure(f"import nn_basics.{path.stem} loads {loaded}")
    return len(modules())
