"""rebuild all football tables from the raw responses, without a request to the source

Every stored response is parsed again by the current parsers and goes through the log to ingest-batch, like a new one.
Rows replace earlier ones, so a rebuild is safe at any time, also during collection. SEASON is current, previous or a
label such as 2024/25; WHEN is an instant (2026-03-01T12:00Z) or a duration before now (2h).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from k8s.local.cli.exit_codes import OK
from shared.domain.catalogue.leagues import slug_of
from shared.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from functions.scrape_league.raw.model import ExpiredResponses, FetchGroup, RebuildScope
    from functions.scrape_league.rebuild import Deps, RebuildReport


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the league, season and time."""
    parser.add_argument("--league", default="", metavar="SLUG", help="only this league")
    parser.add_argument("--season", default="", metavar="SEASON", help="only this season of --league")
    parser.add_argument("--since", default="", metavar="WHEN", help="only responses fetched since then")


def run(args: argparse.Namespace) -> int:
    """Rebuild in the only platform that runs; without one, in the stores of the environment."""
    from functions.scrape_league import rebuild

    if args.season and not args.league:
        raise InvalidInput("--season needs --league")
    with _stores(args.data) as deps:
        report = rebuild.rebuild(_selection(args, deps), uuid4().hex, deps, progress=_progress)
    for one in report.expired:
        print(f"cannot be rebuilt: {_describe(one)}", file=sys.stderr)
    for fault in report.quarantined:
        print(f"quarantined: {fault}", file=sys.stderr)
    print(
        f"{report.n_responses} responses parsed, {report.n_rows} rows published, {len(report.quarantined)} quarantined"
    )
    return OK


@contextmanager
def _stores(data: Path) -> Iterator[Deps]:
    from functions.scrape_league import wiring
    from k8s.local import running_platform
    from shared.settings.loading import load_settings

    environment, running = dict(os.environ), running_platform.find_running(data)
    if running:
        one = running_platform.single_platform(running, data)
        environment = one.environment(os.environ) | {
            "EVENT_LOG_URL": one.event_log_url(os.environ),
            "OBJECT_STORE_URL": one.object_store_url(os.environ),
        }
    deps, close = wiring.build_rebuild(load_settings(wiring.RebuildSettings, environment, need=wiring.REBUILD_NEED))
    try:
        yield deps
    finally:
        close()


def _selection(args: argparse.Namespace, deps: Deps) -> RebuildScope:
    from functions.scrape_league.raw.model import RebuildScope
    from functions.scrape_league.rebuild import season_id
    from knative.local.tools.text import time_format
    from shared.domain.catalogue.leagues import by_slug

    league_id = by_slug(args.league).id if args.league else None
    season = season_id(league_id, args.season, deps.archive) if league_id and args.season else None
    if args.season and season is None:
        raise NotFound(f"no raw response of season {args.season} of {args.league} is stored")
    since = datetime.fromtimestamp(time_format.parse(args.since, time.time()), UTC) if args.since else None
    return RebuildScope(league_id=league_id, season_id=season, since=since)


def _describe(one: ExpiredResponses) -> str:
    """Return whose raw responses have expired."""
    subject = f"season {one.season_id}" if one.season_id else "its own lists"
    until = f"{one.fetched_until:%Y-%m-%d}"
    return f"{slug_of(one.league_id)}, {subject}: {one.n_responses} responses until {until} have expired"


def _progress(reading: FetchGroup, report: RebuildReport) -> None:
    if sys.stderr.isatty():
        print(f"{report.n_responses} responses, {report.n_rows} rows …", end="\r", file=sys.stderr, flush=True)
