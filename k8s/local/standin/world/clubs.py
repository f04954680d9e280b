"""Fictional clubs and the people in them: who exists, how strong a club is in a year, who stands in its squad."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from k8s.local.standin.world import ids
from k8s.local.standin.world.invented_names import TONGUES, slugify
from k8s.local.standin.world.leagues import LEAGUES, League
from k8s.local.standin.world.random_streams import stable_hash, stream

FIRST_YEAR = 2024
"""Start year of the oldest simulated season."""
N_IN_RESERVE = 12
"""Clubs of a league that wait below it for promotion."""
_CLUBS_PER_LEAGUE = 64

FORMATIONS = ("4-3-3", "4-4-2", "4-2-3-1", "3-4-3", "3-5-2", "5-3-2", "4-1-4-1")
_SQUAD = "GGG" + "DDDDDDDDD" + "MMMMMMMMM" + "FFFFFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A club as the site shows it, real or invented."""

    id: int
    number: int
    """Place in the simulated register; -1 for a club of an archive."""
    league: League
    name: str
    short_name: str
    slug: str
    name_code: str
    colours: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """An invented player."""

    id: int
    slot: int
    position: str
    first: str
    family: str
    country: League
    shirt: int
    born: int
    """Date of birth in seconds since 1970."""
    height_cm: int
    skill: float
    """Level above the club's own, about -1 to 1."""
    value_eur: int

    @property
    def name(self) -> str:
        return f"{self.first} {self.family}"

    @property
    def short_name(self) -> str:
        return f"{self.first[0]}. {self.family}"


class ClubRegister:
    """The invented clubs of one seed."""

    def __init__(self, seed: int, leagues: tuple[League, ...]) -> None:
        self.seed = seed
        self.by_league = {league.ut: self._create_clubs(league) for league in leagues}
        self.by_number = {team.number: team for teams in self.by_league.values() for team in teams}
        self.by_id = {team.id: team for team in self.by_number.values()}

    def _create_clubs(self, league: League) -> tuple[Team, ...]:
        tongue = TONGUES[league.country]
        rng = stream(self.seed, "clubs", league.ut)
        patterns = tongue.clubs.split("|")
        teams: list[Team] = []
        codes: set[str] = set()
        for k, place in enumerate(tongue.places(rng)[: league.n_teams + N_IN_RESERVE]):
            number = league.index * _CLUBS_PER_LEAGUE + k
            name = rng.choice(patterns).format(place)
            teams.append(
                Team(
                    id=2_000 + (number * 2_731 + self.seed) % 8_191,
                    number=number,
                    league=league,
                    name=name,
                    short_name=place,
                    slug=slugify(name),
                    name_code=_code(place, codes),
                    colours=(f"#{rng.randrange(1 << 24):06x}", f"#{rng.randrange(1 << 24):06x}"),
                )
            )
        return tuple(teams)

    @lru_cache(maxsize=4096)  # noqa: B019 - one register lives as long as the process
    def strength(self, number: int, year: int) -> tuple[float, float]:
        """Return (attack, defence) of a club in a season, in log goals; it keeps most of last year's and drifts."""
        reserve = number % _CLUBS_PER_LEAGUE >= self._size(number)
        rng = stream(self.seed, "strength", number)
        base = (rng.gauss(-0.12 if reserve else 0.03, 0.24), rng.gauss(-0.12 if reserve else 0.03, 0.20))
        if year <= FIRST_YEAR:
            return base
        before = self.strength(number, year - 1)
        drift = stream(self.seed, "drift", number, year)
        attack = 0.85 * before[0] + 0.15 * base[0] + drift.gauss(0, 0.08)
        return attack, 0.85 * before[1] + 0.15 * base[1] + drift.gauss(0, 0.08)

    def _size(self, number: int) -> int:
        return LEAGUES[number // _CLUBS_PER_LEAGUE].n_teams

    @lru_cache(maxsize=256)  # noqa: B019 - bounded, and one register lives as long as the process
    def squad(self, number: int, year: int) -> tuple[Player, ...]:
        """Return the 27 players of a club in a season; a fifth of them is new every summer."""
        return tuple(self.player(number, slot, self._generation(number, slot, year)) for slot in range(len(_SQUAD)))

    def _generation(self, number: int, slot: int, year: int) -> int:
        summers = range(FIRST_YEAR + 1, year + 1)
        moves = sum(stable_hash(self.seed, "summer", number, slot, summer, bits=16) < 13_107 for summer in summers)
        return min(moves, ids.GENERATIONS - 1)

    @lru_cache(maxsize=8192)  # noqa: B019 - bounded, and one register lives as long as the process
    def player(self, number: int, slot: int, generation: int) -> Player:
        """Invent the player who is the `generation`-th on a place of a squad."""
        rng = stream(self.seed, "player", number, slot, generation)
        home = self.by_number[number].league
        country = home if rng.random() < 0.55 else rng.choice(LEAGUES[:9])
        first, family = TONGUES[country.country].person(rng)
        skill = rng.gauss(0, 0.45)
        return Player(
            id=ids.player_id(number, slot, generation),
            slot=slot,
            position=_SQUAD[slot],
            first=first,
            family=family,
            country=country,
            shirt=_SHIRTS[slot],
            born=int(rng.uniform(600_000_000, 1_160_000_000)) // 86_400 * 86_400,
            height_cm=rng.randrange(184, 200) if _SQUAD[slot] == "G" else rng.randrange(168, 195),
            skill=max(-1.2, min(1.2, skill)),
            value_eur=int(2_000_000 * 2.7 ** (1 + skill)) // 10_000 * 10_000,
        )

    def player_by_id(self, id: int, year: int) -> tuple[Player, Team] | None:
        """Find a player who has been at a club up to the season `year`, and that club."""
        place = ids.player_of(id)
        if place is None or place[0] not in self.by_number or place[1] >= len(_SQUAD):
            return None
        number, slot, generation = place
        if generation > self._generation(number, slot, year):
            return None
        return self.player(number, slot, generation), self.by_number[number]

    def formation(self, number: int, year: int) -> str:
        """Return the formation a club usually plays in a season."""
        return FORMATIONS[stable_hash(self.seed, "formation", number, year, bits=32) % len(FORMATIONS)]

    @lru_cache(maxsize=1024)  # noqa: B019 - bounded, and one register lives as long as the process
    def manager(self, number: int, year: int) -> dict[str, Any]:
        """Invent the manager of a club; he stays two or three seasons."""
        stint = (year + stable_hash(self.seed, "stint", number, bits=8)) // 3
        rng = stream(self.seed, "manager", number, stint)
        country = self.by_number[number].league
        first, family = TONGUES[country.country].person(rng)
        return {
            "name": f"{first} {family}",
            "slug": slugify(f"{first} {family}"),
            "shortName": f"{first[0]}. {family}",
            "id": 700_000 + stable_hash(self.seed, "manager", number, stint, bits=24),
            "country": country_json(country),
        }

    @lru_cache(maxsize=1024)  # noqa: B019 - bounded, and one register lives as long as the process
    def venue(self, number: int) -> dict[str, Any]:
        """Invent the ground of a club."""
        team = self.by_number[number]
        rng = stream(self.seed, "venue", number)
        name = TONGUES[team.league.country].ground.format(team.short_name)
        capacity = rng.randrange(90, 620) * 100
        return {
            "city": {"name": team.short_name},
            "venueCoordinates": {"latitude": round(rng.uniform(37, 57), 6), "longitude": round(rng.uniform(-8, 38), 6)},
            "hidden": False,
            "slug": slugify(name),
            "name": name,
            "capacity": capacity,
            "id": 30_000 + number,
            "country": country_json(team.league),
            "stadium": {"name": name, "capacity": capacity},
        }

    @lru_cache(maxsize=512)  # noqa: B019 - bounded, and one register lives as long as the process
    def referee(self, league_index: int, place: int) -> dict[str, Any]:
        """Invent one of a league's referees."""
        league = LEAGUES[league_index]
        rng = stream(self.seed, "referee", league.ut, place)
        first, family = TONGUES[league.country].person(rng)
        games = rng.randrange(20, 400)
        return {
            "name": f"{first} {family}",
            "slug": slugify(f"{first} {family}"),
            "yellowCards": int(games * rng.uniform(3.2, 4.8)),
            "redCards": games // 15,
            "yellowRedCards": games // 20,
            "games": games,
            "sport": SPORT,
            "id": 80_000 + league.index * 64 + place,
            "country": country_json(league),
        }


_SHIRTS = (1, 13, 25, 2, 3, 4, 5, 12, 14, 22, 24, 26, 6, 8, 10, 15, 16, 17, 18, 23, 28, 7, 9, 11, 19, 20, 21)
SPORT = {"name": "Football", "slug": "football", "id": 1}


def country_json(league: League) -> dict[str, Any]:
    """Show a country as the site does."""
    return {
        "alpha2": league.alpha2,
        "alpha3": league.alpha3,
        "name": league.country,
        "slug": slugify(league.country),
    }


def _code(place: str, codes: set[str]) -> str:
    letters = slugify(place).upper().replace("-", "")
    for third in letters[2:] + "XYZW":
        code = letters[:2] + third
        if code not in codes:
            break
    codes.add(code)
    return code
