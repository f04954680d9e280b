"""The radar of a player: his numbers per 90 minutes as percentiles among players of his position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.plot.figures.picture import Picture
from shared.errors import NotFound

_OUTFIELD = {
    "goals": "Goals",
    "expectedGoals": "xG",
    "totalShots": "Shots",
    "goalAssist": "Assists",
    "keyPass": "Key passes",
    "accuratePass": "Passes",
    "wonContest": "Dribbles",
    "duelWon": "Duels won",
    "totalTackle": "Tackles",
    "interceptionWon": "Interceptions",
    "totalClearance": "Clearances",
}
_KEEPER = {
    "saves": "Saves",
    "goodHighClaim": "High claims",
    "punches": "Punches",
    "accurateKeeperSweeper": "Sweeps",
    "accuratePass": "Passes",
    "accurateLongBalls": "Long balls",
    "touches": "Touches",
}
POSITIONS = {"G": "goalkeepers", "D": "defenders", "M": "midfielders", "F": "forwards"}
_MIN_PEERS = 3
"""With fewer players to compare, a percentile means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerSeason:
    """The sums of a player in a season; `totals` have the source's names, a missing one is 0."""

    player_id: int
    player: str
    position: str
    minutes: int
    totals: Mapping[str, float]


def radar(player_id: int, seasons: Sequence[PlayerSeason], *, season_name: str, min_minutes: int) -> Picture:
    """Show percentiles among the players of the same position with enough minutes, the player himself included.

    A percentile is the share of these players with a lower value, plus half the share with the same value. Statistics
    that none of them has are left out.

    Raises
    ------
    NotFound : the player has fewer minutes, or too few other players have enough.
    """
    own = next((season for season in seasons if season.player_id == player_id), None)
    if own is None or own.minutes < min_minutes:
        raise NotFound(f"player {player_id}: fewer than {min_minutes} minutes in {season_name}")
    peers = [each for each in seasons if each.position == own.position and each.minutes >= min_minutes]
    if len(peers) < _MIN_PEERS:
        raise NotFound(f"player {player_id}: only {len(peers)} to compare with in {season_name}")
    names = _KEEPER if own.position == "G" else _OUTFIELD
    rows = [
        _row(name, label, own, peers) for name, label in names.items() if any(each.totals.get(name) for each in peers)
    ]
    return Picture(
        kind="radar",
        title=f"{own.player}, {season_name}",
        text=f"Percentiles among {len(peers)} {POSITIONS[own.position]} with at least {min_minutes} minutes: "
        + ", ".join(f"{row['label']} {row['percentile']:.0f}" for row in rows)
        + ".",
        rows=rows,
        frame={"player_id": player_id, "player": own.player, "where": season_name, "position": own.position}
        | {"minutes": own.minutes, "min_minutes": min_minutes, "n_peers": len(peers)},
    )


def _row(name: str, label: str, own: PlayerSeason, peers: Sequence[PlayerSeason]) -> dict[str, Any]:
    value = _per_90(own, name)
    others = [_per_90(each, name) for each in peers]
    below, level = sum(other < value for other in others), sum(other == value for other in others)
    return {
        "metric": name,
        "label": label,
        "total": round(own.totals.get(name, 0.0), 3),
        "per_90": round(value, 3),
        "percentile": round(100 * (below + level / 2) / len(others), 1),
    }


def _per_90(season: PlayerSeason, name: str) -> float:
    return 90 * season.totals.get(name, 0.0) / season.minutes
