"""Lazy modules: imported once, by one thread at a time."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from shared import lazy

SLOW = """
import threading, time
from tests.unit.shared.test_lazy_imports import RUNNING
RUNNING.append(1)
assert len(RUNNING) == 1, "another module is being imported"
time.sleep(0.05)
RUNNING.pop()
VALUE = __name__
"""
RUNNING: list[int] = []


def test_modules_of_several_threads_are_imported_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"slow_module_{number}" for number in range(6)]
    for name in names:
        (tmp_path / f"{name}.py").write_text(SLOW)
    monkeypatch.syspath_prepend(str(tmp_path))
    modules = [lazy.Module(name, warm=False) for name in names]
    values: list[str] = []
    threads = [threading.Thread(target=lambda module=module: values.append(module.VALUE)) for module in modules]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(values) == names
    for name in names:
        sys.modules.pop(name)


def test_registered_modules_are_imported_by_several_threads_at_once() -> None:
    for _ in range(20):
        lazy.Module("json")
    threads = [threading.Thread(target=lazy.import_registered) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not lazy._registered
