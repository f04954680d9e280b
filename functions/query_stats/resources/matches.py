"""Matches: a season's list, one match, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from functions.query_stats.asked import Asked, Content
from functions.query_stats.resource import Resource
from shared.domain.fixtures import current_events
from shared.domain.records import Match

Position = tuple[datetime, int]
"""Kick-off and match id: where a page ends."""


def _season(asked: Asked) -> Content:
    """A page by kick-off; postponed originals stand beside their successors."""
    current = {event.match_id for event in current_events(asked.matches)}
    after = asked.after()
    fitting = [match for match in asked.matches if _fits(match, asked) and (after is None or _position(match) > after)]
    page = fitting[: asked["limit"]]
    return {
        **asked.head,
        "items": [{**_match(match), "replaced": match.match_id not in current} for match in page],
        "next": asked.next(_position(page[-1]) if len(fitting) > asked["limit"] else None),
    }


def _whole(asked: Asked) -> Content:
    detail = asked.rows("match_detail")
    return {**_match(asked.match), "detail": detail[0] if detail else None, "parts": list(PARTS)}


def _part(question: str) -> Callable[[Asked], Content]:
    return lambda asked: {"match_id": asked.match.match_id, "items": asked.rows(question)}


def _fits(match: Match, asked: Asked) -> bool:
    return (
        (asked["round"] is None or match.round == asked["round"])
        and (asked["team"] is None or asked["team"] in (match.home_id, match.away_id))
        and (not asked["state"] or match.status_type == asked["state"])
    )


def _position(match: Match) -> Position:
    return match.starts_at, match.match_id


def _match(match: Match) -> dict[str, Any]:
    return {
        "match_id": match.match_id,
        "league_id": match.league_id,
        "season_id": match.season_id,
        "round": match.round,
        "starts_at": match.starts_at,
        "status": {"code": match.status_code, "type": match.status_type},
        "home": {"id": match.home_id, "name": match.home_name},
        "away": {"id": match.away_id, "name": match.away_name},
        "score": {"home": match.home_goals, "away": match.away_goals},
        "half_time": {"home": match.home_goals_period1, "away": match.away_goals_period1},
        "penalties": {"home": match.home_penalties, "away": match.away_penalties},
        "red_cards": {"home": match.home_red_cards, "away": match.away_red_cards},
        "source": match.source,
        "version": match.version,
    }


def _of_match(part: str, text: str, question: str, model: str) -> Resource:
    return Resource(
        name=f"match_{part}", path=f"/matches/<int:match_id>/{part}", text=text, answer=_part(question), model=model
    )


_PARTS = (
    _of_match("statistics", "Statistics of both sides by period", "team_statistics", "matches.Statistics"),
    _of_match("lineups", "Both squads and what each player did", "appearances", "matches.Lineups"),
    _of_match("incidents", "Goals, cards, substitutions and decisions", "incidents", "matches.Incidents"),
    _of_match("shots", "Every shot, where it is covered", "shots", "matches.Shots"),
)
PARTS = tuple(each.path.rpartition("/")[2] for each in _PARTS)

RESOURCES = (
    Resource(
        name="matches",
        path="/leagues/<league>/matches",
        text="Matches of a season",
        answer=_season,
        query="MatchesQuery",
        model="matches.Matches",
    ),
    Resource(name="match", path="/matches/<int:match_id>", text="One match", answer=_whole, model="matches.WholeMatch"),
    *_PARTS,
)
