"""What mypy and pyright find in the package and in two programs that use it: nothing where
it is used as it is meant to be, and every slip that is marked."""
import ast
import json
import re
import subprocess
import sys
from pathlib import Path

from tools.described import public
from tools.imports import modules
from tools.notebooks import ROOT, Failure

RIGHT, WRONG = (ROOT / "tools" / "tests" / "typing" / f"{name}.py"
                for name in ("right", "wrong"))
# The modules of the chapters and what serves them: each of their functions is called.
CALLED = """data logistic_regression shallow_net softmax deep_net training descent span
    gradient_check""".split()
FINDING = re.compile(r"(.+?):(\d+): error: (.*)")


def run(program, *arguments):
    "What one of this environment's programs says of this project."
    command = [Path(sys.executable).parent / program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode > 1:
        raise Failure(f"{program}: {done.stdout}{done.stderr}")
    return done.stdout


def mypy():
    "What mypy finds in the package, read as mypy.ini says, and in both programs."
    for line in run("mypy", "nn_basics", RIGHT, WRONG).splitlines():
        if found := FINDING.fullmatch(line):
            yield ROOT / found[1], int(found[2]), found[3]


def pyright():
    "What pyright finds in both programs."
    said = run("pyright", "--pythonpath", sys.executable, "--outputjson", RIGHT, WRONG)
    for found in json.loads(said)["generalDiagnostics"]:
        line = found["range"]["start"]["line"] + 1
        yield Path(found["file"]), line, found["message"].partition("\n")[0]


def marked(path):
    "The lines of a program that are marked as wrong."
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    return {(path, number) for number, line in lines if line.endswith("# refused")}


def faults(checker, found, expected):
    "What a checker refuses otherwise than expected, in words."
    said = {(path, line): message for path, line, message in found}
    for path, line in sorted(said.keys() - expected):
        yield f"{path.name}:{line} is refused by {checker}: {said[path, line]}"
    for path, line in sorted(expected - said.keys()):
        yield f"{path.name}:{line} is marked as wrong, but {checker} accepts it"


def not_called(path):
    "The public functions of these modules that a program does not use: `module.name`."
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {(getattr(node.value, "id", None), node.attr) for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)}
    for module in (module for module in modules() if module.stem in CALLED):
        for node in public(ast.parse(module.read_text(encoding="utf-8"))):
            is_function = isinstance(node, ast.FunctionDef)
            if is_function and (module.stem, node.name) not in used:
                yield f"{path.name} does not use {module.stem}.{node.name}"


def check():
    "Raises with all that is found otherwise than marked; returns how many lines are."
    expected = marked(WRONG)
    found = [*not_called(RIGHT), *faults("mypy", mypy(), expected),
             *faults("pyright", pyright(), expected)]
    if found:
        raise Failure("\n".join(found))
    return f"{len(expected)} slips refused"
