"""All resources of query-stats."""

from __future__ import annotations

from functions.query_stats.resource import Resource, StoredTable
from functions.query_stats.resources import (
    leaders,
    leagues,
    managers,
    matches,
    players,
    quality,
    stored_tables,
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

TABLES: tuple[Resource | StoredTable, ...] = (
    *(each for each in RESOURCES if each.is_table),
    *stored_tables.STORED_TABLES,
)
"""Everything that is a whole table at its path with an extension."""

BY_NAME = {each.name: each for each in RESOURCES}
