"""Records of a topic as events."""

from __future__ import annotations

from knative.local.eventing import kafkasource
from knative.local.manifests import Destination, KafkaSource, Name
from shared.ports import Entry

NAME = Name(namespace="touchline", name="rows")


def an_entry(
    *headers: tuple[str, bytes], key: bytes | None = None, value: bytes = b"row", topic: str = "orders"
) -> Entry:
    return Entry(
        topic=topic, partition=3, offset="17", timestamp_ms=1_767_225_600_123, value=value, key=key, headers=headers
    )


def test_a_plain_record_becomes_an_event() -> None:
    event = kafkasource.to_message(an_entry(), NAME)
    assert event.attributes == {
        "specversion": "1.0",
        "type": "dev.knative.kafka.event",
        "source": "/apis/v1/namespaces/touchline/kafkasources/rows#orders",
        "subject": "partition:3#17",
        "id": "partition:3/offset:17",
        "time": "2026-01-01T00:00:00.123Z",
    }
    assert event.data == b"row"


def test_the_key_becomes_two_extensions() -> None:
    event = kafkasource.to_message(an_entry(key=b"league-17"), NAME)
    assert event.attributes["partitionkey"] == event.attributes["key"] == "league-17"


def test_the_content_type_is_lower_cased() -> None:
    event = kafkasource.to_message(an_entry(("Content-Type", b"Text/CSV")), NAME)
    assert event.attributes["datacontenttype"] == "text/csv"


def test_other_headers_become_extensions_with_cleaned_names() -> None:
    event = kafkasource.to_message(an_entry(("X-Trace_Id", b"7"), ("__", b"gone")), NAME)
    assert event.attributes["kafkaheaderxtraceid"] == "7"
    assert not any(name == "kafkaheader" for name in event.attributes)


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
    event = kafkasource.to_message(an_entry(*headers, value=b"\x00\xff"), NAME)
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
    assert kafkasource.to_message(an_entry(*headers, value=b""), NAME).data == b""


def test_a_structured_event_passes_through() -> None:
    body = b'{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"n":1}}'
    event = kafkasource.to_message(an_entry(("content-type", b"application/cloudevents+json"), value=body), NAME)
    assert (event.id, event.attributes["type"]) == ("1", "t")


def test_a_record_that_only_claims_to_be_an_event_is_plain() -> None:
    event = kafkasource.to_message(an_entry(("ce_specversion", b"1.0")), NAME)
    assert event.attributes["type"] == "dev.knative.kafka.event"


def test_overrides_are_laid_over_every_event() -> None:
    source = KafkaSource(
        name=NAME, topics=("t",), consumer_group="g", sink=Destination(uri="http://x"), extensions={"tier": "gold"}
    )
    assert kafkasource.decoder(source)(an_entry()).attributes["tier"] == "gold"
