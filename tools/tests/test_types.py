"""Types, help, completion: what the checks of these catch, and how pages show functions."""
import ast
import importlib
import re

import pytest

import nn_basics
from tools import checkers, described, docments, showdoc
from tools.equations import cells
from tools.imports import modules
from tools.notebooks import notebook_paths

EXPORTED = re.compile(r"^#\| *exports?\b.*\n", re.MULTILINE)


def test_a_slip_that_is_accepted_is_told():
    right, wrong = checkers.RIGHT, checkers.WRONG
    expected = {(wrong, 11), (wrong, 13)}
    found = [(wrong, 11, "no such option"), (right, 5, "another type")]
    assert list(checkers.faults("mypy", found, expected)) == [
        "right.py:5 is refused by mypy: another type",
        "wrong.py:13 is marked as wrong, but mypy accepts it"]


def test_a_function_that_is_not_called_is_told(tmp_path):
    program = checkers.RIGHT.read_text(encoding="utf-8")
    (tmp_path / "right.py").write_text(program.replace("data.moons(noise=0.2), ", ""))
    said = list(checkers.not_called(tmp_path / "right.py"))
    assert said == ["right.py does not use data.moons"]


WHOLE = '''
__all__ = ['f', 'C']
def f(X: Array, *rest: int, n: int = 1) -> Array:
    """Words.

    Args:
        X: examples
        *rest: numbers
        n: a number

    Returns:
        array
    """
class C:
    """Words.

    Args:
        size: a number
    """
    def __init__(self, size: int) -> None:
        pass
def g(x): "Private to its module."
'''
LEFT_OUT = {
    "        n: a number\n": ("", "f: its help leaves out n"),
    "*rest: n": ("rest: n", "f: its help leaves out *rest"),
    "X: Array": ("X", "f: X has no type"),
    "n: int = 1": ("n=1", "f: n has no type"),
    "(X: Array, ": ("(", "f: its help tells of X, which is no argument"),
    " -> Array": ("", "f: its result has no type"),
    "\n    Returns:\n        array\n": ("", "f: its help does not say what it returns"),
    "        size: a": ("        length: a", "C: its help leaves out size"),
    "size: int": ("size", "C: size has no type"),
    "'f', ": ("'f', 'g', ", "g: its help leaves out x"),
}


@pytest.mark.parametrize("old", LEFT_OUT)
def test_help_that_leaves_something_out_is_told(old):
    new, words = LEFT_OUT[old]
    assert list(described.faults(WHOLE, "data")) == []
    assert f"data.{words}" in described.faults(WHOLE.replace(old, new), "data")


def exported(path):
    "The exported cells of a notebook."
    for number, kind, source in cells(path):
        if kind == "code" and EXPORTED.search(source):
            yield f"{path.stem} cell {number}", EXPORTED.sub("", source)


def program(source):
    "A program without annotations and docstrings, as text to compare."
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        is_told = isinstance(node, (ast.FunctionDef, ast.ClassDef))
        if is_told and ast.get_docstring(node) is not None:
            node.body[0].value.value = ""
    return ast.dump(tree)


def test_pages_show_the_same_programs():
    "Shown as on the pages, every exported cell is the same program, without types."
    changed = 0
    for path in notebook_paths():
        for where, source in exported(path):
            shown = docments.shown(source)
            assert program(shown) == program(source), where
            heads = [node for node in ast.parse(shown).body
                     if isinstance(node, ast.FunctionDef)]
            assert not any(docments.is_typed(node) for node in heads), where
            changed += shown != source
    assert changed > 100


def test_pages_show_the_words_on_each_argument():
    "What help says of an argument, and of what comes back, stands in the signature shown."
    def squeezed(text):
        "Text without comment signs and blanks."
        return re.sub(r"[\s#]+", "", text)
    told = 0
    for path in notebook_paths():
        for where, source in exported(path):
            shown = squeezed(docments.shown(source))
            for node in ast.parse(source).body:
                if isinstance(node, ast.FunctionDef):
                    _, said = docments.sections(ast.get_docstring(node) or "")
                    all_words = {**said.get("Args", {}), **said.get("Returns", {})}
                    for words in all_words.values():
                        assert squeezed(words) in shown, (where, node.name, words)
                        told += 1
    assert told > 500


def test_names_without_source_are_shown_alike():
    "Arguments with the words on them, without types; of a class its constructor or fields."
    function, made, _ = ast.parse(WHOLE).body[1:]
    said = showdoc.head(ast.get_source_segment(WHOLE, function))
    assert said.splitlines() == [
        "def f(",
        "    X,      # examples",
        "    *rest,  # numbers",
        "    n=1,    # a number",
        "):          # array",
    ]
    said = showdoc.head(ast.get_source_segment(WHOLE, made))
    assert said.splitlines()[0] == "class C:" and "size,  # a number" in said
    assert showdoc.head("class D:\n    x: int  # a number\n").endswith("x: int  # a number")


def test_completion_shows_what_a_module_exports():
    for path in modules():
        module = importlib.import_module(f"nn_basics.{path.stem}")
        assert dir(module) == sorted(module.__all__), path.stem


def test_the_package_says_what_is_where():
    for path in modules():
        assert re.search(rf"\b{path.stem}\b", nn_basics.__doc__), path.stem
