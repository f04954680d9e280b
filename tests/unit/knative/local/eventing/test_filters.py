"""Filters of Triggers, and what they say about an event they do not let through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from knative.cesql import Value
from knative.local.eventing.filters.trigger_filter import AttributeFilter, DialectFilter, Filter
from knative.manifests.dialects import Dialect
from knative.manifests.model import BrokerClass
from shared.events import cloudevents
from tests.conformance.plugin import Agreement
from tests.support.reference import reference

CHANNEL, KAFKA = BrokerClass.CHANNEL, BrokerClass.KAFKA
EVENT: dict[str, Value] = {"specversion": "1.0", "id": "1", "type": "a", "source": "/x", "region": "", "count": 42}


def mismatch(required: dict[str, str], broker_class: BrokerClass = KAFKA, **attributes: Value) -> str | None:
    return AttributeFilter(expected=required, broker_class=broker_class).mismatch(EVENT | attributes)


@pytest.mark.conforms("trigger-no-filter")
def test_no_filter_lets_everything_through() -> None:
    assert mismatch({}) is None
    assert mismatch({}, CHANNEL) is None


@pytest.mark.conforms("trigger-attributes-filter", "trigger-attributes-exact")
def test_every_attribute_has_to_be_equal() -> None:
    assert mismatch({"type": "a", "source": "/x"}) is None
    assert mismatch({"type": "a", "source": "/y"}) == "filter.attributes source: '/x' is not '/y'"


@pytest.mark.conforms("trigger-attributes-exact")
def test_values_are_case_sensitive() -> None:
    assert mismatch({"type": "A"}) is not None


@pytest.mark.conforms("trigger-attributes-exact")
@pytest.mark.parametrize("broker_class", BrokerClass)
def test_a_missing_attribute_is_no_match(broker_class: BrokerClass) -> None:
    assert mismatch({"league": "17"}, broker_class) == "filter.attributes league: the event has none"


def test_an_empty_value_means_nothing_to_the_kafka_broker() -> None:
    assert mismatch({"league": ""}) is None


@pytest.mark.parametrize("name", ["league", "region", "subject", "datacontenttype", "dataschema"])
def test_an_empty_value_means_present_and_not_empty_to_the_channel_broker(name: str) -> None:
    assert mismatch({name: ""}, CHANNEL) is not None
    assert mismatch({"type": "", "count": ""}, CHANNEL) is None


def test_a_number_or_boolean_equals_no_text_to_the_channel_broker() -> None:
    assert mismatch({"count": "42"}, CHANNEL) == "filter.attributes count: 42 is not '42'"
    assert mismatch({"flag": "true"}, CHANNEL, flag=True) is not None
    assert mismatch({"count": "42", "flag": "true"}, KAFKA, flag=True) is None


def dialect(written: dict[str, Any]) -> Dialect:
    """An item as a manifest has it."""
    fields = dict(written)
    for name in {"all", "any"} & fields.keys():
        fields[name] = dialects(fields[name])
    if "not" in fields:
        fields["negated"] = dialect(fields.pop("not"))
    return Dialect(**fields)


def dialects(written: list[dict[str, Any]]) -> tuple[Dialect, ...]:
    return tuple(dialect(each) for each in written)


def as_observed(row: dict[str, Any]) -> Filter:
    if row.get("filters"):
        return DialectFilter(dialects(row["filters"]), CHANNEL)
    return AttributeFilter(expected=row["filter"], broker_class=CHANNEL)


def test_every_observed_decision_is_ours_too(agreement: Agreement) -> None:
    """4,000 decisions of the real channel broker; where it broke off, nothing matches and the reason is told."""
    rows = [json.loads(line) for line in reference("conformance/observed/filters.jsonl").read_text().splitlines()]
    wrong = []
    for row in rows:
        attributes, _ = cloudevents.decode_json(json.dumps(row["event"]).encode())
        mismatch_text = as_observed(row).mismatch(attributes)
        broke = mismatch_text is not None and mismatch_text.endswith("which is no boolean")
        if (mismatch_text is None, broke) != (row["result"] == "pass", row["result"] == "crash"):
            wrong.append((row, mismatch_text))
    agreement("Filters: decisions of the channel broker", len(rows) - len(wrong), len(rows))
    assert (len(rows), wrong) == (4000, [])
