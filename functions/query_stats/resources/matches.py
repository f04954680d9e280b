"""Matches: a season's list, a day's, one match, and what is known of it."""

from __future__ import annotations

from datetime import datetime

from functions.query_stats.resource import Resource, about
from functions.query_stats.stats_request import Asked, Content
from functions.query_stats.stored_match import StoredMatch, stored, told
from shared.domain.football.fixtures import successors

Position = tuple[datetime, int]
"""Kick-off and match id: where a page ends."""


def _season(asked: Asked) -> Content:
    """A page by kick-off; postponed originals stand beside their successors."""
    replaced = successors(asked.matches)
    after = asked.after()
    fitting = [match for match in asked.matches if _fits(match, asked) and (after is None or _position(match) > after)]
    page = fitting[: asked["limit"]]
    return {
        **asked.head,
        "items": [
            told(match, replaced=match.match_id in replaced, replaced_by=replaced.get(match.match_id)) for match in page
        ],
        "next": asked.next(_position(page[-1]) if len(fitting) > asked["limit"] else None),
    }


def _day(asked: Asked) -> Content:
    found, following = asked.page("day")
    return {"date": asked["date"], "items": [told(stored(row)) for row in found], "next": following}


def _whole(asked: Asked) -> Content:
    detail = asked.rows("match_detail")
    return told(asked.match, detail=detail[0] if detail else None, parts=list(PARTS))


def _fits(match: StoredMatch, asked: Asked) -> bool:
    return (
        (asked["round"] is None or match.round == asked["round"])
        and (asked["team"] is None or asked["team"] in (match.home_id, match.away_id))
        and (not asked["state"] or match.status_type == asked["state"])
    )


def _position(match: StoredMatch) -> Position:
    return match.starts_at, match.match_id


def _of_match(part: str, text: str, question: str, model: str) -> Resource:
    return Resource(
        name=f"match_{part}",
        path=f"/matches/<int:match_id>/{part}",
        text=text,
        answer=about("match_id", question),
        model=f"matches.{model}",
    )


_PARTS = (
    _of_match("statistics", "Statistics of both sides by period", "team_statistics", "Statistics"),
    _of_match("lineups", "Both squads and what each player did", "appearances", "Lineups"),
    _of_match("keepers", "Who stood in goal, and what he saved", "keepers", "Keepers"),
    _of_match("incidents", "Goals, cards, substitutions and decisions", "incidents", "Incidents"),
    _of_match("shots", "Every shot, where it is covered", "shots", "Shots"),
    _of_match("odds", "What bookmakers offered", "odds", "Odds"),
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
    Resource(
        name="day",
        path="/matches",
        text="Matches of a day, of all leagues",
        answer=_day,
        query="DayQuery",
        model="matches.MatchesOfDay",
    ),
    Resource(name="match", path="/matches/<int:match_id>", text="One match", answer=_whole, model="matches.WholeMatch"),
    *_PARTS,
)
