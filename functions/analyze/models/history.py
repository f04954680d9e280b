"""The records of a league that its analysis reads: final scores and coming matches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PLAYED_FOR = timedelta(hours=2)
"""From kick-off to a final score."""


Counted = tuple[float, float]
"""Of the home side and of the away side; NaN where the source did not count."""


NOT_COUNTED: Counted = (math.nan, math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalScore:
    """One match that was played to its end; goals are those of 90 minutes."""

    match_id: int
    season_id: int
    season_starts_in: int
    starts_at: datetime
    home_id: int
    away_id: int
    home_goals: int
    away_goals: int
    on_target: Counted = NOT_COUNTED
    shots: Counted = NOT_COUNTED
    corners: Counted = NOT_COUNTED


def counted(both: tuple[float | None, float | None]) -> Counted:
    """What was counted of home and away side; null is not counted."""
    home, away = (math.nan if count is None else float(count) for count in both)
    return home, away


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingMatch:
    """A match the source says has not begun."""

    match_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    home_id: int
    away_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that a league's analysis reads."""

    league_id: int
    season_id: int
    season: str
    season_starts_in: int
    name: str
    """The league as the source names it: a simulated one says so."""
    scores: Sequence[FinalScore]
    coming: Sequence[ComingMatch]
    dropped: Sequence[int]
    """Ids of matches that will not be played under this id: postponed, void, awarded or replaced."""
    team_names: dict[int, str]
    newest_change_at: datetime | None = None
    """When the source last changed what is read here; None where it does not tell."""
    season_labels: Mapping[int, str] = field(default_factory=dict)
    """Season id to its label, such as ``2024/25``, as far as the source tells."""
