"""A season large enough to fit a model on: ten teams, each pair twice, the last five matches to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.domain.football.records import Match
from shared.testing.batches import match

N_MATCHES, N_PLAYED = 90, 85
FIRST_KICK_OFF = datetime(2025, 8, 16, 14, tzinfo=UTC)


def round_robin() -> list[Match]:
    """Matches 1 to 90 of teams 1 to 10, five a round and one a day, with goals that follow from their ids."""
    pairs = [(home, away) for home in range(1, 11) for away in range(1, 11) if home != away]
    return [_match(number, *pair) for number, pair in enumerate(pairs, start=1)]


def _match(number: int, home: int, away: int) -> Match:
    played = number <= N_PLAYED
    return match(
        number,
        round=(number + 4) // 5,
        starts_at=FIRST_KICK_OFF + timedelta(days=number),
        status_code=100 if played else 0,
        status_type="finished" if played else "notstarted",
        home_id=home,
        away_id=away,
        home_name=f"T{home}",
        away_name=f"T{away}",
        home_goals=number * 7 % 4 if played else None,
        away_goals=number * 5 % 3 if played else None,
    )
