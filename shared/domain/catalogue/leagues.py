"""The leagues Touchline knows: the source's ids, our slugs, and names that are labels.

Two id spaces of the source look alike and must never meet: 52 is Turkey as a unique tournament and Portugal as a
tournament. They are distinct types here, so a mix-up is a type error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from shared.domain.catalogue.competition_rules import newest_tie_break
from shared.errors import NotFound

UniqueTournamentId = NewType("UniqueTournamentId", int)
"""A competition for ever; used in addresses and as our league id."""

TournamentId = NewType("TournamentId", int)
"""A stage or edition line of a competition; never an address."""

SeasonId = NewType("SeasonId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class League:
    """One competition of the catalogue."""

    id: UniqueTournamentId
    slug: str
    name: str
    country: str
    tie_break: tuple[str, ...]
    """Criteria after points in the seasons to come; of any one season: `shared.domain.catalogue.competition_rules`."""


OTHERS = newest_tie_break("")
"""How leagues outside the catalogue part level teams."""


def _league(id: int, slug: str, name: str, country: str) -> League:
    return League(id=UniqueTournamentId(id), slug=slug, name=name, country=country, tie_break=newest_tie_break(slug))


NINE = (
    _league(17, "england", "Premier League", "England"),
    _league(8, "spain", "LaLiga", "Spain"),
    _league(35, "germany", "Bundesliga", "Germany"),
    _league(23, "italy", "Serie A", "Italy"),
    _league(34, "france", "Ligue 1", "France"),
    _league(37, "netherlands", "Eredivisie", "Netherlands"),
    _league(238, "portugal", "Liga Portugal", "Portugal"),
    _league(52, "turkey", "Süper Lig", "Turkey"),
    _league(203, "russia", "Russian Premier League", "Russia"),
)

CATALOGUE = (
    *NINE,
    _league(38, "belgium", "Pro League", "Belgium"),
    _league(36, "scotland", "Scottish Premiership", "Scotland"),
)

_BY_SLUG = {league.slug: league for league in CATALOGUE}
_BY_ID = {league.id: league for league in CATALOGUE}


def by_slug(slug: str) -> League:
    """The league of this slug, or `NotFound`."""
    try:
        return _BY_SLUG[slug]
    except KeyError:
        raise NotFound(f"league {slug!r} is not in the catalogue") from None


def slug_of(league_id: int) -> str:
    """A league's slug; its number where the catalogue does not know it."""
    league = _BY_ID.get(UniqueTournamentId(league_id))
    return league.slug if league else str(league_id)


def by_id(league_id: int) -> League:
    """The league of this unique-tournament id, or `NotFound`."""
    try:
        return _BY_ID[UniqueTournamentId(league_id)]
    except KeyError:
        raise NotFound(f"league {league_id} is not in the catalogue") from None
