"""Parser of the source's own league tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.football.records import Standing
from shared.domain.sofascore.json_reader import (
    SOURCE,
    Json,
    identifier,
    objects,
    optional_whole,
    part,
    read_object,
    required_text,
    text,
    version_of,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """Rows of every group or phase, and the tie-break rule by tournament id."""

    rows: tuple[Standing, ...]
    tie_break_texts: Mapping[int, str]


def parse_standings(
    body: str | bytes, *, league_id: int, season_id: int, read_at: datetime, source: str = SOURCE
) -> Standings:
    """Read the tables; groups and phases are separate tables, each with a tournament of its own.

    Raises
    ------
    InvalidInput : as every parser.
    """
    what = f"standings of league {league_id} season {season_id}"
    read_ms = version_of(read_at)
    rows: list[Standing] = []
    texts: dict[int, str] = {}
    for table in objects(read_object(body, what), "standings", what):
        tournament_id = identifier(part(table, "tournament", what), "id", what, "standings[].tournament.id")
        texts[tournament_id] = text(part(table, "tieBreakingRule", what), "text", what)
        updated_ms = (optional_whole(table, "updatedAtTimestamp", what) or 0) * 1000
        rows.extend(
            _row(row, table, tournament_id, league_id, season_id, updated_ms or read_ms, source, what)
            for row in objects(table, "rows", what)
        )
    return Standings(rows=tuple(rows), tie_break_texts=texts)


def _row(
    row: Json, table: Json, tournament_id: int, league_id: int, season_id: int, version: int, source: str, what: str
) -> Standing:
    team = part(row, "team", what)
    team_id = identifier(team, "id", what, "rows[].team.id")
    this = f"{what}: team {team_id}"
    return Standing(
        source=source,
        version=version,
        league_id=league_id,
        season_id=season_id,
        tournament_id=tournament_id,
        kind=required_text(table, "type", what, "standings[].type"),
        team_id=team_id,
        team_name=text(team, "name", this),
        position=whole(row, "position", this),
        matches=whole(row, "matches", this),
        wins=whole(row, "wins", this),
        draws=whole(row, "draws", this),
        losses=whole(row, "losses", this),
        goals_for=whole(row, "scoresFor", this),
        goals_against=whole(row, "scoresAgainst", this),
        points=whole(row, "points", this),
        group_name=text(table, "name", what),
        promotion=text(part(row, "promotion", this), "text", this),
        notes=_notes(row.get("descriptions")),
    )


def _notes(descriptions: Any) -> str:
    """Return the remarks as one text; each is a text, or an object with a text."""
    remarks = descriptions if isinstance(descriptions, list) else []
    texts = (remark.get("text") if isinstance(remark, dict) else remark for remark in remarks)
    return "; ".join(text for text in texts if isinstance(text, str) and text)
