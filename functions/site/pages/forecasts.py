"""Forecasts of all leagues, and the record of those that were decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from functions.site.page import Page, PageRequest, View
from functions.site.parts import Part, Results, part
from functions.site.presentation import words_about

AHEAD = timedelta(days=10)


def _coming(request: PageRequest, _results: Results) -> Mapping[str, Part]:
    today = request.now.date()
    return {
        "forecasts": part(
            "analyze", "/analyze/forecasts", since=f"{today}T00:00:00Z", until=f"{today + AHEAD}T00:00:00Z", limit=200
        )
    }


def _coming_view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    rows = results["forecasts"].value["items"] if results["forecasts"].ok else []
    days = [
        (date.fromisoformat(day), list(each)) for day, each in groupby(rows, lambda row: str(row["starts_at"])[:10])
    ]
    leagues = results["leagues"].value["items"] if results["leagues"].ok else []
    return View(
        title=_("Forecasts of the coming matches"),
        description=_("Win, draw, loss and the likeliest score of every coming match."),
        values={"days": days, "names": {each["league"]: each["name"] for each in leagues}},
    )


def _record(request: PageRequest, results: Results) -> Mapping[str, Part]:
    return {}


def _records(request: PageRequest, results: Results) -> Mapping[str, Part]:
    leagues = results["leagues"].value["items"] if results["leagues"].ok else []
    chosen = request.query.get("league", "")
    slugs = [each["league"] for each in leagues if not str(each["league"]).isdecimal()]
    return {
        f"record_{slug}": part("analyze", f"/analyze/leagues/{slug}/track-record", fresh_s=30)
        for slug in slugs
        if chosen in ("", slug)
    }


def _record_view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    leagues = results["leagues"].value["items"] if results["leagues"].ok else []
    records = [
        {
            "slug": each["league"],
            "name": words_about.league_title(_, each["name"]),
            "result": results[f"record_{each['league']}"],
        }
        for each in leagues
        if f"record_{each['league']}" in results
    ]
    return View(
        title=_("Record of the forecasts"),
        description=_("How good the forecasts were that were published before kick-off."),
        may_be_found=not request.query,
        values={"records": records, "chosen": request.query.get("league", ""), "chart": _chart},
    )


def _chart(bins: list[Mapping[str, Any]]) -> list[tuple[float, float, float]]:
    """Return x, y and radius of the points of a calibration plot of 100 by 100."""
    return [
        (round(100 * each["forecast"], 1), round(100 - 100 * each["observed"], 1), round(1.5 + each["n"] ** 0.5 / 8, 1))
        for each in bins
    ]


PAGES = (
    Page(
        name="forecasts",
        path="/forecasts",
        template="forecasts.html",
        waves=(_coming,),
        view=_coming_view,
        example="/forecasts",
    ),
    Page(
        name="record",
        path="/forecasts/record",
        template="record.html",
        waves=(_record, _records),
        view=_record_view,
        parameters=("league",),
        example="/forecasts/record",
    ),
)
