"""The laptop Knative as processes for tests: manifests, a sink function that notes what it gets, a real log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from shared.adapters import event_log
from shared.ports.log import Entry, EventLog
from shared.testing.valkey_process import ValkeyProcess, free_port
from tests.support.waiting import NO_AUTHORITIES

ROOT = Path(__file__).resolve().parents[3]

SINK = '''
"""Notes every event in a file and answers as the event asks."""
import json, os, threading, time
import functions_framework
from collections import Counter
from flask import Response

NOTES, _seen, _lock = os.environ["NOTES"], Counter(), threading.Lock()

@functions_framework.http
def handle(request):
    id = request.headers.get("ce-id", "")
    answers = request.headers.get("ce-answers", "202").split("-")
    if delay := request.headers.get("ce-delay"):
        time.sleep(float(delay))
    while "ce-held" in request.headers and not os.path.exists(NOTES + ".go"):
        time.sleep(0.01)
    with _lock:
        answer = answers[min(_seen[id], len(answers) - 1)]
        _seen[id] += 1
        note = {"id": id, "path": request.path, "at": time.time(), "answer": answer,
                "body": request.get_data().decode(), "headers": dict(request.headers)}
        with open(NOTES, "a") as out:
            out.write(json.dumps(note) + chr(10))
    if answer == "reply":
        return Response("[]", status=200, headers={"ce-id": "reply-" + id, "ce-source": "/sink", "ce-type": "reply",
                        "ce-specversion": "1.0"}, content_type="application/json")
    if answer == "text":
        return Response("OK", status=200)
    return Response("told " + answer if int(answer) >= 300 else "", status=int(answer), headers={"kne-hint": "look"})
'''

MANIFESTS = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: sink, namespace: touchline}
spec:
  template:
    spec:
      containerConcurrency: 16
      containers:
        - image: example.org/sink
          env:
            - {name: FUNCTION_SOURCE, value: sink/main.py}
            - {name: FUNCTION_TARGET, value: handle}
            - name: NOTES
              valueFrom: {configMapKeyRef: {name: settings, key: NOTES}}
---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata:
  name: default
  namespace: touchline
  annotations: {eventing.knative.dev/broker.class: Kafka}
spec:
  delivery:
    retry: 3
    backoffPolicy: exponential
    backoffDelay: PT0.05S
    timeout: PT10S
    deadLetterSink:
      ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead-letters}
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {name: dead-letters, namespace: touchline}
spec: {topic: dead, bootstrapServers: [nowhere:9092], numPartitions: 2}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: all, namespace: touchline}
spec:
  broker: default
  filter: {attributes: {type: wanted}}
  subscriber:
    ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: sink}
    uri: /events/all
---
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: rows, namespace: touchline}
spec:
  bootstrapServers: [nowhere:9092]
  topics: [rows]
  consumerGroup: rows
  initialOffset: earliest
  ordering: ordered
  delivery:
    retry: 2
    backoffPolicy: linear
    backoffDelay: PT0.05S
    deadLetterSink:
      ref: {apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead-letters}
  sink:
    ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: sink}
"""


@dataclass(slots=True)
class Process:
    """One process of the stack; `start` returns when it is ready."""

    arguments: list[str]
    environment: dict[str, str]
    ready_url: str
    log: Path
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                [sys.executable, "-m", *self.arguments],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=out,
                stderr=out,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                if httpx.get(self.ready_url, timeout=5, verify=NO_AUTHORITIES).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if self.running.poll() is not None or time.monotonic() > deadline:
                self.end(signal.SIGKILL)
                raise RuntimeError(self.log.read_text()[-3000:])
            time.sleep(0.02)

    def end(self, number: int = signal.SIGTERM) -> None:
        if self.running is not None:
            self.running.send_signal(number)
            self.running.wait(20)
            self.running = None


class Stack:
    """Log, functions and eventing, each of which can be ended and started again."""

    def __init__(self, folder: Path, *, manifests: str = MANIFESTS, sink: str = SINK, durable: bool = True) -> None:
        (folder / "knative").mkdir(parents=True)
        (folder / "sink").mkdir()
        (folder / "knative" / "all.yaml").write_text(manifests)
        (folder / "sink" / "main.py").write_text(sink)
        self.bus = ValkeyProcess(folder / "bus")
        self.notes_path = folder / "notes"
        self.journal = folder / "journal.db"
        public, internal, eventing = free_port(), free_port(), free_port()
        self.public_url, self.internal_url = f"http://127.0.0.1:{public}", f"http://127.0.0.1:{internal}"
        self.eventing_url = f"http://127.0.0.1:{eventing}"
        environment = {"EVENT_LOG_URL": self.bus.url, "NOTES": str(self.notes_path), "OTHER_SECRET": "not for the sink"}
        own = ["--manifests", str(folder / "knative")]
        ports = ["--public-port", str(public), "--internal-port", str(internal)]
        journal = ["--journal", str(self.journal)]
        self.functions = Process(
            # One worker: the sink counts its answers in memory.
            ["knative.local.serve", *own, *ports, "--eventing-url", self.eventing_url, *journal, "--workers", "1"],
            environment,
            f"{self.public_url}/health/live",
            folder / "functions.log",
        )
        self.eventing = Process(
            [
                *("knative.local.eventing", *own, *journal),
                *("--port", str(eventing), "--functions-url", self.internal_url),
            ],
            environment,
            f"{self.eventing_url}/health/ready",
            folder / "eventing.log",
        )
        self.event_log: EventLog = event_log.connect(self.bus.url)

    def start(self) -> None:
        self.bus.start()
        self.functions.start()
        self.eventing.start()

    def stop(self) -> None:
        self.eventing.end(signal.SIGKILL)
        self.functions.end(signal.SIGKILL)
        self.event_log.close()
        self.bus.kill()

    def post(self, id: str, *, type: str = "wanted", data: bytes = b"{}", **extensions: str) -> int:
        """Send one event to the broker; the status, 0 when there was none."""
        headers = {"ce-id": id, "ce-source": "/test", "ce-type": type, "ce-specversion": "1.0"}
        headers |= {f"ce-{name}": value for name, value in extensions.items()}
        headers["content-type"] = "application/json"
        try:
            address = f"{self.eventing_url}/touchline/default"
            return httpx.post(address, headers=headers, content=data, timeout=10, verify=NO_AUTHORITIES).status_code
        except httpx.TransportError:
            return 0

    def notes(self) -> list[dict[str, Any]]:
        """What the sink got, in order."""
        if not self.notes_path.exists():
            return []
        return [json.loads(line) for line in self.notes_path.read_text().splitlines(keepends=True) if line[-1] == "\n"]

    def let_go(self) -> None:
        """The sink answers to events with the extension ``held``, which wait until now."""
        self.notes_path.with_name("notes.go").touch()

    def status(self) -> dict[str, Any]:
        """The eventing process's own account."""
        latest = httpx.get(f"{self.eventing_url}/status", timeout=10, verify=NO_AUTHORITIES)
        document: dict[str, Any] = latest.raise_for_status().json()
        return document

    def settle(self, within_s: float = 60) -> None:
        """Return when every event is delivered or dead-lettered."""
        deadline = time.monotonic() + within_s
        while True:
            latest: Any = None
            with suppress(httpx.HTTPError):  # the log may be slow to answer
                latest = self.status()
            if latest and all(
                one["lag"] == 0 for kind in ("triggers", "kafkasources") for one in latest[kind].values()
            ):
                return
            assert time.monotonic() < deadline, f"not settled: {latest}"
            time.sleep(0.05)

    def dead_letters(self) -> list[Entry]:
        """What was given up."""
        return list(self.event_log.replay("dead"))
