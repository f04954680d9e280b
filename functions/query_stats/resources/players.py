"""One player."""

from __future__ import annotations

from functions.query_stats.asked import Asked, Content
from functions.query_stats.resource import Resource


def _player(asked: Asked) -> Content:
    found = asked.one("player", f"player {asked['player_id']}")
    return {**found, "seasons": asked.rows("player_seasons")}


RESOURCES = (
    Resource(
        name="player",
        path="/players/<int:player_id>",
        text="One player and what he did by season and team",
        answer=_player,
        model="players.WholePlayer",
    ),
)
