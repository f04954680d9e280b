"""How a season may end: places, points and what one result of the next round would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.site.page import Page, PageRequest, View, require
from functions.site.parts import Part, Results, part
from functions.site.presentation import words_about
from functions.site.presentation.tables import Column, Table, sort_rows
from functions.site.texts import mark as _

RESULTS = ("home", "draw", "away")
COLUMNS = (
    Column(key="team_name", title=_("Team"), kind="team"),
    Column(key="points", title=_("Pts"), meaning=_("Points now"), css="strong"),
    Column(key="mean_points", title=_("End"), meaning=_("Points at the end, on average of 10,000 seasons"), digits=1),
    Column(key="span", title=_("5–95%%"), meaning=_("Nine of ten seasons end between these points"), kind="span"),
    Column(key="p_champion", title=_("Title"), meaning=_("Chance to become champion"), kind="chance"),
    Column(key="p_top_2", title=_("Top 2"), meaning=_("Chance to end among the first two"), kind="chance"),
    Column(key="p_top_4", title=_("Top 4"), meaning=_("Chance to end among the first four"), kind="chance"),
    Column(key="p_top_6", title=_("Top 6"), meaning=_("Chance to end among the first six"), kind="chance"),
    Column(key="p_relegated", title=_("Down"), meaning=_("Chance to be relegated"), kind="chance bad"),
)


def _parts(request: PageRequest, _results: Results) -> Mapping[str, Part]:
    analysis = f"/analyze/leagues/{request['league']}"
    return {
        "outlook": part("analyze", f"{analysis}/outlook"),
        "importance": part("analyze", f"{analysis}/importance"),
        "schedule": part("analyze", f"{analysis}/schedule"),
    }


def _assumed(request: PageRequest, results: Results) -> tuple[Mapping[str, Any] | None, str]:
    """Return the match of the next round and the result that the address assumes, as ``if=<match>:<result>``."""
    number, _, result = request.query.get("if", "").partition(":")
    matches = results["importance"].value["items"] if results["importance"].ok else []
    match = next((each for each in matches if str(each["match_id"]) == number and result in RESULTS), None)
    return match, result if match else ""


def _view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    outlook = require(results, "outlook")
    match, result = _assumed(request, results)
    changed = {each["team_id"]: each[result] for each in match["teams"]} if match else {}
    rows = [_row(each, changed.get(each["team_id"])) for each in outlook["teams"]]
    ordered, order = sort_rows(rows, COLUMNS, request, "-mean_points")
    return View(
        title=f"{words_about.league_title(_, outlook['name'])}: {_('how the season may end')}",
        description=_("Chances of every place from 10,000 simulated seasons."),
        picture=f"/plots/leagues/{request['league']}/ranks?format=png",
        may_be_found=not request.query,
        values={
            "league": request["league"],
            "outlook": outlook,
            "chances": Table(
                id="chances", caption=_("Chances"), columns=COLUMNS, rows=ordered, sorted_by=order, base=request
            ),
            "matches": results["importance"].value["items"] if results["importance"].ok else [],
            "results": RESULTS,
            "match": match,
            "result": result,
            "schedule": results["schedule"].value["teams"] if results["schedule"].ok else [],
        },
    )


def _row(team: Mapping[str, Any], changed: Mapping[str, Any] | None) -> dict[str, Any]:
    row = {
        **team,
        "team_name": team["team"],
        "span": (team["points_5"], team["points_95"]),
        **{f"p_top_{n}": team["p_top"][str(n)] for n in (2, 4, 6)},
    }
    return row if changed is None else {**row, **changed, "p_top_2": None, "p_top_6": None, "span": None}


PAGES = (
    Page(
        name="outlook",
        path="/<league>/outlook",
        template="outlook.html",
        waves=(_parts,),
        view=_view,
        parameters=("sort", "if"),
        example="/{league}/outlook",
    ),
)
