"""Records of a topic as events."""

from __future__ import annotations

import math
import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knative.local.eventing.sources import kafka_source, record_keys
from knative.manifests.model import Destination, KafkaSource, KeyType, Name
from shared.ports.log import Entry

NAME = Name(namespace="touchline", name="rows")


def an_entry(
    *headers: tuple[str, bytes], key: bytes | None = None, value: bytes = b"row", topic: str = "orders"
) -> Entry:
    return Entry(
        topic=topic, partition=3, offset="17", timestamp_ms=1_767_225_600_123, value=value, key=key, headers=headers
    )


@pytest.mark.conforms("kafka-source-plain")
def test_a_plain_record_becomes_an_event() -> None:
    event = kafka_source.to_message(an_entry(), NAME)
    assert event.attributes == {
        "specversion": "1.0",
        "type": "dev.knative.kafka.event",
        "source": "/apis/v1/namespaces/touchline/kafkasources/rows#orders",
        "subject": "partition:3#17",
        "id": "partition:3/offset:17",
        "time": "2026-01-01T00:00:00.123Z",
    }
    assert event.data == b"row"


@pytest.mark.conforms("kafka-source-plain")
def test_the_key_becomes_two_extensions() -> None:
    event = kafka_source.to_message(an_entry(key=b"league-17"), NAME)
    assert event.attributes["partitionkey"] == event.attributes["key"] == "league-17"


def test_the_journal_says_that_a_cluster_loses_a_key_with_control_characters() -> None:
    event = kafka_source.to_message(an_entry(key=b"\x01\x02"), NAME, KeyType.INT)
    assert kafka_source.doubt(event) == "a cluster loses this event: key, partitionkey holds control characters"
    assert kafka_source.doubt(kafka_source.to_message(an_entry(key=b"league-17"), NAME)) == ""


@pytest.mark.conforms("kafka-source-plain")
def test_the_content_type_is_lower_cased() -> None:
    event = kafka_source.to_message(an_entry(("Content-Type", b"Text/CSV")), NAME)
    assert event.attributes["datacontenttype"] == "text/csv"


@pytest.mark.conforms("kafka-source-plain")
def test_other_headers_become_extensions_with_cleaned_names() -> None:
    event = kafka_source.to_message(an_entry(("X-Trace_Id", b"7"), ("__", b"nameless"), ("\u212ap", b"k")), NAME)
    result = {name: value for name, value in event.attributes.items() if name.startswith("kafkaheader")}
    assert result == {"kafkaheaderxtraceid": "7", "kafkaheader": "nameless", "kafkaheaderkp": "k"}


def test_of_headers_with_one_name_the_last_holds() -> None:
    event = kafka_source.to_message(an_entry(("n", b"1"), ("N", b"2")), NAME)
    assert event.attributes["kafkaheadern"] == "2"


@pytest.mark.parametrize("key", [None, b""])
def test_no_key_or_an_empty_one_gives_no_extension(key: bytes | None) -> None:
    assert not {"key", "partitionkey"} & set(kafka_source.to_message(an_entry(key=key), NAME).attributes)


@pytest.mark.parametrize(
    ("ms", "time"),
    [
        (1_767_225_600_000, "2026-01-01T00:00:00Z"),
        (1_767_225_600_120, "2026-01-01T00:00:00.12Z"),
        (1_767_225_600_007, "2026-01-01T00:00:00.007Z"),
    ],
)
def test_the_time_is_the_records(ms: int, time: str) -> None:
    event = kafka_source.to_message(replace(an_entry(), timestamp_ms=ms), NAME)
    assert event.attributes["time"] == time


@pytest.mark.parametrize(
    ("key_type", "key", "expected"),
    [
        (KeyType.TEXT, b"league-17", "league-17"),
        (KeyType.TEXT, b"\xff", "\ufffd"),
        (KeyType.INT, b"\x00\x00\x00\x11", "17"),
        (KeyType.INT, b"\xff\xff\xff\xff", "-1"),
        (KeyType.INT, b"17", "17"),
        (KeyType.INT, b"\x00" * 7 + b"8", "\x00" * 7 + "8"),
        (KeyType.FLOAT, struct.pack(">f", 0.1), "0.1"),
        (KeyType.FLOAT, struct.pack(">f", 1e10), "1.0E10"),
        (KeyType.FLOAT, struct.pack(">f", 16777216), "1.6777216E7"),
        (KeyType.FLOAT, bytes.fromhex("7f7fffff"), "3.4028235E38"),
        (KeyType.FLOAT, bytes.fromhex("00000001"), "1.4E-45"),
        (KeyType.FLOAT, struct.pack(">d", 0.1), "0.1"),
        (KeyType.FLOAT, struct.pack(">d", 100), "100.0"),
        (KeyType.FLOAT, struct.pack(">d", -120.5), "-120.5"),
        (KeyType.FLOAT, struct.pack(">d", 9999999), "9999999.0"),
        (KeyType.FLOAT, struct.pack(">d", 1e7), "1.0E7"),
        (KeyType.FLOAT, struct.pack(">d", 0.001), "0.001"),
        (KeyType.FLOAT, struct.pack(">d", 0.00025), "2.5E-4"),
        (KeyType.FLOAT, struct.pack(">d", 1.5e300), "1.5E300"),
        (KeyType.FLOAT, struct.pack(">d", 5e-324), "4.9E-324"),
        (KeyType.FLOAT, struct.pack(">d", 2e23), "2.0E23"),
        (KeyType.FLOAT, struct.pack(">d", 0.1 + 0.2), "0.30000000000000004"),
        (KeyType.FLOAT, struct.pack(">d", -0.0), "-0.0"),
        (KeyType.FLOAT, struct.pack(">d", 0), "0.0"),
        (KeyType.FLOAT, struct.pack(">d", math.nan), "NaN"),
        (KeyType.FLOAT, struct.pack(">d", -math.inf), "-Infinity"),
        (KeyType.FLOAT, b"0.5", "0.5"),
        (KeyType.BYTES, b"\x00\xff", "AP8="),
    ],
)
def test_a_key_is_read_by_the_key_type_and_printed_as_java_does(key_type: KeyType, key: bytes, expected: str) -> None:
    event = kafka_source.to_message(an_entry(key=key), NAME, key_type)
    assert event.attributes["partitionkey"] == event.attributes["key"] == expected


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([">f", ">d"]))
@settings(max_examples=100)
def test_a_printed_number_is_the_number(number: float, form: str) -> None:
    try:
        key = struct.pack(form, number)
    except OverflowError:
        return
    assert struct.pack(form, float(record_keys.key_text(key, KeyType.FLOAT))) == key


@pytest.mark.conforms("kafka-source-event")
def test_an_event_passes_through_unchanged() -> None:
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"abc"),
        ("ce_source", b"/s"),
        ("ce_type", b"t"),
        ("ce_time", b"2026-01-01T01:00:00.123456789+01:00"),
        ("ce_rows", b"7"),
        ("content-type", b"application/vnd.apache.arrow.stream"),
    )
    event = kafka_source.to_message(an_entry(*headers, value=b"\x00\xff"), NAME)
    assert event.attributes == {
        "specversion": "1.0",
        "id": "abc",
        "source": "/s",
        "type": "t",
        "time": "2026-01-01T01:00:00.123456789+01:00",
        "rows": "7",
        "datacontenttype": "application/vnd.apache.arrow.stream",
    }
    assert event.data == b"\x00\xff"


def test_an_event_without_data_passes_through() -> None:
    headers = (("ce_specversion", b"1.0"), ("ce_id", b"a"), ("ce_source", b"/s"), ("ce_type", b"t"))
    assert kafka_source.to_message(an_entry(*headers, value=b""), NAME).data == b""


@pytest.mark.conforms("kafka-source-event")
def test_a_structured_event_passes_through() -> None:
    body = b'{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"n":1}}'
    event = kafka_source.to_message(an_entry(("content-type", b"application/cloudevents+json"), value=body), NAME)
    assert (event.id, event.attributes["type"]) == ("1", "t")
    assert event.attributes["datacontenttype"] == "application/json"


def test_a_record_that_only_claims_to_be_an_event_is_plain() -> None:
    event = kafka_source.to_message(an_entry(("ce_specversion", b"1.0")), NAME)
    assert event.attributes["type"] == "dev.knative.kafka.event"


def test_an_event_in_an_unknown_format_is_plain() -> None:
    event = kafka_source.to_message(an_entry(("content-type", b"application/cloudevents+avro")), NAME)
    assert event.attributes["type"] == "dev.knative.kafka.event"
    assert event.attributes["datacontenttype"] == "application/cloudevents+avro"


def test_the_key_of_an_event_is_left_alone() -> None:
    headers = (("ce_specversion", b"1.0"), ("ce_id", b"a"), ("ce_source", b"/s"), ("ce_type", b"t"))
    assert "partitionkey" not in kafka_source.to_message(an_entry(*headers, key=b"k"), NAME).attributes


def test_overrides_are_laid_over_every_event() -> None:
    source = KafkaSource(
        name=NAME, topics=("t",), consumer_group="g", sink=Destination(uri="http://x"), extensions={"tier": "gold"}
    )
    assert kafka_source.decoder(source)(an_entry()).attributes["tier"] == "gold"
