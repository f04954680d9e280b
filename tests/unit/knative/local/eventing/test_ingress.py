"""The HTTP ingress: each response it can give."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from knative.local.eventing.ingress.body_budget import MAX_BYTES, PER_REQUEST_BYTES
from knative.local.eventing.ingress.endpoints import IngressEndpoint
from knative.local.eventing.ingress.handler import MAX_BODY_BYTES, Ingress
from knative.local.eventing.message import message
from knative.local.eventing.message.message import Message
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.manifests.model import BrokerClass
from shared.adapters.memory.event_log import MemoryLog
from shared.errors import Unavailable
from shared.ports.log import Entry
from tests.support.eventing.doubles import HandClock, ListTrace

CE = {"ce-id": "1", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0"}
PATH = "/touchline/default"
CHANNEL_PATH = "/touchline/counting"
ENDPOINTS = [
    IngressEndpoint(label="Broker", url=f"http://e{PATH}", topic="events", data_plane=BrokerClass.KAFKA),
    IngressEndpoint(
        label="Broker",
        url="http://e/touchline/counting",
        topic="events",
        data_plane=BrokerClass.CHANNEL,
        counts_hops=True,
    ),
    IngressEndpoint(
        label="Channel", url="http://e/channels/touchline/pipe", topic="events", data_plane=BrokerClass.CHANNEL
    ),
    IngressEndpoint(
        label="KafkaSink",
        url="http://e/kafkasinks/touchline/letters",
        topic="events",
        data_plane=BrokerClass.KAFKA,
        structured=True,
    ),
]


class StateDouble:
    """What the process would tell."""

    def __init__(self, faults: list[str], *, silent: bool = False) -> None:
        self._faults = faults
        self._silent = silent

    def faults(self) -> list[str]:
        return self._faults

    async def status(self) -> dict[str, Any]:
        if self._silent:
            raise Unavailable("log: silent")
        return {"triggers": {}}


class IngressResponse:
    """A response of the ingress."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes, entries: list[Entry]) -> None:
        self.status, self.headers, self.body, self.entries = status, headers, body, entries

    @property
    def stored(self) -> list[Message]:
        return [message.from_entry(entry) for entry in self.entries]


def make_ingress(writer: LogWriter, state: StateDouble | None = None) -> Ingress:
    return Ingress(
        endpoints={endpoint.path: endpoint for endpoint in ENDPOINTS},
        writer=writer,
        state=state or StateDouble([]),
        clock=HandClock(),
        trace=ListTrace(),
    )


def ask(
    method: str = "POST",
    path: str = PATH,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    *,
    down: bool = False,
    faults: list[str] | None = None,
    silent: bool = False,
    ends_early: bool = False,
) -> IngressResponse:
    """One request."""
    sent: list[MutableMapping[str, Any]] = []
    log = MemoryLog()
    log.ensure_topic("events", partitions=2)

    async def receive() -> MutableMapping[str, Any]:
        if ends_early:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(part: MutableMapping[str, Any]) -> None:
        sent.append(part)

    async def run() -> None:
        writer = LogWriter(log, {})
        ingress = make_ingress(writer, StateDouble(faults or [], silent=silent))
        log.down = down
        raw = [(key.encode(), value.encode()) for key, value in (CE if headers is None else headers).items()]
        await ingress({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
        await writer.close()

    asyncio.run(run())
    log.down = False
    response = {key.decode().lower(): value.decode() for key, value in sent[0]["headers"]}
    return IngressResponse(sent[0]["status"], response, sent[1]["body"], list(log.replay("events")))


@pytest.mark.conforms("delivery-both-modes-in", "broker-binary", "broker-2xx", "broker-ce-versions")
def test_an_event_in_binary_mode_is_accepted_and_stored_as_it_is() -> None:
    headers = {**CE, "ce-subject": "K%C3%B6nig", "ce-partitionkey": "17", "content-type": "text/plain"}
    response = ask(headers=headers, body=b"\xff\x00")
    assert (response.status, response.body) == (202, b"")
    (stored,) = response.stored
    assert stored.data == b"\xff\x00"
    assert stored.attributes["subject"] == "König"
    assert stored.attributes["datacontenttype"] == "text/plain"
    assert stored.entry().key == b"17"


@pytest.mark.conforms("delivery-both-modes-in", "broker-structured", "broker-2xx")
def test_an_event_in_structured_mode_is_accepted() -> None:
    body = b'{"specversion":"1.0","id":"2","source":"/s","type":"t","data":{"a":1},"rows":7}'
    response = ask(headers={"content-type": "application/cloudevents+json; charset=utf-8"}, body=body)
    assert response.status == 202
    assert response.stored[0].attributes["rows"] == "7"


@pytest.mark.parametrize(("path", "implied"), [(PATH, "application/json"), ("/touchline/counting", None)])
def test_structured_data_that_says_no_type_is_json_to_the_kafka_broker_alone(path: str, implied: str | None) -> None:
    body = b'{"specversion":"1.0","id":"2","source":"/s","type":"t","data":{"a":1}}'
    response = ask(path=path, headers={"content-type": "application/cloudevents+json"}, body=body)
    assert response.stored[0].attributes.get("datacontenttype") == implied


@pytest.mark.conforms("broker-400", "broker-ce-unknown-version")
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"not an event"),
        ({**CE, "ce-specversion": "0.3"}, b""),
        ({key: value for key, value in CE.items() if key != "ce-id"}, b""),
        ({**CE, "ce-time": "yesterday"}, b""),
        ({**CE, "ce-bad_name": "x"}, b""),
        ({"content-type": "application/cloudevents+json"}, b"{"),
        ({"content-type": "application/cloudevents-batch+json"}, b"[]"),
    ],
)
def test_what_is_no_event_is_400(headers: dict[str, str], body: bytes) -> None:
    response = ask(headers=headers, body=body)
    assert response.status == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.stored == []


@pytest.mark.conforms("broker-400")
@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("ce-subject", ""),
        ("ce-subject", "%20"),
        ("ce-dataschema", "relative"),
        ("ce-source", "/a%0Ab"),
        ("ce-source", "/a%25zz"),
        ("ce-type", "a.b%0A07:00:00.000 received forged"),
        ("ce-id", "x%1B]0;t%07"),
        ("ce-team", "a%C2%9Bb"),
        ("content-type", "no type at all"),
        ("content-type", "application/json; charset"),
        ("content-type", "application/json; charset=utf-8; charset=latin1"),
        ("content-type", 'text/plain; charset="utf-8'),
    ],
)
def test_an_attribute_that_breaks_its_format_is_400(attribute: str, value: str) -> None:
    response = ask(path=CHANNEL_PATH, headers={**CE, attribute: value})
    assert (response.status, response.stored) == (400, [])
    assert (
        attribute.removeprefix("ce-") if attribute != "content-type" else "datacontenttype"
    ).encode() in response.body


@pytest.mark.parametrize(
    "value", ["application/json", "text/plain ; charset=utf-8", 'a/b;x="y;z";', "text", "application/json;"]
)
def test_media_types_with_whole_parameters_are_accepted(value: str) -> None:
    assert ask(path=CHANNEL_PATH, headers={**CE, "content-type": value}).status == 202


def test_the_kafka_broker_takes_any_content_type() -> None:
    assert ask(headers={**CE, "content-type": "not a type"}).status == 202


def test_a_batch_is_refused_in_words() -> None:
    response = ask(headers={"content-type": "application/CloudEvents-batch+json; charset=utf-8"}, body=b"[]")
    assert response.status == 400
    assert b"one by one" in response.body


@pytest.mark.conforms("channel-202", "channel-400", "channel-unparsable", "channel-405", "channel-unknown-404")
@pytest.mark.parametrize("path", ["/touchline/counting", "/channels/touchline/pipe", "/kafkasinks/touchline/letters"])
def test_every_kind_answers_by_the_same_table(path: str) -> None:
    assert ask(path=path).status == 202
    assert ask(path=f"{path}/").status == 202
    assert ask(path=path, headers={}).status == 400
    assert ask(path=f"{path}-ghost").status == 404
    assert ask("GET", path).status == 405
    assert ask("OPTIONS", path).status == (405 if "kafkasinks" in path else 200)
    assert ask(path=path, down=True).status == 503


def test_the_channel_broker_notes_the_arrival_and_counts_hops() -> None:
    (first,) = ask(path="/touchline/counting").stored
    assert first.attributes["knativebrokerttl"] == "255"
    assert first.attributes["knativearrivaltime"] == "2026-03-01T12:00:00Z"
    (again,) = ask(path="/touchline/counting", headers={**CE, "ce-knativebrokerttl": "255"}).stored
    assert again.attributes["knativebrokerttl"] == "254"


@pytest.mark.parametrize("left", ["1", "0"])
def test_the_channel_broker_refuses_an_event_without_a_hop_left(left: str) -> None:
    response = ask(path="/touchline/counting", headers={**CE, "ce-knativebrokerttl": left})
    assert (response.status, response.stored) == (400, [])


@pytest.mark.parametrize("path", [PATH, "/channels/touchline/pipe", "/kafkasinks/touchline/letters"])
def test_nobody_else_touches_the_attributes(path: str) -> None:
    (stored,) = ask(path=path, headers={**CE, "ce-knativebrokerttl": "1"}).stored
    assert stored.attributes == {"id": "1", "source": "/s", "type": "t", "specversion": "1.0", "knativebrokerttl": "1"}


def test_which_foreign_headers_are_kept_depends_on_the_data_plane() -> None:
    headers = {**CE, "x-request-id": "7", "traceparent": "00-1", "authorization": "secret"}
    assert ask(headers=headers).stored[0].passthrough == {"traceparent": "00-1"}
    expected = {"traceparent": "00-1", "x-request-id": "7"}
    assert ask(path="/touchline/counting", headers=headers).stored[0].passthrough == expected
    assert ask(path="/channels/touchline/pipe", headers=headers).stored[0].passthrough == expected


def test_a_kafka_sink_stores_in_its_content_mode_keyed_by_partitionkey() -> None:
    headers = {**CE, "ce-partitionkey": "k", "content-type": "application/json"}
    (stored,) = ask(path="/kafkasinks/touchline/letters", headers=headers, body=b"{}").entries
    assert dict(stored.headers) == {"content-type": b"application/cloudevents+json"}
    assert json.loads(stored.value)["data"] == {}
    assert stored.key == b"k"


@pytest.mark.conforms("broker-unknown-404")
@pytest.mark.parametrize(
    ("path", "status"), [("/", 400), ("/touchline", 400), ("/a/b/c", 400), ("/touchline/other", 404)]
)
def test_a_wrong_path_is_400_and_an_unknown_broker_404(path: str, status: int) -> None:
    assert ask(path=path).status == status


@pytest.mark.conforms("broker-405")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(method: str) -> None:
    response = ask(method=method, path=CHANNEL_PATH)
    assert (response.status, response.headers["allow"]) == (405, "POST, OPTIONS")
    response = ask(method=method)
    assert (response.status, response.headers["allow"]) == (405, "POST")


@pytest.mark.conforms("delivery-options-allow")
def test_options_answers_the_webhook_handshake() -> None:
    response = ask(method="OPTIONS", path=CHANNEL_PATH)
    assert (response.status, response.headers["allow"]) == (200, "POST, OPTIONS")
    assert response.headers["webhook-allowed-origin"] == "*"


def test_the_kafka_broker_knows_no_handshake() -> None:
    assert ask(method="OPTIONS").status == 405


@pytest.mark.conforms("delivery-accept-after-storing", "broker-durable-before-ack")
def test_a_log_that_is_down_is_503_and_nothing_is_acknowledged() -> None:
    response = ask(down=True)
    assert (response.status, response.stored) == (503, [])


@pytest.mark.parametrize(("path", "status"), [("/touchline/counting", 413), ("/touchline/default", 503)])
def test_a_body_that_is_too_large_is_413_or_on_the_kafka_broker_503(path: str, status: int) -> None:
    assert ask(path=path, headers={**CE, "content-length": str(MAX_BODY_BYTES + 1)}).status == status
    assert ask(path=path, body=b"x" * (MAX_BODY_BYTES + 1)).status == status
    # Small enough for the ingress, too large for the log.
    assert ask(path=path, body=b"x" * 1_100_000).status == status


def test_a_body_that_ends_early_stores_nothing() -> None:
    response = ask(ends_early=True)
    assert (response.status, response.stored) == (400, [])


@pytest.mark.conforms("broker-ready-condition", "trigger-ready-condition")
def test_health_and_status() -> None:
    assert ask("GET", "/health/live").status == 200
    assert ask("GET", "/health/ready").status == 200
    assert ask("GET", "/health/ready", faults=["1 consumer(s) wait"]).status == 503
    assert json.loads(ask("GET", "/status").body) == {
        "triggers": {},
        "inlets": {endpoint.label: {} for endpoint in ENDPOINTS},
    }
    assert ask("GET", "/status", silent=True).status == 503


def test_a_door_with_too_much_inside_says_come_again_and_lets_in_again_later() -> None:
    n_fit = MAX_BYTES // (MAX_BODY_BYTES + PER_REQUEST_BYTES)

    async def run() -> tuple[list[int], list[int], dict[bytes, bytes]]:
        log = MemoryLog()
        log.ensure_topic("events", partitions=1)
        writer = LogWriter(log, {})
        ingress = make_ingress(writer)
        heads: list[MutableMapping[str, Any]] = []
        arrived = asyncio.Event()

        async def post() -> None:
            # A body whose length is not told may have any that is taken.
            raw = [(key.encode(), value.encode()) for key, value in {**CE, "transfer-encoding": "chunked"}.items()]

            async def receive() -> MutableMapping[str, Any]:
                await arrived.wait()
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(part: MutableMapping[str, Any]) -> None:
                if part["type"] == "http.response.start":
                    heads.append(part)

            await ingress({"type": "http", "method": "POST", "path": PATH, "headers": raw}, receive, send)

        inside = [asyncio.create_task(post()) for _ in range(n_fit)]
        await asyncio.sleep(0)
        await post()
        refused, response = [part["status"] for part in heads], dict(heads[0]["headers"])
        arrived.set()
        await asyncio.gather(*inside)
        await post()
        await writer.close()
        return refused, [part["status"] for part in heads[1:]], response

    refused, taken, response = asyncio.run(run())
    assert refused == [429]
    assert response[b"Retry-After"] == b"1"
    assert taken == [202] * (n_fit + 1)
