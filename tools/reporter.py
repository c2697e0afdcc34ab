"""What the test runner prints: a line for each finished check, with its seconds."""

import ast
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from _pytest.terminal import TerminalReporter

# Here every function is a check; elsewhere the whole file is one.
ONE_BY_ONE = "test_project.py", "test_portable.py"


def check_of(nodeid):
    "The check that a test belongs to, and what tells it: (name, file, function or None)."
    file, _, rest = nodeid.partition("::")
    function, _, parameters = rest.partition("[")
    if Path(file).name not in ONE_BY_ONE:
        return f"tests/{Path(file).stem.removeprefix('test_')}", file, None
    kind, slash, _ = parameters.rpartition("/")
    return kind if slash else function.removeprefix("test_"), file, function


@cache
def description(file, function):
    "The first line of the docstring of a test, or of a file of tests."
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    if function:
        tree = next(node for node in tree.body if getattr(node, "name", "") == function)
    return (ast.get_docstring(tree) or "").partition("\n")[0]


@dataclass
class Check:
    "What is known of a check so far."

    pending: int = 0
    seconds: float = 0.0
    outcomes: Counter = field(default_factory=Counter)
    said: list = field(default_factory=list)

    def verdict(self):
        "In one word."
        return (
            "FAILED"
            if self.outcomes["failed"]
            else "ok"
            if self.outcomes["passed"]
            else "not run"
        )

    def note(self):
        "What its tests have said, and how many there were."
        several = sum(self.outcomes.values()) > 1
        count = ", ".join(
            f"{number} {outcome}" for outcome, number in sorted(self.outcomes.items())
        )
        return "; ".join([count] * several + list(dict.fromkeys(self.said)))


class CheckReporter(TerminalReporter):
    "pytest's reporter with lines for checks in place of dots for tests."

    def __init__(self, config):
        super().__init__(config)
        self.checks = {}

    def expect(self, nodeids):
        "Learns which tests there will be."
        for nodeid in nodeids:
            self.checks.setdefault(check_of(nodeid), Check()).pending += 1

    def pytest_collection_finish(self, session):
        "The tests of a run in this process."
        self.expect(item.nodeid for item in session.items)

    def pytest_xdist_node_collection_finished(self, node, ids):
        "The tests of a run in several processes, all of which have the same."
        if not self.checks:
            self.expect(ids)

    def write_line(self, line, **markup):
        "Writes a line, but none about the processes that run the tests."
        if not line.startswith("bringing up nodes"):
            super().write_line(line, **markup)

    def pytest_runtest_logstart(self, nodeid, location):
        "Nothing."

    def pytest_runtest_logfinish(self, nodeid):
        "Nothing."

    def pytest_runtest_logreport(self, report):
        "Counts a test, and prints the line of its check where it was the last one."
        category, _, _ = self.config.hook.pytest_report_teststatus(
            report=report, config=self.config
        )
        self._tests_ran = True
        self._add_stats(category, [report])
        identity = check_of(report.nodeid)
        check = self.checks.setdefault(identity, Check(pending=1))
        check.seconds += report.duration
        if report.failed or report.when == "call" or report.skipped:
            check.outcomes[report.outcome] += 1
        if report.skipped:
            check.said.append(report.longrepr[2].removeprefix("Skipped: "))
        if report.when == "teardown":
            check.said += [said for name, said in report.user_properties if name == "said"]
            check.pending -= 1
            if not check.pending:
                self.print_line(identity, check)

    def print_line(self, identity, check):
        "The line of a check that is finished."
        name, *where = identity
        told = "  ".join(filter(None, (description(*where), check.note())))
        self.write_line(f"{check.verdict():7} {name:14} {check.seconds:6.1f} s  {told}")

    def summary_stats(self):
        "How many checks passed, before pytest's own count of tests."
        counts = Counter(check.verdict() for check in self.checks.values())
        ok, failed, skipped = (counts[verdict] for verdict in ("ok", "FAILED", "not run"))
        self.write_line(f"checks: {ok} ok, {failed} failed, {skipped} not run")
        super().summary_stats()


def use(config):
    "Puts this reporter in the place of pytest's, unless more is asked for by -v."
    standard = config.pluginmanager.getplugin("terminalreporter")
    if standard and config.option.verbose <= 0:
        config.pluginmanager.unregister(standard)
        ours = CheckReporter(config)
        config.pluginmanager.register(ours, "terminalreporter")
        if distributed := config.pluginmanager.getplugin("dsession"):
            distributed.terminal = distributed.trdist.tr = ours
