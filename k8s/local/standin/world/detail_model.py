"""Records of one match in full: squads, goals, cards, substitutions, shots and each player's counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from k8s.local.standin.world.clubs import Player, Team
from k8s.local.standin.world.matches import Goal, Match, MatchState
from k8s.local.standin.world.shots import Shot

Counts = dict[str, float]
"""Values by the site's names of statistics."""
Moment = tuple[int, int]
"""(half, second into the half, stoppage time included)."""
FULL_TIME: Moment = (3, 0)


@dataclass(slots=True, kw_only=True)
class Line:
    """One player of the match squad and his part in the match."""

    player: Player
    position: str
    is_starter: bool
    is_captain: bool = False
    on: Moment = FULL_TIME
    off: Moment = FULL_TIME
    minutes: int = 0
    appeared: bool = False
    yellow: Moment | None = None
    red: Moment | None = None
    counts: Counts = field(default_factory=dict)

    def is_on(self, moment: Moment) -> bool:
        return self.on <= moment < self.off


@dataclass(slots=True, kw_only=True)
class Strike:
    """A goal with the people in it."""

    goal: Goal
    scorer: Line
    assist: Line | None


@dataclass(slots=True, kw_only=True)
class Card:
    """A card: `yellow`, `yellowRed` or `red`."""

    moment: Moment
    line: Line
    kind: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Substitution:
    """One player for another."""

    moment: Moment
    out: Line
    come: Line
    is_injury: bool


@dataclass(slots=True, kw_only=True)
class Side:
    """One team in the match."""

    team: Team
    formation: str
    lines: list[Line]
    missing: list[tuple[Player, str]]
    strikes: list[Strike] = field(default_factory=list)
    shots: list[Shot[Line]] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    substitutions: list[Substitution] = field(default_factory=list)
    missed_penalties: list[Shot[Line]] = field(default_factory=list)

    def on_pitch(self, moment: Moment) -> list[Line]:
        return [line for line in self.lines if line.is_on(moment)]


@dataclass(slots=True, kw_only=True)
class Detail:
    """A match in full, as far as it has been played."""

    match: Match
    state: MatchState
    home: Side
    away: Side
    n_halves: int
    """Halves begun; statistics have as many periods besides the whole match."""

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.home, self.away
