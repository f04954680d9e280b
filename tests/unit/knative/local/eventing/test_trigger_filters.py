"""What a Trigger's manifest may say about filters, and what a filter says about an event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from knative.local.eventing.filters import trigger_filter
from knative.manifests.dialects import Dialect
from knative.manifests.model import BrokerClass, Trigger
from tests.support.eventing.manifest_folders import BROKER, SERVICE, TRIGGER, faults, load
from tests.support.reference import ROOT

CHANNEL, KAFKA = BrokerClass.CHANNEL, BrokerClass.KAFKA
EVENT = {"specversion": "1.0", "id": "1", "type": "league.updated", "source": "/leagues/17", "subject": "league/17"}


def manifest(written: str) -> str:
    return TRIGGER.replace("broker: default", f"broker: default\n  {written}")


def trigger(folder: Path, written: str) -> Trigger:
    return load(folder, SERVICE, BROKER, manifest(written)).triggers[0]


def mismatch(folder: Path, written: str, broker_class: BrokerClass = CHANNEL, **attributes: str) -> str | None:
    return trigger_filter.filter_for_trigger(trigger(folder, written), broker_class).mismatch(EVENT | attributes)


@pytest.mark.conforms("trigger-filters-dialects")
def test_every_dialect_is_read(tmp_path: Path) -> None:
    written = (
        "filters: [{any: [{prefix: {type: a}}, {not: {suffix: {type: b}}}]}, {cesql: EXISTS type}, {exact: {a: b}}]"
    )
    assert trigger(tmp_path, written).filters == (
        Dialect(any=(Dialect(prefix={"type": "a"}), Dialect(negated=Dialect(suffix={"type": "b"})))),
        Dialect(cesql="EXISTS type"),
        Dialect(exact={"a": "b"}),
    )


@pytest.mark.conforms("trigger-filters-override")
def test_filters_take_the_place_of_the_filter(tmp_path: Path) -> None:
    parsed = load(tmp_path, SERVICE, BROKER, manifest("filter: {attributes: {type: x}}\n  filters: [{cesql: 'TRUE'}]"))
    assert (parsed.triggers[0].attributes, parsed.triggers[0].filters) == ({}, (Dialect(cesql="TRUE"),))
    assert [f.reason for f in parsed.findings if f.field == "spec.filter"] == ["filters takes its place"]


def test_an_empty_list_of_filters_leaves_the_filter_in_its_place(tmp_path: Path) -> None:
    assert trigger(tmp_path, "filter: {attributes: {type: x}}\n  filters: []").attributes == {"type": "x"}


@pytest.mark.conforms("trigger-attributes-names")
@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "filters: [{exact: {type: a}, prefix: {type: a}}]",
            "multiple dialects found, filters can have only one dialect set",
        ),
        ("filters: [{like: {type: a}}]", 'spec.filters[0].like refused: json: unknown field "like"'),
        ("filters: [{exact: {Type: a}}]", 'spec.filters[0].exact[Type] refused: invalid key name "Type"'),
        ("filters: [{all: [{suffix: {1a: x}}]}]", 'spec.filters[0].all[0].suffix[1a] refused: invalid key name "1a"'),
        ("filter: {attributes: {my-attr: x}}", 'spec.filter.attributes[my-attr] refused: invalid key name "my-attr"'),
        (
            "filters: [{not: {cesql: EXISTS type AND}}]",
            "spec.filters[0].not.cesql refused: invalid value: EXISTS type AND",
        ),
        ("filters: [{cesql: TRUE @}]", "spec.filters[0].cesql refused: "),
        ("filters: [{cesql: 7}]", "spec.filters[0].cesql refused: json: cannot unmarshal number"),
        ("filters: [7]", "spec.filters[0] refused: json: cannot unmarshal number"),
    ],
)
def test_what_no_filter_can_say_is_refused_by_its_place(tmp_path: Path, written: str, told: str) -> None:
    assert told in faults(tmp_path, SERVICE, BROKER, manifest(written))


@pytest.mark.conforms("trigger-filters-dialects")
@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("filters: [{exact: {type: x}}]", "filters[0].exact type: 'league.updated' is not 'x'"),
        (
            "filters: [{cesql: 'TRUE'}, {all: [{exact: {id: '1'}}, {prefix: {type: x}}]}]",
            "filters[1].all[1].prefix type: 'league.updated' does not start with 'x'",
        ),
        ("filters: [{suffix: {league: x}}]", "filters[0].suffix league: the event has none"),
        (
            "filters: [{any: [{suffix: {type: x}}, {cesql: id = 2}]}]",
            "filters[0].any: none is met: filters[0].any[0].suffix type: 'league.updated' does not end with 'x'; "
            "filters[0].any[1].cesql: id = 2 is false",
        ),
        ("filters: [{not: {exact: {id: '1'}}}]", "filters[0].not: what it denies is met"),
        (
            "filters: [{cesql: 1 / league = 1}]",
            "filters[0].cesql: 1 / league = 1 fails, missingAttribute: the event has no attribute league",
        ),
    ],
)
@pytest.mark.parametrize("broker_class", BrokerClass)
def test_a_mismatch_names_the_part_that_is_not_met(
    tmp_path: Path, written: str, told: str, broker_class: BrokerClass
) -> None:
    assert mismatch(tmp_path, written, broker_class) == told


def test_an_answer_that_is_no_boolean_lets_nothing_through_the_channel_broker(tmp_path: Path) -> None:
    """The real one breaks off there, so neither a `not` around it nor another part beside it can help."""
    output = "filters[0].not.any[0].cesql: CONCAT('true') answers 'true', which is no boolean"
    assert mismatch(tmp_path, "filters: [{not: {any: [{cesql: CONCAT('true')}, {exact: {id: '1'}}]}}]") == output


def test_an_answer_that_is_no_boolean_is_cast_by_the_kafka_broker(tmp_path: Path) -> None:
    assert mismatch(tmp_path, "filters: [{cesql: CONCAT('True')}]", KAFKA) is None
    assert mismatch(tmp_path, "filters: [{cesql: 1 + 1}]", KAFKA) is None
    text = "filters[0].cesql: CONCAT('2') fails, cast: '2' is no boolean"
    assert mismatch(tmp_path, "filters: [{cesql: CONCAT('2')}]", KAFKA) == text


@pytest.mark.parametrize("broker_class", BrokerClass)
def test_an_error_is_no_match_so_its_denial_is_one(tmp_path: Path, broker_class: BrokerClass) -> None:
    assert mismatch(tmp_path, "filters: [{not: {cesql: league = 1}}]", broker_class) is None


@pytest.mark.parametrize("broker_class", BrokerClass)
@pytest.mark.parametrize(
    "written", ["{}", "{not: {}}", "{all: []}", "{any: []}", "{cesql: ''}", "{any: [{}, {all: []}]}"]
)
def test_what_says_nothing_keeps_nothing_out(tmp_path: Path, written: str, broker_class: BrokerClass) -> None:
    assert mismatch(tmp_path, f"filters: [{written}]", broker_class) is None


def test_an_empty_value_makes_the_channel_broker_skip_the_item_and_the_kafka_broker_the_attribute(
    tmp_path: Path,
) -> None:
    written = "filters: [{exact: {type: '', id: '2'}}]"
    assert mismatch(tmp_path, written, CHANNEL) is None
    assert mismatch(tmp_path, written, KAFKA) == "filters[0].exact id: '1' is not '2'"


@pytest.mark.parametrize(
    ("name", "broker_class", "attributes", "expected"),
    [
        ("time", CHANNEL, {}, "0001-01-01T00:00:00Z"),
        ("time", CHANNEL, {"time": "2026-11-21t10:00:00.1200z"}, "2026-11-21T10:00:00.12Z"),
        ("time", CHANNEL, {"time": "2026-11-21T12:00:00.000+02:00"}, "2026-11-21T12:00:00+02:00"),
        ("time", CHANNEL, {"time": "2026-11-21T12:00:00+00:00"}, "2026-11-21T12:00:00Z"),
        ("time", KAFKA, {"time": "2026-11-21T12:00:00.1+02:00"}, "2026-11-21T10:00:00.100Z"),
        ("time", KAFKA, {"time": "2026-11-21T12:00:00.0Z"}, "2026-11-21T12:00:00Z"),
        ("schemaurl", CHANNEL, {"dataschema": "https://example.org/s"}, "https://example.org/s"),
        ("schemaurl", KAFKA, {"dataschema": "https://example.org/s"}, "https://example.org/s"),
        ("datamediatype", CHANNEL, {"datacontenttype": "text/plain ; charset=utf-8"}, "text/plain "),
        ("source", CHANNEL, {"source": "/ligue é"}, "/ligue%20%C3%A9"),
        ("source", KAFKA, {"source": "/ligue"}, "/ligue"),
    ],
)
def test_each_broker_reads_standard_attributes_in_its_own_way(
    tmp_path: Path, name: str, broker_class: BrokerClass, attributes: dict[str, str], expected: str
) -> None:
    assert mismatch(tmp_path, f"filters: [{{exact: {{{name}: '{expected}'}}}}]", broker_class, **attributes) is None
    assert mismatch(tmp_path, f"filter: {{attributes: {{{name}: '{expected}'}}}}", broker_class, **attributes) is None


def test_the_media_type_is_no_name_to_the_kafka_broker(tmp_path: Path) -> None:
    written = "filters: [{prefix: {datamediatype: text}}]"
    assert mismatch(tmp_path, written, KAFKA, datacontenttype="text/plain") is not None


def differences() -> Iterator[Any]:
    """The rows of the README's table: a filter, the event's attributes, and what each class decides."""
    text = (ROOT / "knative" / "README.md").read_text()
    table = text.partition("## Filters: where the classes differ")[2].partition("\n## ")[0]
    for line in table.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 5 and cells[0].startswith("`"):
            written, event = (yaml.safe_load(cell.strip("`")) for cell in cells[:2])
            yield pytest.param(written, event, cells[2] == "passes", cells[3] == "passes", id=cells[0])


@pytest.mark.parametrize(("written", "event", "channel", "kafka"), list(differences()))
def test_the_classes_differ_as_the_readme_says(
    tmp_path: Path, written: dict[str, Any], event: dict[str, str], channel: bool, kafka: bool
) -> None:
    text = json.dumps(written)[1:-1]
    text = text if text.startswith('"filter"') else f'"filters": [{{{text}}}]'
    assert (mismatch(tmp_path, text, CHANNEL, **event) is None) is channel
    assert (mismatch(tmp_path, text, KAFKA, **event) is None) is kafka


def test_the_table_of_differences_is_not_empty() -> None:
    assert len(list(differences())) >= 18
