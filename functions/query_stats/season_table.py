"""The table of a stored season under the rules of that season."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from functions.query_stats.stored_match import StoredMatch
from shared.domain.catalogue import competition_rules, leagues
from shared.domain.catalogue.competition_rules import SeasonRules
from shared.domain.football.ruled_table import ruled_table
from shared.domain.football.table import TableRow, league_table

EVERYTHING = datetime.max.replace(tzinfo=UTC)
"""As of when every result counts."""


def rules(league_id: int, starts_in: int) -> SeasonRules:
    """The rules of a league's season; a league the catalogue does not know parts level teams by goals."""
    return competition_rules.of_season(leagues.slug_of(league_id), starts_in)


def season_table(
    matches: Sequence[StoredMatch], decided_by: SeasonRules, *, as_of: datetime = EVERYTHING, venue: str = ""
) -> list[TableRow]:
    """The table at a moment, rulings, splits and an early end included."""
    return ruled_table(matches, rules=decided_by, as_of=as_of, venue=venue)


def plain_table(
    matches: Sequence[StoredMatch], decided_by: SeasonRules, *, as_of: datetime, venue: str
) -> list[TableRow]:
    """The table by results alone, for what no season was ever decided by, such as a half."""
    return league_table(matches, as_of=as_of, tie_break=decided_by.tie_break, venue=venue)
