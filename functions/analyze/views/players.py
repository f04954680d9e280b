"""Outfield players of a season by their numbers per 90 minutes, and the players most like one of them.

References
----------
Public scouting tools use the cosine similarity of standardised counts per 90 minutes; the metrics compared are those of
the system that this one replaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from functions.analyze.models.results import Floats
from shared.errors import InvalidInput, NotFound

PER_90 = ("goals", "goalAssist", "onTargetScoringAttempt", "totalShots", "keyPass", "interceptionWon", "totalTackle")
"""Counts, under the source's names, compared per 90 minutes."""
SHARES = {"pass_accuracy": ("accuratePass", ("totalPass",)), "duels_won": ("duelWon", ("duelWon", "duelLost"))}
"""Metric to the count it takes the share of, and the counts that make up the whole."""
METRICS = ("rating", *PER_90, *SHARES)

MIN_MINUTES = 90
"""Players with fewer minutes are left out: their rates mean nothing."""
MIN_PEERS = 5
"""With fewer peers a mean and a standard deviation mean nothing."""
_GOALKEEPER = "G"
_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerSeason:
    """The sums of one player's matches in a season."""

    player_id: int
    player: str
    team_id: int
    """The team of his last match."""
    position: str
    """G, D, M or F: the position with the most minutes."""
    minutes: int
    rating: float | None
    """Mean, weighted by minutes."""
    totals: Mapping[str, float]
    """Counts under the source's names; a missing one is 0."""


def build_players(players: Sequence[PlayerSeason], teams: Mapping[int, str]) -> dict[str, Any]:
    """JSON: every outfield player's values in the order of `METRICS`, the most minutes first."""
    outfield = [player for player in players if player.minutes >= MIN_MINUTES and player.position != _GOALKEEPER]
    rows = [
        {
            "player_id": player.player_id,
            "player": player.player,
            "team_id": player.team_id,
            "team": teams.get(player.team_id, str(player.team_id)),
            "position": player.position,
            "minutes": player.minutes,
            "values": [None if value is None else round(value, _DIGITS) for value in _values(player)],
        }
        for player in sorted(outfield, key=lambda player: (-player.minutes, player.player_id))
    ]
    return {"metrics": list(METRICS), "players": rows, "cautions": [] if rows else ["no line-ups are stored"]}


def find_similar(view: Mapping[str, Any], player_id: int, *, k: int, min_minutes: int) -> dict[str, Any]:
    """JSON: the players most like one of them, by cosine similarity of z-scores among his position.

    Parameters
    ----------
    view : as `build_players` builds it; without players before a season's first result.
    k : number of players, the most alike first.
    min_minutes : minutes that each of them needs, the player himself included.

    Raises
    ------
    NotFound : the player is not among the season's outfield players.
    InvalidInput : he played fewer minutes, or too few peers played enough.
    """
    rows = view.get("players", ())
    own = next((row for row in rows if row["player_id"] == player_id), None)
    if own is None:
        raise NotFound(f"player {player_id}: no outfield player with {MIN_MINUTES} minutes in this season")
    peers = [row for row in rows if row["position"] == own["position"] and row["minutes"] >= min_minutes]
    if own not in peers or len(peers) < MIN_PEERS:
        fault = f"the player has {own['minutes']} minutes, and {len(peers)} players of his position have enough"
        raise InvalidInput("too few minutes to compare players; lower min_minutes", errors={"min_minutes": fault})
    z = _z_scores(np.array([row["values"] for row in peers], dtype=np.float64))
    cosine = _cosines(z, peers.index(own))
    order = [n for n in np.argsort(-cosine, kind="stable").tolist() if peers[n] is not own][:k]
    return {
        "metrics": view["metrics"],
        "min_minutes": min_minutes,
        "n_peers": len(peers),
        "player": _with_z_scores(own, z[peers.index(own)]),
        "items": [{**_with_z_scores(peers[n], z[n]), "similarity": round(float(cosine[n]), _DIGITS)} for n in order],
    }


def _values(player: PlayerSeason) -> list[float | None]:
    per_90 = [90.0 * player.totals.get(name, 0.0) / player.minutes for name in PER_90]
    shares = [_share(player.totals, part, whole) for part, whole in SHARES.values()]
    return [player.rating, *per_90, *shares]


def _share(totals: Mapping[str, float], part: str, whole: Sequence[str]) -> float | None:
    total = sum(totals.get(name, 0.0) for name in whole)
    return totals.get(part, 0.0) / total if total else None


def _z_scores(values: Floats) -> Floats:
    """Shape (N, F): distances from the mean in standard deviations; 0 where a value is missing or the same for all."""
    masked = np.ma.masked_invalid(values)
    mean, sd = masked.mean(axis=0).filled(0.0), masked.std(axis=0).filled(0.0)
    z = (values - mean) / np.where(sd > 0, sd, 1.0)
    return np.where(np.isnan(z) | (sd == 0), 0.0, z)


def _cosines(z: Floats, row: int) -> Floats:
    """Shape (N,), -1 to 1: similarity of every row to one; 0 to a player who is exactly the mean."""
    length = np.linalg.norm(z, axis=1)
    product = length * length[row]
    return np.asarray(np.divide(z @ z[row], product, out=np.zeros(len(z)), where=product > 0))


def _with_z_scores(row: Mapping[str, Any], z: Floats) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("player_id", "player", "team_id", "team", "position", "minutes")},
        "values": row["values"],
        "z": z.round(2).tolist(),
    }
