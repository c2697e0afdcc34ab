"""The notebooks on other kinds of machine: they pass, and show the very same text."""

import pytest

from tools import outputs, portable
from tools.notebooks import Failure, largest_first, notebook_paths

pytestmark = pytest.mark.slow


def on_each(kinds):
    "Parameters of a test: each notebook on each kind of machine."
    cases = [
        pytest.param(make, path, id=f"{name}/{path.stem}")
        for name, make in kinds.items()
        for path in largest_first(notebook_paths())
    ]
    return pytest.mark.parametrize(("make", "path"), cases)


@pytest.fixture(scope="session")
def run_on():
    "Runs a notebook on a kind of machine; the runner of the last one is kept."
    kept = {}

    def run(make, path):
        if make not in kept:
            machine = make()
            close()
            kept[make] = machine.runner()
        return kept[make](path)

    def close():
        for runner in kept.values():
            runner.close()
        kept.clear()

    yield run
    close()


def check(make, path, run_on):
    "Raises where a notebook does not pass, or shows other text, on a kind of machine."
    try:
        record = run_on(make, path)
    except portable.NotRun as reason:
        pytest.skip(str(reason))
    found = outputs.differences(path, record["outputs"], record["failed"])
    if faults := outputs.faults(found, allowed=outputs.EQUAL):
        raise Failure(faults)


@on_each(portable.KINDS)
def test_kinds(make, path, run_on):
    "The notebooks on another kind of machine."
    check(make, path, run_on)


@on_each(portable.CONDITIONS)
def test_conditions(make, path, run_on):
    "The notebooks where warnings are errors, and in other locales."
    check(make, path, run_on)
