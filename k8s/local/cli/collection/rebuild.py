"""make all tables of football again from the raw answers, without one request

Every kept answer is read again by the parsers of today and goes through the log to ingest-batch, as what was just read.
Rows replace those of before, so it may be done at any time, also while collection runs. SEASON is current, previous or
a label such as 2024/25; WHEN is an instant (2026-03-01T12:00Z) or a span back from now (2h).
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
    from functions.scrape_league.raw.archive import Reading, Wanted
    from functions.scrape_league.raw.expiry import Expired
    from functions.scrape_league.rebuild import Deps, Report


def arguments(parser: argparse.ArgumentParser) -> None:
    """Of what, and from when on."""
    parser.add_argument("--league", default="", metavar="SLUG", help="only this league")
    parser.add_argument("--season", default="", metavar="SEASON", help="only this season of it")
    parser.add_argument("--since", default="", metavar="WHEN", help="only what was fetched from then on")


def run(asked: argparse.Namespace) -> int:
    """Rebuild in the one platform that runs, else in the stores of the environment."""
    from functions.scrape_league import rebuild

    if asked.season and not asked.league:
        raise InvalidInput("--season: of which league? name it with --league")
    with _stores(asked.data) as deps:
        report = rebuild.rebuild(_wanted(asked, deps), uuid4().hex, deps, progress=_progress)
    for one in report.expired:
        print(f"cannot be made again: {_told(one)}", file=sys.stderr)
    for fault in report.held:
        print(f"held back: {fault}", file=sys.stderr)
    print(f"{report.n_answers} answers read again, {report.n_rows} rows on their way, {len(report.held)} held back")
    return OK


@contextmanager
def _stores(data: Path) -> Iterator[Deps]:
    from functions.scrape_league import wiring
    from k8s.local import running as outside
    from shared import settings

    environment, running = dict(os.environ), outside.running(data)
    if running:
        one = outside.the_one(running, data)
        environment = one.environment(os.environ) | {
            "EVENT_LOG_URL": one.event_log_url(os.environ),
            "OBJECT_STORE_URL": one.object_store_url(os.environ),
        }
    deps, close = wiring.build_rebuild(settings.load(environment, need=wiring.REBUILD_NEED))
    try:
        yield deps
    finally:
        close()


def _wanted(asked: argparse.Namespace, deps: Deps) -> Wanted:
    from functions.scrape_league.raw.archive import Wanted
    from functions.scrape_league.rebuild import season_id
    from knative.local.tools.text import time_format
    from shared.domain.catalogue.leagues import by_slug

    league_id = by_slug(asked.league).id if asked.league else None
    season = season_id(league_id, asked.season, deps.archive) if league_id and asked.season else None
    if asked.season and season is None:
        raise NotFound(f"no raw answer tells of a season {asked.season} of {asked.league}")
    since = datetime.fromtimestamp(time_format.parse(asked.since, time.time()), UTC) if asked.since else None
    return Wanted(league_id=league_id, season_id=season, since=since)


def _told(one: Expired) -> str:
    """Whose answers are no more."""
    of = f"season {one.season_id}" if one.season_id else "its own lists"
    return f"{slug_of(one.league_id)}, {of}: {one.n_answers} answers until {one.fetched_until:%Y-%m-%d} kept no longer"


def _progress(reading: Reading, report: Report) -> None:
    if sys.stderr.isatty():
        print(f"{report.n_answers} answers, {report.n_rows} rows …", end="\r", file=sys.stderr, flush=True)
