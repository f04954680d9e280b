"""The figures of the README are those that are counted."""

from __future__ import annotations

import re

import yaml

from tests.conformance.assertions import ASSERTIONS
from tests.support.reference import ROOT, reference

README = (ROOT / "README.md").read_text()


def figures(row: str) -> list[int]:
    """The numbers in the second column of the row that begins so."""
    (cell,) = re.findall(rf"^\| {re.escape(row)}[^|]*\|([^|]*)\|$", README, re.MULTILINE)
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", cell)]


def n_lines(name: str) -> int:
    return len(reference(f"conformance/observed/{name}.jsonl").read_text().splitlines())


def test_assertions() -> None:
    n_outside = sum(bool(each.outside) for each in ASSERTIONS)
    assert figures("the contract of Knative's eventing") == [len(ASSERTIONS) - n_outside, len(ASSERTIONS), n_outside]


def test_the_compatibility_kit() -> None:
    files = reference("conformance/cesql_tck").glob("*.yaml")
    n_cases = sum(len(yaml.safe_load(path.read_text())["tests"]) for path in files)
    assert figures("the CloudEvents SQL compatibility kit") == [n_cases, n_cases]


def test_recorded_decisions() -> None:
    assert figures("filter decisions") == [n_lines("filters")] * 2
    assert figures("admission verdicts") == [n_lines("admission")] * 2
