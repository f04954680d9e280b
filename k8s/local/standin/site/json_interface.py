"""The JSON interface: the response of each address at the site's time, cached as bytes with an ETag."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from k8s.local.standin.site.clock import SiteClock
from k8s.local.standin.wire_format import detail_json
from k8s.local.standin.wire_format import team_statistics_json as team_statistics
from k8s.local.standin.wire_format.event_json import EventWriter, Json, player_json, team_json, unique_tournament_json
from k8s.local.standin.world.detail_model import Detail
from k8s.local.standin.world.invented_names import slugify
from k8s.local.standin.world.leagues import League
from k8s.local.standin.world.matches import Match, MatchState, state_at
from k8s.local.standin.world.random_streams import stream
from k8s.local.standin.world.season import Row, Season, results, table
from k8s.local.standin.world.world import World, match_by_id, season_by_id

PAGE_SIZE = 30
_CACHE_BYTES = 48 * 1024 * 1024
_CACHED_DETAILS = 64
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class JsonResponse:
    """A complete response of the interface."""

    status: int
    body: bytes
    etag: str
    cache_control: str


class UnknownAddress(Exception):
    """The interface has no document at this address."""


def encode(document: Json) -> bytes:
    """Write JSON as the site does: no blanks, UTF-8."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def make_response(status: int, document: Json, cache_control: str) -> JsonResponse:
    """Encode a document and derive its ETag from the bytes."""
    body = encode(document)
    return JsonResponse(status, body, f'"{blake2b(body, digest_size=10).hexdigest()}"', cache_control)


# How long browsers and shared caches may keep a response, as observed on a real site.
_LIVE = "max-age=5"
_LIST = "max-age=60"
_EVENT = "max-age=10, s-maxage=172800"
_INCIDENTS = "max-age=10, s-maxage=604800"
_STANDINGS = "max-age=60, s-maxage=7200"
NOT_FOUND = make_response(404, {"error": {"code": 404, "message": "Not Found"}}, "max-age=3600")
CHALLENGE = make_response(403, {"error": {"code": 403, "reason": "challenge"}}, "no-store")

Document = tuple[Json, str]
"""A document and its Cache-Control."""


class JsonInterface:
    """Serves addresses below `/api/v1` for one world at the time of one clock."""

    def __init__(self, world: World, clock: SiteClock, seed: int = 0) -> None:
        self._world = world
        self._clock = clock
        self._seed = seed
        self._writer = EventWriter(world)
        self._cache: OrderedDict[str, JsonResponse] = OrderedDict()
        self._cached_bytes = 0
        self._details: OrderedDict[int, Detail | None] = OrderedDict()
        self._moves = clock.moves

    def get(self, path: str) -> JsonResponse:
        """Return the response of a path below `/api/v1`, such as `/event/4711`; unknown ones get the site's 404."""
        if self._moves != self._clock.moves:
            self._clear()
        response = self._cache.get(path)
        if response is not None:
            self._cache.move_to_end(path)
            return response
        try:
            document, cache_control = self._route(path.strip("/").split("/"))
        except UnknownAddress:
            return NOT_FOUND
        response = make_response(200, document, cache_control)
        self._cache[path] = response
        self._cached_bytes += len(response.body)
        while self._cached_bytes > _CACHE_BYTES:
            self._cached_bytes -= len(self._cache.popitem(last=False)[1].body)
        return response

    def _clear(self) -> None:
        self._cache.clear()
        self._cached_bytes = 0
        self._details.clear()
        self._moves = self._clock.moves

    def _route(self, parts: list[str]) -> Document:
        match parts:
            case ["event", id]:
                season, game, state = self._event(id)
                return {"event": self._writer.full(season, game, state)}, _EVENT
            case ["event", id, "managers"]:
                return self._managers(id), _EVENT
            case ["event", id, part] if part in _DETAILS:
                write, cache_control = _DETAILS[part]
                return write(self._detail(id), self._seed), cache_control
            case ["unique-tournament", ut, *rest]:
                return self._tournament(self._league(ut), rest)
            case ["team", id, *rest]:
                return self._team(_number(id), rest)
            case ["player", id]:
                return self._player(_number(id)), _LIST
            case ["sport", "football", "events", "live"]:
                return {"events": self._live_events()}, _LIVE
        raise UnknownAddress

    def _tournament(self, league: League, rest: list[str]) -> Document:
        match rest:
            case []:
                return {"uniqueTournament": self._unique_tournament(league)}, _LIST
            case ["seasons"]:
                return {"seasons": self._seasons(league)}, _LIST
            case ["scheduled-events", day]:
                return {"events": self._scheduled_events(league, day)}, _LIST
            case ["season", id, *below]:
                season = season_by_id(self._world, league, _number(id), self._clock.now)
                if season is None:
                    raise UnknownAddress
                return self._season(season, below)
        raise UnknownAddress

    def _season(self, season: Season, rest: list[str]) -> Document:
        pairs = season.states_at(self._clock.now)
        match rest:
            case ["info"]:
                return {"info": self._info(season, pairs)}, _LIST
            case ["rounds"]:
                return self._rounds(pairs), _LIST
            case ["events", "round", number]:
                wanted_round = _number(number)
                in_round = [pair for pair in pairs if pair[0].round == wanted_round]
                return {"events": self._list_events(season, in_round)}, _EVENT
            case ["events", ("last" | "next") as direction, page]:
                return self._page([(season, *pair) for pair in pairs], direction, _number(page)), _EVENT
            case ["standings", ("total" | "home" | "away") as side]:
                return {"standings": [self._standings(season, pairs, side)]}, _STANDINGS
        raise UnknownAddress

    def _league(self, ut: str) -> League:
        number = _number(ut)
        for league in self._world.leagues:
            if league.ut == number:
                return league
        raise UnknownAddress

    def _event(self, text: str) -> tuple[Season, Match, MatchState]:
        pair = match_by_id(self._world, _number(text), self._clock.now)
        if pair is None:
            raise UnknownAddress
        state = state_at(pair[1], self._clock.now)
        if state is None:
            raise UnknownAddress
        return *pair, state

    def _detail(self, text: str) -> Detail:
        _, game, state = self._event(text)
        if game.id in self._details:
            detail = self._details[game.id]
        else:
            detail = self._world.detail(game, state) if game.detailed else None
            self._details[game.id] = detail
            if len(self._details) > _CACHED_DETAILS:
                self._details.popitem(last=False)
        if detail is None:
            raise UnknownAddress
        return detail

    def _managers(self, text: str) -> Json:
        _, game, _ = self._event(text)
        people = self._world.people(game)
        if "homeManager" not in people:
            raise UnknownAddress
        return {"homeManager": people["homeManager"], "awayManager": people["awayManager"]}

    def _list_events(self, season: Season, pairs: list[tuple[Match, MatchState]]) -> list[Json]:
        if not pairs:
            raise UnknownAddress
        return [self._writer.list_item(season, game, state) for game, state in pairs]

    def _page(self, rows: list[tuple[Season, Match, MatchState]], direction: str, page: int) -> Json:
        """Cut a page of 30: sorted oldest first; page 0 is the latest of the past or the soonest of the future."""
        now = self._clock.now
        if direction == "last":
            rows = [row for row in rows if row[2].start <= now]
            end = len(rows) - PAGE_SIZE * page
            cut, more = rows[max(0, end - PAGE_SIZE) : max(0, end)], end > PAGE_SIZE
        else:
            rows = [row for row in rows if row[2].start > now]
            start = PAGE_SIZE * page
            cut, more = rows[start : start + PAGE_SIZE], len(rows) > start + PAGE_SIZE
        if not cut:
            raise UnknownAddress
        return {"events": [self._writer.list_item(*row) for row in cut], "hasNextPage": more}

    def _seasons(self, league: League) -> list[Json]:
        seasons = [self._world.season(league, year) for year in self._world.years(league, self._clock.now)]
        return [self._writer.frame(season)[1] for season in seasons]

    def _unique_tournament(self, league: League) -> Json:
        world, now = self._world, self._clock.now
        document = unique_tournament_json(league, world.title(league), world.mode == "simulated")
        years = world.years(league, now)
        season = world.season(league, years[0])
        starts = [state.start for _, state in season.states_at(now)]
        if len(years) > 1:
            before = world.season(league, years[1])
            rows = table(before.teams, results(before.states_at(now)), league.tie_break)
            document["titleHolder"] = team_json(rows[0].team)
        return document | {
            "hasRounds": True,
            "hasGroups": False,
            "hasPlayoffSeries": False,
            "hasStandings": True,
            "tier": 1,
            "startDateTimestamp": min(starts) // _DAY_S * _DAY_S,
            "endDateTimestamp": max(starts) // _DAY_S * _DAY_S,
        }

    def _info(self, season: Season, pairs: list[tuple[Match, MatchState]]) -> Json:
        scores = [state.score for _, state in pairs if state.is_final]
        starts = [state.start for _, state in pairs]
        return {
            "id": season.id,
            "goals": sum(home + away for home, away in scores),
            "homeTeamWins": sum(home > away for home, away in scores),
            "awayTeamWins": sum(home < away for home, away in scores),
            "draws": sum(home == away for home, away in scores),
            "numberOfCompetitors": len(season.teams),
            "numberOfRounds": season.n_rounds,
            "startDateTimestamp": min(starts) // _DAY_S * _DAY_S,
            "endDateTimestamp": max(starts) // _DAY_S * _DAY_S,
        }

    def _rounds(self, pairs: list[tuple[Match, MatchState]]) -> Json:
        rounds = sorted({game.round for game, _ in pairs})
        begun = [game.round for game, state in pairs if state.start <= self._clock.now]
        current = max(begun, default=rounds[0])
        return {"currentRound": {"round": current}, "rounds": [{"round": number} for number in rounds]}

    def _standings(self, season: Season, pairs: list[tuple[Match, MatchState]], side: str) -> Json:
        chain = season.league.tie_break if side == "total" else ("gd", "gf")
        rows = table(season.teams, results(pairs), chain, side)
        title = self._world.title(season.league)
        updated = max((state.changed_at for _, state in pairs if state.is_final), default=0)
        return {
            "tournament": self._writer.frame(season)[0],
            "type": side,
            "name": title,
            "descriptions": [],
            "tieBreakingRule": {"text": _rule(chain), "id": 1 + season.league.index},
            "rows": [self._row(season, row, k, side) for k, row in enumerate(rows, start=1)],
            "id": season.id,
            "updatedAtTimestamp": updated,
        }

    def _row(self, season: Season, row: Row, position: int, side: str) -> Json:
        document: Json = {
            "team": team_json(row.team),
            "descriptions": [],
            "position": position,
            "matches": row.matches,
            "wins": row.wins,
            "scoresFor": row.scored,
            "scoresAgainst": row.conceded,
            "id": row.team.id,
            "losses": row.losses,
            "draws": row.draws,
            "points": row.points,
            "scoreDiffFormatted": f"{row.difference:+d}" if row.difference else "0",
        }
        if side == "total" and self._world.mode == "simulated":
            if position <= 4:
                document["promotion"] = {"text": "Champions League", "id": 804}
            elif position > len(season.teams) - season.league.n_relegated:
                document["promotion"] = {"text": "Relegation", "id": 3}
        return document

    def _scheduled_events(self, league: League, day: str) -> list[Json]:
        try:
            start = int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
        except ValueError as exc:
            raise UnknownAddress from exc
        now, world = self._clock.now, self._world
        for year in world.years(league, now):
            season = world.season(league, year)
            pairs = [pair for pair in season.states_at(now) if start <= pair[1].start < start + _DAY_S]
            if pairs:
                return self._list_events(season, pairs)
        raise UnknownAddress

    def _live_events(self) -> list[Json]:
        now, world = self._clock.now, self._world
        document = []
        for league in world.leagues:
            season = world.season(league, world.years(league, now)[0])
            pairs = season.states_at(now)
            document += [self._writer.list_item(season, *pair) for pair in pairs if pair[1].type == "inprogress"]
        return document

    def _team(self, id: int, rest: list[str]) -> Document:
        world, now = self._world, self._clock.now
        team = world.team(id)
        if team is None:
            raise UnknownAddress
        match rest:
            case []:
                years = world.team_years(team, now)
                season = world.season(team.league, years[0] if years else world.years(team.league, now)[0])
                document = team_json(team) | {"tournament": self._writer.frame(season)[0], "fullName": team.name}
                game = next((game for game in season.matches if game.home == team), None)
                people = world.people(game) if game is not None else {}
                if people:
                    document |= {"manager": people["homeManager"], "venue": people["venue"]}
                return {"team": document}, _LIST
            case ["players"]:
                squad = world.squad(team, now)
                if not squad:
                    raise UnknownAddress
                players = [{"player": player_json(player)} for player in squad]
                return {"players": players, "foreignPlayers": [], "nationalPlayers": []}, _LIST
            case ["events", ("last" | "next") as direction, page]:
                rows = [
                    (season, *pair)
                    for year in reversed(world.team_years(team, now))
                    for season in [world.season(team.league, year)]
                    for pair in season.states_at(now)
                    if team in (pair[0].home, pair[0].away)
                ]
                return self._page(rows, direction, _number(page)), _EVENT
        raise UnknownAddress

    def _player(self, id: int) -> Json:
        pair = self._world.player(id, self._clock.now)
        if pair is None:
            raise UnknownAddress
        player, team = pair
        rng = stream(self._seed, "profile", player.id)
        document = player_json(player) | {
            "team": team_json(team),
            "slug": slugify(player.name),
            "shirtNumber": player.shirt,
            "positionsDetailed": _FINER_POSITIONS[player.position][: 1 + rng.randrange(2)],
            "contractUntilTimestamp": (self._clock.now // _DAY_S + rng.randrange(30, 1_500)) * _DAY_S,
        }
        # Unknown fields are left out, as on a real site.
        foot = rng.choices(("Right", "Left", "Both", ""), (70, 22, 4, 4))[0]
        return {"player": document | {"preferredFoot": foot} if foot else document}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise UnknownAddress
    return int(text)


_FINER_POSITIONS = {"G": ["GK"], "D": ["DC", "DL"], "M": ["MC", "DM"], "F": ["ST", "LW"]}
_CRITERIA = {
    "gd": "goal difference",
    "gf": "goals scored",
    "wins": "matches won",
    "h2h_points": "points in the matches between the teams",
    "h2h_gd": "goal difference in the matches between the teams",
    "h2h_gf": "goals in the matches between the teams",
    "h2h_away_goals": "away goals in the matches between the teams",
}


def _rule(chain: tuple[str, ...]) -> str:
    return "Teams level on points are parted by: " + ", ".join(_CRITERIA[name] for name in chain) + "."


def _statistics(detail: Detail, seed: int) -> Json:
    rng = stream(seed, "statistics", detail.match.id)
    return {"statistics": team_statistics.show(team_statistics.periods(rng, detail))}


_DETAILS: dict[str, tuple[Callable[[Detail, int], dict[str, Any]], str]] = {
    "statistics": (_statistics, _EVENT),
    "lineups": (lambda detail, _: detail_json.lineups_json(detail), _EVENT),
    "incidents": (lambda detail, _: detail_json.incidents_json(detail), _INCIDENTS),
    "shotmap": (lambda detail, _: detail_json.shotmap_json(detail), _EVENT),
}
