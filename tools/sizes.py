"""How long functions and modules are, without signatures, docstrings, comments, blanks."""
import ast
import io
import tokenize
from functools import cache

from tools.imports import modules
from tools.notebooks import ROOT, Failure

FUNCTION, MODULE = 25, 350              # lines of code, at most
# Functions from before this check. No name is ever added: what is new is shorter.
LONGER = {"network.bind"}
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT,
           tokenize.DEDENT, tokenize.ENDMARKER}


def uncounted(tree):
    "The lines of signatures and docstrings."
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from range(node.lineno, node.body[0].lineno)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)) \
                and ast.get_docstring(node) is not None:
            yield from range(node.body[0].lineno, node.body[0].end_lineno + 1)


@cache
def lines_of_code(source):
    "The numbers of the lines that count."
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = [token for token in tokens if token.type not in NO_CODE]
    lines = {line for token in code for line in range(token.start[0], token.end[0] + 1)}
    return lines - set(uncounted(ast.parse(source)))


def faults(source, module):
    "What is too long in a module, and what is excused and need not be."
    tree = ast.parse(source)
    counted = lines_of_code(source)
    if len(counted) > MODULE:
        yield f"{module} has {len(counted)} lines of code, but {MODULE} are the most"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            length = len(counted & set(range(node.lineno, node.end_lineno + 1)))
            name = f"{module}.{node.name}"
            if length > FUNCTION and name not in LONGER:
                yield f"{name} has {length} lines of code, but {FUNCTION} are the most"
            if length <= FUNCTION and name in LONGER:
                yield f"{name} is short enough: take it off LONGER in tools/sizes.py"


def check(root=ROOT):
    "Raises with all that is too long; returns the lines of code of the longest module."
    sources = {path.stem: path.read_text(encoding="utf-8") for path in modules(root)}
    if found := [fault for name, text in sources.items() for fault in faults(text, name)]:
        raise Failure("\n".join(found))
    lengths = {name: len(lines_of_code(text)) for name, text in sources.items()}
    longest = max(lengths, key=lengths.get)
    return f"the longest module is {longest} with {lengths[longest]} lines"
