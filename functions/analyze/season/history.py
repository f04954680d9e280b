"""The outlook of a season after each round, as it was published: what is kept of it, and how it is answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_KEPT = ("team_id", "team", "points", "mean_points", "points_5", "points_95", "p_champion", "p_relegated")


def round_of(outlook: Mapping[str, Any]) -> int:
    """Return how many rounds are complete: the matches of every team so far, rounded down."""
    n_teams = len(outlook["teams"])
    return 2 * int(outlook["n_played"]) // n_teams if n_teams else 0


def teams_to_keep(outlook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each team's chances without the whole distribution of places."""
    return [{**{name: team[name] for name in _KEPT}, "p_top_4": team["p_top"]["4"]} for team in outlook["teams"]]


def to_rows(kept: Iterable[tuple[int, Any, list[Mapping[str, Any]]]]) -> list[dict[str, Any]]:
    """Return a row per round and team.

    Parameters
    ----------
    kept : round, moment and teams of each round, the first round first.
    """
    return [{"round": number, "made_at": made_at, **team} for number, made_at, teams in kept for team in teams]
