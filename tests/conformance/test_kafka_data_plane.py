"""Ours beside a recording of Knative's real Kafka data plane: each case is equal, or the README says why it is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.plugin import Agreement
from tests.support.eventing import kafka_recording as recording
from tests.support.reference import ROOT, reference

RECORDED = "conformance/observed/kafka_data_plane_recorded.jsonl"
ROWS = "conformance/observed/kafka_data_plane.jsonl"
SECTION = "## What differs from the real Kafka data plane on purpose"


def deliberate() -> set[str]:
    """The cases that the README lists, in the last column of its table."""
    text = (ROOT / "knative" / "README.md").read_text().partition(SECTION)[2].partition("\n## ")[0]
    cells = [line.rstrip(" |").rpartition("|")[2] for line in text.splitlines() if line.startswith("| ")]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def outcomes(path: Path) -> tuple[dict[str, tuple[Any, Any]], int]:
    """What differs, real and ours, and how many cases there are."""
    cases, events = recording.cases(path), recording.filter_events(path)
    by_name = {name: (recording.expected(case), recording.actual(case, events)) for name, case in cases.items()}
    return {name: (real, ours) for name, (real, ours) in by_name.items() if real != ours}, len(by_name)


def test_every_recorded_case_is_equal_or_different_on_purpose(agreement: Agreement) -> None:
    differing, n_cases = outcomes(reference(RECORDED))
    agreement("Kafka data plane: recorded cases", n_cases - len(differing), n_cases)
    unlisted = {name: pair for name, pair in differing.items() if name not in deliberate()}
    assert unlisted == {}
    assert n_cases == 346


def test_what_the_readme_lists_still_differs() -> None:
    differing, _ = outcomes(reference(RECORDED))
    assert deliberate() - differing.keys() == set()


def test_every_row_of_the_comparison_is_among_the_cases() -> None:
    rows = [json.loads(line) for line in reference(ROWS).read_text().splitlines()]
    assert len(rows) == 85
    assert {recording.case_of_row(row) for row in rows} - recording.cases(reference(RECORDED)).keys() == set()


@pytest.mark.parametrize("name", ["Percent-encoding", "Required attributes", "A null header"])
def test_the_readme_says_why(name: str) -> None:
    assert f"| {name}" in (ROOT / "knative" / "README.md").read_text().partition(SECTION)[2]
