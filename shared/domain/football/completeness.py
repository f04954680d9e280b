"""Reports whether a season was collected completely and what is missing, from counts of the collector's stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

State = Literal["complete", "incomplete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceCount:
    """One part of all finished matches of a season that should have it, by outcome."""

    league_id: int
    season_id: int
    slice: str
    expected: int
    present: int
    absent: int
    """Confirmed absent, without a contradiction."""
    denied: int
    """Reported absent although the match itself promises it: the page may have moved."""
    failed: int
    quarantined: int

    @property
    def missing(self) -> int:
        """Not requested yet, not confirmed yet, or read for an older version of the match."""
        return self.expected - self.present - self.absent - self.denied - self.failed - self.quarantined

    @property
    def is_complete(self) -> bool:
        """Whether each is present or definitively absent."""
        return self.expected == self.present + self.absent


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonCount:
    """The counts of a season."""

    league_id: int
    season_id: int
    first_at: datetime | None
    last_at: datetime | None
    """First and last kick-off; None while no match is known."""
    teams: int
    fixtures: int
    """Pairs of home and away side."""
    meetings: int
    """Most matches of one pair that were or will be played."""
    finished: int
    complete: int
    """Finished matches with every part."""
    overdue: int
    """Matches that should have ended and were not read since."""
    lists_expected: int
    lists_read: int
    quarantined: int
    """Parts of matches, and lists, that are held back."""

    @property
    def label(self) -> str:
        """Years, such as ``2025/26``; empty while no match is known."""
        if self.first_at is None or self.last_at is None:
            return ""
        first, last = self.first_at.year, self.last_at.year
        return f"{first}" if first == last else f"{first}/{last % 100:02}"

    @property
    def fixtures_expected(self) -> int | None:
        """Fixtures of a double round robin; None where pairs meet more often, as in split seasons."""
        return self.teams * (self.teams - 1) if self.meetings <= 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A list that was not read, so that its content is unknown."""

    league_id: int
    season_id: int
    """0 for the league's own lists: its seasons, or a season's rounds."""
    ref: str
    state: str
    """State after the last try: pending, absent, failed or quarantined."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """The report on a season."""

    counts: SeasonCount
    slices: Sequence[SliceCount] = ()
    gaps: Sequence[Gap] = ()
    why: Sequence[str] = field(init=False)
    """Descriptions of what is missing; none when nothing is."""

    def __post_init__(self) -> None:
        """Derive the descriptions."""
        object.__setattr__(self, "why", tuple(_reasons(self.counts, self.slices, self.gaps)))

    @property
    def state(self) -> State:
        """Complete when nothing is missing."""
        return "incomplete" if self.why else "complete"


def build_report(counts: Sequence[SeasonCount], slices: Sequence[SliceCount], gaps: Sequence[Gap]) -> list[Season]:
    """Build reports by league and season, the newest season first; leagues with nothing but gaps come last.

    Parameters
    ----------
    counts : one per known season.
    slices : counts of parts, of any of these seasons.
    gaps : gaps of any of these seasons, and of leagues (season 0), which count with every season of the league.
    """
    reports = [
        Season(
            counts=one,
            slices=[each for each in slices if (each.league_id, each.season_id) == (one.league_id, one.season_id)],
            gaps=[gap for gap in gaps if gap.league_id == one.league_id and gap.season_id in (0, one.season_id)],
        )
        for one in counts
    ]
    reports.sort(key=lambda season: (season.counts.league_id, -_start_time(season.counts)))
    leagues = {one.league_id for one in counts}
    unknown = {gap.league_id: [other for other in gaps if other.league_id == gap.league_id] for gap in gaps}
    return reports + [
        Season(counts=_unknown_season(league_id), gaps=league_gaps)
        for league_id, league_gaps in unknown.items()
        if league_id not in leagues
    ]


def _reasons(counts: SeasonCount, slices: Sequence[SliceCount], gaps: Sequence[Gap]) -> Iterator[str]:
    for gap in gaps:
        yield f"{gap.ref} {gap.state}{f': {gap.reason}' if gap.reason else ''}"
    unread = counts.lists_expected - counts.lists_read - sum(gap.season_id != 0 for gap in gaps)
    if unread > 0:
        yield f"{unread} of {counts.lists_expected} lists not read"
    expected = counts.fixtures_expected
    if expected is not None and counts.fixtures < expected:
        yield f"{expected - counts.fixtures} of {expected} fixtures not known"
    if counts.overdue:
        yield f"{counts.overdue} matches should have ended and were not read since"
    for part in slices:
        if not part.is_complete:
            yield f"{part.slice}: {', '.join(_describe_part(part))}"
    if counts.quarantined:
        yield f"{counts.quarantined} held in quarantine"


def _describe_part(part: SliceCount) -> Iterator[str]:
    for name in ("missing", "failed", "denied", "quarantined"):
        if n := getattr(part, name):
            yield f"{n} {name}"


def _start_time(counts: SeasonCount) -> float:
    return counts.first_at.timestamp() if counts.first_at else 0.0


def _unknown_season(league_id: int) -> SeasonCount:
    return SeasonCount(
        league_id=league_id,
        season_id=0,
        first_at=None,
        last_at=None,
        teams=0,
        fixtures=0,
        meetings=0,
        finished=0,
        complete=0,
        overdue=0,
        lists_expected=0,
        lists_read=0,
        quarantined=0,
    )
