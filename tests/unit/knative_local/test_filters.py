"""Attribute filters, and what they say about an event they do not let through."""

from __future__ import annotations

import json

import pytest

from knative.local.eventing.filters import ByAttributes
from knative.local.eventing.message import from_http
from knative.local.manifests import BrokerClass
from tests.reference import reference

EVENT = {"type": "a", "source": "/x", "region": ""}


def mismatch(wanted: dict[str, str], broker_class: BrokerClass = BrokerClass.KAFKA) -> str | None:
    return ByAttributes(wanted=wanted, broker_class=broker_class).mismatch(EVENT)


def test_no_filter_lets_everything_through() -> None:
    assert mismatch({}) is None


def test_every_attribute_has_to_be_equal() -> None:
    assert mismatch({"type": "a", "source": "/x"}) is None
    assert mismatch({"type": "a", "source": "/y"}) == "attribute source is '/x', not '/y'"


def test_values_are_case_sensitive() -> None:
    assert mismatch({"type": "A"}) is not None


def test_a_missing_attribute_is_no_match() -> None:
    assert mismatch({"league": "17"}) == "attribute league is not there"


def test_an_empty_value_means_nothing_to_the_kafka_broker() -> None:
    assert mismatch({"league": ""}) is None


@pytest.mark.parametrize("name", ["league", "region"])
def test_an_empty_value_means_present_and_not_empty_to_the_channel_broker(name: str) -> None:
    assert mismatch({name: ""}, BrokerClass.CHANNEL) is not None
    assert mismatch({"type": ""}, BrokerClass.CHANNEL) is None


def test_attribute_filters_decide_as_observed_on_plain_attributes() -> None:
    rows = [json.loads(line) for line in reference("conformance/observed/filters.jsonl").read_text().splitlines()]
    # Left out: names with lookups of their own, and extensions that are numbers or booleans, whose kind is lost here.
    special = {"datamediatype", "dataschema", "schemaurl", "datacontenttype", "time", "data"}
    checked = 0
    for row in rows:
        wanted = row.get("filter")
        if not row["admitted"] or not wanted or special & set(wanted):
            continue
        if not all(isinstance(row["event"].get(name, ""), str) for name in wanted):
            continue
        message = from_http({"content-type": "application/cloudevents+json"}, json.dumps(row["event"]).encode())
        found = ByAttributes(wanted=wanted, broker_class=BrokerClass.CHANNEL).mismatch(message.attributes)
        assert (found is None) == (row["result"] == "pass"), row
        checked += 1
    assert checked > 100
