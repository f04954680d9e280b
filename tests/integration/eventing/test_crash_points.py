"""kill -9 of eventing at every labelled point: nothing acknowledged is lost, what comes twice the inbox absorbs.

Each label has a process of its own that ends itself there; then an ordinary one takes over. The sender behaves as
senders must: what was not answered 202 is sent again, with the same id.
"""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from knative.local.eventing.runtime import crash_points
from knative.local.eventing.runtime.crash_points import Label
from shared.adapters import event_log
from shared.ports.log import Entry
from shared.testing.valkey_process import free_port
from tests.support.eventing.processes import Process
from tests.support.waiting import eventually

TRIGGERS = ("asked", "replied")
ANSWERS = {"taken": [202], "retried": [503, 202], "refused": [400], "replied": [200]}
"""What the sink answers to an event of each kind, attempt by attempt."""
ASKED = [f"{kind}-{number}" for number in range(4) for kind in ANSWERS]
ON_KAFKA: tuple[Label, ...] = ("after-append", "after-2xx", "before-commit")

MANIFESTS = """
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {{name: default, namespace: "{ns}", annotations: {{eventing.knative.dev/broker.class: Kafka}}}}
spec:
  delivery:
    retry: 3
    backoffPolicy: linear
    backoffDelay: PT0.01S
    deadLetterSink: {{ref: {{apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead}}}}
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {{name: dead, namespace: "{ns}"}}
spec: {{topic: "dead-{ns}", bootstrapServers: [unused:9092]}}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {{name: asked, namespace: "{ns}"}}
spec: {{broker: default, filter: {{attributes: {{type: asked}}}}, subscriber: {{uri: "{sink}"}}}}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {{name: replied, namespace: "{ns}"}}
spec: {{broker: default, filter: {{attributes: {{type: replied}}}}, subscriber: {{uri: "{sink}"}}}}
"""


@dataclass
class Sink:
    """Answers as an event's kind asks, and notes what it took."""

    url: str = ""
    attempts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By source and id."""
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Source, id and data of each delivery answered 2xx."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, source: str, event: str, data: bytes) -> int:
        answers = ANSWERS[event.split("-")[0]] if source == "/asked" else [202]
        with self.lock:
            status = answers[min(self.attempts[source, event], len(answers) - 1)]
            self.attempts[source, event] += 1
            if status < 300:
                self.taken.append((source, event, data))
        return status


@pytest.fixture
def sink() -> Iterator[Sink]:
    """Served by threads of the test."""
    result = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            event, data = self.headers["ce-id"], self.rfile.read(int(self.headers["content-length"]))
            status = result.answer(self.headers["ce-source"], event, data)
            self.send_response(status)
            reply = b"{}" if status == 200 else b""
            if reply:
                attributes = {"id": event, "source": "/sink", "type": "replied", "specversion": "1.0"}
                for name, value in attributes.items():
                    self.send_header(f"ce-{name}", value)
                self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving.start()
    result.url = f"http://127.0.0.1:{server.server_port}"
    yield result
    server.shutdown()
    serving.join()
    server.server_close()


@dataclass(kw_only=True)
class Scene:
    """A log, a sink, and the eventing processes of one label."""

    folder: Path
    log_url: str
    sink: Sink
    label: Label

    def __post_init__(self) -> None:
        # Topics and groups of its own: a Kafka is not emptied between tests.
        self.ns = f"crash-{self.label}"
        self.topic = f"knative-broker-{self.ns}-default"
        self.log = event_log.connect(self.log_url)
        self.accepted: list[str] = []
        (self.folder / "knative").mkdir()
        (self.folder / "knative" / "all.yaml").write_text(MANIFESTS.format(sink=self.sink.url, ns=self.ns))

    @contextmanager
    def eventing(self, crash_at: str) -> Iterator[Process]:
        """A running process."""
        port = free_port()
        command = ["knative.local.eventing", "--manifests", str(self.folder / "knative"), "--port", str(port)]
        process = Process(
            [*command, "--functions-url", "http://127.0.0.1:9"],
            {"EVENT_LOG_URL": self.log_url, crash_points.VARIABLE: crash_at},
            f"http://127.0.0.1:{port}/health/ready",
            self.folder / "eventing.log",
        )
        process.start()
        try:
            yield process
        finally:
            process.end(signal.SIGKILL)

    def crash(self) -> None:
        """Post until the process dies at the label."""
        with self.eventing(self.label) as process:
            self.accepted = self._post(process, ASKED)
            assert process.running is not None
            assert process.running.wait(60) == -signal.SIGKILL

    def go_on(self) -> None:
        """Start again, send again what was not accepted, and wait until nothing is left."""
        with self.eventing("") as process:
            rest = [one for one in ASKED if one not in self.accepted]
            assert self._post(process, rest) == rest
            groups = [f"knative-trigger-{self.ns}-{name}" for name in TRIGGERS]
            eventually(lambda: all(self.log.lag(self.topic, group) == 0 for group in groups), within_s=60, every_s=0.05)

    def _post(self, process: Process, ids: list[str]) -> list[str]:
        """Send events to the broker; those that were answered 202."""
        accepted = []
        url = process.ready_url.replace("health/ready", f"{self.ns}/default")
        with httpx.Client(timeout=30) as client:
            for one in ids:
                headers = {"ce-id": one, "ce-source": "/asked", "ce-type": "asked", "ce-specversion": "1.0"}
                with suppress(httpx.TransportError):
                    answer = client.post(url, headers=headers, content=json.dumps(one))
                    assert answer.status_code == 202, answer.text
                    accepted.append(one)
        return accepted

    def copies(self) -> Counter[tuple[str, str]]:
        """How often each event is stored, by source and id."""
        return Counter(_name(entry) for entry in self.log.replay(self.topic))

    def check(self) -> None:
        """Every event ended as its kind has to, and the inbox sees each once."""
        inbox = {(source, event): data for source, event, data in self.sink.taken}
        entries = [event for event in ASKED if not event.startswith("refused")]
        replied = [event for event in ASKED if event.startswith("replied")]
        assert inbox == {
            **{("/asked", event): json.dumps(event).encode() for event in entries},
            **{("/sink", event): b"{}" for event in replied},
        }
        letters = {event for _, event in map(_name, self.log.replay(f"dead-{self.ns}"))}
        assert letters == set(ASKED) - set(entries)
        stored = self.copies()
        assert {event for event in self.accepted if stored["/asked", event] > 1} == set()
        # One crash: whatever is stored is begun anew at most once.
        for (source, event), n_attempts in self.sink.attempts.items():
            n_needed = len(ANSWERS[event.split("-")[0]]) if source == "/asked" else 1
            assert n_attempts <= 2 * n_needed * stored[source, event]


@pytest.fixture
def scene(tmp_path: Path, sink: Sink) -> Iterator[Callable[[str, Label], Scene]]:
    """Makes scenes whose logs are closed in the end."""
    stack: list[Scene] = []

    def make(log_url: str, label: Label) -> Scene:
        stack.append(Scene(folder=tmp_path, log_url=log_url, sink=sink, label=label))
        return stack[-1]

    yield make
    for each in stack:
        each.log.close()


def _name(entry: Entry) -> tuple[str, str]:
    headers = dict(entry.headers)
    return headers["ce_source"].decode(), headers["ce_id"].decode()


def _acknowledged(scene: Scene, trigger: str = "asked") -> set[tuple[str, str]]:
    """What a Trigger's group has acknowledged, as the Valkey server itself tells."""
    result = {(entry.partition, entry.offset): _name(entry) for entry in scene.log.replay(scene.topic)}
    group = f"knative-trigger-{scene.ns}-{trigger}"
    with Redis.from_url(scene.log_url, decode_responses=True, protocol=2) as client:
        for partition in {partition for partition, _ in result}:
            stream = f"log:{{{scene.topic}}}:{partition}"
            state: Any = client.xinfo_groups(stream)
            (last,) = [each["last-delivered-id"] for each in state if each["name"] == group]
            pending: Any = client.xpending_range(stream, group, "-", "+", 1000)
            unread: Any = client.xrange(stream, f"({last}")
            for offset in [each["message_id"] for each in pending] + [offset for offset, _ in unread]:
                result.pop((partition, offset), None)
    return set(result.values())


@pytest.mark.suite("Killed with kill -9 at a labelled point, over Valkey")
@pytest.mark.over("Valkey")
@pytest.mark.conforms("broker-durable-before-ack", "broker-at-least-once", "delivery-duplicates-accepted")
@pytest.mark.parametrize("label", crash_points.LABELS)
def test_nothing_acknowledged_is_lost_and_nothing_acknowledged_comes_again(
    label: Label, scene: Callable[[str, Label], Scene], bus_url: str
) -> None:
    stack = scene(bus_url, label)
    stack.crash()
    acknowledged = _acknowledged(stack)
    # Replies are acknowledged too, as not wanted, while the other Trigger may still deliver them.
    done = {(source, event): stack.sink.attempts[source, event] for source, event in acknowledged if source == "/asked"}
    assert acknowledged or _acknowledged(stack, "replied") or label != "after-commit"
    stack.go_on()
    stack.check()
    assert {name: stack.sink.attempts[name] for name in done} == done
    letters = Counter(_name(entry) for entry in stack.log.replay(f"dead-{stack.ns}"))
    assert letters == {name: n for name, n in stack.copies().items() if name[1].startswith("refused")}


@pytest.mark.suite("Killed with kill -9 at a labelled point, over Apache Kafka")
@pytest.mark.over("Apache Kafka")
@pytest.mark.conforms("broker-durable-before-ack", "broker-at-least-once")
@pytest.mark.parametrize("label", ON_KAFKA)
def test_nothing_acknowledged_is_lost_on_kafka(
    label: Label, scene: Callable[[str, Label], Scene], kafka_servers: str
) -> None:
    stack = scene(f"kafka://{kafka_servers}?membership=static", label)
    stack.crash()
    stack.go_on()
    stack.check()
