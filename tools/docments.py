"""Shows functions as the pages do: what is said of an argument stands beside it.

In the package the words on arguments, results and errors are sections of the docstring,
where `help`, Jupyter and editors find them, and types stand in the signature. On a page,
where mathematics is read, those words are comments in a signature without types, as nbdev's
docments are, and errors that functions have in common are left to `help`."""
import ast
import re
import textwrap

WIDTH = 92
COMMON = {
    "ValueError or TypeError: for what does not fit, with the reason",
    "FloatingPointError: if the cost or the parameters leave their range",
    "FloatingPointError: if the gradients overflow",
    "FloatingPointError: if the logits overflow",
    "FloatingPointError: if the scores overflow",
    "OSError: if the checkpoint cannot be read or written",
}


def sections(docstring):
    "The summary of a docstring, and its sections: {title: {name or number: words}}."
    summary, *rest = re.split(r"\n\n(?=(?:Args|Returns|Raises):\n)", docstring)
    found = {}
    for block in rest:
        title, _, body = block.partition(":\n")
        entries = re.sub(r"\n {8,}", " ", body.rstrip()).splitlines()
        lines = [entry.strip() for entry in entries]
        if title == "Args":
            found[title] = dict(line.split(": ", 1) for line in lines)
        else:
            found[title] = dict(enumerate(lines))
    return summary, found


def arguments(node):
    "The parts of a signature, in order: (name with its stars, or a bare star; last node)."
    a = node.args
    positional = a.posonlyargs + a.args
    defaults = [None] * (len(positional) - len(a.defaults)) + a.defaults
    pairs = [("", arg, default) for arg, default in zip(positional, defaults)]
    if a.vararg:
        pairs.append(("*", a.vararg, None))
    elif a.kwonlyargs:
        pairs.append(("*", None, None))
    pairs += [("", arg, default) for arg, default in zip(a.kwonlyargs, a.kw_defaults)]
    return pairs + ([("**", a.kwarg, None)] if a.kwarg else [])


def written(code, stars, arg, default):
    "An argument as it is shown: its name, and its default as the source has it."
    name = stars + arg.arg if arg else stars
    return f"{name}={ast.get_source_segment(code, default)}" if default else name


def words_for(name, said):
    "What is said of an argument; of several together it is said at the last."
    for names, words in said.items():
        if name in names.split(", "):
            return words if name == names.split(", ")[-1] else None
    return None


def commented(lines):
    "Lines with their comments in one column, which go on below where they are long."
    column = max((len(line) for line, words in lines if words), default=0) + 2
    for line, words in lines:
        if not words:
            yield line
            continue
        first, *more = textwrap.wrap(words, max(30, WIDTH - column - 2))
        yield f"{line:<{column}}# {first}"
        yield from (f"{'':<{column}}# {rest}" for rest in more)


def signature(code, node, said, result):
    "The head of a function with comments."
    indent = " " * node.col_offset
    parts = [(written(code, *part), part[1]) for part in arguments(node)]
    if not said and not result:
        return [f"{indent}def {node.name}({', '.join(text for text, _ in parts)}):"]
    lines = [(f"{indent}def {node.name}(", None)]
    for (text, arg), (stars, _, _) in zip(parts, arguments(node)):
        name = stars + arg.arg if arg else None
        lines.append((f"{indent}    {text},", name and words_for(name, said)))
    return list(commented([*lines, (f"{indent}):", result)]))


def result_of(found):
    "What is returned and raised, in one comment."
    errors = [text.replace(": ", " ", 1) for text in found.get("Raises", {}).values()
              if text not in COMMON]
    return "; ".join([*found.get("Returns", {}).values(), *errors]) or None


def has_sections(docstring):
    "Whether a docstring says more than one line."
    return bool(docstring and re.search(r"\n\n(Args|Returns|Raises):\n", docstring))


def one_line(node, summary):
    "A docstring of one line."
    quotes = '"""' if '"' in summary or "\n" in summary else '"'
    prefix = "r" if "\\" in summary else ""
    return f"{' ' * (node.col_offset + 4)}{prefix}{quotes}{summary}{quotes}"


def is_typed(node):
    "Whether a signature has annotations."
    args = [arg for _, arg, _ in arguments(node) if arg]
    return bool(node.returns or any(arg.annotation for arg in args))


def without_annotations(code, node):
    "The head of a function as it is, but for its types, with comments in one column."
    first, last = node.lineno - 1, node.body[0].lineno - 1
    lines = code.splitlines()[:last]
    args = [arg for _, arg, _ in arguments(node) if arg]
    for part in [node.returns, *(arg.annotation for arg in reversed(args))]:
        if part:
            line, end = lines[part.lineno - 1], part.end_col_offset
            before = re.sub(r"(: *| *-> *)$", "", line[:part.col_offset])
            lines[part.lineno - 1] = before + line[end:]
    heads = [re.fullmatch(r"(.*?)(?: *# (.*))?", line).groups() for line in lines[first:]]
    return list(commented(heads))


def function_edits(code, node):
    "What becomes of a function: (first line, last line, the lines instead)."
    docstring = ast.get_docstring(node)
    if has_sections(docstring):
        summary, found = sections(docstring)
        head = signature(code, node, found.get("Args", {}), result_of(found))
        yield node.lineno, node.body[0].end_lineno, [*head, one_line(node, summary)]
    elif is_typed(node) and node.body[0].lineno > node.lineno:
        head = without_annotations(code, node)
        yield node.lineno, node.body[0].lineno - 1, head


def class_edits(code, node):
    "What becomes of a class, whose docstring tells of its constructor's arguments."
    docstring, told = ast.get_docstring(node), None
    if has_sections(docstring):
        summary, told = sections(docstring)
        yield node.body[0].lineno, node.body[0].end_lineno, [one_line(node, summary)]
    for method in (part for part in node.body if isinstance(part, ast.FunctionDef)):
        if told and method.name == "__init__":
            head = signature(code, method, told.get("Args", {}), result_of(told))
            yield method.lineno, max(method.lineno, method.body[0].lineno - 1), head
        else:
            yield from function_edits(code, method)


def shown(code):
    "The source with the sections of its docstrings as comments in its signatures."
    edits = []
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef):
            edits += function_edits(code, node)
        if isinstance(node, ast.ClassDef):
            edits += class_edits(code, node)
    lines = code.splitlines()
    for first, last, instead in sorted(edits, reverse=True):
        lines[first - 1:last] = instead
    return "\n".join(lines)
