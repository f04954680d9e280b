"""How each league's season ends: who goes down, and what a simulation cannot tell, by year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.domain.catalogue import competition_rules, leagues
from shared.domain.catalogue.competition_rules import Ruling

SPLIT = "the season ends in groups by rank, which are not modelled: places are those of the matches known so far"
LEVEL_PLAY_OFF = "teams level on points play off for the title and against relegation; here the tie-break decides"
PLAY_OFFS = "relegation play-offs against the division below are not simulated: p_play_off is the chance to enter them"
UNKNOWN_RELEGATION = "how many go down in this season is not on record here"
UNREVIEWED = "the tie-break of this season is general knowledge that was not held against the league's own text"
LOTS = "teams that the whole tie-break leaves level are parted by lot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What decides after the last match."""

    tie_break: tuple[str, ...]
    relegated: int | None
    """Last places that go down at once; None where no record tells."""
    play_off: int
    """Places above those that play off against relegation."""
    double_round_robin: bool
    rulings: tuple[Ruling, ...]
    cautions: tuple[str, ...]

    def adjustments(self, at: datetime | None) -> dict[int, int]:
        """Points given or taken by rulings, by team, as they stand at a moment or by now."""
        given: dict[int, int] = {}
        for ruling in self.rulings:
            if at is None or ruling.applies_from < at:
                given[ruling.team_id] = given.get(ruling.team_id, 0) + ruling.points
        return given


@dataclass(frozen=True, slots=True)
class _Since:
    """Holds from the season that starts in this year, until the next entry."""

    year: int
    relegated: int | None
    play_off: int = 0
    caution: str = ""
    double_round_robin: bool = True


_SINCE: dict[str, tuple[_Since, ...]] = {
    "england": (_Since(1995, 3),),
    "spain": (_Since(1999, 3),),
    "germany": (_Since(1992, 3), _Since(2008, 2, 1)),
    "italy": (_Since(2005, 3), _Since(2022, 3, caution=LEVEL_PLAY_OFF)),
    "france": (_Since(2003, 3), _Since(2016, 2, 1), _Since(2022, 4), _Since(2023, 2, 1)),
    "netherlands": (_Since(2005, 1, 2), _Since(2019, None), _Since(2020, 2, 1)),
    "portugal": (
        *(_Since(2006, 2), _Since(2013, 1, 1), _Since(2014, 2), _Since(2018, 3), _Since(2019, 2)),
        _Since(2020, 2, 1),
    ),
    "turkey": (
        _Since(2010, 3),
        _Since(2019, None),
        _Since(2020, 4),
        _Since(2022, None),
        _Since(2023, 4),
        _Since(2025, 3),
    ),
    "russia": (_Since(2012, 2, 2), _Since(2019, 2), _Since(2021, 2, 2)),
    "belgium": (_Since(0, None, caution=SPLIT, double_round_robin=False),),
    "scotland": (
        _Since(0, None, caution=SPLIT, double_round_robin=False),
        _Since(2013, 1, 1, caution=SPLIT, double_round_robin=False),
    ),
}
"""A season before the first entry has no known relegation."""


def of_season(slug: str, starts_in: int) -> Format:
    """The format of a league's season; `NotFound` for an unknown league."""
    leagues.by_slug(slug)
    rules = competition_rules.of_season(slug, starts_in)
    known = [since for since in _SINCE[slug] if since.year <= starts_in]
    since = known[-1] if known else _Since(0, None)
    cautions = [since.caution] if since.caution else []
    if since.relegated is None:
        cautions.append(UNKNOWN_RELEGATION)
    if since.play_off:
        cautions.append(PLAY_OFFS)
    if not rules.reviewed:
        cautions.append(UNREVIEWED)
    return Format(
        tie_break=rules.tie_break,
        relegated=since.relegated,
        play_off=since.play_off,
        double_round_robin=since.double_round_robin,
        rulings=rules.rulings,
        cautions=(*cautions, LOTS),
    )
