"""Pictures of a match's shots: the shot map and the race of expected goals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from functions.plot.figures.picture import Picture, Rows
from shared.domain.football.expected_goals import Situation, expected_goals

if TYPE_CHECKING:
    from shared.domain.football.records import Match

OUTCOMES = ("goal", "save", "block", "miss", "post")
_STOPS = (45, 90, 105, 120)
"""Minutes after which time is added."""


def shot_map(match: Match, shots: Sequence[dict[str, Any]]) -> Picture:
    """Show every shot at its place, in the source's coordinates, with the source's xG, or ours if it has none."""
    rows = [_shot(shot) for shot in shots]
    return Picture(
        kind="shot_map",
        title=f"{_score(match)}: shots",
        text=" ".join(_describe_shots(name, _of_side(rows, is_home)) for name, is_home in _sides(match)),
        rows=rows,
        frame=_frame(match),
    )


def xg_race(match: Match, shots: Sequence[dict[str, Any]]) -> Picture:
    """Show the running sum of expected goals of each side."""
    stops = _added_minutes(shots)
    rows = sorted(
        ({"elapsed": _elapsed(shot, stops), **_shot(shot)} for shot in shots), key=lambda row: float(row["elapsed"])
    )
    for _, is_home in _sides(match):
        own = _of_side(rows, is_home)
        for row, total in zip(own, accumulate(row["xg"] for row in own), strict=True):
            row["total_xg"] = round(total, 4)
    return Picture(
        kind="xg_race",
        title=f"{_score(match)}: expected goals",
        text=" ".join(_describe_chances(name, _of_side(rows, is_home)) for name, is_home in _sides(match)),
        rows=rows,
        frame={**_frame(match), "added": {str(stop): added for stop, added in stops.items()}},
    )


def _shot(shot: dict[str, Any]) -> dict[str, Any]:
    source_xg = shot["xg"]
    return {
        "minute": shot["minute"],
        "added_minute": shot["added_minute"],
        "is_home": bool(shot["is_home"]),
        "player": shot["player_name"],
        "outcome": shot["outcome"],
        "situation": shot["situation"],
        "body_part": shot["body_part"],
        "x": shot["x"],
        "y": shot["y"],
        "xg": round(source_xg if source_xg is not None else _model_xg(shot), 4),
        "xg_by": "source" if source_xg is not None else "model",
    }


def _model_xg(shot: dict[str, Any]) -> float:
    situation = Situation.parse(shot["situation"])
    return expected_goals(shot["x"], shot["y"], situation=situation, body_part=shot["body_part"])


def _added_minutes(shots: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Return the minutes added at each stop, as far as the shots show."""
    return {
        stop: max((shot["added_minute"] or 0 for shot in shots if shot["minute"] == stop), default=0)
        for stop in _STOPS
        if stop == 45 or any(shot["minute"] >= stop for shot in shots)
    }


def _elapsed(shot: dict[str, Any], stops: dict[int, int]) -> int:
    """Return the minutes played until a shot, added time included: 45+2 comes before 46."""
    before = sum(added for stop, added in stops.items() if stop < shot["minute"])
    return int(shot["minute"] + (shot["added_minute"] or 0) + before)


def _describe_shots(name: str, own: Rows) -> str:
    by_outcome = {outcome: sum(row["outcome"] == outcome for row in own) for outcome in OUTCOMES}
    outcomes = ", ".join(f"{n} {_WORDS[outcome]}" for outcome, n in by_outcome.items() if n)
    return f"{name}: {len(own)} shots, {_total(own):.2f} expected goals" + (f" ({outcomes})." if outcomes else ".")


_WORDS = {"goal": "scored", "save": "saved", "block": "blocked", "miss": "off target", "post": "against the frame"}


def _describe_chances(name: str, own: Rows) -> str:
    best = max(own, key=lambda row: float(row["xg"]), default=None)
    text = f"{name}: {_total(own):.2f} expected goals from {len(own)} shots"
    return text + (
        f", the best chance {best['player']} in minute {best['minute']} ({best['xg']:.2f})." if best else "."
    )


def _total(own: Rows) -> float:
    return float(sum(row["xg"] for row in own))


def _of_side(rows: Rows, is_home: bool) -> Rows:
    return [row for row in rows if row["is_home"] == is_home]


def _sides(match: Match) -> tuple[tuple[str, bool], tuple[str, bool]]:
    return (match.home_name, True), (match.away_name, False)


def _score(match: Match) -> str:
    if match.home_goals is None or match.away_goals is None:
        return f"{match.home_name} – {match.away_name}"
    return f"{match.home_name} {match.home_goals}–{match.away_goals} {match.away_name}"


def _frame(match: Match) -> dict[str, Any]:
    return {"match_id": match.match_id, "home": match.home_name, "away": match.away_name}
