"""``python -m knative.local.eventing --manifests knative --port E --functions-url http://127.0.0.1:I``.

The log is named by ``EVENT_LOG_URL``. Ready when ``GET /health/ready`` answers 200; ends within 6 s of SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
import uvloop

from knative.lint import output
from knative.local.eventing.delivery.http_client import PooledHttpClient
from knative.local.eventing.process.app import Eventing
from knative.local.eventing.runtime import crash_points, log_lines
from knative.local.eventing.runtime.clock import SystemClock
from knative.local.eventing.trace.event_trace import CombinedTrace, EventTrace, LoggedTrace, TraceStep
from knative.local.eventing.trace.trace_store import StoredTrace
from knative.manifests import report
from knative.manifests.kinds import loader
from knative.manifests.references import References
from shared.adapters import event_log
from shared.errors import TouchlineError
from shared.ports.log import EventLog
from shared.settings.eventing import EventLogSettings
from shared.settings.loading import load_settings

GRACE_S = 5.0


class _Server(uvicorn.Server):
    """Leaves signals to us: the data plane stops together with the ingress."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def _event_trace(path: Path | None) -> Iterator[EventTrace]:
    """Record in the process's log, and in a file when one is named."""
    if path is None:
        yield LoggedTrace()
        return
    stored = StoredTrace(path)
    stored.record(TraceStep("started"))
    try:
        yield CombinedTrace(LoggedTrace(), stored)
    finally:
        stored.close()


async def run(options: argparse.Namespace, log: EventLog) -> None:
    """Serve until SIGTERM or SIGINT."""
    with _event_trace(options.journal) as trace:
        await _serve(options, log, trace)


async def _serve(options: argparse.Namespace, log: EventLog, trace: EventTrace) -> None:
    manifests = loader.load(options.manifests)
    report.log_report(manifests, verbose=options.verbose)
    output.log_loops(options.manifests)
    own_url = f"http://127.0.0.1:{options.port}"
    eventing = Eventing(
        manifests,
        log=log,
        references=References(manifests, functions_url=options.functions_url, eventing_url=own_url),
        http_client=PooledHttpClient(),
        clock=SystemClock(),
        trace=trace,
    )
    config = uvicorn.Config(
        eventing.ingress,
        host="127.0.0.1",
        port=options.port,
        # With uvloop it takes 0.32 ms of processor time to get an event in and out; h11 on asyncio's own loop 0.45.
        http="httptools",
        lifespan="off",
        access_log=False,
        proxy_headers=False,
        log_config=None,
        ws="none",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=int(GRACE_S),
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    eventing.start()
    try:
        await server.serve()
    finally:
        await eventing.stop(grace_s=GRACE_S)


def main() -> int:
    """Exit 0 after an orderly stop, 2 when manifests or settings are at fault."""
    options = parse_arguments()
    log_lines.configure(logging.DEBUG if options.verbose else logging.INFO)
    try:
        crash_points.arm(os.environ.get(crash_points.VARIABLE, ""))
        settings = load_settings(EventLogSettings, os.environ, need=("EVENT_LOG_URL",))
        uvloop.run(run(options, event_log.connect(settings.url)))
    except TouchlineError as exc:
        print(f"eventing: {exc}", file=sys.stderr)
        return 2
    return 0


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="knative.local.eventing", description="The laptop's Knative Eventing.")
    parser.add_argument("--manifests", type=Path, required=True, help="folder of YAML files")
    parser.add_argument("--port", type=int, required=True, help="port of the broker ingress on 127.0.0.1")
    parser.add_argument("--functions-url", required=True, help="internal address of the functions process")
    parser.add_argument("--journal", type=Path, help="file that records every step of every event")
    parser.add_argument("--verbose", action="store_true", help="log every field and every step of every event")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
