"""A crash point does nothing until a test arms it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knative.local.eventing.runtime import crash_points
from shared.errors import InvalidSettings

ROOT = Path(__file__).resolve().parents[5]


@pytest.fixture
def died() -> Iterator[list[str]]:
    """One item per death."""
    yield []
    crash_points.arm("")


def test_nothing_happens_unless_armed() -> None:
    for label in crash_points.LABELS:
        crash_points.reach(label)


def test_only_the_label_asked_for_ends_the_process_and_only_at_its_nth_time(died: list[str]) -> None:
    crash_points.arm("after-2xx:3", die=lambda: died.append("dead"))
    for label in ("after-2xx", "before-commit", "after-2xx"):
        crash_points.reach(label)
    assert died == []
    crash_points.reach("after-2xx")
    crash_points.reach("after-2xx")
    assert died == ["dead"]


@pytest.mark.parametrize("text", ["nowhere", "after-2xx:soon", ":2"])
def test_a_label_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(InvalidSettings, match="TOUCHLINE_CRASH_AT"):
        crash_points.arm(text)


def test_every_label_is_reached_somewhere_in_the_data_plane() -> None:
    source = "".join(path.read_text() for path in (ROOT / "knative/local/eventing").rglob("*.py"))
    definition = (ROOT / "knative/local/eventing/runtime/crash_points.py").read_text()
    assert [label for label in crash_points.LABELS if f'"{label}"' not in source.replace(definition, "")] == []
