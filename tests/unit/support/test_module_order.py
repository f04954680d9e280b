"""Modules of tests are handed out so that the longest come first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import module_order
from tests.support.reference import ROOT

MODULES = ["tests/unit/test_imports.py", "tests/contract/test_a.py", "tests/e2e/test_b.py", "tests/unit/test_c.py"]


def order(recorded: dict[str, float]) -> list[str]:
    return sorted(MODULES, key=lambda module: -module_order.expected_s(module, recorded))


def test_without_a_record_the_folders_of_long_tests_come_first() -> None:
    assert order({}) == ["tests/e2e/test_b.py", "tests/contract/test_a.py", MODULES[0], MODULES[3]]


def test_with_a_record_the_longest_comes_first_wherever_it_lies() -> None:
    recorded = {"tests/unit/test_c.py": 90.0, "tests/e2e/test_b.py": 60.0, "tests/contract/test_a.py": 1.0}
    assert order(recorded) == ["tests/unit/test_c.py", "tests/e2e/test_b.py", "tests/contract/test_a.py", MODULES[0]]


@pytest.mark.parametrize("content", ["", "{", None])
def test_a_broken_record_is_none(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "record.json"
    if content is not None:
        path.write_text(content)
    assert module_order.read(path) == {}


CONFTEST = """
from pathlib import Path
from tests.support import module_order

module_order.ROOT = Path(__file__).parent

def pytest_configure(config):
    config.pluginmanager.register(module_order.ModuleOrder(module_order.ROOT / "durations.json"))
"""


def test_two_workers_run_every_test_once_and_their_time_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    record = tmp_path / "durations.json"
    record.write_text(json.dumps({"test_one.py": 1.0, "test_two.py": 5.0, "test_gone.py": 9.0}))
    for name in ("one", "two", "three"):
        (tmp_path / f"test_{name}.py").write_text("def test_a(): pass\ndef test_b(): pass\n")
    options = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-p", "no:cacheprovider")
    completed = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert "6 passed" in completed.stdout, completed.stdout + completed.stderr
    assert set(json.loads(record.read_text())) == {"test_one.py", "test_two.py", "test_three.py"}
