"""Matches of a season or a day, one match, and the parts of a match."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from functions.query_stats.ports import JsonObject
from functions.query_stats.resource import Resource, list_rows_of
from functions.query_stats.stats_request import StatsRequest
from functions.query_stats.stored_match import StoredMatch, match_to_json, matches_to_json
from shared import lazy
from shared.domain.football.fixtures import map_successors

if TYPE_CHECKING:
    from pydantic import BaseModel

    from functions.query_stats import edge
    from functions.query_stats.models import matches as matches_models
else:
    edge = lazy.Module("functions.query_stats.edge")
    matches_models = lazy.Module("functions.query_stats.models.matches", warm=False)

Position = tuple[datetime, int]
"""Kick-off and id of the last match of a page."""


def _season_matches(request: StatsRequest) -> JsonObject:
    """A page of a season's matches by kick-off; a postponed match is listed beside the one that replaced it."""
    replaced, after, limit = map_successors(request.matches), request.position(), request["limit"]
    matches = [match for match in request.matches if _is_requested(match, request)]
    remaining = [match for match in matches if after is None or _position(match) > after]
    page = remaining[:limit]
    return {
        **request.season_head,
        "items": [_listed_match_to_json(match, replaced) for match in page],
        "next": request.cursor(_position(page[-1]) if len(remaining) > limit else None),
    }


def _matches_of_day(request: StatsRequest) -> JsonObject:
    """Matches of a day in UTC, or between two instants: of a day in the reader's zone."""
    since, until = request["since"], request["until"]
    if request["date"] is not None:
        since = datetime.combine(request["date"], time(), UTC)
        until = since + timedelta(days=1)
    rows, cursor = request.page("day", since=since, until=until)
    return {"date": request["date"], "since": since, "until": until, "items": matches_to_json(rows), "next": cursor}


def _match(request: StatsRequest) -> JsonObject:
    detail = request.rows("match_detail")
    return match_to_json(request.match, detail=detail[0] if detail else None, parts=list(PARTS))


def _is_requested(match: StoredMatch, request: StatsRequest) -> bool:
    return (
        (request["round"] is None or match.round == request["round"])
        and (request["team"] is None or request["team"] in (match.home_id, match.away_id))
        and (not request["state"] or match.status_type == request["state"])
    )


def _listed_match_to_json(match: StoredMatch, replaced: dict[int, int]) -> JsonObject:
    replaced_by = replaced.get(match.match_id)
    return match_to_json(match, replaced=replaced_by is not None, replaced_by=replaced_by)


def _position(match: StoredMatch) -> Position:
    return match.starts_at, match.match_id


def _part(name: str, summary: str, query: str, model: Callable[[], type[BaseModel]]) -> Resource:
    return Resource(
        name=f"match_{name}",
        path=f"/matches/<int:match_id>/{name}",
        summary=summary,
        answer=list_rows_of("match_id", query),
        model=model,
    )


_PARTS = (
    _part("statistics", "Statistics of both sides by period", "team_statistics", lambda: matches_models.Statistics),
    _part("lineups", "Both squads with the statistics of each player", "appearances", lambda: matches_models.Lineups),
    _part("keepers", "The goalkeepers and their saves", "keepers", lambda: matches_models.Keepers),
    _part("incidents", "Goals, cards, substitutions and decisions", "incidents", lambda: matches_models.Incidents),
    _part("shots", "All shots, where the source covers them", "shots", lambda: matches_models.Shots),
    _part("odds", "Odds of bookmakers", "odds", lambda: matches_models.Odds),
)
PARTS = tuple(each.path.rpartition("/")[2] for each in _PARTS)

RESOURCES = (
    Resource(
        name="matches",
        path="/leagues/<league>/matches",
        summary="Matches of a season",
        answer=_season_matches,
        query=lambda: edge.MatchesQuery,
        model=lambda: matches_models.Matches,
    ),
    Resource(
        name="day",
        path="/matches",
        summary="Matches of a day or between two instants, of all leagues",
        answer=_matches_of_day,
        query=lambda: edge.DayQuery,
        model=lambda: matches_models.MatchesOfDay,
        is_table=False,  # `matches_of_all` is the table at this path
    ),
    Resource(
        name="match",
        path="/matches/<int:match_id>",
        summary="One match",
        answer=_match,
        model=lambda: matches_models.MatchDetail,
        is_table=False,
    ),
    *_PARTS,
)
