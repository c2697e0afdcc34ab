"""What stands on the pages for a name whose source they do not show. nbdev's own renderer
evaluates annotations, which name what only checkers import, and shows no sections."""
import ast
import inspect
import textwrap

from fastcore.docments import MarkdownRenderer
from nbdev.doclinks import NbdevLookup
from nbdev.showdoc import BasicMarkdownRenderer

from tools.described import constructor
from tools.docments import sections, shown
from tools.notebooks import ROOT


def lines_of(node, code):
    "A function up to its docstring or first statement; a class's constructor, or fields."
    lines = code.splitlines()
    if isinstance(node, ast.FunctionDef):
        last = node.body[0]
        if last.lineno == node.lineno:
            return [lines[node.lineno - 1][:last.col_offset].rstrip()]
        return lines[node.lineno - 1:last.lineno - 1]
    found = lines[node.lineno - 1:node.body[0].lineno - 1]
    if init := constructor(node):
        return found + lines_of(init, code)
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
    return found + [lines[field.lineno - 1] for field in fields]


def head(source):
    "What is shown of the source of a function or class: arguments and the words on them."
    code = shown(textwrap.dedent(source))
    return "\n".join(lines_of(ast.parse(code).body[0], code))


def source_of(sym, fn):
    "The source of a function; for a class, which a cell may have made, the package's."
    if inspect.isfunction(sym):
        return inspect.getsource(sym)
    code = (ROOT / NbdevLookup()[fn][1]).read_text(encoding="utf-8")
    classes = (node for node in ast.parse(code).body if isinstance(node, ast.ClassDef))
    found = next(node for node in classes if node.name == sym.__name__)
    return ast.get_source_segment(code, found)


class Shown(MarkdownRenderer):
    "The head of a function or class as pages show it, and the first line of its docstring."

    def __init__(self, sym, name=None, title_level=3):
        self.sym = inspect.unwrap(getattr(sym, "fget", sym))
        self.title_level = title_level
        self.nm = name or self.sym.__qualname__
        module = self.sym.__module__
        self.fn = self.nm if module == "__main__" else f"{module}.{self.sym.__qualname__}"

    def __repr__(self):
        return self.nm

    def _repr_markdown_(self):
        summary, _ = sections(inspect.getdoc(self.sym) or "")
        source = head(source_of(self.sym, self.fn))
        return f"```python\n{source}\n```\n\n*{' '.join(summary.split())}*"


class Renderer(BasicMarkdownRenderer, Shown):
    "The same below nbdev's heading and link to the source."
