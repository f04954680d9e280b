"""The records of a league that its analysis reads: final scores and coming matches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MATCH_DURATION = timedelta(hours=2)
"""From kick-off until a result can be known: two halves, the break and added time, with some room."""


SideCounts = tuple[float, float]
"""A count of the home side and one of the away side; NaN where the source did not count."""


NOT_COUNTED: SideCounts = (math.nan, math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalScore:
    """One match that was played to the end; goals are those of 90 minutes."""

    match_id: int
    season_id: int
    season_starts_in: int
    starts_at: datetime
    home_id: int
    away_id: int
    home_goals: int
    away_goals: int
    on_target: SideCounts = NOT_COUNTED
    shots: SideCounts = NOT_COUNTED
    corners: SideCounts = NOT_COUNTED


def side_counts(both: tuple[float | None, float | None]) -> SideCounts:
    """Convert the counts of home and away side; None becomes NaN."""
    home, away = (math.nan if count is None else float(count) for count in both)
    return home, away


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingMatch:
    """A match that has not begun, according to the source."""

    match_id: int
    season_id: int
    round: int | None
    starts_at: datetime
    home_id: int
    away_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that a league's analysis reads."""

    league_id: int
    season_id: int
    season: str
    season_starts_in: int
    name: str
    """The league's name in the source; the name of a simulated league says so."""
    scores: Sequence[FinalScore]
    coming: Sequence[ComingMatch]
    cancelled_ids: Sequence[int]
    """Matches that will not be played under this id: postponed, void, awarded or replaced by another event."""
    team_names: dict[int, str]
    newest_change_at: datetime | None = None
    """When the source last changed any of this; None where it does not say."""
    season_labels: Mapping[int, str] = field(default_factory=dict)
    """Season id to its label, such as ``2024/25``, where the source has one."""
