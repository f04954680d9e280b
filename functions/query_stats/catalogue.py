"""All resources of query-stats."""

from __future__ import annotations

from functions.query_stats.resources import (
    leaders,
    leagues,
    managers,
    matches,
    players,
    quality,
    summaries,
    tables,
    teams,
)

RESOURCES = (
    *leagues.RESOURCES,
    *tables.RESOURCES,
    *matches.RESOURCES,
    *teams.RESOURCES,
    *players.RESOURCES,
    *leaders.RESOURCES,
    *summaries.RESOURCES,
    *managers.RESOURCES,
    *quality.RESOURCES,
)

BY_NAME = {each.name: each for each in RESOURCES}
