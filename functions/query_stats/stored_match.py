"""A stored match and its provenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple


class StoredMatch(NamedTuple):
    """The fields of a `Match` record that tables and lists need, and when the match was fetched.

    A tuple, because a season has hundreds: creating it takes a third of the time of a frozen dataclass.
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
    tournament_name: str
    day_only: bool
    source: str
    version: int
    fetched_at: datetime

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> StoredMatch:
        """Return the match of a row, which may have other columns too."""
        return cls._make(_VALUES(row))


def as_dict(record: Any) -> dict[str, Any]:
    """Return the fields of a dataclass of plain values; `dataclasses.asdict` copies each, in ten times the time."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def with_score_of_half(match: StoredMatch, half: int) -> StoredMatch:
    """Return the match with the score of half 1 or 2 alone; without a half-time score it has no score."""
    home, away = match.home_goals_period1, match.away_goals_period1
    if half == 2:
        home, away = _difference(match.home_goals, home), _difference(match.away_goals, away)
    return match._replace(home_goals=home, away_goals=away, home_goals_display=home, away_goals_display=away)


def match_to_json(match: StoredMatch, **fields: Any) -> dict[str, Any]:
    """Return the JSON of a match with some more fields."""
    return {
        "match_id": match.match_id,
        "league_id": match.league_id,
        "season_id": match.season_id,
        "round": match.round,
        "starts_at": match.starts_at,
        "day_only": match.day_only,
        "tournament": match.tournament_name,
        "status": {"code": match.status_code, "type": match.status_type},
        "home": {"id": match.home_id, "name": match.home_name},
        "away": {"id": match.away_id, "name": match.away_name},
        "score": {"home": match.home_goals, "away": match.away_goals},
        "half_time": {"home": match.home_goals_period1, "away": match.away_goals_period1},
        "penalties": {"home": match.home_penalties, "away": match.away_penalties},
        "red_cards": {"home": match.home_red_cards, "away": match.away_red_cards},
        **fields,
        **provenance([match]),
    }


def matches_to_json(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the JSON of the matches of some rows."""
    return [match_to_json(StoredMatch.from_row(row)) for row in rows]


def provenance(parts: Sequence[Any], get: Callable[[Any, str], Any] = getattr) -> dict[str, Any]:
    """Return the source of the newest part, and when the parts were last changed and fetched; None without parts.

    Parameters
    ----------
    parts : matches, or rows if `get` is `operator.getitem`.
    """
    if not parts:
        return {"source": None, "version": None, "fetched_at": None}
    newest = max(parts, key=lambda part: get(part, "version"))
    fetched_at = max(get(part, "fetched_at") for part in parts)
    return {"source": get(newest, "source"), "version": get(newest, "version"), "fetched_at": fetched_at}


def _difference(total: int | None, part: int | None) -> int | None:
    return None if total is None or part is None else total - part


_VALUES = itemgetter(*StoredMatch._fields)
