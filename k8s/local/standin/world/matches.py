"""A match as the world knows it from beginning to end, and what of it can be seen at an instant."""

from __future__ import annotations

from dataclasses import dataclass

from k8s.local.standin.world.clubs import Team

HALF_S = 2_700
BREAK_S = 960
UNKNOWN_COURSE_S = 6_900
"""Assumed length of a match of an archive, which does not record it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One goal: when, for whom and of which kind (regular, penalty, ownGoal)."""

    half: int
    second: int
    """Second of the half, stoppage time included."""
    for_home: bool
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Red:
    """One sending-off: when and of which side."""

    half: int
    second: int
    is_home: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Something the site got wrong at first and put right later."""

    at: int
    kind: str
    """`goal`: the last goal was missing; `assist`: an assist was; `card`: a yellow card was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One event of the site. All instants are seconds since 1970."""

    id: int
    custom_id: str
    year: int
    round: int
    home: Team
    away: Team
    start: int
    fate: str = "played"
    """`played`, `postponed`, `canceled`, `abandoned` or `awarded`."""
    score: tuple[int, int] | None = None
    """Goals of both sides after 90 minutes; None if the match is never finished."""
    half_time: tuple[int, int] | None = None
    goals: tuple[Goal, ...] = ()
    """Goals by time; empty for archives, which have scores only."""
    delay_s: int = 0
    """Delay from the announced start to the kick-off."""
    added: tuple[int, int] = (0, 0)
    """Minutes of stoppage time in both halves."""
    reds: tuple[Red, ...] = ()
    visible_from: int = 0
    provisional_start: int = 0
    """The start that was announced before `moved_at`; 0 if it never was another."""
    moved_at: int = 0
    void_at: int = 0
    """Instant at which the postponement, cancellation or abandonment was announced."""
    correction: Correction | None = None
    detailed: bool = False
    """True if statistics, line-ups, incidents and shots exist."""

    @property
    def kick_off(self) -> int:
        return self.start + self.delay_s

    @property
    def first_half_end(self) -> int:
        return self.kick_off + HALF_S + 60 * self.added[0]

    @property
    def second_half_start(self) -> int:
        return self.first_half_end + BREAK_S

    @property
    def end(self) -> int:
        if not self.detailed:
            return self.start + UNKNOWN_COURSE_S
        return self.second_half_start + HALF_S + 60 * self.added[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchState:
    """A match as the site shows it at an instant."""

    start: int
    code: int
    description: str
    type: str
    home: tuple[int, ...] = ()
    """Goals of the home side by half, as far as played; one number if an archive has no halves; empty at first."""
    away: tuple[int, ...] = ()
    halves_known: bool = True
    changed_at: int
    changes: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()
    n_reds: tuple[int, int] = (0, 0)
    cut: tuple[int, int] | None = None
    """(half, second) until which events are known; None for a match that is not live."""
    is_draft: bool = False
    """True while a later correction is not published."""

    @property
    def is_final(self) -> bool:
        return self.type == "finished"

    @property
    def score(self) -> tuple[int, int]:
        return sum(self.home), sum(self.away)


_STATUS: tuple[str, ...] = ("status.code", "status.description", "status.type")


def state_at(match: Match, now: int) -> MatchState | None:
    """Return the state of `match` at `now`; None if the site does not list it yet.

    Parameters
    ----------
    match : with everything that happens in it.
    now : seconds since 1970.
    """
    if now < match.visible_from:
        return None
    start, moved = match.start, match.moved_at
    if match.provisional_start and now < moved:
        start, moved = match.provisional_start, 0
    if match.void_at and now >= match.void_at:
        return _void(match, start)
    if now < match.kick_off:
        changed = ("startTimestamp",) if moved else ()
        return MatchState(
            start=start,
            code=0,
            description="Not started",
            type="notstarted",
            changed_at=max(moved, match.visible_from) or start - 90 * 86_400,
            changes=changed,
        )
    return _played(match, start, now) if match.detailed else _archived(match, start, now)


def _void(match: Match, start: int) -> MatchState:
    code, description, kind = {
        "postponed": (60, "Postponed", "postponed"),
        "canceled": (70, "Canceled", "canceled"),
        "abandoned": (90, "Abandoned", "canceled"),
    }[match.fate]
    halves: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    goals: tuple[Goal, ...] = ()
    if match.fate == "abandoned" and match.detailed:
        cut = _cut(match, match.void_at)
        goals = tuple(goal for goal in match.goals if (goal.half, goal.second) <= cut)
        halves = _by_half(goals, cut[0])
    return MatchState(
        start=start,
        code=code,
        description=description,
        type=kind,
        home=halves[0],
        away=halves[1],
        goals=goals,
        changed_at=match.void_at,
        changes=_STATUS,
    )


def _archived(match: Match, start: int, now: int) -> MatchState:
    """Return the state of an archived match: its course is unknown, so it has no score until its end."""
    if now < match.end:
        return MatchState(
            start=start, code=20, description="Started", type="inprogress", changed_at=match.start, changes=_STATUS
        )
    assert match.score is not None, f"match {match.id}: played but without a score"
    home, away = match.score
    code, description = (91, "Walkover") if match.fate == "awarded" else (100, "Ended")
    first = match.half_time
    return MatchState(
        start=start,
        code=code,
        description=description,
        type="finished",
        home=(home,) if first is None else (first[0], home - first[0]),
        away=(away,) if first is None else (first[1], away - first[1]),
        halves_known=first is not None,
        changed_at=match.end,
        changes=_STATUS,
    )


def _played(match: Match, start: int, now: int) -> MatchState:
    if now < match.end:
        return _live(match, start, now)
    goals, changed = match.goals, match.end
    changes = _STATUS
    draft = match.correction is not None and now < match.correction.at
    if match.correction is not None:
        if draft:
            goals = draft_goals(match)
        else:
            changed, changes = match.correction.at, _corrected_fields(match)
    home, away = _by_half(goals, 2)
    return MatchState(
        start=start,
        code=100,
        description="Ended",
        type="finished",
        home=home,
        away=away,
        goals=goals,
        changed_at=changed,
        changes=changes,
        n_reds=_n_reds(match, (2, 99_999)),
        is_draft=draft,
    )


def _live(match: Match, start: int, now: int) -> MatchState:
    if now < match.first_half_end:
        code, description = 6, "1st half"
    elif now < match.second_half_start:
        code, description = 31, "Halftime"
    else:
        code, description = 7, "2nd half"
    cut = _cut(match, now)
    goals = tuple(goal for goal in match.goals if (goal.half, goal.second) <= cut)
    home, away = _by_half(goals, cut[0])
    return MatchState(
        start=start,
        code=code,
        description=description,
        type="inprogress",
        home=home,
        away=away,
        goals=goals,
        changed_at=now,
        changes=("time.currentPeriodStart", *_STATUS),
        n_reds=_n_reds(match, cut),
        cut=cut,
    )


def _n_reds(match: Match, cut: tuple[int, int]) -> tuple[int, int]:
    seen = [red.is_home for red in match.reds if (red.half, red.second) <= cut]
    return seen.count(True), seen.count(False)


def _cut(match: Match, now: int) -> tuple[int, int]:
    if now < match.second_half_start:
        return 1, min(now, match.first_half_end) - match.kick_off
    return 2, min(now, match.end) - match.second_half_start


def _by_half(goals: tuple[Goal, ...], n_halves: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    def count(for_home: bool) -> tuple[int, ...]:
        return tuple(
            sum(goal.half == half and goal.for_home == for_home for goal in goals) for half in range(1, n_halves + 1)
        )

    return count(True), count(False)


def draft_goals(match: Match) -> tuple[Goal, ...]:
    """Return the goals as first published: without the last one, if that is what was corrected."""
    if match.correction is not None and match.correction.kind == "goal":
        return match.goals[:-1]
    return match.goals


def _corrected_fields(match: Match) -> tuple[str, ...]:
    assert match.correction is not None
    if match.correction.kind == "goal":
        last = match.goals[-1]
        side = "homeScore" if last.for_home else "awayScore"
        return (f"{side}.period{last.half}", f"{side}.normaltime", f"{side}.current", f"{side}.display")
    return ("cardsCode",) if match.correction.kind == "card" else ("incidents",)


def shown_minute(half: int, second: int) -> tuple[int, int | None]:
    """Turn seconds into a half into the site's (time, addedTime); the first minute is 1."""
    minute = second // 60 + 1
    base = 45 * (half - 1)
    return (base + 45, minute - 45) if minute > 45 else (base + minute, None)
