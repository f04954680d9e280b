"""One team."""

from __future__ import annotations

from functions.query_stats.asked import Asked, Content
from functions.query_stats.resource import Resource


def _team(asked: Asked) -> Content:
    found = asked.one("team", f"team {asked['team_id']}")
    return {**found, "seasons": asked.rows("team_seasons")}


RESOURCES = (
    Resource(
        name="team",
        path="/teams/<int:team_id>",
        text="One team and the seasons it played",
        answer=_team,
        model="teams.WholeTeam",
    ),
)
