"""Events, teams and tournaments in the site's JSON: the objects that stand inside almost every answer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from k8s.local.standin.world.clubs import SPORT, Player, Team, country_json
from k8s.local.standin.world.invented_names import slugify
from k8s.local.standin.world.leagues import League
from k8s.local.standin.world.matches import Match, MatchState
from k8s.local.standin.world.season import Season
from k8s.local.standin.world.world import World

Json = dict[str, Any]
_NO_TRANSLATIONS: Json = {"nameTranslation": {}, "shortNameTranslation": {}}


def category_json(league: League) -> Json:
    """Show the country a league belongs to."""
    return {
        "name": league.country,
        "slug": slugify(league.country),
        "sport": SPORT,
        "id": league.category,
        "country": country_json(league),
        "flag": slugify(league.country),
        "alpha2": league.alpha2,
        "fieldTranslations": _NO_TRANSLATIONS,
    }


def unique_tournament_json(league: League, title: str, detailed: bool) -> Json:
    """Show a competition with the id that stands in addresses."""
    return {
        "name": title,
        "slug": slugify(title),
        "primaryColorHex": "#1f3a5f",
        "secondaryColorHex": "#c05a1a",
        "category": category_json(league),
        "userCount": 0,
        "hasPerformanceGraphFeature": False,
        "id": league.ut,
        "country": {},
        "hasEventPlayerStatistics": detailed,
        "displayInverseHomeAwayTeams": False,
        "fieldTranslations": _NO_TRANSLATIONS,
    }


def tournament_json(league: League, title: str, detailed: bool) -> Json:
    """Show the tournament, whose id is of another space than that of the unique tournament inside."""
    return {
        "name": title,
        "slug": slugify(title),
        "category": category_json(league),
        "uniqueTournament": unique_tournament_json(league, title, detailed),
        "priority": 500 - league.index,
        "isGroup": False,
        "competitionType": 1,
        "isLive": False,
        "id": league.tournament,
        "fieldTranslations": _NO_TRANSLATIONS,
    }


def season_json(season_id: int, year: int, title: str) -> Json:
    """Show a season."""
    label = f"{year % 100:02d}/{(year + 1) % 100:02d}"
    return {"name": f"{title} {label}", "year": label, "editor": False, "id": season_id}


@lru_cache(maxsize=2048)
def team_json(team: Team) -> Json:
    """Show a team as it stands in lists."""
    return {
        "name": team.name,
        "slug": team.slug,
        "shortName": team.short_name,
        "gender": "M",
        "sport": SPORT,
        "userCount": 0,
        "nameCode": team.name_code,
        "disabled": False,
        "national": False,
        "type": 0,
        "id": team.id,
        "country": country_json(team.league),
        "subTeams": [],
        "teamColors": {"primary": team.colours[0], "secondary": team.colours[1], "text": team.colours[1]},
        "fieldTranslations": _NO_TRANSLATIONS,
    }


@lru_cache(maxsize=8192)
def player_json(player: Player) -> Json:
    """Show a player as in line-ups."""
    return {
        "name": player.name,
        "firstName": player.first,
        "lastName": player.family,
        "slug": slugify(player.name),
        "shortName": player.short_name,
        "position": player.position,
        "jerseyNumber": str(player.shirt),
        "height": player.height_cm,
        "userCount": 0,
        "gender": "M",
        "country": country_json(player.country),
        "id": player.id,
        "marketValueCurrency": "EUR",
        "dateOfBirthTimestamp": player.born,
        "proposedMarketValueRaw": {"value": player.value_eur, "currency": "EUR"},
        "fieldTranslations": _NO_TRANSLATIONS,
    }


@lru_cache(maxsize=8192)
def short_player_json(player: Player) -> Json:
    """Show a player as in incidents and shots."""
    return {
        "name": player.name,
        "slug": slugify(player.name),
        "shortName": player.short_name,
        "position": player.position,
        "jerseyNumber": str(player.shirt),
        "userCount": 0,
        "id": player.id,
    }


class EventWriter:
    """Writes events of one world; the parts that never change are made once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._frames: dict[tuple[int, int], tuple[Json, Json]] = {}

    def frame(self, season: Season) -> tuple[Json, Json]:
        """Return (tournament, season) as they stand in every event of a season."""
        key = (season.league.index, season.year)
        if key not in self._frames:
            title = self._world.title(season.league)
            detailed = self._world.mode == "simulated"
            self._frames[key] = (
                tournament_json(season.league, title, detailed),
                season_json(season.id, season.year, title),
            )
        return self._frames[key]

    def list_item(self, season: Season, match: Match, state: MatchState) -> Json:
        """Write an event as it stands in lists."""
        tournament, season_part = self.frame(season)
        has_details = match.detailed and state.type in ("inprogress", "finished")
        event: Json = {
            "eventState": {},
            "tournament": tournament,
            "season": season_part,
            "roundInfo": {"round": match.round},
            "customId": match.custom_id,
            "status": {"code": state.code, "description": state.description, "type": state.type},
        }
        if state.is_final:
            home, away = state.score
            event["winnerCode"] = 1 if home > away else 2 if home < away else 3
        event |= {
            "homeTeam": team_json(match.home),
            "awayTeam": team_json(match.away),
            "homeScore": _score(state.home, state),
            "awayScore": _score(state.away, state),
            "time": _time(match, state),
            "changes": {"changes": list(state.changes), "changeTimestamp": state.changed_at},
            "hasGlobalHighlights": False,
        }
        if match.detailed and state.code != 0:
            event["hasXg"] = has_details
        if not match.detailed:
            event["hasXg"] = False
        event |= {
            "hasEventPlayerStatistics": has_details,
            "hasEventPlayerHeatMap": False,
            "detailId": 1,
            "crowdsourcingDataDisplayEnabled": False,
            "id": match.id,
        }
        if state.type == "inprogress":
            event["varInProgress"] = {"homeTeam": False, "awayTeam": False}
        for key, n_reds in zip(("homeRedCards", "awayRedCards"), state.n_reds, strict=True):
            if n_reds:
                event[key] = n_reds
        event |= {
            "slug": f"{match.home.slug}-{match.away.slug}",
            "startTimestamp": state.start,
            "finalResultOnly": not match.detailed,
            "feedLocked": True,
            "isEditor": False,
        }
        return event

    def full(self, season: Season, match: Match, state: MatchState) -> Json:
        """Write an event as its own page shows it: with venue, referee, attendance and managers."""
        event = self.list_item(season, match, state)
        people = self._world.people(match)
        for side in ("home", "away"):
            manager = people.get(f"{side}Manager")
            if manager is not None:
                event[f"{side}Team"] = event[f"{side}Team"] | {"manager": manager}
        if "venue" in people:
            event["venue"] = people["venue"]
            event["homeTeam"] = event["homeTeam"] | {"venue": people["venue"]}
        if "referee" in people:
            event["referee"] = people["referee"]
        if "attendance" in people and state.is_final:
            event["attendance"] = people["attendance"]
        event |= {
            "defaultPeriodCount": 2,
            "defaultPeriodLength": 45,
            "defaultOvertimeLength": 15,
            "fanRatingEvent": False,
            "seasonStatisticsType": "overall",
            "showTotoPromo": False,
        }
        return event


def _score(halves: tuple[int, ...], state: MatchState) -> Json:
    if not halves:
        return {}
    total = sum(halves)
    score: Json = {"current": total, "display": total}
    if state.halves_known:
        score |= {f"period{half}": goals for half, goals in enumerate(halves, start=1)}
    return score | {"normaltime": total}


def _time(match: Match, state: MatchState) -> Json:
    if not match.detailed or state.code not in (6, 7, 31, 90, 100):
        return {}
    time: Json = {}
    second_half = len(state.home) > 1
    if second_half or state.code == 31:
        time["injuryTime1"] = match.added[0]
    if state.code == 100:
        time["injuryTime2"] = match.added[1]
    if state.type == "inprogress":
        time |= {"initial": 2700 if second_half else 0, "max": 5400 if second_half else 2700, "extra": 540}
    time["currentPeriodStartTimestamp"] = match.second_half_start if second_half else match.kick_off
    return time
