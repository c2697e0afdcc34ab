"""Whether the help of public functions and constructors says what they take and give."""
import ast

from tools.docments import arguments, sections
from tools.imports import modules
from tools.notebooks import ROOT, Failure


def public(tree):
    "The public definitions of a module: names of `__all__` that are written here."
    for node in tree.body:
        targets = [getattr(target, "id", "") for target in getattr(node, "targets", [])]
        if "__all__" in targets:
            exported = set(ast.literal_eval(node.value))
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in exported:
            yield node


def constructor(node):
    "The `__init__` of a class, or None."
    methods = (part for part in node.body if isinstance(part, ast.FunctionDef))
    return next((method for method in methods if method.name == "__init__"), None)


def function_faults(node, docstring, is_constructor=False):
    "What help and signature of a function leave out, and what they name that is not there."
    _, said = sections(docstring or "")
    args = [(stars + arg.arg, arg) for stars, arg, _ in arguments(node) if arg]
    args = args[1:] if is_constructor else args
    told = {name for names in said.get("Args", {}) for name in names.split(", ")}
    for name, arg in args:
        if name not in told:
            yield f"its help leaves out {name}"
        if arg.annotation is None:
            yield f"{name} has no type"
    for name in sorted(told - {name for name, _ in args}):
        yield f"its help tells of {name}, which is no argument"
    if node.returns is None:
        yield "its result has no type"
    elif ast.unparse(node.returns) != "None" and args and "Returns" not in said:
        yield "its help does not say what it returns"


def faults(source, module):
    "What is left out in a module: `module.name: words`."
    for node in public(ast.parse(source)):
        docstring, found = ast.get_docstring(node), []
        if isinstance(node, ast.FunctionDef):
            found = function_faults(node, docstring)
        elif init := constructor(node):
            found = function_faults(init, docstring, is_constructor=True)
        yield from (f"{module}.{node.name}: {words}" for words in found)


def check(root=ROOT):
    "Raises with all that is left out; returns how many definitions were looked at."
    found, number = [], 0
    for path in modules(root):
        source = path.read_text(encoding="utf-8")
        number += len(list(public(ast.parse(source))))
        found += faults(source, path.stem)
    if found:
        raise Failure("\n".join(found))
    return f"{number} functions and classes"
