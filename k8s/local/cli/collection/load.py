"""load files of an archive into the running platform: a path, a folder or an address

SOURCE is footballdata, openfootball, datahub, understat, wyscout, results, engsoccerdata or spc2023. A file is read as
a person would read it, and every oddity in it is told: where it stands, what it is and what was done. The same edition
may be loaded again, which changes nothing; a later one replaces what an earlier one said. An address is asked only for
what is new, and what comes is kept. Seasons go through the event log as all that is collected; the last three, which
are thousands of them, go to the store in bulk.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from k8s.local.cli.exit_codes import OK, TROUBLE

if TYPE_CHECKING:
    from shared.adapters.sources.delivery import Delivery
    from shared.adapters.sources.downloads import Reader
    from shared.adapters.sources.loading import Loaded
    from shared.domain.archives.report import Finding
    from shared.ports.collection import Source

_TOLD_OF_EACH = 3
"""Findings of one reason that are shown; all of them are in the report."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which source, from where."""
    parser.add_argument("source", metavar="SOURCE", help="whose files they are")
    parser.add_argument("places", metavar="PATH|URL", nargs="+", help="a file, a folder or an address")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write every finding, one JSON object a line")
    parser.add_argument("--again", action="store_true", help="of an address what was kept, without a request")
    parser.add_argument("--dry-run", action="store_true", help="read and report, store nothing")


def run(asked: argparse.Namespace) -> int:
    """Load; 1 when a file was refused."""
    from shared.adapters import sources
    from shared.adapters.sources import documents, loading

    source = sources.source(asked.source)
    with ExitStack() as ends:
        delivery = ends.enter_context(_delivery(source, asked))
        reader = ends.enter_context(_reader(source, asked)) if any(map(documents.is_address, asked.places)) else None
        found = chain.from_iterable(documents.at(place, reader, again=asked.again) for place in asked.places)
        loaded = loading.load(source, found, delivery)
    _tell(loaded)
    if asked.report:
        lines = [json.dumps(_plain(finding), ensure_ascii=False) for finding in loaded.report.findings()]
        asked.report.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return TROUBLE if loaded.refused else OK


@contextmanager
def _delivery(source: Source, asked: argparse.Namespace) -> Iterator[Delivery]:
    from shared.adapters.sources.delivery import AsEvents, InBulk, Nowhere
    from shared.clock import SystemClock

    if asked.dry_run:
        yield Nowhere()
        return
    from k8s.local import eventing_context as reach
    from k8s.local import running as outside
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.adapters.http.event_sink import HttpSink

    with reach.of(asked.data, None) as platform:
        if not source.in_bulk:
            yield AsEvents(platform.log, SystemClock())
            return
        found = outside.the_one(outside.running(asked.data), asked.data)
        warehouse = ClickHouse(found.environment(os.environ)["CLICKHOUSE_URL"])
        broker = HttpSink(next(endpoint.url for endpoint in platform.endpoints if endpoint.label.startswith("Broker ")))
        yield InBulk(warehouse, lambda news: broker.send(news.to_event()), SystemClock())
        warehouse.close()


@contextmanager
def _reader(source: Source, asked: argparse.Namespace) -> Iterator[Reader]:
    """Reads addresses at the pace all share who ask this source, and keeps what comes in the platform's stores."""
    import httpx

    from functions.scrape_league.source.circuit_store import PostgresGate
    from k8s.local import running as outside
    from shared import settings
    from shared.adapters import objects
    from shared.adapters.postgres.database import Postgres
    from shared.adapters.sources import downloads as web
    from shared.adapters.sources import source_files
    from shared.clock import SystemClock

    found, clock = outside.the_one(outside.running(asked.data), asked.data), SystemClock()
    database = Postgres(found.environment(os.environ)["DATABASE_URL"])
    store = objects.objects(settings.load({"OBJECT_STORE_URL": found.object_store_url(os.environ)}, need=()))
    gate = PostgresGate(database, source.name)
    reader = web.Reader(
        client=lambda: httpx.Client(timeout=web.TIMEOUT_S, follow_redirects=True),
        clock=clock,
        editions=source_files.PostgresEditions(database, source.name),
        keep=source_files.keeper(store, source.name, clock),
        kept=source_files.giver(store),
        turn=lambda: gate.turn(web.BETWEEN_S).wait_s,
    )
    try:
        yield reader
    finally:
        reader.close()
        database.close()


def _tell(loaded: Loaded) -> None:
    rows = ", ".join(f"{n:,} {kind}" for kind, n in loaded.n_rows.items())
    per_s = sum(loaded.n_rows.values()) / max(loaded.elapsed_s, 0.001)
    print(f"{loaded.n_documents} files, {loaded.n_seasons} seasons: {rows or 'nothing'}")
    print(f"{loaded.elapsed_s:.1f} s, {per_s:,.0f} rows a second")
    seen: Counter[str] = Counter()
    for finding in loaded.report.findings():
        seen[finding.reason.name] += 1
        if seen[finding.reason.name] <= _TOLD_OF_EACH:
            print(f"  {finding}")
    for reason, n in seen.items():
        if n > _TOLD_OF_EACH:
            print(f"  {reason.lower()}: {n - _TOLD_OF_EACH} more, see --report")
    for name, why in loaded.refused.items():
        print(f"{name}: {why}", file=sys.stderr)


def _plain(finding: Finding) -> dict[str, object]:
    return {
        "document": finding.document,
        "rows": finding.rows,
        "what": finding.what,
        "reason": finding.reason.name.lower(),
        "done": finding.done.name.lower(),
    }
