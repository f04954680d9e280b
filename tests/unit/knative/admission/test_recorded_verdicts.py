"""Our verdicts beside those recorded from the real webhooks."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from knative.admission import admit
from tests.conformance.plugin import Agreement
from tests.support.reference import reference

KINDS = (
    "Broker",
    "Channel",
    "DomainMapping",
    "KafkaSink",
    "KafkaSource",
    "PingSource",
    "Sequence",
    "Service",
    "SinkBinding",
    "Subscription",
    "Trigger",
)

DISAGREEMENTS: dict[str, str] = {}
"""Each recorded answer that ours differs from, by row number, and why; there is none."""


@cache
def rows() -> list[dict[str, Any]]:
    with reference("conformance/observed/admission.jsonl").open() as file:
        return [json.loads(line) for line in file]


def comparable(value: Any) -> Any:
    """Go makes up a consumer group and prints addresses of pointers; neither can be repeated."""
    text = json.dumps(value, sort_keys=True)
    text = re.sub(r"knative-kafka-source-[0-9a-f-]{36}", "knative-kafka-source-<uuid>", text)
    return json.loads(re.sub(r"0x[0-9a-f]*", "0x", text))


def answer(row: dict[str, Any]) -> tuple[str, Any]:
    admission = admit(row["object"])
    if admission.verdict == "ok":
        return "ok", comparable(admission.defaulted)
    return admission.verdict, comparable(str(admission))


def recorded(row: dict[str, Any]) -> tuple[str, Any]:
    return row["verdict"], comparable(row["defaulted"]) if row["verdict"] == "ok" else comparable(row["message"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_recorded_answer_is_ours_word_for_word_and_field_by_field(kind: str) -> None:
    differing = {
        str(number): json.dumps(row["change"])
        for number, row in enumerate(rows())
        if row["kind"] == kind and str(number) not in DISAGREEMENTS and answer(row) != recorded(row)
    }
    assert differing == {}


def test_recorded_answers_are_counted(agreement: Agreement) -> None:
    verdicts = [(answer(row), recorded(row)) for row in rows()]
    agreement("Admission: verdicts", sum(ours[0] == theirs[0] for ours, theirs in verdicts), len(verdicts))
    refused = [(ours, theirs) for ours, theirs in verdicts if theirs[0] != "ok"]
    agreement("Admission: messages, word for word", sum(ours == theirs for ours, theirs in refused), len(refused))
    taken = [(ours, theirs) for ours, theirs in verdicts if theirs[0] == "ok"]
    agreement("Admission: defaults, field by field", sum(ours == theirs for ours, theirs in taken), len(taken))
    assert sum(ours != theirs for ours, theirs in verdicts) <= len(DISAGREEMENTS)


def test_every_listed_disagreement_still_is_one() -> None:
    assert [number for number in DISAGREEMENTS if answer(rows()[int(number)]) == recorded(rows()[int(number)])] == []


def test_the_kinds_are_all_that_were_recorded() -> None:
    assert set(Counter(row["kind"] for row in rows())) == set(KINDS)
