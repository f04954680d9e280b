"""A recording of Knative's real Kafka data plane: what it was given and did, and what ours does with the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, MutableMapping, Sequence, Set
from functools import cache
from pathlib import Path
from typing import Any

from knative.local.eventing.delivery.counters import Counters
from knative.local.eventing.delivery.policy import Policy, Response
from knative.local.eventing.delivery.runner import DeliveryRunner, DeliveryTarget
from knative.local.eventing.filters.trigger_filter import filter_for_trigger
from knative.local.eventing.ingress.endpoints import IngressEndpoint
from knative.local.eventing.ingress.handler import Ingress
from knative.local.eventing.message import message
from knative.local.eventing.message.message import Message
from knative.local.eventing.runtime.log_writer import LogWriter
from knative.local.eventing.sources import kafka_source
from knative.manifests.dialects import Dialect
from knative.manifests.model import BrokerClass, Destination, KeyType, Name, Trigger
from knative.manifests.references import Address
from shared.adapters.memory.event_log import MemoryLog
from shared.errors import InvalidInput
from shared.events import json_format
from shared.ports.log import Entry
from tests.support.eventing.doubles import HandClock, ListTrace, ScriptedSink

Case = dict[str, Any]
BROKER = Name(namespace="real", name="in")
MASKED = {
    *("content-length", "host", "traceparent", "tracestate", "user-agent"),
    *("ce-knativekafkaoffset", "ce-knativekafkapartition"),
}
"""Headers that differ on every request, or that the README lists as absent here."""
ORIGINAL = {
    "key": "orig",
    "headers": [
        *(["ce_specversion", "1.0"], ["ce_id", "orig"], ["ce_source", "/s"], ["ce_type", "go"], ["ce_subject", "s"]),
        *(["ce_partitionkey", "orig"], ["content-type", "application/json"]),
    ],
    "value": '{"a":1}',
}
"""The record that the subscribers replied to."""
KEY_TYPES = {"String": KeyType.TEXT, "Integer": KeyType.INT, "Double": KeyType.FLOAT, "ByteArray": KeyType.BYTES}
EVENTS = "filter: events"
IN_BURSTS = {3}
"""Groups of cases that were sent together: their order counts, their waits do not."""


@cache
def cases(path: Path) -> dict[str, Case]:
    """Return the cases of the recording by their names, those left out that are not one delivery or one request."""
    result = {case["case"]: case for case in map(json.loads, path.read_text().splitlines())}
    records = result.pop("reply: from the dead letter sink")["records_appended_to_the_broker_topic"]
    result["status: dlsreply"]["records_appended_to_the_broker_topic"] = records
    return {
        name: case
        for name, case in result.items()
        if case["group"] in {1, 2, 3, 4, 6, 7} and "in one burst" not in name and name not in {EVENTS, "reply: loop"}
    }


def filter_events(path: Path) -> list[dict[str, Any]]:
    """Return the events that every recorded filter was given."""
    events: list[dict[str, Any]] = next(
        case["events"] for case in map(json.loads, path.read_text().splitlines()) if case["case"] == EVENTS
    )
    return events


def case_of_row(row: Mapping[str, Any]) -> str:
    """Return the name of the case that a row of the comparison is about."""
    name = row["case"]
    match row["part"][0]:
        case "1":
            return f"egress: {name}"
        case "2":
            return f"status: {name.removeprefix('st-')}"
        case "3":
            return "status: dlsreply" if name == "dlsreply" else f"reply: {name.removeprefix('re-')}"
        case "4":
            return f"source: {name.removeprefix('src-')}"
        case "6":
            return f"ingress: {name}"
    return f"filter: {name}"


def expected(case: Case) -> Any:
    """Return what the real data plane did, in the form of `actual`."""
    if case["group"] == 6:
        records = [_record(each["key"], each["headers"], _whole(each)) for each in case["records"]]
        return int(case["observed"]["status"].split()[1]), records
    if case["group"] == 7:
        return case["passed"]
    requests = case["observed"] if isinstance(case["observed"], list) else []
    masked = MASKED | {"ce-time"} if case["group"] == 4 else MASKED
    result = [(each["to"], _masked(each["headers"], masked), each["body"]) for each in requests]
    if case["group"] in {1, 4}:
        return result[:1]
    records = case.get("records_appended_to_the_broker_topic", [])
    gaps = zip(requests, requests[1:], case.get("waits_s", []), strict=False)
    waits = [round(gap, 1) for last, this, gap in gaps if last["to"] == this["to"] and not _is_untimed(case)]
    return result, waits, [_record(each["key"], each["headers"], each["value"]) for each in records]


def actual(case: Case, events: Sequence[Mapping[str, Any]] = ()) -> Any:
    """Return what ours does with the same input."""
    match case["group"]:
        case 1 | 4:
            return _egress(case)
        case 2 | 3:
            return _delivery(case)
        case 6:
            return asyncio.run(_ingress(case))
    return _passed(case, events)


def _whole(record: Mapping[str, Any]) -> str | None:
    """The value of a record; of a large one the recording has the beginning and the length."""
    value: str | None = record["value"]
    return "x" * record["len"] if value and set(value) == {"x"} else value


def _is_untimed(case: Case) -> bool:
    """Whether gaps between requests are not only waits: cases sent in a burst, and attempts that took time."""
    slow = any(answer.get("sleep") for answer in case.get("subscriber_answers") or ())
    return case["group"] in IN_BURSTS or slow or "refused" in case["case"]


def _masked(headers: Any, masked: Set[str] = MASKED) -> dict[str, str]:
    return {name.lower(): value for name, value in _pairs(headers) if name.lower() not in masked}


def _record(key: str | None, headers: Sequence[Sequence[str]], value: str | None) -> tuple[Any, ...]:
    return key, {name: text for name, text in headers if name not in MASKED}, value


def _entry(sent: Mapping[str, Any], requests: Any) -> Entry:
    """The record as it was sent, at the offset it had."""
    offset = "0"
    for name, value in requests[0]["headers"] if isinstance(requests, list) and requests else ():
        offset = value if name == "ce-knativekafkaoffset" else offset
    return Entry(
        topic="real-src",
        partition=0,
        offset=offset,
        timestamp_ms=0,
        key=None if sent["key"] is None else sent["key"].encode("latin-1"),
        value=(sent["value"] or "").encode("latin-1"),
        is_null=sent["value"] is None,
        headers=tuple((name, (value or "").encode("latin-1")) for name, value in sent["headers"]),
    )


def _read(case: Case) -> Message | None:
    entry = _entry(case.get("sent", ORIGINAL), case.get("observed"))
    try:
        if case["group"] != 4:
            return message.from_kafka_entry(entry)
        name = case["case"].split(": ")[1]
        key_type = KEY_TYPES[case["contract"].get("keyType", "String")]
        event = kafka_source.to_message(entry, Name(namespace="real", name=f"src-{name}"), key_type)
        extensions = {"ov": "new", "zz": "1"} if name == "over" else {}
        source = event.source.replace("#real-src", f"#real-src-{name}")
        return event.with_extensions(extensions | {"source": source})
    except InvalidInput:
        return None


def _egress(case: Case) -> Any:
    event = _read(case)
    if event is None:
        return []
    sink = ScriptedSink(202)
    _deliver(event, _target(case), sink, MemoryLog())
    (request,) = sink.requests[:1]
    masked = MASKED | {"ce-time"} if case["group"] == 4 else MASKED  # the time of a record is when it was appended
    return [("sub", _masked(request.headers, masked), request.body.decode("latin-1"))]


def _target(case: Case) -> DeliveryTarget:
    contract = case.get("contract", {"destination": "http://127.0.0.1:18081/real/eg/sub", "egressConfig": {}})
    egress = contract["egressConfig"]
    replies = IngressEndpoint(label="Broker", url="http://b/real/in", topic="broker", data_plane=BrokerClass.KAFKA)
    policy = Policy(
        retries=egress.get("retry", 0),
        backoff=egress.get("backoffPolicy", "Exponential").lower(),
        delay_s=int(egress.get("backoffDelay", "1000")) / 1000,
        timeout_s=60,
        dead_letter=Address(url=egress["deadLetter"]) if egress.get("deadLetter") else None,
        broker_class=BrokerClass.KAFKA,
    )
    return DeliveryTarget(
        label="Trigger real/t",
        namespace="real",
        destination=Address(url=contract["destination"]),
        policy=policy,
        reply=replies if "replyToOriginalTopic" in contract else None,
    )


def _deliver(event: Message, target: DeliveryTarget, sink: ScriptedSink, log: MemoryLog) -> HandClock:
    clock = HandClock()

    async def run() -> None:
        log.ensure_topic("broker", partitions=1)
        writer = LogWriter(log, {})
        runner = DeliveryRunner(http_client=sink, writer=writer, clock=clock, trace=ListTrace())
        await runner.deliver(event, target, Counters(), dedup_id="")
        await writer.close()

    asyncio.run(run())
    return clock


class TwoSinks(ScriptedSink):
    """A subscriber and a dead-letter sink, each with its script of answers."""

    def __init__(self, subscriber: Sequence[Case], dead_letters: Sequence[Case]) -> None:
        super().__init__()
        self._scripts = {"sub": list(map(_response, subscriber)), "dls": list(map(_response, dead_letters))}

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout_s: float | None) -> Response:
        await super().post(url, headers, body, timeout_s=timeout_s)
        script = self._scripts.get(url.rpartition("/")[2], [Response(error="refused")])
        return script.pop(0) if len(script) > 1 else script[0]


def _response(answer: Case) -> Response:
    if answer.get("close") or answer.get("sleep") or not answer["status"]:
        return Response(error="no answer")
    headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
    body = answer.get("body", "")
    return Response(
        status=answer["status"], headers=headers, body=(body if isinstance(body, str) else "").encode("latin-1")
    )


def _delivery(case: Case) -> Any:
    event = _read(case)
    assert event is not None
    answers = case.get("subscriber_answers") or [{"status": 0}]
    sink, log = TwoSinks(answers, case.get("dead_letter_answers") or [{"status": 202}]), MemoryLog()
    clock = _deliver(event, _target(case), sink, log)
    result = [
        (each.url.rpartition("/")[2], _masked(each.headers), each.body.decode("latin-1"))
        for each in sink.requests
        if each.url.endswith(("/sub", "/dls"))  # nobody listened at the address that refuses
    ]
    waits = [] if _is_untimed(case) else [round(wait, 1) for wait in clock.waits]
    return result, waits, [_from_entry(entry) for entry in log.replay("broker")]


def _from_entry(entry: Entry) -> tuple[Any, ...]:
    key = None if entry.key is None else entry.key.decode("latin-1")
    headers = [(name, value.decode("latin-1")) for name, value in entry.headers]
    return _record(key, headers, None if entry.is_null else entry.value.decode("latin-1"))


async def _ingress(case: Case) -> Any:
    log = MemoryLog()
    log.ensure_topic("broker", partitions=1)
    writer = LogWriter(log, {})
    broker = IngressEndpoint(
        label=f"Broker {BROKER}", url=f"http://e/{BROKER}", topic="broker", data_plane=BrokerClass.KAFKA
    )
    ingress = Ingress(
        endpoints={broker.path: broker}, writer=writer, state=_Ready(), clock=HandClock(), trace=ListTrace()
    )
    method, path = case["sent"].get("line", f"POST /{BROKER}").split()
    headers, body = case["sent"].get("headers", _GOOD), case["sent"].get("body", "{}")
    if "transfer-encoding" in dict(_pairs(headers)):
        body = body.split("\r\n")[1]  # the server takes the chunks apart
    elif set(body) == {"x"}:
        body = "x" * case["sent"]["len"]  # of a large body the recording has the beginning
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body.encode("latin-1")}

    async def send(part: MutableMapping[str, Any]) -> None:
        sent.append(part)

    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in _pairs(headers)]
    target = path.partition("?")[0]
    scope = {"type": "http", "method": method, "path": target, "raw_path": target.encode(), "headers": raw}
    await ingress(scope, receive, send)
    await writer.close()
    return sent[0]["status"], [_from_entry(entry) for entry in log.replay("broker")]


_GOOD = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t", "content-type": "application/json"}


def _pairs(headers: Any) -> Iterator[tuple[str, str]]:
    yield from headers.items() if isinstance(headers, dict) else headers


class _Ready:
    """A process that is ready."""

    def faults(self) -> list[str]:
        return []

    async def status(self) -> dict[str, Any]:
        return {}


def _passed(case: Case, events: Sequence[Mapping[str, Any]]) -> list[int]:
    contract = case["contract"]
    trigger = Trigger(
        name=BROKER,
        broker=BROKER,
        subscriber=Destination(uri="http://sink/"),
        attributes=contract.get("filter", {}).get("attributes", {}),
        filters=tuple(map(_dialect, contract.get("dialectedFilter", ()))),
    )
    result = filter_for_trigger(trigger, BrokerClass.KAFKA)
    texts = [{name: json_format.text_of(value) for name, value in each.items() if name != "data"} for each in events]
    return [number for number, attributes in enumerate(texts) if result.mismatch(attributes) is None]


def _dialect(written: Mapping[str, Any]) -> Dialect:
    ((kind, content),) = written.items()
    match kind:
        case "all":
            return Dialect(all=tuple(map(_dialect, content["filters"])))
        case "any":
            return Dialect(any=tuple(map(_dialect, content["filters"])))
        case "not":
            return Dialect(negated=_dialect(content["filter"]))
        case "cesql":
            return Dialect(cesql=content["expression"])
    return Dialect(**{kind: content["attributes"]})
