"""A match: before it the forecast, during and after it what happens, and what the forecast had said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.site.page import Page, PageRequest, View, require
from functions.site.parts import Part, Results, part
from functions.site.presentation import pitch, words_about
from functions.site.presentation.formats import kind_of_match
from functions.site.presentation.matches import is_late
from functions.site.texts import mark as _

STATISTICS = {
    "expectedGoals": _("Expected goals"),
    "ballPossession": _("Ball possession"),
    "totalShotsOnGoal": _("Shots"),
    "shotsOnGoal": _("Shots on target"),
    "bigChanceCreated": _("Big chances"),
    "touchesInOppBox": _("Touches in the box"),
    "cornerKicks": _("Corners"),
    "accuratePasses": _("Accurate passes"),
    "finalThirdEntries": _("Entries into the final third"),
    "accurateCross": _("Crosses"),
    "totalTackle": _("Tackles"),
    "interceptionWon": _("Interceptions"),
    "duelWonPercent": _("Duels won"),
    "fouls": _("Fouls"),
    "offsides": _("Offsides"),
    "yellowCards": _("Yellow cards"),
    "redCards": _("Red cards"),
    "goalkeeperSaves": _("Saves"),
}
"""The statistics that the page shows, in their order."""
PHASES = {
    6: _("1st half"),
    7: _("2nd half"),
    31: _("half-time"),
    41: _("extra time"),
    42: _("extra time"),
    50: _("penalties"),
}
_NO_DETAIL = dict.fromkeys(
    ("venue", "attendance", "home_formation", "away_formation", "home_manager", "away_manager"), ""
)
CHANGES = ("goal", "card", "substitution", "inGamePenalty", "varDecision", "period")


def _score_parts(request: PageRequest, _results: Results) -> Mapping[str, Part]:
    match = f"/stats/matches/{request['match_id']}"
    return {"match": part("query-stats", match), "incidents": part("query-stats", f"{match}/incidents")}


def _parts(request: PageRequest, results: Results) -> Mapping[str, Part]:
    match_id = request["match_id"]
    match = f"/stats/matches/{match_id}"
    return {
        **_score_parts(request, results),
        "statistics": part("query-stats", f"{match}/statistics"),
        "lineups": part("query-stats", f"{match}/lineups"),
        "shots": part("query-stats", f"{match}/shots"),
        "forecast": part("analyze", f"/analyze/matches/{match_id}"),
    }


def _about_teams(request: PageRequest, results: Results) -> Mapping[str, Part]:
    if not results["match"].ok:
        return {}
    match = results["match"].value
    home, away = match["home"]["id"], match["away"]["id"]
    wanted = {
        "meetings": part("query-stats", f"/stats/teams/{home}/against/{away}", fresh_s=60),
        "form": part("query-stats", f"/stats/leagues/{match['league_id']}/form", season=match["season_id"], fresh_s=20),
    }
    if slug := league_slug(results, match["league_id"]):
        wanted["importance"] = part("analyze", f"/analyze/leagues/{slug}/importance")
    return wanted


def league_slug(results: Results, league_id: int) -> str:
    """Return a league's name in paths; empty where the menu does not have it."""
    leagues = results["leagues"].value["items"] if results["leagues"].ok else []
    return next((str(each["league"]) for each in leagues if each["league_id"] == league_id), "")


def _view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    match = require(results, "match")
    home, away = match["home"]["name"], match["away"]["name"]
    kind = kind_of_match(match["status"])
    shots = results["shots"].value["items"] if results["shots"].ok else []
    lineups = results["lineups"].value["items"] if results["lineups"].ok else []
    detail = {**_NO_DETAIL, **(match["detail"] or {})}
    slug = league_slug(results, match["league_id"])
    goals = f" {match['score']['home']}:{match['score']['away']} " if kind in ("live", "over") else " – "
    return View(
        title=f"{home}{goals}{away}",
        description=_("Forecast, line-ups, timeline, statistics and shots."),
        picture=f"/plots/matches/{match['match_id']}/{'shots' if shots else 'score-matrix'}?format=png",
        values={
            **_score_values(match, results, request),
            "league": slug,
            "detail": detail,
            "shots": pitch.place_shots(shots),
            "race": pitch.race(shots) if shots else None,
            "players": [
                mark
                for is_home in (True, False)
                for mark in pitch.place_players(
                    _starters(lineups, is_home),
                    detail.get("home_formation" if is_home else "away_formation") or "",
                    is_home=is_home,
                )
            ],
            "squads": [(side, [each for each in lineups if each["is_home"] == side]) for side in (True, False)],
            "statistics": _statistics(results),
            "form": _form(results, match),
            "importance": _importance(results, match["match_id"]),
            "outcomes": words_about.OUTCOMES,
            "situations": words_about.SITUATIONS,
        },
    )


def _starters(lineups: Sequence[Mapping[str, Any]], is_home: bool) -> list[Mapping[str, Any]]:
    order = "GDMF"
    starters = [each for each in lineups if each["is_home"] == is_home and each["starter"]]
    return sorted(starters, key=lambda each: order.find(each["position"]))[:11]


def _score_values(match: Mapping[str, Any], results: Results, request: PageRequest) -> dict[str, Any]:
    incidents = results["incidents"].value["items"] if results["incidents"].ok else []
    return {
        "match": match,
        "kind": kind_of_match(match["status"]),
        "phase": PHASES.get(match["status"]["code"], ""),
        "is_late": is_late(match, request.now),
        "incidents": [each for each in incidents if each["kind"] in CHANGES],
        "n_goals": sum(each["kind"] == "goal" for each in incidents),
    }


def _live_view(request: PageRequest, results: Results) -> View:
    match = require(results, "match")
    return View(title=match["home"]["name"], values=_score_values(match, results, request))


def _statistics(results: Results) -> list[dict[str, Any]]:
    rows = results["statistics"].value["items"] if results["statistics"].ok else []
    of_match = {row["key"]: row for row in rows if row["period"] == "ALL"}
    shown = []
    for key, title in STATISTICS.items():
        row = of_match.get(key)
        if row is not None and row["home_value"] is not None and row["away_value"] is not None:
            total = row["home_value"] + row["away_value"]
            share = row["home_value"] / total if total > 0 else 0.5
            shown.append({**row, "title": title, "share": round(100 * share, 1)})
    return shown


def _form(results: Results, match: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    form = results.get("form")
    rows = {row["team_id"]: row for row in form.value["items"]} if form and form.ok else {}
    return [rows[match[side]["id"]] for side in ("home", "away") if match[side]["id"] in rows]


def _importance(results: Results, match_id: int) -> Mapping[str, Any] | None:
    importance = results.get("importance")
    rows = importance.value["items"] if importance and importance.ok else []
    return next((row for row in rows if row["match_id"] == match_id), None)


PAGES = (
    Page(
        name="match",
        path="/match/<int:match_id>",
        template="match.html",
        waves=(_parts, _about_teams),
        view=_view,
        example="/match/{match}",
    ),
    Page(
        name="match_live",
        path="/match/<int:match_id>/live",
        template="fragments/match_live.html",
        waves=(_score_parts,),
        view=_live_view,
        example="/match/{match}/live",
    ),
)
