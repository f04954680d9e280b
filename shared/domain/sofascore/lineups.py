"""Parser of line-ups: the players of both squads with their positions, minutes and statistics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.domain.football.records import Appearance, Player
from shared.domain.sofascore.json_reader import (
    SOURCE,
    Json,
    MatchKeys,
    fault,
    flag,
    identifier,
    optional_day,
    optional_objects,
    optional_whole,
    part,
    read_object,
    required_text,
    text,
    version_of,
)

_LARGEST = 2.0**53
"""Largest number for which a double holds every whole number; no statistic comes near it."""
_MAX_DEPTH = 3
"""Levels of objects within statistics; the source nests one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineups:
    """Both squads of a match."""

    appearances: tuple[Appearance, ...]
    """Home side first, each side in the source's order: starters, then the bench."""
    players: tuple[Player, ...]
    home_formation: str
    away_formation: str
    confirmed: bool


def parse_lineups(body: str | bytes, *, match: MatchKeys, read_at: datetime, source: str = SOURCE) -> Lineups:
    """Read both squads.

    Every numeric statistic has the source's name; numbers inside nested objects have a dotted name
    (`ratingVersions.original`). The source leaves most zeros out. `minutes` is None on the bench.

    Raises
    ------
    InvalidInput : as every parser; also when a player is listed twice.
    """
    what = f"match {match.match_id}: lineups"
    content = read_object(body, what)
    version = version_of(read_at)
    home, away = part(content, "home", what), part(content, "away", what)
    appearances: list[Appearance] = []
    players: dict[int, Player] = {}
    for side, is_home in ((home, True), (away, False)):
        for entry in optional_objects(side, "players", what):
            player = _player(entry, version, source, what)
            if player.player_id in players:
                raise fault(what, f"player {player.player_id}", "is listed twice")
            players[player.player_id] = player
            appearances.append(_appearance(entry, player, is_home, match, version, source, what))
    return Lineups(
        appearances=tuple(appearances),
        players=tuple(players.values()),
        home_formation=text(home, "formation", what),
        away_formation=text(away, "formation", what),
        confirmed=flag(content, "confirmed", what),
    )


def _appearance(
    entry: Json, player: Player, is_home: bool, match: MatchKeys, version: int, source: str, what: str
) -> Appearance:
    statistics = _numbers(part(entry, "statistics", what), what)
    minutes = statistics.get("minutesPlayed")
    return Appearance(
        source=source,
        version=version,
        league_id=match.league_id,
        season_id=match.season_id,
        match_id=match.match_id,
        player_id=player.player_id,
        player_name=player.name,
        # Not the entry's own `teamId`: that is the player's club at the time of reading, so it changes with a transfer.
        team_id=match.home_id if is_home else match.away_id,
        is_home=is_home,
        position=text(entry, "position", what) or player.position,
        shirt_number=_shirt_number(entry, what),
        starter=not flag(entry, "substitute", what),
        captain=flag(entry, "captain", what),
        minutes=None if minutes is None else round(minutes),
        rating=statistics.get("rating"),
        statistics=statistics,
    )


def _numbers(statistics: Json, what: str, depth: int = 0) -> dict[str, float]:
    if depth > _MAX_DEPTH:
        raise fault(what, "statistics", "is nested too deeply")
    numbers: dict[str, float] = {}
    for name, value in statistics.items():
        # A match has some 1,300 of these: the two usual kinds are read here, without a call.
        kind = type(value)
        if kind is float and -_LARGEST < value < _LARGEST:
            numbers[name] = value
        elif kind is int and -_LARGEST < value < _LARGEST:
            numbers[name] = float(value)
        elif kind is dict:
            numbers.update((f"{name}.{inner}", number) for inner, number in _numbers(value, what, depth + 1).items())
        elif kind is float or kind is int:
            raise fault(what, name, "is no plausible number")
    return numbers


def _shirt_number(entry: Json, what: str) -> int | None:
    number = optional_whole(entry, "shirtNumber", what)
    if number is None:
        jersey = text(entry, "jerseyNumber", what).strip()
        return int(jersey) if jersey.isascii() and jersey.isdigit() and len(jersey) <= 4 else None
    return number


def _player(entry: Json, version: int, source: str, what: str) -> Player:
    player = part(entry, "player", what)
    player_id = identifier(player, "id", what, "players[].player.id")
    this = f"{what}: player {player_id}"
    name = required_text(player, "name", this)
    return Player(
        source=source,
        version=version,
        player_id=player_id,
        name=name,
        short_name=text(player, "shortName", this) or name,
        position=text(player, "position", this),
        country=text(part(player, "country", this), "name", this),
        born_on=optional_day(player, "dateOfBirthTimestamp", this),
        height_cm=optional_whole(player, "height", this),
    )
