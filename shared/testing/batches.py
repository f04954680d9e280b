"""Small batches of football for tests, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from shared.adapters.arrow import record_batches
from shared.domain.football.records import Match, Record
from shared.events.envelope import Event
from shared.events.football import BatchScraped

SCRAPED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEAGUE, SEASON = 17, 76986

_MATCH = Match(
    source="sofascore", version=1, league_id=LEAGUE, season_id=SEASON, match_id=1, custom_id="abc", tournament_id=1,
    round=1, round_name="", starts_at=datetime(2025, 8, 16, 14, tzinfo=UTC), status_code=100, status_type="finished",
    home_id=42, away_id=43, home_name="Nordhafen", away_name="Suedstadt", home_goals=2, away_goals=1,
    home_goals_period1=1, away_goals_period1=0, home_goals_display=2, away_goals_display=1, home_penalties=None,
    away_penalties=None, winner=1, home_red_cards=0, away_red_cards=0, has_xg=False, has_player_statistics=False,
)  # fmt: skip


def match(match_id: int, *, version: int = 1, **changes: object) -> Match:
    """A finished match, 2:1."""
    return replace(_MATCH, match_id=match_id, version=version, **changes)  # type: ignore[arg-type]


def batch(rows: Sequence[Record], *, kind: str = "matches", **changes: object) -> Event:
    """The event of a batch with these rows; `changes` are of `BatchScraped`."""
    made = BatchScraped(
        source="sofascore",
        league_id=LEAGUE,
        season_id=SEASON,
        records=kind,
        n_rows=len(rows),
        scraped_at=SCRAPED_AT,
        arrow=record_batches.encode(record_batches.to_table(kind, rows)),
    )
    return replace(made, **changes).to_event()  # type: ignore[arg-type]
