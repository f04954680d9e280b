"""Which headers travel with an event that are not its own, and in which content mode it travels."""

from __future__ import annotations

import json

import pytest

from knative.local.eventing.message import message, passthrough_headers
from knative.manifests.model import BrokerClass
from shared.ports.log import Entry
from tests.support.eventing.doubles import make_event

TRACE = {"traceparent": "00-1-2-01", "tracestate": "a=b"}
KNATIVE = {"x-request-id": "7", "retry-after": "3", "knative-x": "y", "x-b3-traceid": "z"}
OTHERS = {"authorization": "secret", "x-forwarded-for": "1.1.1.1", "kn-namespace": "n", "prefer": "reply", "via": "v"}


def test_the_channel_broker_hands_on_its_list_and_nothing_else() -> None:
    assert passthrough_headers.select({**TRACE, **KNATIVE, **OTHERS}, BrokerClass.CHANNEL) == {**TRACE, **KNATIVE}


def test_the_kafka_broker_hands_on_the_trace_alone() -> None:
    assert passthrough_headers.select({**TRACE, **KNATIVE, **OTHERS}, BrokerClass.KAFKA) == TRACE


@pytest.mark.parametrize("structured", [False, True])
def test_headers_that_pass_are_kept_in_the_log_and_sent_again(structured: bool) -> None:
    ce = {"ce-id": "1", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0", **KNATIVE, **OTHERS}
    event = message.from_http(ce, b"{}", BrokerClass.CHANNEL)
    expected = event.entry(structured=structured)
    entry = Entry(
        topic="t", partition=0, offset="0", key=None, value=expected.value, headers=expected.headers, timestamp_ms=0
    )
    headers, _ = message.from_entry(entry).request()
    assert {name: value for name, value in headers.items() if not name.startswith(("ce-", "content-"))} == KNATIVE


@pytest.mark.conforms("channel-output-modes", "channel-identical")
@pytest.mark.parametrize(
    ("content_type", "data", "member"),
    [
        ("application/json", b'{ "a" : 1.0 }', b'"data":{ "a" : 1.0 }'),
        ("application/vnd.x+json; charset=utf-8", b"[1]", b'"data":[1]'),
        ("text/plain", "König".encode(), '"data":"König"'.encode()),
        ("text/plain", b"\xff", b'"data_base64":"/w=="'),
        ("application/json", b"{", b'"data_base64":"ew=="'),
        ("application/json", b"NaN", b'"data_base64":"TmFO"'),
        ("application/octet-stream", b"\x00", b'"data_base64":"AA=="'),
    ],
)
def test_structured_mode_changes_no_byte_of_the_data(content_type: str, data: bytes, member: bytes) -> None:
    event = make_event(data=data, datacontenttype=content_type, partitionkey="k")
    headers, body = event.request(structured=True)
    assert headers == {"content-type": "application/cloudevents+json"}
    assert member in body
    assert json.loads(body)["partitionkey"] == "k"
    again = message.from_http(headers, body)
    assert again.attributes == event.attributes
    if b"data_base64" in member or content_type.startswith("text/"):
        assert again.data == data


def test_a_record_is_keyed_by_the_partitionkey_in_both_modes() -> None:
    event = make_event(partitionkey="k")
    assert event.entry().key == event.entry(structured=True).key == b"k"
    assert make_event().entry().key is None
