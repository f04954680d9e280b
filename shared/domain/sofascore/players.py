"""Parser of a player's own page, which says more than line-ups."""

from __future__ import annotations

from datetime import datetime

from shared.domain.football.records import PlayerProfile
from shared.domain.sofascore.json_reader import (
    SOURCE,
    Json,
    fault,
    identifier,
    optional_day,
    optional_whole,
    part,
    read_object,
    required_text,
    text,
    version_of,
)


def parse_player(body: str | bytes, *, read_at: datetime, source: str = SOURCE, what: str = "player") -> PlayerProfile:
    """Read a profile.

    Raises
    ------
    InvalidInput : as every parser.
    """
    player = part(read_object(body, what), "player", what)
    if not player:
        raise fault(what, "player", "is missing")
    player_id = identifier(player, "id", what, "player.id")
    this = f"player {player_id}"
    name = required_text(player, "name", this)
    team = part(player, "team", this)
    value = part(player, "proposedMarketValueRaw", this)
    return PlayerProfile(
        source=source,
        version=version_of(read_at),
        player_id=player_id,
        name=name,
        short_name=text(player, "shortName", this) or name,
        position=text(player, "position", this),
        positions=_positions(player, this),
        country=text(part(player, "country", this), "name", this),
        born_on=optional_day(player, "dateOfBirthTimestamp", this),
        height_cm=optional_whole(player, "height", this),
        preferred_foot=text(player, "preferredFoot", this),
        shirt_number=optional_whole(player, "shirtNumber", this),
        team_id=identifier(team, "id", this, "team.id") if team else None,
        team_name=text(team, "name", this, "team.name"),
        contract_until=optional_day(player, "contractUntilTimestamp", this),
        market_value=optional_whole(value, "value", this, "proposedMarketValueRaw.value"),
        market_currency=text(value, "currency", this, "proposedMarketValueRaw.currency"),
    )


def _positions(player: Json, what: str) -> tuple[str, ...]:
    positions = player.get("positionsDetailed") or []
    if type(positions) is not list or not all(type(position) is str for position in positions):
        raise fault(what, "positionsDetailed", "is not a list of texts")
    return tuple(positions)
