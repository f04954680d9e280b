"""Collects what tests prove of the contract, for the page that `touchline conformance` makes.

A test says what it proves by ``@pytest.mark.conforms("<assertion>", …)``, or which counted suite it is a case of by
``@pytest.mark.suite("<name>")``; the fixture `agreement` tells how many of many recorded decisions were met.
``@pytest.mark.over("<log>")`` names the event log it runs over, where that is not the one in memory.
``--conformance FILE`` writes it all down as JSON, whether the tests ran in one process or in several.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.assertions import ASSERTIONS
from tests.conformance.contract.assertion import Assertion

_KNOWN = {assertion.id for assertion in ASSERTIONS}
_TOLD = "conformance"

Agreement = Callable[[str, int, int], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--conformance", metavar="FILE", help="write what the tests prove of Knative's contract as JSON")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "conforms(*ids): proves these assertions of tests/conformance/assertions.py")
    config.addinivalue_line("markers", "suite(name): one case of a published suite that is counted as a whole")
    config.addinivalue_line("markers", "over(log): which event log it runs over")
    config.addinivalue_line("markers", "agreement: counts recorded decisions (set by the fixture)")
    if path := config.getoption("--conformance"):
        config.pluginmanager.register(Collector(Path(path)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        ids = {each for mark in item.iter_markers("conforms") for each in mark.args}
        if unknown := ids - _KNOWN:
            raise pytest.UsageError(f"{item.nodeid} proves assertions nobody made: {', '.join(sorted(unknown))}")
        over = next((mark.args[0] for mark in item.iter_markers("over")), "")
        item.user_properties += [(_TOLD, {"assertion": each, "over": over}) for each in sorted(ids)]
        item.user_properties += [(_TOLD, {"suite": mark.args[0]}) for mark in item.iter_markers("suite")]
        if "agreement" in getattr(item, "fixturenames", ()):
            item.add_marker("agreement")


@pytest.fixture
def agreement(request: pytest.FixtureRequest) -> Agreement:
    """Call with a name, how many decisions agreed, and of how many."""

    def tell(name: str, agreed: int, of: int) -> None:
        request.node.user_properties.append((_TOLD, {"agreement": name, "agreed": agreed, "of": of}))

    return tell


class Collector:
    """Sums up the reports of all tests."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tests: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._suites: dict[str, dict[str, Any]] = {}
        self._agreements: dict[str, dict[str, int]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Every test has up to three reports; the call counts, or a setup that did not pass."""
        if report.when != "call" and (report.passed or report.when == "teardown"):
            return
        for name, facts in report.user_properties:
            if name != _TOLD or not isinstance(facts, dict):
                continue
            if "assertion" in facts:
                test = {"test": report.nodeid, "outcome": report.outcome, "reason": _reason(report)}
                self._tests[facts["assertion"]].append({**test, "over": facts["over"]})
            elif "suite" in facts:
                self._count(facts["suite"], report)
            else:
                self._agreements[facts["agreement"]] = {"agreed": facts["agreed"], "of": facts["of"]}

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        assertions = [asdict(assertion) | self._judged(assertion) for assertion in ASSERTIONS]
        marks = {"assertions": assertions, "suites": self._suites, "agreements": self._agreements}
        self._path.write_text(json.dumps(marks, indent=1))

    def _count(self, suite: str, report: pytest.TestReport) -> None:
        counts = self._suites.setdefault(suite, {"passed": 0, "failed": 0, "skipped": 0, "reason": ""})
        counts[report.outcome] += 1
        counts["reason"] = counts["reason"] or _reason(report)

    def _judged(self, assertion: Assertion) -> dict[str, Any]:
        """One failure refutes it, one success proves it: the same test may be skipped for want of an engine."""
        tests = sorted(self._tests.get(assertion.id, []), key=lambda each: each["test"])
        unproven = "outside" if assertion.outside else "untested"
        outcomes = {each["outcome"] for each in tests}
        verdict = next((each for each in ("failed", "passed", "skipped") if each in outcomes), unproven)
        reason = next((each["reason"] for each in tests if each["outcome"] == verdict), assertion.outside)
        return {"verdict": verdict, "reason": reason, "tests": tests}


def _reason(report: pytest.TestReport) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return ""
