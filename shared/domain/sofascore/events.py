"""Parsers of events, in lists and on their own pages: matches, teams and competitions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from shared.domain.football.match_status import WALKOVER, is_final
from shared.domain.football.records import LeagueRecord, Manager, Match, MatchDetail, Team
from shared.domain.sofascore import json_reader
from shared.domain.sofascore.json_reader import (
    SOURCE,
    Json,
    fault,
    flag,
    identifier,
    moment,
    objects,
    optional_day,
    optional_whole,
    part,
    read_object,
    required_text,
    text,
    version_of,
    whole,
)
from shared.domain.sofascore.lineups import Lineups
from shared.errors import InvalidInput

_ENDED = 100

NO_SEASON = 0
"""Season of an event that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """A list of events: every match, and each team and competition once."""

    matches: tuple[Match, ...]
    teams: tuple[Team, ...]
    leagues: tuple[LeagueRecord, ...]
    has_next_page: bool
    refused: tuple[InvalidInput, ...] = ()
    """Why single events are unreadable; only without `strict`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """The own page of a match."""

    match: Match
    detail: MatchDetail
    teams: tuple[Team, ...]
    league: LeagueRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A manager."""

    id: int
    name: str
    short_name: str = ""
    country: str = ""
    born_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Managers:
    """The managers of both sides, where the source names them."""

    home: Person | None
    away: Person | None

    def records(self, match: Match) -> tuple[Manager, ...]:
        """Return the named managers, with the version of their match."""
        return tuple(
            Manager(
                source=match.source,
                version=match.version,
                manager_id=person.id,
                name=person.name,
                short_name=person.short_name or person.name,
                country=person.country,
                born_on=person.born_on,
            )
            for person in (self.home, self.away)
            if person is not None
        )


def parse_events(
    body: str | bytes,
    *,
    read_at: datetime,
    source: str = SOURCE,
    strict: bool = True,
    what: str = "events",
    season_id: int = NO_SEASON,
) -> Events:
    """Read a round or a page of events, in the source's order.

    Parameters
    ----------
    read_at : time of the response; the version of teams and competitions, and of events without a change time.
    strict : refuse the whole list for one event that cannot be read; otherwise such events go to `refused`.
    what : names the list in messages.
    season_id : season of the list, for events that name none (those of live lists often do not).

    Raises
    ------
    InvalidInput : as every parser.
    """
    content = read_object(body, what)
    read_ms = version_of(read_at)
    matches: list[Match] = []
    teams: dict[int, Team] = {}
    leagues: dict[int, LeagueRecord] = {}
    refused: list[InvalidInput] = []
    for event in objects(content, "events", what):
        try:
            match = _match(event, read_ms, source, season_id)
            sides = _teams(event, match, read_ms, source)
        except InvalidInput as exc:
            if strict:
                raise
            refused.append(exc)
            continue
        matches.append(match)
        teams.update((side.team_id, side) for side in sides)
        if match.league_id not in leagues:
            leagues[match.league_id] = _league(event, match, read_ms, source)
    return Events(
        matches=tuple(matches),
        teams=tuple(teams.values()),
        leagues=tuple(leagues.values()),
        has_next_page=flag(content, "hasNextPage", what),
        refused=tuple(refused),
    )


def parse_event(
    body: str | bytes, *, read_at: datetime, source: str = SOURCE, what: str = "event", season_id: int = NO_SEASON
) -> EventPage:
    """Read a match's own page; formations come from the line-ups (`complete_detail`).

    Parameters
    ----------
    season_id : season of the match, for a page that names none.

    Raises
    ------
    InvalidInput : as every parser.
    """
    event = part(read_object(body, what), "event", what)
    if not event:
        raise fault(what, "event", "is missing")
    read_ms = version_of(read_at)
    match = _match(event, read_ms, source, season_id)
    return EventPage(
        match=match,
        detail=_detail(event, match),
        teams=_teams(event, match, read_ms, source),
        league=_league(event, match, read_ms, source),
    )


def parse_managers(body: str | bytes, *, what: str = "managers") -> Managers:
    """Read the managers of both sides.

    Raises
    ------
    InvalidInput : as every parser.
    """
    content = read_object(body, what)
    return Managers(
        home=_person(part(content, "homeManager", what), what, "homeManager"),
        away=_person(part(content, "awayManager", what), what, "awayManager"),
    )


def complete_detail(
    detail: MatchDetail, *, lineups: Lineups | None = None, managers: Managers | None = None
) -> MatchDetail:
    """Return the detail with formations, and with managers that the event page does not name."""
    home_formation = lineups.home_formation if lineups else ""
    away_formation = lineups.away_formation if lineups else ""
    home = managers.home if managers and detail.home_manager_id is None else None
    away = managers.away if managers and detail.away_manager_id is None else None
    return dataclasses.replace(
        detail,
        home_formation=home_formation or detail.home_formation,
        away_formation=away_formation or detail.away_formation,
        home_manager_id=home.id if home else detail.home_manager_id,
        home_manager=home.name if home else detail.home_manager,
        away_manager_id=away.id if away else detail.away_manager_id,
        away_manager=away.name if away else detail.away_manager,
    )


def _match(event: Json, read_ms: int, source: str, season_id: int) -> Match:
    match_id = identifier(event, "id", "event without id")
    what = f"match {match_id}"
    tournament = _required_object(event, "tournament", what)
    unique = _required_object(tournament, "uniqueTournament", what, "tournament.uniqueTournament")
    home, away = _required_object(event, "homeTeam", what), _required_object(event, "awayTeam", what)
    status = _required_object(event, "status", what)
    code = _status_code(event, status, what)
    round_info = part(event, "roundInfo", what)
    time = part(event, "time", what)
    home_score, away_score = part(event, "homeScore", what), part(event, "awayScore", what)
    winner = optional_whole(event, "winnerCode", what)
    aggregated_winner = optional_whole(event, "aggregatedWinnerCode", what)
    return Match(
        source=source,
        version=(_changed_ms(event, what) or read_ms) + json_reader.REVISION,
        league_id=identifier(unique, "id", what, "tournament.uniqueTournament.id"),
        season_id=_season_id(event, what, season_id),
        match_id=match_id,
        custom_id=text(event, "customId", what),
        tournament_id=identifier(tournament, "id", what, "tournament.id"),
        round=optional_whole(round_info, "round", what, "roundInfo.round"),
        round_name=text(round_info, "name", what, "roundInfo.name") or text(round_info, "slug", what),
        starts_at=moment(event, "startTimestamp", what),
        status_code=code,
        status_type=text(status, "type", what, "status.type"),
        home_id=identifier(home, "id", what, "homeTeam.id"),
        away_id=identifier(away, "id", what, "awayTeam.id"),
        home_name=required_text(home, "name", what, "homeTeam.name"),
        away_name=required_text(away, "name", what, "awayTeam.name"),
        home_goals=_after_90(home_score, code, what, "homeScore"),
        away_goals=_after_90(away_score, code, what, "awayScore"),
        home_goals_period1=optional_whole(home_score, "period1", what, "homeScore.period1"),
        away_goals_period1=optional_whole(away_score, "period1", what, "awayScore.period1"),
        home_goals_display=optional_whole(home_score, "display", what, "homeScore.display"),
        away_goals_display=optional_whole(away_score, "display", what, "awayScore.display"),
        home_penalties=optional_whole(home_score, "penalties", what, "homeScore.penalties"),
        away_penalties=optional_whole(away_score, "penalties", what, "awayScore.penalties"),
        winner=winner if winner in (1, 2, 3) else None,
        home_red_cards=optional_whole(event, "homeRedCards", what) or 0,
        away_red_cards=optional_whole(event, "awayRedCards", what) or 0,
        has_xg=flag(event, "hasXg", what),
        has_player_statistics=flag(event, "hasEventPlayerStatistics", what),
        home_goals_current=optional_whole(home_score, "current", what, "homeScore.current"),
        away_goals_current=optional_whole(away_score, "current", what, "awayScore.current"),
        home_goals_period2=optional_whole(home_score, "period2", what, "homeScore.period2"),
        away_goals_period2=optional_whole(away_score, "period2", what, "awayScore.period2"),
        home_goals_extra=optional_whole(home_score, "overtime", what, "homeScore.overtime"),
        away_goals_extra=optional_whole(away_score, "overtime", what, "awayScore.overtime"),
        home_goals_aggregated=optional_whole(home_score, "aggregated", what, "homeScore.aggregated"),
        away_goals_aggregated=optional_whole(away_score, "aggregated", what, "awayScore.aggregated"),
        aggregated_winner=aggregated_winner if aggregated_winner in (1, 2) else None,
        added_minutes_period1=optional_whole(time, "injuryTime1", what, "time.injuryTime1"),
        added_minutes_period2=optional_whole(time, "injuryTime2", what, "time.injuryTime2"),
        tournament_name=text(tournament, "name", what, "tournament.name"),
    )


def _status_code(event: Json, status: Json, what: str) -> int:
    """Return the status code; a finished match whose result was awarded has the code of a walkover.

    The source leaves 100 there and sets `isAwarded`. The result counts in tables, but was not played.
    """
    code = whole(status, "code", what, "status.code")
    return WALKOVER if is_final(code) and flag(event, "isAwarded", what) else code


def _season_id(event: Json, what: str, default: int) -> int:
    season = part(event, "season", what)
    return identifier(season, "id", what, "season.id") if season else default


def _after_90(score: Json, code: int, what: str, side: str) -> int | None:
    """Return the goals after 90 minutes; with nothing played after them, `display` says the same."""
    goals = optional_whole(score, "normaltime", what, f"{side}.normaltime")
    if goals is None and code in (_ENDED, WALKOVER):
        return optional_whole(score, "display", what, f"{side}.display")
    return goals


def _changed_ms(event: Json, what: str) -> int:
    changes = part(event, "changes", what)
    return max(0, optional_whole(changes, "changeTimestamp", what, "changes.changeTimestamp") or 0) * 1000


def _detail(event: Json, match: Match) -> MatchDetail:
    what = f"match {match.match_id}"
    venue, referee = part(event, "venue", what), part(event, "referee", what)
    managers = [
        _person(part(part(event, side, what), "manager", what), what, f"{side}.manager")
        for side in ("homeTeam", "awayTeam")
    ]
    home, away = managers
    return MatchDetail(
        source=match.source,
        version=match.version,
        league_id=match.league_id,
        season_id=match.season_id,
        match_id=match.match_id,
        venue=text(venue, "name", what) or text(part(venue, "stadium", what), "name", what),
        city=text(part(venue, "city", what), "name", what),
        attendance=optional_whole(event, "attendance", what),
        referee_id=optional_whole(referee, "id", what, "referee.id"),
        referee=text(referee, "name", what, "referee.name"),
        home_manager_id=home.id if home else None,
        home_manager=home.name if home else "",
        away_manager_id=away.id if away else None,
        away_manager=away.name if away else "",
        home_formation="",
        away_formation="",
    )


def _person(person: Json, what: str, path: str) -> Person | None:
    if not person:
        return None
    return Person(
        id=identifier(person, "id", what, f"{path}.id"),
        name=text(person, "name", what, f"{path}.name"),
        short_name=text(person, "shortName", what, f"{path}.shortName"),
        country=text(part(person, "country", what), "name", what, f"{path}.country.name"),
        born_on=optional_day(person, "dateOfBirthTimestamp", what),
    )


def _teams(event: Json, match: Match, version: int, source: str) -> tuple[Team, Team]:
    what = f"match {match.match_id}"
    home, away = (_team(part(event, side, what), what, version, source) for side in ("homeTeam", "awayTeam"))
    return home, away


def _team(team: Json, what: str, version: int, source: str) -> Team:
    return Team(
        source=source,
        version=version,
        team_id=team["id"],
        name=team["name"],
        short_name=text(team, "shortName", what),
        code=text(team, "nameCode", what),
        country=text(part(team, "country", what), "name", what),
    )


def _league(event: Json, match: Match, version: int, source: str) -> LeagueRecord:
    what = f"match {match.match_id}"
    tournament = event["tournament"]
    unique = tournament["uniqueTournament"]
    category = part(unique, "category", what) or part(tournament, "category", what)
    return LeagueRecord(
        source=source,
        version=version,
        league_id=match.league_id,
        name=text(unique, "name", what) or text(tournament, "name", what),
        country=text(category, "name", what),
    )


def _required_object(parent: Json, key: str, what: str, path: str = "") -> Json:
    value = part(parent, key, what)
    if not value:
        raise fault(what, path or key, "is missing")
    return value


def newest(matches: Iterable[Match]) -> dict[int, Match]:
    """Return the newest version of each match by id: lists and pages overlap, so the version decides, not the order."""
    newest_by_id: dict[int, Match] = {}
    for match in matches:
        known = newest_by_id.get(match.match_id)
        if known is None or match.version >= known.version:
            newest_by_id[match.match_id] = match
    return newest_by_id
