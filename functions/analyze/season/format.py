"""How each league's season ends, by year: relegation, and what a simulation leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.domain.catalogue import competition_rules, leagues
from shared.domain.catalogue.competition_rules import Ruling

SPLIT = "the season ends in groups by rank, which are not modelled: places are those of the matches known so far"
LEVEL_PLAY_OFF = "teams level on points play off for the title and against relegation; here the tie-break decides"
PLAY_OFFS = "relegation play-offs against the division below are not simulated: p_play_off is the chance to enter them"
UNKNOWN_RELEGATION = "the number of relegated teams of this season is not known here"
UNREVIEWED = "the tie-break of this season is general knowledge and was not checked against the league's rules"
LOTS = "teams that are level after every tie-break criterion are ranked by lot"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonFormat:
    """The format of a season: what its final table decides."""

    tie_break: tuple[str, ...]
    relegated: int | None
    """Number of last places that are relegated directly; None where it is not known."""
    play_off: int
    """Number of places above those that enter a relegation play-off."""
    double_round_robin: bool
    rulings: tuple[Ruling, ...]
    cautions: tuple[str, ...]

    def adjustments(self, at: datetime | None) -> dict[int, int]:
        """Sum the points that rulings add or deduct, by team, at a moment or now."""
        points: dict[int, int] = {}
        for ruling in self.rulings:
            if at is None or ruling.applies_from < at:
                points[ruling.team_id] = points.get(ruling.team_id, 0) + ruling.points
        return points


@dataclass(frozen=True, slots=True)
class _Rule:
    """A format that is valid from the season starting in this year until the next entry."""

    year: int
    relegated: int | None
    play_off: int = 0
    caution: str = ""
    double_round_robin: bool = True


_FORMATS: dict[str, tuple[_Rule, ...]] = {
    "england": (_Rule(1995, 3),),
    "spain": (_Rule(1999, 3),),
    "germany": (_Rule(1992, 3), _Rule(2008, 2, 1)),
    "italy": (_Rule(2005, 3), _Rule(2022, 3, caution=LEVEL_PLAY_OFF)),
    "france": (_Rule(2003, 3), _Rule(2016, 2, 1), _Rule(2022, 4), _Rule(2023, 2, 1)),
    "netherlands": (_Rule(2005, 1, 2), _Rule(2019, None), _Rule(2020, 2, 1)),
    "portugal": (
        *(
            _Rule(2006, 2),
            _Rule(2013, 1, 1),
            _Rule(2014, 2),
            _Rule(2018, 3),
            _Rule(2019, 2),
        ),
        _Rule(2020, 2, 1),
    ),
    "turkey": (
        _Rule(2010, 3),
        _Rule(2019, None),
        _Rule(2020, 4),
        _Rule(2022, None),
        _Rule(2023, 4),
        _Rule(2025, 3),
    ),
    "russia": (_Rule(2012, 2, 2), _Rule(2019, 2), _Rule(2021, 2, 2)),
    "belgium": (_Rule(0, None, caution=SPLIT, double_round_robin=False),),
    "scotland": (
        _Rule(0, None, caution=SPLIT, double_round_robin=False),
        _Rule(2013, 1, 1, caution=SPLIT, double_round_robin=False),
    ),
}
"""The relegation of seasons before the first entry is not known."""


def season_format(slug: str, starts_in: int) -> SeasonFormat:
    """Return the format of a league's season.

    Raises
    ------
    NotFound : the league is not in the catalogue.
    """
    leagues.by_slug(slug)
    rules = competition_rules.of_season(slug, starts_in)
    earlier = [rule for rule in _FORMATS[slug] if rule.year <= starts_in]
    rule = earlier[-1] if earlier else _Rule(0, None)
    cautions = [rule.caution] if rule.caution else []
    if rule.relegated is None:
        cautions.append(UNKNOWN_RELEGATION)
    if rule.play_off:
        cautions.append(PLAY_OFFS)
    if not rules.reviewed:
        cautions.append(UNREVIEWED)
    return SeasonFormat(
        tie_break=rules.tie_break,
        relegated=rule.relegated,
        play_off=rule.play_off,
        double_round_robin=rule.double_round_robin,
        rulings=rules.rulings,
        cautions=(*cautions, LOTS),
    )
