"""make a platform of a snapshot: store what `touchline export` wrote

Every file is compared with its digest before anything is stored; the same snapshot again stores nothing. Ratings,
forecasts and the index of names follow by themselves. The platform is the one in --data DIR, which stands before the
command: touchline --data DIR import …
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from k8s.local.cli.exit_codes import OK


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the folder."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder that export wrote")


def run(args: argparse.Namespace) -> int:
    """Store the snapshot and tell of its leagues."""
    from k8s.local import eventing_context, running_platform
    from shared.adapters import snapshot
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.adapters.http.event_sink import HttpSink
    from shared.clock import SystemClock
    from shared.events.football import LeagueUpdated

    platform = running_platform.single_running(args.data)
    warehouse = ClickHouse(platform.environment(os.environ)["CLICKHOUSE_URL"])
    n_rows = snapshot.load(warehouse, args.folder)
    warehouse.close()
    with eventing_context.open_context(args.data, None) as context:
        broker = HttpSink(next(each.url for each in context.endpoints if each.label.startswith("Broker ")))
        for league_id, (season_id, n_matches) in snapshot.leagues_of(args.folder).items():
            for records in ("leagues", "matches", "appearances"):
                news = LeagueUpdated(
                    league_id=league_id,
                    season_id=season_id,
                    records=records,
                    n_rows=n_matches,
                    batch_id=f"snapshot-{league_id}-{season_id}",
                    updated_at=SystemClock().now(),
                )
                broker.send(news.to_event())
    for kind, n in n_rows.items():
        print(f"{n:>12,} {kind}")
    print(f"{args.folder}: {sum(n_rows.values()):,} records are stored")
    return OK
