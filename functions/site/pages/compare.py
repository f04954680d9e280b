"""Two to four players or teams side by side; the address holds all of the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.site.page import Page, PageRequest, View
from functions.site.parts import Part, Results, part
from functions.site.presentation import words_about
from functions.site.texts import mark as _

MOST = 4
PLAYER_ROWS = (
    "goals", "goalAssist", "expectedGoals", "expectedAssists", "totalShots", "onTargetScoringAttempt", "keyPass",
    "accuratePass", "wonContest", "duelWon", "totalTackle", "interceptionWon", "ballRecovery",
)  # fmt: skip
TEAM_ROWS = {
    "points": _("Points"),
    "goals_for": _("Goals for"),
    "goals_against": _("Goals against"),
    "clean_sheets": _("Clean sheets"),
    "expectedGoals": _("Expected goals per match"),
    "shotsOnGoal": _("Shots on target per match"),
    "ballPossession": _("Ball possession"),
    "bigChanceCreated": _("Big chances per match"),
    "totalTackle": _("Tackles per match"),
    "fouls": _("Fouls per match"),
}
_WHOLE = ("points", "goals_for", "goals_against", "clean_sheets")
_LESS_IS_BETTER = ("goals_against", "fouls")


def _parts(request: PageRequest, _results: Results) -> Mapping[str, Part]:
    wanted: dict[str, Part] = {}
    for kind in ("player", "team"):
        for number in request.numbers(kind, MOST):
            wanted[f"{kind}_{number}"] = part("query-stats", f"/stats/{kind}s/{number}", fresh_s=20)
            wanted[f"{kind}_{number}_stats"] = part("query-stats", f"/stats/{kind}s/{number}/stats", fresh_s=20)
    if query := request.query.get("q", "").strip():
        wanted["hits"] = part("search", "/stats/search", q=query[:100], limit=12)
    return wanted


def _view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    kind = "team" if request.numbers("team", MOST) else "player"
    ids = request.numbers(kind, MOST)
    sides = [_side(kind, each, results) for each in ids]
    known = [side for side in sides if side is not None]
    rows = (_player_rows if kind == "player" else _team_rows)(known)
    hits = results["hits"].value["items"] if "hits" in results and results["hits"].ok else []
    return View(
        title=" – ".join(side["name"] for side in known) or _("Compare"),
        description=_("Players or teams side by side, on one scale."),
        may_be_found=False,
        values={
            "kind": kind,
            "ids": ids,
            "sides": known,
            "rows": rows,
            "n_missing": len(ids) - len(known),
            "hits": [hit for hit in hits if hit["kind"] in ("player", "team")],
            "most": MOST,
            "without": {left: ",".join(str(each) for each in ids if each != left) for left in ids},
            "joined": ",".join(str(each) for each in ids),
        },
    )


def _side(kind: str, id: int, results: Results) -> dict[str, Any] | None:
    about, stats = results[f"{kind}_{id}"], results[f"{kind}_{id}_stats"]
    if not about.ok:
        return None
    rows = stats.value["items"] if stats.ok else []
    return {
        "id": id,
        "name": about.value["name"],
        "about": about.value,
        "season": rows[0] if rows else None,
        "part": stats.part,
    }


def _player_rows(sides: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = [_row(words_about.METRICS[key], [_per_90(side, key) for side in sides], digits=2) for key in PLAYER_ROWS]
    minutes = [side["season"]["total_minutes"] if side["season"] else None for side in sides]
    rating = [side["season"]["mean_rating"] if side["season"] else None for side in sides]
    return [_row(_("Minutes played"), minutes, digits=0), _row(_("Rating"), rating, digits=2), *rows]


def _per_90(side: Mapping[str, Any], key: str) -> float | None:
    return side["season"]["per_90"].get(key, 0.0) if side["season"] else None


def _team_rows(sides: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        _row(
            words,
            [_of_team(side, key) for side in sides],
            digits=0 if key in _WHOLE else 2,
            best=min if key in _LESS_IS_BETTER else max,
        )
        for key, words in TEAM_ROWS.items()
    ]


def _of_team(side: Mapping[str, Any], key: str) -> float | None:
    season = side["season"]
    return None if season is None else season[key] if key in season else season["means"].get(key)


def _row(words: str, values: Sequence[float | None], *, digits: int, best: Any = max) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    top = best(known) if len(set(known)) > 1 else None
    largest = max((abs(value) for value in known), default=0.0)
    return {
        "words": words,
        "digits": digits,
        "cells": [
            {"value": value, "is_best": value is not None and value == top, "share": _share(value, largest)}
            for value in values
        ],
        "difference": known[0] - known[1] if len(values) == 2 and len(known) == 2 else None,
    }


def _share(value: float | None, largest: float) -> float:
    """Return the length of a bar in percent."""
    return round(100 * abs(value) / largest, 1) if value and largest else 0


PAGES = (
    Page(
        name="compare",
        path="/compare",
        template="compare.html",
        waves=(_parts,),
        view=_view,
        parameters=("player", "team", "q"),
        example="/compare?team={team}",
    ),
)
