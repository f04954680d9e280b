"""A team: its matches, squad, points against those expected, splits and managers; its feed and its calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from functions.site.page import Page, PageRequest, View, require
from functions.site.pages.match import league_slug
from functions.site.pages.player import season_years
from functions.site.parts import Part, Results, part
from functions.site.presentation import calendar, lines
from functions.site.presentation.formats import to_instant
from functions.site.presentation.matches import Listed, list_matches
from functions.site.presentation.tables import Column, Table, sort_rows
from functions.site.texts import mark as _

SQUAD = (
    Column(key="player", title=_("Player"), kind="player"),
    Column(key="position", title=_("Pos"), meaning=_("Position"), kind="text"),
    Column(key="appearances", title=_("App"), meaning=_("Appearances")),
    Column(key="total_minutes", title=_("Min"), meaning=_("Minutes played")),
    Column(key="goals", title=_("Goals")),
    Column(key="assists", title=_("Assists")),
    Column(key="xg", title=_("xG"), meaning=_("Expected goals"), digits=2),
    Column(key="mean_rating", title=_("Rating"), meaning=_("Mean rating by the source"), digits=2),
)
SPLITS = {"venue": _("Venue"), "opponent": _("Opponents"), "month": _("Month")}
PARTS = {
    "home": _("at home"),
    "away": _("away"),
    "top": _("first third of the table"),
    "middle": _("middle third of the table"),
    "bottom": _("last third of the table"),
}
N_NEXT, N_LAST = 5, 5


def _team(request: PageRequest, _results: Results) -> Mapping[str, Part]:
    return {"team": part("query-stats", f"/stats/teams/{request['team_id']}")}


def _season(request: PageRequest, results: Results) -> Mapping[str, Any] | None:
    seasons = results["team"].value["seasons"] if results["team"].ok else []
    season_id = request.number("season", 0, 0, 10**15)
    return next((each for each in seasons if each["season_id"] == season_id), seasons[0] if seasons else None)


def _parts(request: PageRequest, results: Results) -> Mapping[str, Part]:
    season = _season(request, results)
    if season is None:
        return {}
    stats, season_id = f"/stats/teams/{request['team_id']}", season["season_id"]
    slug = league_slug(results, season["league_id"])
    wanted = {
        f"seasons_{season['league_id']}": part(
            "query-stats", f"/stats/leagues/{season['league_id']}/seasons", fresh_s=60
        ),
        "matches": part("query-stats", f"{stats}/matches", season=season_id, limit=100),
        "squad": part("query-stats", f"{stats}/player-stats", season=season_id, fresh_s=20),
        "standings": part("query-stats", f"{stats}/standings", season=season_id),
        "splits": part("query-stats", f"{stats}/splits", season=season_id, fresh_s=20),
        "managers": part("query-stats", f"{stats}/managers", fresh_s=60),
    }
    if slug and season == results["team"].value["seasons"][0]:
        today = request.now.date()
        wanted["expected"] = part("analyze", f"/analyze/leagues/{slug}/expected-points")
        wanted["chances"] = part("analyze", f"/analyze/leagues/{slug}/outlook/history", fresh_s=20)
        wanted["outlook"] = part("analyze", f"/analyze/leagues/{slug}/outlook")
        wanted["forecasts"] = part(
            "analyze", "/analyze/forecasts", league=slug, since=f"{today}T00:00:00Z",
            until=f"{today + timedelta(days=60)}T00:00:00Z", limit=200,
        )  # fmt: skip
    return wanted


def team_matches(results: Results) -> list[Listed]:
    """Return the team's matches of the season by kick-off with their forecasts."""
    rows = results["matches"].value["items"] if "matches" in results and results["matches"].ok else []
    forecasts = results.get("forecasts")
    listed = list_matches(rows, forecasts.value["items"] if forecasts and forecasts.ok else [])
    return sorted(listed, key=lambda each: (each.starts_at, each.id))


def _view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    team = require(results, "team")
    season = _season(request, results)
    listed = team_matches(results)
    played = [each for each in listed if each.kind in ("over", "live")]
    coming = [each for each in listed if each.kind == "coming"]
    squad = [_squad_row(each) for each in (results["squad"].value["items"] if _is_there(results, "squad") else [])]
    rows, order = sort_rows(squad, SQUAD, request, "-total_minutes")
    expected = _of_team(results, "expected", team["team_id"])
    sums = expected["by_match"] if expected and "by_match" in expected else []
    return View(
        title=team["name"],
        description=_("Matches, squad, points against those expected, splits and managers."),
        feed=f"/team/{team['team_id']}/feed.atom",
        may_be_found=not request.query,
        values={
            "team": team,
            "season": season,
            "league": league_slug(results, season["league_id"]) if season else "",
            "season_names": _season_names(results),
            "season_years": season_years(results),
            "last": played[-N_LAST:][::-1],
            "next": coming[:N_NEXT],
            "all_matches": listed,
            "squad": Table(id="squad", caption=_("Squad"), columns=SQUAD, rows=rows, sorted_by=order, base=request),
            "standing": next(iter(results["standings"].value["items"]), None)
            if _is_there(results, "standings")
            else None,
            "splits": _splits(results),
            "split_words": SPLITS,
            "part_words": PARTS,
            "managers": results["managers"].value["items"] if _is_there(results, "managers") else [],
            "expected": expected,
            "outlook": _of_team(results, "outlook", team["team_id"]),
            "chances": _chances(results, team["team_id"]),
            "lines": lines.two_lines([a for a, _b in sums], [b for _a, b in sums]) if sums else None,
        },
    )


def _is_there(results: Results, name: str) -> bool:
    return name in results and results[name].ok


def _of_team(results: Results, name: str, team_id: int) -> Mapping[str, Any] | None:
    rows = results[name].value["teams"] if _is_there(results, name) else []
    return next((each for each in rows if each["team_id"] == team_id), None)


def _chances(results: Results, team_id: int) -> list[Mapping[str, Any]]:
    """Return the team's chances after each round."""
    rows = results["chances"].value["items"] if _is_there(results, "chances") else []
    return [row for row in rows if row["team_id"] == team_id]


def _season_names(results: Results) -> Mapping[int, str]:
    leagues = results["leagues"].value["items"] if results["leagues"].ok else []
    return {each["league_id"]: each["name"] for each in leagues}


def _squad_row(row: Mapping[str, Any]) -> dict[str, Any]:
    totals = row["totals"]
    return {
        **row,
        "goals": totals.get("goals", 0),
        "assists": totals.get("goalAssist", 0),
        "xg": totals.get("expectedGoals", 0.0),
    }


def _splits(results: Results) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
    rows = results["splits"].value["items"] if _is_there(results, "splits") else []
    return [(name, [row for row in rows if row["split"] == name]) for name in SPLITS]


def _feed_view(request: PageRequest, results: Results) -> View:
    team = require(results, "team")
    over = [each for each in team_matches(results) if each.kind == "over"]
    return View(
        title=team["name"],
        values={"entries": over[-30:][::-1], "path": f"/team/{team['team_id']}", "updated": _updated(over, request)},
        content_type="application/atom+xml; charset=utf-8",
    )


def _updated(listed: Sequence[Listed], request: PageRequest) -> str:
    """Return when the newest of the matches changed; a feed without any has no age."""
    times = [to_instant(each.match["fetched_at"]) for each in listed]
    return f"{max(times, default=request.now.replace(hour=0, minute=0, second=0, microsecond=0)):%Y-%m-%dT%H:%M:%SZ}"


def _calendar_view(request: PageRequest, results: Results) -> View:
    team = require(results, "team")
    text = calendar.to_ics(team["name"], team_matches(results), origin=request.origin)
    return View(title=team["name"], values={"text": Markup(text)}, content_type="text/calendar; charset=utf-8")


PAGES = (
    Page(
        name="team",
        path="/team/<int:team_id>",
        template="team.html",
        waves=(_team, _parts),
        view=_view,
        parameters=("season", "sort"),
        example="/team/{team}",
    ),
    Page(
        name="team_feed",
        path="/team/<int:team_id>/feed.atom",
        template="feed.xml",
        waves=(_team, _parts),
        view=_feed_view,
        example="/team/{team}/feed.atom",
    ),
    Page(
        name="team_calendar",
        path="/team/<int:team_id>/calendar.ics",
        template="text.txt",
        waves=(_team, _parts),
        view=_calendar_view,
        example="/team/{team}/calendar.ics",
    ),
)
