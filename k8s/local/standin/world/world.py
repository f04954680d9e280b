"""Interface of a world that the site can show: the simulated one and the replay of an archive implement it."""

from __future__ import annotations

from typing import Any, Protocol

from k8s.local.standin.world import ids
from k8s.local.standin.world.clubs import Player, Team
from k8s.local.standin.world.detail_model import Detail
from k8s.local.standin.world.leagues import League
from k8s.local.standin.world.matches import Match, MatchState
from k8s.local.standin.world.season import Season


class World(Protocol):
    """Leagues, seasons and people. `now` is the site clock in seconds since 1970."""

    mode: str
    """`simulated` or `replay`."""
    notice: str
    """One sentence for the pages that says what kind of site this is."""

    @property
    def leagues(self) -> tuple[League, ...]: ...

    def title(self, league: League) -> str:
        """Return the name of a league on the site; it says that the league is not the real one."""
        ...

    def years(self, league: League, now: int) -> list[int]:
        """Return the start years of the seasons listed at `now`, newest first."""
        ...

    def season(self, league: League, year: int) -> Season: ...

    def team(self, id: int) -> Team | None: ...

    def team_years(self, team: Team, now: int) -> list[int]:
        """Return the seasons in which a team takes part in its league, newest first."""
        ...

    def squad(self, team: Team, now: int) -> tuple[Player, ...]:
        """Return a team's players; empty where they are unknown."""
        ...

    def player(self, id: int, now: int) -> tuple[Player, Team] | None: ...

    def detail(self, match: Match, state: MatchState) -> Detail | None:
        """Return line-ups, shots and other details of a match in a state; None where there are none."""
        ...

    def people(self, match: Match) -> dict[str, Any]:
        """Return venue, referee, attendance and managers of a match (keys of the event's JSON)."""
        ...


def season_by_id(world: World, league: League, id: int, now: int) -> Season | None:
    """Find a listed season of a league; None if the id belongs to no season, another league or a later time."""
    place = ids.season_of(id)
    if place is None or place[0] != league.index or place[1] not in world.years(league, now):
        return None
    return world.season(league, place[1])


def match_by_id(world: World, id: int, now: int) -> tuple[Season, Match] | None:
    """Find a match of a listed season; None if there is none with this id."""
    place = ids.season_of_event(id)
    if place is None:
        return None
    league = next((league for league in world.leagues if league.index == place[0]), None)
    if league is None or place[1] not in world.years(league, now):
        return None
    season = world.season(league, place[1])
    match = season.by_id.get(id)
    return None if match is None else (season, match)
