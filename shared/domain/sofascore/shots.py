"""Parser of the shot map of a match."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.domain.football.records import Shot
from shared.domain.sofascore.json_reader import (
    SOURCE,
    Json,
    MatchKeys,
    fault,
    identifier,
    number,
    objects,
    optional_flag,
    optional_number,
    optional_whole,
    part,
    read_object,
    required_text,
    text,
    version_of,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotMap:
    """The shots of a match."""

    shots: tuple[Shot, ...]
    n_without_place: int
    """Shots that were left out, because the source gives no coordinates for them."""


def parse_shots(body: str | bytes, *, match: MatchKeys, read_at: datetime, source: str = SOURCE) -> tuple[Shot, ...]:
    """Read the shots that have a place; see `parse_shot_map`."""
    return parse_shot_map(body, match=match, read_at=read_at, source=source).shots


def parse_shot_map(body: str | bytes, *, match: MatchKeys, read_at: datetime, source: str = SOURCE) -> ShotMap:
    """Read the shots and reverse the source's order (newest first): ordinal 0 came first.

    Coordinates stay as the source gives them: x from the attacked goal line, y across, both 0 to 100 for either side
    (a penalty lies at x = 11.5); they are not linear in metres (football reference, 1.4).

    Raises
    ------
    InvalidInput : as every parser, and where no shot at all has a place: then the field has another name now.
    """
    what = f"match {match.match_id}: shotmap"
    version = version_of(read_at)
    newest_first = objects(read_object(body, what), "shotmap", what)
    shots = []
    for ordinal, shot in enumerate(reversed(newest_first)):
        place = part(shot, "playerCoordinates", what)
        if place.get("x") is not None and place.get("y") is not None:
            shots.append(_shot(shot, place, ordinal, match, version, source, what))
    if newest_first and not shots:
        raise fault(what, "playerCoordinates", "is missing in every shot")
    return ShotMap(shots=tuple(shots), n_without_place=len(newest_first) - len(shots))


def _shot(shot: Json, place: Json, ordinal: int, match: MatchKeys, version: int, source: str, what: str) -> Shot:
    player = part(shot, "player", what)
    mouth, block = part(shot, "goalMouthCoordinates", what), part(shot, "blockCoordinates", what)
    is_home = optional_flag(shot, "isHome", what)
    if is_home is None:
        raise fault(what, "isHome", "is missing")
    return Shot(
        source=source,
        version=version,
        league_id=match.league_id,
        season_id=match.season_id,
        match_id=match.match_id,
        ordinal=ordinal,
        shot_id=optional_whole(shot, "id", what),
        player_id=identifier(player, "id", what, "player.id"),
        player_name=text(player, "name", what),
        is_home=is_home,
        outcome=required_text(shot, "shotType", what),
        situation=text(shot, "situation", what),
        body_part=text(shot, "bodyPart", what),
        goal_type=text(shot, "goalType", what),
        minute=whole(shot, "time", what),
        added_minute=optional_whole(shot, "addedTime", what),
        second=optional_whole(shot, "timeSeconds", what),
        x=number(place, "x", what, "playerCoordinates.x"),
        y=number(place, "y", what, "playerCoordinates.y"),
        z=optional_number(place, "z", what, "playerCoordinates.z") or 0.0,
        goal_mouth_location=text(shot, "goalMouthLocation", what),
        goal_mouth_y=optional_number(mouth, "y", what),
        goal_mouth_z=optional_number(mouth, "z", what),
        xg=optional_number(shot, "xg", what),
        xgot=optional_number(shot, "xgot", what),
        block_x=optional_number(block, "x", what),
        block_y=optional_number(block, "y", what),
        block_z=optional_number(block, "z", what),
    )
