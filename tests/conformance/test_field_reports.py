"""Faults that users of Knative met and reported: small inputs, and what a cluster makes of them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from knative.local.eventing.ingress.endpoints import IngressEndpoint
from knative.local.eventing.ingress.handler import Ingress
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.local.eventing.sources import kafka_source
from knative.manifests.model import BrokerClass, Name
from shared.adapters.memory.event_log import MemoryLog
from shared.ports.log import Entry
from tests.support.eventing.doubles import HandClock, ListTrace
from tests.support.reference import reference

CLASSES = list(BrokerClass)
CE = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t"}


def inputs(name: str) -> Any:
    return json.loads(reference(f"field/eventing/{name}.json").read_text())


def status(broker_class: BrokerClass, headers: dict[str, str], body: bytes = b"{}") -> int:
    """What the ingress of a Broker of this class answers."""

    async def run() -> int:
        log = MemoryLog()
        log.ensure_topic("broker", partitions=1)
        writer = LogWriter(log, {})
        broker = IngressEndpoint(label="Broker", url="http://e/ns/b", topic="broker", data_plane=broker_class)
        ingress = Ingress(
            endpoints={broker.path: broker}, writer=writer, state=_Ready(), clock=HandClock(), trace=ListTrace()
        )
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(part: Any) -> None:
            sent.append(part)

        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await ingress({"type": "http", "method": "POST", "path": "/ns/b", "headers": raw}, receive, send)
        await writer.close()
        return int(sent[0]["status"])

    return asyncio.run(run())


class _Ready:
    """A process that is ready."""

    def faults(self) -> list[str]:
        return []

    async def status(self) -> dict[str, Any]:
        return {}


def test_other_headers_of_a_record_may_hold_anything() -> None:
    for record in inputs("F01-kafka-foreign-header")["records"]:
        headers = tuple(
            (name, bytes.fromhex(value[4:]) if value.startswith("hex:") else value.encode())
            for name, value in record["headers"]
        )
        entry = Entry(
            topic="t", partition=0, offset="0", timestamp_ms=0, value=record["value"].encode(), headers=headers
        )
        event = kafka_source.to_message(entry, Name(namespace="n", name="s"))
        assert (event.id, event.attributes["type"], event.source) == ("g-1", "goal.scored", "/pitch/3")


@pytest.mark.parametrize("broker_class", CLASSES)
def test_percent_encoded_bytes_that_are_no_text_are_400(broker_class: BrokerClass) -> None:
    for request in inputs("F06-percent-not-utf8")["requests"]:
        assert status(broker_class, request["headers"]) == request["expect"]


@pytest.mark.parametrize("broker_class", CLASSES)
def test_control_characters_are_400(broker_class: BrokerClass) -> None:
    for event in inputs("F07-control-characters")["events"]:
        headers = {"content-type": "application/cloudevents+json"}
        assert status(broker_class, headers, json.dumps(event).encode()) == 400


def test_content_types_with_broken_parameters_are_400() -> None:
    case = inputs("F08-content-type-parameters")
    for request in case["requests"]:
        headers = {**CE, "content-type": request["content-type"]}
        assert status(BrokerClass(case["class"]), headers) == request["expect"]


@pytest.mark.parametrize("broker_class", CLASSES)
def test_the_first_and_the_last_year_are_times(broker_class: BrokerClass) -> None:
    for time, expected in inputs("F10-time-extremes")["times"].items():
        assert status(broker_class, {**CE, "ce-time": time}) == int(expected)
