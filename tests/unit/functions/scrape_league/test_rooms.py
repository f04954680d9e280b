"""The rooms of the function: arrows go one way, and the HTTP function imports nothing that only workers need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.reference import ROOT
from tests.unit.test_imports import every_import, name_of, ours

PACKAGE = "functions.scrape_league"
MAY_IMPORT = {
    "source": set(),
    "quarantine": {"source"},
    "jobs": {"source", "quarantine"},
    "raw": {"source"},
    "completeness": {"source"},
    "collect": {"source", "quarantine", "jobs", "raw"},
}
"""Rooms that each room imports; the modules at the top import any room."""


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    for path in ours(f"functions/scrape_league/{room}"):
        imported = {module.split(".")[2] for module in every_import(path) if module.startswith(f"{PACKAGE}.")}
        assert imported - {room} <= MAY_IMPORT[room], name_of(path)


def test_every_room_has_its_place() -> None:
    folders = {path.parent.name for path in (ROOT / "functions/scrape_league").glob("*/__init__.py")}
    assert folders - {"page"} == set(MAY_IMPORT)


def test_the_http_function_imports_nothing_of_the_worker() -> None:
    script = f"import sys; from {PACKAGE} import edge, service, wiring; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    of_worker = ("collect", "rebuild", "tasks", "jobs.queue", "jobs.units", "raw")
    loaded = {name for name in modules.split() if name.startswith(tuple(f"{PACKAGE}.{part}" for part in of_worker))}
    assert not loaded
