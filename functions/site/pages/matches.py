"""The matches of a day: today's on the front page, any day's at an address of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from functions.site.page import Page, PageRequest, View, parse_day, require, span_of
from functions.site.parts import Part, Results, part
from functions.site.presentation.matches import by_league, list_matches, newest
from shared.errors import NotFound

DAYS_AROUND = 3
_FIRST, _LAST = date(1901, 1, 1), date(2290, 1, 1)


def _day(request: PageRequest) -> date:
    """Return the day of the address; `NotFound` for one that is none."""
    if "day" not in request.values:
        return request.today
    day = parse_day(request["day"])
    if day is None or not _FIRST <= day <= _LAST:
        raise NotFound(f"{request['day']} is not a day")
    return day


def _parts(request: PageRequest, _results: Results) -> Mapping[str, Part]:
    since, until = (f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in span_of(_day(request), request.zone))
    return {
        "matches": part("query-stats", "/stats/matches", since=since, until=until, limit=500),
        "forecasts": part("analyze", "/analyze/forecasts", since=since, until=until, limit=500),
    }


def _view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    day = _day(request)
    matches = results["matches"].value["items"] if results["matches"].ok else []
    forecasts = results["forecasts"].value["items"] if results["forecasts"].ok else []
    listed = list_matches(matches, forecasts)
    leagues = results["leagues"].value["items"] if results["leagues"].ok else []
    is_front = "day" not in request.values
    return View(
        title=_("Football matches, tables and forecasts") if is_front else _("Matches"),
        description=_("Matches of the day with forecasts that keep their record in public."),
        canonical="/" if is_front else f"/matches/{day}",
        values={
            "day": day,
            "days": [day + timedelta(days=n) for n in range(-DAYS_AROUND, DAYS_AROUND + 1)],
            "by_league": by_league(listed, leagues),
            "n_live": sum(each.kind == "live" for each in listed),
            "fetched_at": newest(matches),
            "is_front": is_front,
        },
    )


def _list_view(request: PageRequest, results: Results) -> View:
    require(results, "matches")
    return _view(request, results)


PAGES = (
    Page(
        name="home", path="/", template="matches.html", waves=(_parts,), view=_view, parameters=("zone",), example="/"
    ),
    Page(
        name="day",
        path="/matches/<day>",
        template="matches.html",
        waves=(_parts,),
        view=_view,
        parameters=("zone",),
        example="/matches/{day}",
    ),
    Page(
        name="day_list",
        path="/matches/<day>/list",
        template="fragments/match_list.html",
        waves=(_parts,),
        view=_list_view,
        parameters=("zone",),
        example="/matches/{day}/list",
    ),
)
