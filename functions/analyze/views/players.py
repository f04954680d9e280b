"""Players of a season by what they do in 90 minutes, and who is most like whom among those of a position.

References
----------
Cosine similarity of standardised counts per 90 minutes is what public scouting tools use; the numbers compared are
those of the system this one replaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from functions.analyze.models.results import Floats
from shared.errors import InvalidInput, NotFound

PER_90 = ("goals", "goalAssist", "onTargetScoringAttempt", "totalShots", "keyPass", "interceptionWon", "totalTackle")
"""Counts by the source's names, compared per 90 minutes."""
SHARES = {"pass_accuracy": ("accuratePass", ("totalPass",)), "duels_won": ("duelWon", ("duelWon", "duelLost"))}
"""Name to what is counted, and what it is a part of."""
METRICS = ("rating", *PER_90, *SHARES)

LEAST_MINUTES = 90
"""Who played less has no numbers to speak of and is not kept."""
FEWEST_PEERS = 5
"""Of fewer, a mean and a spread say nothing."""
_GOALKEEPER = "G"
_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerSeason:
    """What one player did in the matches of a season."""

    player_id: int
    player: str
    team_id: int
    """The last he played for."""
    position: str
    """G, D, M or F: where he played most."""
    minutes: int
    rating: float | None
    """Mean, weighted by minutes."""
    totals: Mapping[str, float]
    """By the source's names; an absent one is 0."""


def table(players: Sequence[PlayerSeason], teams: Mapping[int, str]) -> dict[str, Any]:
    """JSON: every outfield player's numbers in the order of `METRICS`, by minutes."""
    kept = [one for one in players if one.minutes >= LEAST_MINUTES and one.position != _GOALKEEPER]
    rows = [
        {
            "player_id": one.player_id,
            "player": one.player,
            "team_id": one.team_id,
            "team": teams.get(one.team_id, str(one.team_id)),
            "position": one.position,
            "minutes": one.minutes,
            "values": [None if value is None else round(value, _DIGITS) for value in _values(one)],
        }
        for one in sorted(kept, key=lambda one: (-one.minutes, one.player_id))
    ]
    return {"metrics": list(METRICS), "players": rows, "cautions": [] if rows else ["no line-ups are stored"]}


def similar(made: Mapping[str, Any], player_id: int, *, k: int, min_minutes: int) -> dict[str, Any]:
    """JSON: the players most like one, by the cosine of z-scores among all of his position with enough minutes.

    Parameters
    ----------
    made : as `table` makes it; without players before a season's first result.
    k : how many, the most alike first.
    min_minutes : what each of them needs, the player himself too.

    Raises
    ------
    NotFound : he is not among the season's outfield players.
    InvalidInput : he played less, or too few played enough to compare with.
    """
    rows = made.get("players", ())
    mine = next((row for row in rows if row["player_id"] == player_id), None)
    if mine is None:
        raise NotFound(f"player {player_id}: no outfield player with {LEAST_MINUTES} minutes in this season")
    peers = [row for row in rows if row["position"] == mine["position"] and row["minutes"] >= min_minutes]
    if mine not in peers or len(peers) < FEWEST_PEERS:
        fault = f"{mine['minutes']} minutes of his, {len(peers)} of his position with enough"
        raise InvalidInput("too little to compare", errors={"min_minutes": fault})
    z = _z_scores(np.array([row["values"] for row in peers], dtype=np.float64))
    cosine = _cosines(z, peers.index(mine))
    order = [n for n in np.argsort(-cosine, kind="stable").tolist() if peers[n] is not mine][:k]
    return {
        "metrics": made["metrics"],
        "min_minutes": min_minutes,
        "n_peers": len(peers),
        "player": _told(mine, z[peers.index(mine)]),
        "items": [{**_told(peers[n], z[n]), "similarity": round(float(cosine[n]), _DIGITS)} for n in order],
    }


def _values(one: PlayerSeason) -> list[float | None]:
    per_90 = [90.0 * one.totals.get(name, 0.0) / one.minutes for name in PER_90]
    shares = [_share(one.totals, part, whole) for part, whole in SHARES.values()]
    return [one.rating, *per_90, *shares]


def _share(totals: Mapping[str, float], part: str, whole: Sequence[str]) -> float | None:
    of = sum(totals.get(name, 0.0) for name in whole)
    return totals.get(part, 0.0) / of if of else None


def _z_scores(values: Floats) -> Floats:
    """Shape (N, F): distances from the mean in standard deviations; what is unknown or the same of all is 0."""
    known = np.ma.masked_invalid(values)
    mean, sd = known.mean(axis=0).filled(0.0), known.std(axis=0).filled(0.0)
    z = (values - mean) / np.where(sd > 0, sd, 1.0)
    return np.where(np.isnan(z) | (sd == 0), 0.0, z)


def _cosines(z: Floats, of: int) -> Floats:
    """Shape (N,), -1 to 1; a player who is the mean in everything is like nobody."""
    length = np.linalg.norm(z, axis=1)
    both = length * length[of]
    return np.asarray(np.divide(z @ z[of], both, out=np.zeros(len(z)), where=both > 0))


def _told(row: Mapping[str, Any], z: Floats) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("player_id", "player", "team_id", "team", "position", "minutes")},
        "values": row["values"],
        "z": z.round(2).tolist(),
    }
