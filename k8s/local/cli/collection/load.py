"""load files of an archive into the running platform: a path, a folder or a URL

SOURCE is footballdata, openfootball, datahub, understat, wyscout, results, engsoccerdata or spc2023. Every
problem in a file is reported with its row, its kind and what was done. The same edition may be loaded again, which
changes nothing; a later edition replaces an earlier one, matches that it does not have any more included, and an
earlier one changes nothing. The command returns when the seasons are stored. A URL is only downloaded when it has
changed, and downloads are kept. Seasons go through the event log like collected ones; those of the last three sources,
which are thousands, are written to ClickHouse in bulk. The platform is the one in --data DIR, which stands before the
command: touchline --data DIR load …
"""

from __future__ import annotations

import argparse
import json
import os
import sys
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
    from shared.domain.archives.report import Finding, Reason, Report
    from shared.ports.collection import Source

_SHOWN_PER_REASON = 3
"""Findings of one reason that are printed; the report has all of them."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the source and its files."""
    parser.add_argument("source", metavar="SOURCE", help="the archive")
    parser.add_argument("places", metavar="PATH|URL", nargs="+", help="a file, a folder or a URL")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write every finding, one JSON object a line")
    parser.add_argument("--again", action="store_true", help="read the kept download of a URL, without a request")
    parser.add_argument("--dry-run", action="store_true", help="read and report, but store nothing")


def run(args: argparse.Namespace) -> int:
    """Load the files; 1 if one was refused."""
    from shared.adapters import sources
    from shared.adapters.sources import documents, loading

    source = sources.source(args.source)
    with ExitStack() as ends:
        delivery = ends.enter_context(_delivery(source, args))
        reader = ends.enter_context(_reader(source, args)) if any(map(documents.is_address, args.places)) else None
        files = chain.from_iterable(documents.at(place, reader, again=args.again) for place in args.places)
        loaded = loading.load(source, files, delivery)
    _print_summary(loaded)
    if args.report:
        lines = [json.dumps(_finding_json(finding), ensure_ascii=False) for finding in loaded.report.findings()]
        args.report.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return TROUBLE if loaded.refused or loaded.not_stored else OK


@contextmanager
def _delivery(source: Source, args: argparse.Namespace) -> Iterator[Delivery]:
    from shared.adapters.sources.delivery import AsEvents, InBulk, Nowhere
    from shared.clock import SystemClock

    if args.dry_run:
        yield Nowhere()
        return
    from k8s.local import eventing_context, running_platform
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.adapters.http.event_sink import HttpSink
    from shared.adapters.sources.stored_matches import ClickHouseMatches

    with eventing_context.open_context(args.data, None) as context:
        platform = running_platform.single_running(args.data)
        warehouse = ClickHouse(platform.environment(os.environ)["CLICKHOUSE_URL"])
        stored = ClickHouseMatches(warehouse)
        if source.in_bulk:
            url = next(endpoint.url for endpoint in context.endpoints if endpoint.label.startswith("Broker "))
            broker = HttpSink(url)
            yield InBulk(warehouse, lambda news: broker.send(news.to_event()), SystemClock(), stored)
        else:
            yield AsEvents(context.log, SystemClock(), stored)
        warehouse.close()


@contextmanager
def _reader(source: Source, args: argparse.Namespace) -> Iterator[Reader]:
    """Open a reader of URLs that keeps to the source's shared rate limit and stores its downloads."""
    import httpx

    from k8s.local import running_platform
    from shared.adapters import objects
    from shared.adapters.postgres.database import Postgres
    from shared.adapters.postgres.source_guard import PostgresSourceGuard
    from shared.adapters.sources import downloads as web
    from shared.adapters.sources import source_files
    from shared.clock import SystemClock
    from shared.settings.stores import ObjectStoreSettings

    platform, clock = running_platform.single_running(args.data), SystemClock()
    database = Postgres(platform.environment(os.environ)["DATABASE_URL"])
    store = objects.build_objects(ObjectStoreSettings(url=platform.object_store_url(os.environ)))
    guard = PostgresSourceGuard(database, source.name)
    reader = web.Reader(
        client=lambda: httpx.Client(timeout=web.TIMEOUT_S, follow_redirects=True),
        clock=clock,
        editions=source_files.PostgresEditions(database, source.name),
        keep=source_files.keeper(store, source.name, clock),
        kept=source_files.giver(store),
        turn=lambda: guard.acquire_slot(web.BETWEEN_S).wait_s,
    )
    try:
        yield reader
    finally:
        reader.close()
        database.close()


def _print_summary(loaded: Loaded) -> None:
    rows = ", ".join(f"{n:,} {kind}" for kind, n in loaded.n_rows.items())
    per_s = sum(loaded.n_rows.values()) / max(loaded.elapsed_s, 0.001)
    print(f"{loaded.n_documents} files, {loaded.n_seasons} seasons: {rows or 'nothing'}")
    print(f"{loaded.elapsed_s:.1f} s, {per_s:,.0f} rows a second")
    for name, changes in sorted(loaded.changes.items()):
        print(f"  {name}: {changes}")
    _print_findings(loaded.report)
    for name in loaded.not_stored:
        print(f"{name}: sent, but not stored: see touchline dlq list, and touchline status", file=sys.stderr)
    for name, why in loaded.refused.items():
        print(f"{name}: {why}", file=sys.stderr)


def _print_findings(report: Report) -> None:
    """Every reason with the number of its rows, the largest first, and its first findings."""
    by_reason: dict[Reason, list[Finding]] = {}
    for finding in report.findings():
        by_reason.setdefault(finding.reason, []).append(finding)
    n_rows = {reason: sum(len(each.rows) or 1 for each in found) for reason, found in by_reason.items()}
    for reason, found in sorted(by_reason.items(), key=lambda each: -n_rows[each[0]]):
        print(f"{n_rows[reason]:,} x {reason.value}; {found[0].done.value}")
        for finding in found[:_SHOWN_PER_REASON]:
            print(f"  {finding}")
        if len(found) > _SHOWN_PER_REASON:
            print(f"  {len(found) - _SHOWN_PER_REASON} more kinds, see --report")


def _finding_json(finding: Finding) -> dict[str, object]:
    return {
        "document": finding.document,
        "rows": finding.rows,
        "what": finding.what,
        "reason": finding.reason.name.lower(),
        "done": finding.done.name.lower(),
    }
