"""The leagues of the stand-in: the source's ids in their two spaces, and what the simulation must know of each."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.catalogue.leagues import CATALOGUE, NINE


@dataclass(frozen=True, slots=True, kw_only=True)
class League:
    """One league as the site numbers it."""

    index: int
    """Place in the catalogue; part of every event id."""
    ut: int
    """Unique tournament id: stands in addresses."""
    tournament: int
    """Tournament id: another space whose numbers collide with the first (52, 36)."""
    category: int
    slug: str
    country: str
    alpha2: str
    alpha3: str
    n_teams: int
    n_relegated: int
    goals_factor: float
    """Goals per match relative to the average league."""
    tie_break: tuple[str, ...]
    divisions: tuple[str, str]
    """Codes in football-data.co.uk and openfootball archives."""
    kick_offs: tuple[tuple[int, int], ...]
    """Usual kick-offs of a weekend: (days from Saturday, minute of the day in UTC)."""
    first_saturday: tuple[int, int]
    """Month and day after which the season's first Saturday is looked for."""
    last_saturday: tuple[int, int]
    winter_break: tuple[tuple[int, int], tuple[int, int]] | None
    """First and last (month, day) without league matches."""


def _slots(*texts: str) -> tuple[tuple[int, int], ...]:
    days = {"Fri": -1, "Sat": 0, "Sun": 1, "Mon": 2}
    return tuple((days[text[:3]], int(text[4:6]) * 60 + int(text[7:9])) for text in texts)


_BRITISH = _slots(
    *("Fri 20:00", "Sat 12:30", "Sat 15:00", "Sat 15:00", "Sat 15:00"),
    *("Sat 17:30", "Sun 14:00", "Sun 14:00", "Sun 16:30", "Mon 20:00"),
)
_SOUTHERN = _slots(
    *("Fri 19:45", "Sat 12:00", "Sat 14:00", "Sat 17:00", "Sat 19:45"),
    *("Sun 11:30", "Sun 14:00", "Sun 17:00", "Sun 19:45", "Mon 19:45"),
)
_CENTRAL = _slots(
    *("Fri 19:30", "Sat 14:30", "Sat 14:30", "Sat 14:30", "Sat 14:30"),
    *("Sat 17:30", "Sun 11:15", "Sun 14:30", "Sun 16:30", "Sun 18:30"),
)
_EASTERN = _slots(
    *("Fri 17:00", "Sat 10:30", "Sat 11:00", "Sat 13:00", "Sat 16:00"),
    *("Sun 10:30", "Sun 13:00", "Sun 16:00", "Mon 17:00", "Mon 17:00"),
)
_MIDWINTER = ((12, 23), (1, 8))

_ROWS = (
    # country, tournament, category, alpha2, alpha3, teams, relegated, goals, codes, kick-offs, winter break
    ("England", 1, 1, "EN", "ENG", 20, 3, 1.03, ("E0", "en.1"), _BRITISH, None),
    ("Spain", 36, 32, "ES", "ESP", 20, 3, 0.95, ("SP1", "es.1"), _SOUTHERN, None),
    ("Germany", 42, 30, "DE", "DEU", 18, 2, 1.13, ("D1", "de.1"), _CENTRAL, _MIDWINTER),
    ("Italy", 33, 31, "IT", "ITA", 20, 3, 0.96, ("I1", "it.1"), _SOUTHERN, None),
    ("France", 4, 7, "FR", "FRA", 18, 2, 0.99, ("F1", "fr.1"), _CENTRAL, _MIDWINTER),
    ("Netherlands", 39, 35, "NL", "NLD", 18, 2, 1.14, ("N1", "nl.1"), _CENTRAL, _MIDWINTER),
    ("Portugal", 52, 44, "PT", "PRT", 18, 2, 0.95, ("P1", "pt.1"), _SOUTHERN, None),
    ("Turkey", 62, 46, "TR", "TUR", 18, 3, 1.02, ("T1", "tr.1"), _EASTERN, _MIDWINTER),
    ("Russia", 53, 21, "RU", "RUS", 16, 2, 0.94, ("", "ru.1"), _EASTERN, ((12, 8), (2, 25))),
    ("Belgium", 40, 33, "BE", "BEL", 16, 2, 1.02, ("B1", "be.1"), _CENTRAL, _MIDWINTER),
    ("Scotland", 54, 22, "SX", "SCO", 12, 1, 0.98, ("SC0", "sco.1"), _BRITISH, None),
)


def _catalogue() -> tuple[League, ...]:
    by_country = {league.country: league for league in CATALOGUE}
    rows = []
    for index, (country, tournament, category, alpha2, alpha3, teams, down, goals, codes, slots, rest) in enumerate(
        _ROWS
    ):
        rows.append(
            League(
                index=index,
                ut=by_country[country].id,
                tournament=tournament,
                category=category,
                slug=by_country[country].slug,
                country=country,
                alpha2=alpha2,
                alpha3=alpha3,
                n_teams=teams,
                n_relegated=down,
                goals_factor=goals,
                tie_break=by_country[country].tie_break,
                divisions=codes,
                kick_offs=slots,
                first_saturday=(7, 18) if country == "Russia" else (8, 9),
                last_saturday=(5, 30) if country == "Russia" else (5, 24),
                winter_break=rest,
            )
        )
    return tuple(rows)


LEAGUES = _catalogue()
SIMULATED = tuple(league for league in LEAGUES if league.ut in {entry.id for entry in NINE})
BY_DIVISION = {code: league for league in LEAGUES for code in league.divisions if code}
