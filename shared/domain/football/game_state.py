"""Game state: minutes that a side was ahead, level or behind, and goals by minute, from the goals alone.

Source of the definitions: football reference, section 4, item 17.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

FULL_TIME = 90
BANDS = ("1-15", "16-30", "31-45", "46-60", "61-75", "76-90")
"""Added time belongs to the band of its half's last minutes; extra time to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal; in added time `minute` is 45 or 90, as the source counts."""

    minute: int
    for_home: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SideProgress:
    """The 90 minutes of a match from one side."""

    minutes_ahead: int
    minutes_level: int
    minutes_behind: int
    was_behind: bool
    was_ahead: bool
    points: int
    """Points by the score after 90 minutes."""
    scored: tuple[int, ...]
    """Goals in each of `BANDS`."""
    conceded: tuple[int, ...]


def follow_score(goals: Sequence[Goal], *, is_home: bool) -> SideProgress:
    """Follow the score of a match from one side.

    Parameters
    ----------
    goals : in their order; those of extra time are left out.
    """
    minutes = {1: 0, 0: 0, -1: 0}
    lead, since, was = 0, 0, set()
    regular = [goal for goal in goals if goal.minute <= FULL_TIME]
    for goal in regular:
        minutes[_sign(lead)] += goal.minute - since
        since = goal.minute
        lead += 1 if goal.for_home == is_home else -1
        was.add(_sign(lead))
    minutes[_sign(lead)] += FULL_TIME - since
    return SideProgress(
        minutes_ahead=minutes[1],
        minutes_level=minutes[0],
        minutes_behind=minutes[-1],
        was_behind=-1 in was,
        was_ahead=1 in was,
        points={1: 3, 0: 1, -1: 0}[_sign(lead)],
        scored=_bands(goal for goal in regular if goal.for_home == is_home),
        conceded=_bands(goal for goal in regular if goal.for_home != is_home),
    )


@dataclass(slots=True, kw_only=True)
class GameState:
    """The sums over a team's matches."""

    matches: int = 0
    minutes_ahead: int = 0
    minutes_level: int = 0
    minutes_behind: int = 0
    points_from_behind: int = 0
    """Points won in matches in which the team was behind."""
    points_dropped_from_ahead: int = 0
    """Points not won in matches in which the team was ahead."""
    scored: list[int] = field(default_factory=lambda: [0] * len(BANDS))
    conceded: list[int] = field(default_factory=lambda: [0] * len(BANDS))

    def add(self, match: SideProgress) -> None:
        """Add a match."""
        self.matches += 1
        self.minutes_ahead += match.minutes_ahead
        self.minutes_level += match.minutes_level
        self.minutes_behind += match.minutes_behind
        self.points_from_behind += match.points if match.was_behind else 0
        self.points_dropped_from_ahead += 3 - match.points if match.was_ahead else 0
        for total, bands in ((self.scored, match.scored), (self.conceded, match.conceded)):
            for band, n_goals in enumerate(bands):
                total[band] += n_goals


def _bands(goals: Iterable[Goal]) -> tuple[int, ...]:
    counts = [0] * len(BANDS)
    for goal in goals:
        counts[max(goal.minute - 1, 0) // 15] += 1
    return tuple(counts)


def _sign(lead: int) -> int:
    return (lead > 0) - (lead < 0)
