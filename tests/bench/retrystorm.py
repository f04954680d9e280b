"""A hundred thousand events to a sink that refuses three in ten: memory stays flat, nothing is lost.

Events are posted to a Broker's ingress as fast as it takes them, so the log holds most of them while a Trigger works
through: 50 in flight as in Knative, those that wait for a retry included. The sink (`eventing.loopback`) answers 503
by a seeded dice and notes every event it takes; what ten retries could not bring is in the dead-letter topic. Lost is
an event that was answered 202 and is in neither place, a duplicate one that the sink took twice.

Memory is that of the eventing process, sampled while it works. Its first sample counts after a tenth of the events.

Run as ``python -m tests.bench.retrystorm [--events N] [--fail SHARE] [--seed N]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from shared.adapters import event_log
from shared.testing.valkey_process import ValkeyProcess
from tests.bench.support.eventing import loopback, processes
from tests.support.waiting import eventually

GROWTH_MB = 30.0
"""What the memory may end above its first sample; a leak of one event's size for each would be several times that."""
CONNECTIONS = 32
SAMPLE_EVERY_S = 0.25

MANIFEST = """
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {{name: default, namespace: bench, annotations: {{eventing.knative.dev/broker.class: Kafka}}}}
spec:
  delivery:
    retry: 10
    backoffPolicy: exponential
    backoffDelay: PT0.02S
    deadLetterSink: {{ref: {{apiVersion: eventing.knative.dev/v1alpha1, kind: KafkaSink, name: dead}}}}
---
apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: {{name: dead, namespace: bench}}
spec: {{topic: dead, bootstrapServers: [unused:9092]}}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {{name: bench, namespace: bench}}
spec:
  broker: default
  subscriber: {{uri: "{sink}"}}
"""


def measure(folder: Path, *, events: int, fail: float, seed: int) -> dict[str, Any]:
    """Let the storm pass; what became of the events, and the memory it took."""
    bus = ValkeyProcess(folder / "bus")
    bus.start()
    try:
        with (
            processes.sink("--fail", str(fail), "--seed", str(seed)) as sink,
            processes.eventing(folder, MANIFEST.format(sink=sink.url), bus.url) as eventing,
            processes.Memory(eventing.pid, SAMPLE_EVERY_S) as memory,
        ):
            began = time.monotonic()
            spent = processes.Spent({"eventing": eventing.pid})
            accepted = _post(f"{eventing.url}/bench/default", events)
            posted_s = time.monotonic() - began
            _settle(eventing, within_s=60 + events / 100)
            took_s = time.monotonic() - began
            taken = Counter(name for name, _ in sink.noted())
            dead = _dead(bus.url)
            return {
                "events": events,
                "posted_s": round(posted_s, 1),
                "took_s": round(took_s, 1),
                "per_s": round(events / took_s),
                "lost": len(accepted - set(taken) - dead),
                "dead_letters": len(dead),
                "duplicates": sum(taken.values()) - len(taken),
                "memory_mb": _told(memory.samples_mb),
                **spent.per_event(events),
            }
    finally:
        bus.kill()


def _post(url: str, events: int) -> set[str]:
    """Post all; the ids that were answered 202."""
    requests = [loopback.request(url, str(number)) for number in range(events)]
    figures = asyncio.run(loopback.post_all(url, requests, connections=CONNECTIONS))
    return {str(number) for number, (status, _, _) in enumerate(figures) if status == 202}


def _settle(eventing: processes.Process, within_s: float) -> None:
    """Return when the Trigger has nothing left."""

    def lag() -> int:
        figures = httpx.get(f"{eventing.url}/status", timeout=20).raise_for_status().json()
        return int(figures["triggers"]["bench"]["lag"])

    eventually(lambda: lag() == 0, within_s=within_s, every_s=1.0)


def _dead(log_url: str) -> set[str]:
    log = event_log.connect(log_url)
    try:
        return {dict(entry.headers)["ce_id"].decode() for entry in log.replay("dead")}
    finally:
        log.close()


def _told(samples_mb: Sequence[float]) -> dict[str, float]:
    settled = samples_mb[len(samples_mb) // 10 :]
    return {"first": settled[0], "last": settled[-1], "max": max(settled)}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when nothing was lost and the memory stayed flat."""
    parser = argparse.ArgumentParser(prog="retrystorm", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--fail", type=float, default=0.3, help="share of the requests that is refused")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="touchline-retrystorm-"))
    try:
        result = measure(folder, events=options.events, fail=options.fail, seed=options.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    memory = result["memory_mb"]
    met = result["lost"] == 0 and memory["max"] - memory["first"] <= GROWTH_MB
    print(json.dumps({"bench": "retrystorm", "fail": options.fail, "seed": options.seed, **result, "met": met}))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
