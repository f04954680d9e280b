"""Football statistics and forecasts of a Touchline platform, as pandas or polars frames.

``to`` is "pandas", "polars" or "arrow". A league is its slug, name or country; a season is "2024/25" or "2024-25", the
newest without one; a team or player is its name or id. Times are in UTC. Errors are those of `touchline.errors`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from . import frames, names, plot
from .errors import (
    AmbiguousName,
    InvalidQuery,
    NotFound,
    OfflineWarning,
    TouchlineError,
    Unauthorized,
    Unavailable,
)
from .frames import Kind
from .names import connect, session
from .session import Session

__all__ = [
    "AmbiguousName", "InvalidQuery", "NotFound", "OfflineWarning", "Session", "TouchlineError", "Unauthorized",
    "Unavailable", "appearances", "completeness", "connect", "corrections", "discipline", "expected_goals", "forecasts",
    "form", "game_state", "incidents", "leaders", "leagues", "manager_matches", "match", "matches", "matches_of_all",
    "odds", "outlook", "pairing", "player", "player_matches", "player_stats", "plot", "quality", "ratings", "referees",
    "rounds", "schema",
    "search", "seasons", "session", "shots", "sources",
    "sql",
    "squad", "standings", "statistics", "streaks",
    "table", "table_graph", "team", "team_matches", "team_stats", "teams", "track_record",
]  # fmt: skip

ARROW = "application/vnd.apache.arrow.file"
Day = date | str | None
Season = str | None


def leagues(*, to: Kind = "pandas") -> Any:
    """Return all stored leagues."""
    return _table("/stats/leagues", to)


def seasons(league: str, *, to: Kind = "pandas") -> Any:
    """Return the seasons of a league, the newest first."""
    return _of_league(league, "seasons", to)


def rounds(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return the rounds of a season and their progress."""
    return _of_league(league, "rounds", to, season=season)


def teams(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return the teams of a season."""
    return _of_league(league, "teams", to, season=season)


def matches(
    league: str,
    season: Season = None,
    *,
    round: int | None = None,
    team: int | str | None = None,
    state: str | None = None,
    to: Kind = "pandas",
) -> Any:
    """Return the matches of a season by kick-off."""
    team_id = None if team is None else names.find("team", team)
    return _of_league(league, "matches", to, season=season, round=round, team=team_id, state=state)


def matches_of_all(
    *, league: str | None = None, date_from: Day = None, date_to: Day = None, day: Day = None, to: Kind = "pandas"
) -> Any:
    """Return the matches of all leagues, or of one through all seasons: some 25 MB for 1.4 million."""
    slug = None if league is None else names.league(league)
    return _table("/stats/matches", to, league=slug, date=day, date_from=date_from, date_to=date_to)


def table(
    league: str, season: Season = None, *, as_of: Day = None, venue: str | None = None, to: Kind = "pandas"
) -> Any:
    """Return the league table, as of any date."""
    return _of_league(league, "table", to, season=season, as_of=as_of, venue=venue)


def table_graph(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return the place of each team after each round."""
    return _of_league(league, "table/graph", to, season=season)


def standings(league: str, season: Season = None, *, venue: str | None = None, to: Kind = "pandas") -> Any:
    """Return the source's own table."""
    return _of_league(league, "standings", to, season=season, venue=venue)


def form(league: str, season: Season = None, *, n: int | None = None, to: Kind = "pandas") -> Any:
    """Return the last results of each team."""
    return _of_league(league, "form", to, season=season, n=n)


def streaks(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return the running and longest series of results."""
    return _of_league(league, "streaks", to, season=season)


def team_stats(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return results and statistics of each team."""
    return _of_league(league, "team-stats", to, season=season)


def player_stats(league: str, season: Season = None, *, position: str | None = None, to: Kind = "pandas") -> Any:
    """Return statistics of each player."""
    return _of_league(league, "player-stats", to, season=season, position=position)


def leaders(
    league: str,
    metric: str = "goals",
    season: Season = None,
    *,
    per_90: bool = False,
    min_minutes: int | None = None,
    to: Kind = "pandas",
) -> Any:
    """Return players by one statistic (the source's name, or ``rating``)."""
    params = {"metric": metric, "per_90": per_90, "min_minutes": min_minutes}
    return _of_league(league, "leaders", to, season=season, **params)


def expected_goals(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return expected goals of each team."""
    return _of_league(league, "xg", to, season=season)


def game_state(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return minutes and goals of each team while leading, level and behind."""
    return _of_league(league, "game-state", to, season=season)


def discipline(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return cards and fouls of each team."""
    return _of_league(league, "discipline", to, season=season)


def referees(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return matches and cards of each referee."""
    return _of_league(league, "referees", to, season=season)


def completeness(league: str, *, to: Kind = "pandas") -> Any:
    """Return how many matches of each season are stored, and of how many each part."""
    return _of_league(league, "completeness", to)


def quality(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return the rules that matches of a season break."""
    return _of_league(league, "quality", to, season=season)


def corrections(league: str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return what the source changed after the fact."""
    return _of_league(league, "corrections", to, season=season)


def match(match: int) -> dict[str, Any]:
    """Return one match with its details."""
    result: dict[str, Any] = session().json(f"/stats/matches/{int(match)}")
    return result


def statistics(
    league: str | None = None, season: Season = None, *, match: int | None = None, to: Kind = "pandas"
) -> Any:
    """Return the statistics of a match, or of all matches of a season."""
    return _part("statistics", league, season, match, to)


def appearances(
    league: str | None = None, season: Season = None, *, match: int | None = None, to: Kind = "pandas"
) -> Any:
    """Return the squads of a match, or of all matches of a season."""
    return _part("lineups", league, season, match, to)


def incidents(
    league: str | None = None, season: Season = None, *, match: int | None = None, to: Kind = "pandas"
) -> Any:
    """Return goals, cards and substitutions of a match, or of all matches of a season."""
    return _part("incidents", league, season, match, to)


def odds(
    league: str | None = None,
    season: Season = None,
    *,
    match: int | None = None,
    market: str | None = None,
    closing: bool | None = None,
    to: Kind = "pandas",
) -> Any:
    """Return prices of a match, or of all matches of a season, of one market or only at kick-off."""
    return _part("odds", league, season, match, to, market=market, closing=closing)


def shots(
    league: str | None = None,
    season: Season = None,
    *,
    match: int | None = None,
    team: int | str | None = None,
    player: int | str | None = None,
    to: Kind = "pandas",
) -> Any:
    """Return the shots of a season, a match, a team or a player."""
    if team is not None:
        return _table(f"/stats/teams/{names.find('team', team)}/shots", to, season=season)
    if player is not None:
        return _table(f"/stats/players/{names.find('player', player)}/shots", to, season=season)
    return _part("shots", league, season, match, to)


def team(team: int | str) -> dict[str, Any]:
    """Return a team and its seasons."""
    result: dict[str, Any] = session().json(f"/stats/teams/{names.find('team', team)}")
    return result


def team_matches(team: int | str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return the matches of a team."""
    return _table(f"/stats/teams/{names.find('team', team)}/matches", to, season=season)


def squad(team: int | str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return the players of a team in a season."""
    return _table(f"/stats/teams/{names.find('team', team)}/players", to, season=season)


def player(player: int | str) -> dict[str, Any]:
    """Return a player and his seasons."""
    result: dict[str, Any] = session().json(f"/stats/players/{names.find('player', player)}")
    return result


def player_matches(player: int | str, season: Season = None, *, to: Kind = "pandas") -> Any:
    """Return the matches of a player."""
    return _table(f"/stats/players/{names.find('player', player)}/matches", to, season=season)


def manager_matches(manager: int | str, *, to: Kind = "pandas") -> Any:
    """Return the results under a manager."""
    return _table(f"/stats/managers/{names.find('manager', manager)}/matches", to)


def search(text: str, *, kind: str | None = None, to: Kind = "pandas") -> Any:
    """Return leagues, teams, players and managers by name."""
    return _rows("/stats/search", "items", to, q=text, kind=kind)


def sources(*, to: Kind = "pandas") -> Any:
    """Return the sources of what is stored, and their terms."""
    return _table("/stats/sources", to)


def sql(query: str, *, to: Kind = "pandas") -> Any:
    """Return the rows of a SELECT over the views of `schema` (role `analyst`; pass its token to `connect`)."""
    return frames.of_file(session().post("/stats/sql", {"query": query}, ARROW), to)


def schema(*, to: Kind = "pandas") -> Any:
    """Return each column of the views that `sql` may read, with its type, unit and meaning."""
    answer = session().get("/stats/schema")
    views = frames.json_of(answer)["views"]
    return frames.of_rows(
        [{"view": view["name"], **column} for view in views for column in view["columns"]], answer, to
    )


def forecasts(league: str, round: int | str | None = None, *, as_of: Day = None, to: Kind = "pandas") -> Any:
    """Return forecasts of coming matches; probabilities are the columns home, draw and away."""
    path = f"/analyze/leagues/{names.league(league)}/forecasts"
    return _rows(path, "items", to, "probabilities", round=round, as_of=as_of)


def pairing(league: str, home: int | str, away: int | str) -> dict[str, Any]:
    """Return the forecast of two teams of a league, scheduled or not."""
    ids = {"home": names.find("team", home), "away": names.find("team", away)}
    result: dict[str, Any] = session().json(f"/analyze/leagues/{names.league(league)}/pairing", **ids)
    return result


def ratings(league: str, kind: str | None = None, *, as_of: Day = None, to: Kind = "pandas") -> Any:
    """Return the ratings of all teams."""
    return _rows(f"/analyze/leagues/{names.league(league)}/ratings", "ratings", to, kind=kind, as_of=as_of)


def outlook(league: str, *, as_of: Day = None, to: Kind = "pandas") -> Any:
    """Return the simulated end of the season by team."""
    return _rows(f"/analyze/leagues/{names.league(league)}/outlook", "teams", to, as_of=as_of)


def track_record(league: str) -> dict[str, Any]:
    """Return how the platform's forecasts have done, beside base rates."""
    result: dict[str, Any] = session().json(f"/analyze/leagues/{names.league(league)}/track-record")
    return result


def _of_league(league: str, path: str, to: Kind, **params: Any) -> Any:
    return _table(f"/stats/leagues/{names.league(league)}/{path}", to, **params)


def _part(path: str, league: str | None, season: Season, match: int | None, to: Kind, **params: Any) -> Any:
    """Return a part of one match, or of all matches of a season."""
    if (league is None) == (match is None):
        raise TypeError("give either a league or a match")
    if match is None:
        return _table(f"/stats/leagues/{names.league(str(league))}/{path}", to, season=season, **params)
    if season is not None or any(value is not None for value in params.values()):
        raise TypeError("a match takes no other parameter")
    return _table(f"/stats/matches/{int(match)}/{path}", to)


def _table(path: str, to: Kind, **params: Any) -> Any:
    """Return a whole table."""
    return frames.of_file(session().get(f"{path}.arrow", **params), to)


def _rows(path: str, listed: str, to: Kind, spread: str = "", **params: Any) -> Any:
    """Return the rows of all pages; the fields of the object `spread` become columns of their own names."""
    rows: list[Any] = []
    cursor = None
    while True:
        answer = session().get(path, **params, cursor=cursor)
        page = frames.json_of(answer)
        rows += page[listed]
        if not (cursor := page.get("next")):
            return frames.of_rows(rows, answer, to, spread)
