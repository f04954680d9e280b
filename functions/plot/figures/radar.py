"""A player's radar: how his numbers per 90 minutes stand among players of his position, in percentiles."""

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
_FEWEST_PEERS = 3
"""With fewer players to compare with, a percentile says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What one player did in a league's season; `totals` by the source's names, an absent one is 0."""

    player_id: int
    player: str
    position: str
    minutes: int
    totals: Mapping[str, float]


def radar(player_id: int, seasons: Sequence[Season], *, where: str, min_minutes: int) -> Picture:
    """Percentiles among all of the same position with enough minutes; the player himself needs them too.

    A percentile is the share of those players with less, plus half the share with as much. Statistics that nobody among
    them has are left out.

    Raises
    ------
    NotFound : he played less, or too few to compare with played enough.
    """
    mine = next((season for season in seasons if season.player_id == player_id), None)
    if mine is None or mine.minutes < min_minutes:
        raise NotFound(f"player {player_id}: fewer than {min_minutes} minutes in {where}")
    peers = [one for one in seasons if one.position == mine.position and one.minutes >= min_minutes]
    if len(peers) < _FEWEST_PEERS:
        raise NotFound(f"player {player_id}: only {len(peers)} to compare with in {where}")
    names = _KEEPER if mine.position == "G" else _OUTFIELD
    rows = [
        _row(name, label, mine, peers) for name, label in names.items() if any(one.totals.get(name) for one in peers)
    ]
    return Picture(
        kind="radar",
        title=f"{mine.player}, {where}",
        text=f"Percentiles among {len(peers)} {POSITIONS[mine.position]} with at least {min_minutes} minutes: "
        + ", ".join(f"{row['label']} {row['percentile']:.0f}" for row in rows)
        + ".",
        rows=rows,
        frame={"player_id": player_id, "player": mine.player, "where": where, "position": mine.position}
        | {"minutes": mine.minutes, "min_minutes": min_minutes, "n_peers": len(peers)},
    )


def _row(name: str, label: str, mine: Season, peers: Sequence[Season]) -> dict[str, Any]:
    value = _per_90(mine, name)
    others = [_per_90(one, name) for one in peers]
    below, level = sum(other < value for other in others), sum(other == value for other in others)
    return {
        "metric": name,
        "label": label,
        "total": round(mine.totals.get(name, 0.0), 3),
        "per_90": round(value, 3),
        "percentile": round(100 * (below + level / 2) / len(others), 1),
    }


def _per_90(season: Season, name: str) -> float:
    return 90 * season.totals.get(name, 0.0) / season.minutes
