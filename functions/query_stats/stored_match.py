"""A match as the store tells it, with what it may be trusted by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple


class StoredMatch(NamedTuple):
    """The part of a `Match` record that tables, lists and courses need, and when it was fetched.

    A tuple, as a season has hundreds: they are made in a third of the time of frozen dataclasses.
    """

    match_id: int
    league_id: int
    season_id: int
    tournament_id: int
    round: int | None
    round_name: str
    starts_at: datetime
    status_code: int
    status_type: str
    home_id: int
    away_id: int
    home_name: str
    away_name: str
    home_goals: int | None
    away_goals: int | None
    home_goals_period1: int | None
    away_goals_period1: int | None
    home_goals_display: int | None
    away_goals_display: int | None
    home_penalties: int | None
    away_penalties: int | None
    home_red_cards: int
    away_red_cards: int
    source: str
    version: int
    fetched_at: datetime


def stored(row: Mapping[str, Any]) -> StoredMatch:
    """The match of a row that has its fields among others."""
    return StoredMatch._make(_VALUES(row))


def flat(record: Any) -> dict[str, Any]:
    """The fields of a dataclass of plain values; `dataclasses.asdict` copies each and takes ten times as long."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def of_half(match: StoredMatch, half: int) -> StoredMatch:
    """The match as if only one half (1, 2) had been played; without a half-time score it has no score."""
    first = match.home_goals_period1, match.away_goals_period1
    whole = match.home_goals, match.away_goals
    home, away = (part if half == 1 else _rest(total, part) for total, part in zip(whole, first, strict=True))
    return match._replace(home_goals=home, away_goals=away, home_goals_display=home, away_goals_display=away)


def told(match: StoredMatch, **more: Any) -> dict[str, Any]:
    """The match as it is answered, and `more` about it."""
    return {
        "match_id": match.match_id,
        "league_id": match.league_id,
        "season_id": match.season_id,
        "round": match.round,
        "starts_at": match.starts_at,
        "status": {"code": match.status_code, "type": match.status_type},
        "home": {"id": match.home_id, "name": match.home_name},
        "away": {"id": match.away_id, "name": match.away_name},
        "score": {"home": match.home_goals, "away": match.away_goals},
        "half_time": {"home": match.home_goals_period1, "away": match.away_goals_period1},
        "penalties": {"home": match.home_penalties, "away": match.away_penalties},
        "red_cards": {"home": match.home_red_cards, "away": match.away_red_cards},
        **more,
        **provenance([match]),
    }


def provenance(parts: Sequence[Any], get: Callable[[Any, str], Any] = getattr) -> dict[str, Any]:
    """Where the newest part of an answer comes from, and when parts were last changed and fetched; None of nothing.

    Parameters
    ----------
    parts : matches, or with `operator.getitem` rows.
    """
    if not parts:
        return {"source": None, "version": None, "fetched_at": None}
    newest = max(parts, key=lambda part: get(part, "version"))
    fetched_at = max(get(part, "fetched_at") for part in parts)
    return {"source": get(newest, "source"), "version": get(newest, "version"), "fetched_at": fetched_at}


def _rest(total: int | None, part: int | None) -> int | None:
    return None if total is None or part is None else total - part


_VALUES = itemgetter(*StoredMatch._fields)
