"""The JSON interface: which address gives which answer at the site's time; answers are kept as bytes with ETags."""

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
from k8s.local.standin.world.matches import Match, Sight, see
from k8s.local.standin.world.random_streams import stream
from k8s.local.standin.world.season import Row, Season, results, table
from k8s.local.standin.world.world import World, match_by_id, season_by_id

PAGE_SIZE = 30
_KEPT_BYTES = 48 * 1024 * 1024
_KEPT_DETAILS = 64
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """A ready answer of the interface."""

    status: int
    body: bytes
    etag: str
    cache_control: str


class Refused(Exception):
    """The interface has nothing at this address."""


def encode(document: Json) -> bytes:
    """Write JSON as the site does: no blanks, UTF-8."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def make_answer(status: int, document: Json, cache_control: str) -> Answer:
    """Encode a document and derive its ETag from the bytes."""
    body = encode(document)
    return Answer(status, body, f'"{blake2b(body, digest_size=10).hexdigest()}"', cache_control)


# How long browsers and shared caches may keep an answer, as observed on a real site.
_LIVE = "max-age=5"
_LIST = "max-age=60"
_EVENT = "max-age=10, s-maxage=172800"
_INCIDENTS = "max-age=10, s-maxage=604800"
_STANDINGS = "max-age=60, s-maxage=7200"
NOT_FOUND = make_answer(404, {"error": {"code": 404, "message": "Not Found"}}, "max-age=3600")
CHALLENGE = make_answer(403, {"error": {"code": 403, "reason": "challenge"}}, "no-store")

Made = tuple[Json, str]
"""A document and its Cache-Control."""


class Answers:
    """Answers addresses below `/api/v1` for one world at the time of one clock."""

    def __init__(self, world: World, clock: SiteClock, seed: int = 0) -> None:
        self._world = world
        self._clock = clock
        self._seed = seed
        self._writer = EventWriter(world)
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._kept_bytes = 0
        self._details: OrderedDict[int, Detail | None] = OrderedDict()
        self._moves = clock.moves

    def get(self, path: str) -> Answer:
        """Answer a path below `/api/v1`, such as `/event/4711`; unknown ones get the site's 404."""
        if self._moves != self._clock.moves:
            self._forget()
        answer = self._kept.get(path)
        if answer is not None:
            self._kept.move_to_end(path)
            return answer
        try:
            document, cache_control = self._route(path.strip("/").split("/"))
        except Refused:
            return NOT_FOUND
        answer = make_answer(200, document, cache_control)
        self._kept[path] = answer
        self._kept_bytes += len(answer.body)
        while self._kept_bytes > _KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1].body)
        return answer

    def _forget(self) -> None:
        self._kept.clear()
        self._kept_bytes = 0
        self._details.clear()
        self._moves = self._clock.moves

    def _route(self, parts: list[str]) -> Made:
        match parts:
            case ["event", id]:
                season, game, sight = self._event(id)
                return {"event": self._writer.full(season, game, sight)}, _EVENT
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
                return {"events": self._live()}, _LIVE
        raise Refused

    def _tournament(self, league: League, rest: list[str]) -> Made:
        match rest:
            case []:
                return {"uniqueTournament": self._unique_tournament(league)}, _LIST
            case ["seasons"]:
                return {"seasons": self._seasons(league)}, _LIST
            case ["scheduled-events", day]:
                return {"events": self._scheduled(league, day)}, _LIST
            case ["season", id, *below]:
                season = season_by_id(self._world, league, _number(id), self._clock.now)
                if season is None:
                    raise Refused
                return self._season(season, below)
        raise Refused

    def _season(self, season: Season, rest: list[str]) -> Made:
        pairs = season.seen(self._clock.now)
        match rest:
            case ["info"]:
                return {"info": self._info(season, pairs)}, _LIST
            case ["rounds"]:
                return self._rounds(pairs), _LIST
            case ["events", "round", number]:
                wanted = _number(number)
                return {"events": self._written(season, [pair for pair in pairs if pair[0].round == wanted])}, _EVENT
            case ["events", ("last" | "next") as direction, page]:
                return self._page([(season, *pair) for pair in pairs], direction, _number(page)), _EVENT
            case ["standings", ("total" | "home" | "away") as side]:
                return {"standings": [self._standings(season, pairs, side)]}, _STANDINGS
        raise Refused

    def _league(self, ut: str) -> League:
        wanted = _number(ut)
        for league in self._world.leagues:
            if league.ut == wanted:
                return league
        raise Refused

    def _event(self, text: str) -> tuple[Season, Match, Sight]:
        found = match_by_id(self._world, _number(text), self._clock.now)
        if found is None:
            raise Refused
        sight = see(found[1], self._clock.now)
        if sight is None:
            raise Refused
        return *found, sight

    def _detail(self, text: str) -> Detail:
        _, game, sight = self._event(text)
        if game.id in self._details:
            detail = self._details[game.id]
        else:
            detail = self._world.detail(game, sight) if game.detailed else None
            self._details[game.id] = detail
            if len(self._details) > _KEPT_DETAILS:
                self._details.popitem(last=False)
        if detail is None:
            raise Refused
        return detail

    def _managers(self, text: str) -> Json:
        _, game, _ = self._event(text)
        people = self._world.people(game)
        if "homeManager" not in people:
            raise Refused
        return {"homeManager": people["homeManager"], "awayManager": people["awayManager"]}

    def _written(self, season: Season, pairs: list[tuple[Match, Sight]]) -> list[Json]:
        if not pairs:
            raise Refused
        return [self._writer.listed(season, game, sight) for game, sight in pairs]

    def _page(self, rows: list[tuple[Season, Match, Sight]], direction: str, page: int) -> Json:
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
            raise Refused
        return {"events": [self._writer.listed(*row) for row in cut], "hasNextPage": more}

    def _seasons(self, league: League) -> list[Json]:
        seasons = [self._world.season(league, year) for year in self._world.years(league, self._clock.now)]
        return [self._writer.frame(season)[1] for season in seasons]

    def _unique_tournament(self, league: League) -> Json:
        world, now = self._world, self._clock.now
        shown = unique_tournament_json(league, world.title(league), world.mode == "simulated")
        years = world.years(league, now)
        season = world.season(league, years[0])
        starts = [sight.start for _, sight in season.seen(now)]
        if len(years) > 1:
            before = world.season(league, years[1])
            rows = table(before.teams, results(before.seen(now)), league.tie_break)
            shown["titleHolder"] = team_json(rows[0].team)
        return shown | {
            "hasRounds": True,
            "hasGroups": False,
            "hasPlayoffSeries": False,
            "hasStandings": True,
            "tier": 1,
            "startDateTimestamp": min(starts) // _DAY_S * _DAY_S,
            "endDateTimestamp": max(starts) // _DAY_S * _DAY_S,
        }

    def _info(self, season: Season, pairs: list[tuple[Match, Sight]]) -> Json:
        scores = [sight.score for _, sight in pairs if sight.is_final]
        starts = [sight.start for _, sight in pairs]
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

    def _rounds(self, pairs: list[tuple[Match, Sight]]) -> Json:
        rounds = sorted({game.round for game, _ in pairs})
        begun = [game.round for game, sight in pairs if sight.start <= self._clock.now]
        current = max(begun, default=rounds[0])
        return {"currentRound": {"round": current}, "rounds": [{"round": number} for number in rounds]}

    def _standings(self, season: Season, pairs: list[tuple[Match, Sight]], side: str) -> Json:
        chain = season.league.tie_break if side == "total" else ("gd", "gf")
        rows = table(season.teams, results(pairs), chain, side)
        title = self._world.title(season.league)
        updated = max((sight.changed_at for _, sight in pairs if sight.is_final), default=0)
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
        shown: Json = {
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
                shown["promotion"] = {"text": "Champions League", "id": 804}
            elif position > len(season.teams) - season.league.n_relegated:
                shown["promotion"] = {"text": "Relegation", "id": 3}
        return shown

    def _scheduled(self, league: League, day: str) -> list[Json]:
        try:
            start = int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
        except ValueError as exc:
            raise Refused from exc
        now, world = self._clock.now, self._world
        for year in world.years(league, now):
            season = world.season(league, year)
            pairs = [pair for pair in season.seen(now) if start <= pair[1].start < start + _DAY_S]
            if pairs:
                return self._written(season, pairs)
        raise Refused

    def _live(self) -> list[Json]:
        now, world = self._clock.now, self._world
        shown = []
        for league in world.leagues:
            season = world.season(league, world.years(league, now)[0])
            pairs = season.seen(now)
            shown += [self._writer.listed(season, *pair) for pair in pairs if pair[1].type == "inprogress"]
        return shown

    def _team(self, id: int, rest: list[str]) -> Made:
        world, now = self._world, self._clock.now
        team = world.team(id)
        if team is None:
            raise Refused
        match rest:
            case []:
                years = world.team_years(team, now)
                season = world.season(team.league, years[0] if years else world.years(team.league, now)[0])
                shown = team_json(team) | {"tournament": self._writer.frame(season)[0], "fullName": team.name}
                game = next((game for game in season.matches if game.home == team), None)
                people = world.people(game) if game is not None else {}
                if people:
                    shown |= {"manager": people["homeManager"], "venue": people["venue"]}
                return {"team": shown}, _LIST
            case ["players"]:
                squad = world.squad(team, now)
                if not squad:
                    raise Refused
                players = [{"player": player_json(player)} for player in squad]
                return {"players": players, "foreignPlayers": [], "nationalPlayers": []}, _LIST
            case ["events", ("last" | "next") as direction, page]:
                rows = [
                    (season, *pair)
                    for year in reversed(world.team_years(team, now))
                    for season in [world.season(team.league, year)]
                    for pair in season.seen(now)
                    if team in (pair[0].home, pair[0].away)
                ]
                return self._page(rows, direction, _number(page)), _EVENT
        raise Refused

    def _player(self, id: int) -> Json:
        found = self._world.player(id, self._clock.now)
        if found is None:
            raise Refused
        player, team = found
        rng = stream(self._seed, "profile", player.id)
        shown = player_json(player) | {
            "team": team_json(team),
            "slug": slugify(player.name),
            "shirtNumber": player.shirt,
            "positionsDetailed": _FINER_POSITIONS[player.position][: 1 + rng.randrange(2)],
            "contractUntilTimestamp": (self._clock.now // _DAY_S + rng.randrange(30, 1_500)) * _DAY_S,
        }
        # The site leaves out what it does not know.
        foot = rng.choices(("Right", "Left", "Both", ""), (70, 22, 4, 4))[0]
        return {"player": shown | {"preferredFoot": foot} if foot else shown}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Refused
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
