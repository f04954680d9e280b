"""Events a second through eventing and the time it adds, against bare loops of posts to the same handler.

Two ways are measured. *Drain*: the log is full before eventing starts, a KafkaSource brings every event to the handler;
the rate counts from the first to the last start of the handler, for each order of delivery and each time the handler
takes. It is set against (a) the same posts by a bare loop of httpx, one after the other and 50 at once, and by aiohttp
50 at once; (b) the same drain with the log in memory. *Through*: events are posted to the Broker's ingress, which
answers 202 once the log (Valkey, appendfsync always) holds them, and a Trigger brings them to the handler while more
come: once as fast as the ingress answers, once at a steady rate, which gives the added latency, from the 202 as its
sender sees it to the start of the handler.

Eventing runs as the platform runs it, its journal on disk included. Handler and load generator are bare protocols in
processes of their own (`eventing.loopback`), so that they take little of the two cores; the processor time an event
costs in each process is told beside every rate.

Lanes by key can be at most 64 keys / 10 ms = 6,400/s here, and ordered delivery one per partition: 100/s with the one
partition that is compared, 1,000/s with the ten of a Broker's topic, which is told as well.

Run as ``python -m tests.bench.dispatch [--seconds N] [--only NAME]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import httpx

from knative.manifests.model import Order
from shared.adapters import event_log
from shared.testing.valkey_process import ValkeyProcess
from tests.bench.support.eventing import loopback, processes
from tests.bench.support.eventing.in_memory import fill
from tests.bench.support.eventing.processes import Spent

TOPIC = "bench"
KEYS = 64
DELAYS_MS = (0, 10, 100)
AT_ONCE = 50
TARGETS = {"unordered_per_s": 2000, "per_key_over_ordered": 10, "added_p99_ms": 15}
STEADY_PER_S = 500

SOURCE = """
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {{name: bench, namespace: bench, annotations: {{{annotation}}}}}
spec:
  bootstrapServers: [unused:9092]
  topics: [bench]
  initialOffset: earliest
  ordering: {ordering}
  sink: {{uri: "{sink}"}}
"""
BROKER = """
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {{name: default, namespace: bench, annotations: {{eventing.knative.dev/broker.class: Kafka}}}}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {{name: bench, namespace: bench}}
spec:
  broker: default
  filter: {{attributes: {{type: bench}}}}
  subscriber: {{uri: "{sink}"}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """One drain: what is delivered how, and how many events keep it busy for a while."""

    order: Order
    delay_ms: int
    partitions: int
    in_memory: bool = False

    @property
    def name(self) -> str:
        """As in the result."""
        log = "memory" if self.in_memory else "valkey"
        return f"{self.order.value}_{self.delay_ms}ms_{self.partitions}p_{log}"

    def events(self, seconds: float) -> int:
        """Enough for so many seconds at the best rate the bounds allow, as far as two cores are thought to reach."""
        at_once = {Order.UNORDERED: AT_ONCE, Order.ORDERED: self.partitions, Order.PER_KEY: KEYS}[self.order]
        best = 3000.0 if self.order is not Order.ORDERED else 1500.0
        if self.delay_ms:
            best = min(best, at_once * 1000 / self.delay_ms)
        return max(int(best * seconds), 20)


class Bench:
    """Starts processes on free ports and ends them."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds
        self._bus = ValkeyProcess(folder / "bus")

    def drain(self, what: Drain) -> dict[str, Any]:
        """Events a second from the first to the last start of the handler, and processor time."""
        n = what.events(self._seconds)
        filling = {"partitions": what.partitions, "events": n, "keys": KEYS}
        with processes.sink("--delay-ms", str(what.delay_ms)) as sink, self._log() as url:
            annotation = '"touchline.io/delivery.order": per-key' if what.order is Order.PER_KEY else ""
            ordering = "unordered" if what.order is Order.UNORDERED else "ordered"
            manifest = SOURCE.format(sink=sink.url, annotation=annotation, ordering=ordering)
            command = ["knative.local.eventing"]
            if what.in_memory:
                command = ["tests.bench.support.eventing.in_memory", TOPIC, *(str(each) for each in filling.values())]
            else:
                log = event_log.connect(url)
                fill(log, TOPIC, **filling)
                log.close()
            with processes.eventing(self._folder, manifest, url, command) as eventing:
                parts = {"eventing": eventing.pid, "log": self._bus.pid, "handler": sink.pid}
                spent = Spent(parts)
                sink.wait_for(n)
                return {**_rate(sink.noted(), n), **spent.per_event(n)}

    def through(self, *, per_s: float = 0.0) -> dict[str, Any]:
        """Events through the ingress to the handler: as fast as it goes, or at a steady rate."""
        n = int((per_s or 2000) * self._seconds)
        with (
            processes.sink() as sink,
            self._log() as url,
            processes.eventing(self._folder, BROKER.format(sink=sink.url), url) as eventing,
        ):
            target = f"{eventing.url}/bench/default"
            requests = [loopback.request(target, str(number)) for number in range(n)]
            asyncio.run(loopback.post_all(target, requests[:50], connections=8))
            sink.wait_for(50)
            parts = {"eventing": eventing.pid, "log": self._bus.pid, "handler": sink.pid, "sender": os.getpid()}
            spent = Spent(parts)
            timings = asyncio.run(loopback.post_all(target, requests, connections=64, per_s=per_s))
            sink.wait_for(n + 50)
            noted = {int(number): at for number, at in sink.noted()[50:]}
            added = [(noted[number] - answered) / 1e6 for number, (_, _, answered) in enumerate(timings)]
            answers_ms = [(answered - sent) / 1e6 for _, sent, answered in timings]
            assert {status for status, _, _ in timings} == {202}
            return {
                "events": n,
                "per_s": round(n / (max(noted.values()) - min(sent for _, sent, _ in timings)) * 1e9),
                "added_ms": _spread(added),
                "ingress_ms": _spread(answers_ms),
                **spent.per_event(n),
            }

    def loop(self, post: Callable[[str, int], None]) -> dict[str, Any]:
        """A bare loop of posts to the handler."""
        n = int(self._seconds * 300)
        with processes.sink() as sink:
            spent = Spent({"loop": os.getpid(), "handler": sink.pid})
            post(sink.url, n)
            return {**_rate(sink.noted(), n), **spent.per_event(n)}

    @contextmanager
    def _log(self) -> Iterator[str]:
        self._bus.start()
        try:
            yield self._bus.url
        finally:
            self._bus.kill()
            shutil.rmtree(self._folder / "bus", ignore_errors=True)


def _rate(noted: Sequence[tuple[str, int]], n: int) -> dict[str, Any]:
    assert len({name for name, _ in noted}) == n, f"{len(noted)} of {n} came"
    moments = sorted(at for _, at in noted)
    return {"events": n, "per_s": round((n - 1) / (moments[-1] - moments[0]) * 1e9, 1)}


def _spread(values_ms: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values_ms, n=100)
    return {"p50": round(cuts[49], 2), "p99": round(cuts[98], 2), "max": round(max(values_ms), 2)}


def _httpx_one_by_one(url: str, n: int) -> None:
    with httpx.Client() as client:
        for number in range(n):
            client.post(url, headers=_headers(number), content=b"{}")


def _httpx_at_once(url: str, n: int) -> None:
    async def run() -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=AT_ONCE)) as client:
            await _share(n, lambda number: client.post(url, headers=_headers(number), content=b"{}"))

    asyncio.run(run())


def _aiohttp_at_once(url: str, n: int) -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as client:

            async def post(number: int) -> None:
                async with client.post(url, headers=_headers(number), data=b"{}") as response:
                    await response.read()

            await _share(n, post)

    asyncio.run(run())


async def _share(n: int, post: Callable[[int], Any]) -> None:
    todo = iter(range(n))

    async def work() -> None:
        for number in todo:
            await post(number)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def _headers(number: int) -> dict[str, str]:
    event = {"ce-specversion": "1.0", "ce-id": str(number), "ce-source": "/bench", "ce-type": "bench"}
    return {**event, "content-type": "application/json"}


LOOPS: dict[str, Callable[[str, int], None]] = {
    "httpx_1": _httpx_one_by_one,
    f"httpx_{AT_ONCE}": _httpx_at_once,
    f"aiohttp_{AT_ONCE}": _aiohttp_at_once,
}


def plan() -> list[Drain]:
    """Every drain: ten partitions as a Broker's topic has, and one where order is compared."""
    at_ten = [Drain(order=order, delay_ms=delay, partitions=10) for order in Order for delay in DELAYS_MS]
    at_one = [Drain(order=order, delay_ms=10, partitions=1) for order in (Order.ORDERED, Order.PER_KEY)]
    in_memory = [Drain(order=order, delay_ms=0, partitions=10, in_memory=True) for order in Order]
    return [*at_ten, *at_one, *in_memory]


def measure(bench: Bench, only: str) -> dict[str, dict[str, Any]]:
    """Every measurement whose name holds `only`, told as it comes."""
    steps: dict[str, Callable[[], dict[str, Any]]] = {
        **{f"loop_{name}": partial(bench.loop, post) for name, post in LOOPS.items()},
        **{f"drain_{what.name}": partial(bench.drain, what) for what in plan()},
        "through_fast": bench.through,
        "through_steady": partial(bench.through, per_s=STEADY_PER_S),
    }
    figures_by_name = {}
    for name, step in steps.items():
        if only in name:
            figures_by_name[name] = step()
            print(f"{name:32} {json.dumps(figures_by_name[name])}", flush=True)
    return figures_by_name


def judged(figures_by_name: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The figures that have a target, and what they are to be seen beside."""
    rate = {name: figures["per_s"] for name, figures in figures_by_name.items()}
    unordered = rate["drain_unordered_0ms_10p_valkey"]
    return {
        "unordered_per_s": unordered,
        "per_key_over_ordered": round(rate["drain_per-key_10ms_1p_valkey"] / rate["drain_ordered_10ms_1p_valkey"], 1),
        "added_p99_ms": figures_by_name["through_steady"]["added_ms"]["p99"],
        "in_and_out_per_s": rate["through_fast"],
        "over_httpx_loop": round(unordered / max(rate["loop_httpx_1"], rate[f"loop_httpx_{AT_ONCE}"]), 2),
        "over_aiohttp_loop": round(unordered / rate[f"loop_aiohttp_{AT_ONCE}"], 2),
        "over_log_in_memory": round(unordered / rate["drain_unordered_0ms_10p_memory"], 2),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="dispatch", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="about so long for each measurement")
    parser.add_argument("--only", default="", help="those whose name holds this; nothing is judged then")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="touchline-dispatch-"))
    began = time.monotonic()
    try:
        figures_by_name = measure(Bench(folder, options.seconds), options.only)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result: dict[str, Any] = {
        "bench": "dispatch",
        "measured": figures_by_name,
        "took_s": round(time.monotonic() - began, 1),
    }
    if options.only:
        print(json.dumps(result))
        return 0
    figures = judged(figures_by_name)
    met = all(
        figures[name] <= target if name.endswith("_ms") else figures[name] >= target for name, target in TARGETS.items()
    )
    print(json.dumps({**result, "figures": figures, "targets": TARGETS, "met": met}))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
