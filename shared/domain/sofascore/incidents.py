"""The incidents of a match, in order of time."""

from __future__ import annotations

from datetime import datetime

from shared.domain.football.records import Incident
from shared.domain.sofascore.json_reader import (
    SOURCE,
    Json,
    MatchKeys,
    flag,
    objects,
    optional_flag,
    optional_whole,
    part,
    read_object,
    required_text,
    text,
    version_of,
    whole,
)

_END_OF_PERIOD = 999
"""The `addedTime` of period marks: it sorts them last in their period, and is not a number of minutes."""


def parse_incidents(
    body: str | bytes, *, match: MatchKeys, read_at: datetime, source: str = SOURCE
) -> tuple[Incident, ...]:
    """Read the incidents and reverse the source's order (newest first): ordinal 0 came first.

    An own goal's `is_home` is the side that gains the goal, as in the source. A period mark (`kind` period,
    `detail` HT, FT, ET or PEN) has no added minute: the source writes 999 there. Kicks of a shoot-out are `kind`
    penaltyShootout, an added-time board is `kind` injuryTime with `length_minutes`.

    Raises
    ------
    InvalidInput : as every parser.
    """
    what = f"match {match.match_id}: incidents"
    version = version_of(read_at)
    newest_first = objects(read_object(body, what), "incidents", what)
    return tuple(
        _incident(incident, ordinal, match, version, source, what)
        for ordinal, incident in enumerate(reversed(newest_first))
    )


def _incident(incident: Json, ordinal: int, match: MatchKeys, version: int, source: str, what: str) -> Incident:
    kind = required_text(incident, "incidentType", what)
    first, second = _people(incident, kind, what)
    manager = part(incident, "manager", what)
    added = optional_whole(incident, "addedTime", what)
    return Incident(
        source=source,
        version=version,
        league_id=match.league_id,
        season_id=match.season_id,
        match_id=match.match_id,
        ordinal=ordinal,
        kind=kind,
        detail=text(incident, "incidentClass", what) or text(incident, "text", what),
        minute=whole(incident, "time", what),
        added_minute=None if added == _END_OF_PERIOD else added,
        is_home=optional_flag(incident, "isHome", what),
        player_id=optional_whole(first, "id", what),
        player_name=text(first, "name", what) or text(manager, "name", what) or text(incident, "playerName", what),
        second_player_id=optional_whole(second, "id", what),
        second_player_name=text(second, "name", what),
        home_score=optional_whole(incident, "homeScore", what),
        away_score=optional_whole(incident, "awayScore", what),
        rescinded=flag(incident, "rescinded", what),
        incident_id=optional_whole(incident, "id", what),
        reason=text(incident, "reason", what),
        length_minutes=optional_whole(incident, "length", what),
        confirmed=optional_flag(incident, "confirmed", what),
        manager_id=optional_whole(manager, "id", what, "manager.id"),
    )


def _people(incident: Json, kind: str, what: str) -> tuple[Json, Json]:
    """Return the player and the second person: the assist of a goal, or the player who leaves at a substitution."""
    if kind == "substitution":
        return part(incident, "playerIn", what), part(incident, "playerOut", what)
    return part(incident, "player", what), part(incident, "assist1", what)
