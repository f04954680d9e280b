"""Order of test modules when several run at a time: the longest first, so that the workers end together.

How long each module took is recorded in ``.cache`` after a run of several workers. A module without a record counts as
long if it lies in a folder of long tests.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.reference import ROOT

RECORD = ROOT / ".cache" / "test-durations.json"
LONG = ("tests/e2e/test_replay", "tests/integration", "tests/e2e", "tests/k8s", "tests/images", "tests/contract")
"""Prefixes of modules that take long, the longest first."""
_UNKNOWN_S = 1_000.0
_KEY = "module_durations"


def module_of(nodeid: str) -> str:
    """Return the file of a test."""
    return nodeid.partition("::")[0]


def expected_s(module: str, recorded: Mapping[str, float]) -> float:
    """Return how long a module is expected to take."""
    if module in recorded:
        return recorded[module]
    rank = next((rank for rank, prefix in enumerate(LONG) if module.startswith(prefix)), len(LONG))
    return (len(LONG) - rank) * _UNKNOWN_S


def read(path: Path = RECORD) -> dict[str, float]:
    """Return the recorded durations; none if there is no valid record."""
    try:
        recorded: dict[str, float] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return recorded


class ModuleOrder:
    """The plugin: hands the record to the workers, which sort by it, and writes what this run took."""

    def __init__(self, path: Path = RECORD) -> None:
        self._path = path
        self._recorded = read(path)
        self._measured: Counter[str] = Counter()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give every worker the same record, as all have to sort alike."""
        node.workerinput[_KEY] = self._recorded

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Sort the tests of a worker by module."""
        if (worker := getattr(config, "workerinput", None)) is not None:
            items.sort(key=lambda item: -expected_s(module_of(item.nodeid), worker.get(_KEY, {})))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up set-up, test and teardown."""
        self._measured[module_of(report.nodeid)] += report.duration  # type: ignore[assignment]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the record after a run of several workers, which is one of everything."""
        config = session.config
        if hasattr(config, "workerinput") or config.getoption("dist", "no") == "no" or not self._measured:
            return
        durations = self._recorded | {module: round(seconds, 1) for module, seconds in self._measured.items()}
        durations = {module: seconds for module, seconds in durations.items() if (ROOT / module).is_file()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(durations, indent=1, sort_keys=True) + "\n", "utf-8")
