"""A league: its table with the chances in it, a round, and who leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.site.page import Page, PageRequest, View, require
from functions.site.parts import Part, Results, part
from functions.site.presentation import words_about
from functions.site.presentation.matches import list_matches
from functions.site.presentation.tables import Column, Table, sort_rows
from functions.site.texts import mark as _

VENUES = ("", "home", "away")
LEADERS = (("goals", _("Goals")), ("goalAssist", _("Assists")), ("expectedGoals", _("Expected goals")))
COLUMNS = (
    Column(key="rank", title=_("#"), meaning=_("Place"), rises=True),
    Column(key="team_name", title=_("Team"), kind="team"),
    Column(key="matches", title=_("P"), meaning=_("Matches played")),
    Column(key="goal_difference", title=_("GD"), meaning=_("Goal difference"), kind="signed"),
    Column(key="points", title=_("Pts"), meaning=_("Points"), css="strong"),
    Column(key="form", title=_("Form"), meaning=_("Last five results, the newest last"), kind="form"),
)
DETAILS = (
    Column(key="wins", title=_("W"), meaning=_("Won")),
    Column(key="draws", title=_("D"), meaning=_("Drawn")),
    Column(key="losses", title=_("L"), meaning=_("Lost"), rises=True),
    Column(key="goals_for", title=_("F"), meaning=_("Goals for")),
    Column(key="goals_against", title=_("A"), meaning=_("Goals against"), rises=True),
)
"""They stand last, where a phone shows them to those who scroll."""
CHANCES = (
    Column(key="expected", title=_("xPts"), meaning=_("Points expected from the chances in its matches"), digits=1),
    Column(key="end", title=_("End"), meaning=_("Points at the end of the season, on average of 10,000"), digits=0),
    Column(key="p_champion", title=_("Title"), meaning=_("Chance to become champion"), kind="chance"),
    Column(key="p_top_4", title=_("Top 4"), meaning=_("Chance to end among the first four"), kind="chance"),
    Column(key="p_relegated", title=_("Down"), meaning=_("Chance to be relegated"), kind="chance bad"),
)


def _parts(request: PageRequest, _results: Results) -> Mapping[str, Part]:
    league, season, day = request["league"], request.query.get("season", ""), request.day()
    stats, analysis = f"/stats/leagues/{league}", f"/analyze/leagues/{league}"
    wanted = {
        "table": part("query-stats", f"{stats}/table", season=season, venue=request.choice("venue", VENUES), as_of=day),
        "seasons": part("query-stats", f"{stats}/seasons", fresh_s=60),
        "rounds": part("query-stats", f"{stats}/rounds", season=season),
        **{
            f"leaders_{metric}": part(
                "query-stats", f"{stats}/leaders", metric=metric, limit=5, season=season, fresh_s=30
            )
            for metric, _title in LEADERS
        },
    }
    if not season and not day:
        wanted["outlook"] = part("analyze", f"{analysis}/outlook")
        wanted["expected"] = part("analyze", f"{analysis}/expected-points")
        wanted["forecasts"] = part("analyze", f"{analysis}/forecasts", round="next", limit=20)
    return wanted


def _round_parts(request: PageRequest, results: Results) -> Mapping[str, Part]:
    number = _round(request, results)
    if number is None:
        return {}
    season = request.query.get("season", "")
    path = f"/stats/leagues/{request['league']}/matches"
    return {"round": part("query-stats", path, season=season, round=number, limit=50)}


def _numbered_rounds(results: Results) -> list[dict[str, Any]]:
    rounds = results["rounds"].value["items"] if results["rounds"].ok else []
    return [each for each in rounds if each["round"] is not None]


def _round(request: PageRequest, results: Results) -> int | None:
    """Return the round of the address, else the first that is not over but for a few matches, else the last."""
    rounds = _numbered_rounds(results)
    numbers = [each["round"] for each in rounds]
    number = request.number("round", 0, 0, 200)
    if number in numbers:
        return number
    coming = [each["round"] for each in rounds if each["finished"] * 2 <= each["matches"]]
    return coming[0] if coming else numbers[-1] if numbers else None


def table_rows(results: Results) -> list[dict[str, Any]]:
    """Return the table's rows with expected points and chances where they are known."""
    outlook = results.get("outlook")
    expected = results.get("expected")
    chances = {each["team_id"]: each for each in outlook.value["teams"]} if outlook and outlook.ok else {}
    points = {each["team_id"]: each for each in expected.value["teams"]} if expected and expected.ok else {}
    rows = []
    for row in results["table"].value["rows"]:
        chance, point = chances.get(row["team_id"]), points.get(row["team_id"])
        rows.append(
            {
                **row,
                "expected": point["from_forecasts"]["expected_points"] if point else None,
                "end": chance["mean_points"] if chance else None,
                "p_champion": chance["p_champion"] if chance else None,
                "p_top_4": chance["p_top"].get("4") if chance else None,
                "p_relegated": chance["p_relegated"] if chance else None,
            }
        )
    return rows


def _view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    table = require(results, "table")
    rows = table_rows(results)
    has_chances = any(row["end"] is not None or row["expected"] is not None for row in rows)
    columns = (*COLUMNS, *(CHANCES if has_chances else ()), *DETAILS)
    ordered, order = sort_rows(rows, columns, request, "rank")
    names = {row["team_id"]: row["team_name"] for row in rows}
    rounds = _numbered_rounds(results)
    number = _round(request, results)
    forecasts = results["forecasts"].value["items"] if "forecasts" in results and results["forecasts"].ok else []
    in_round = results["round"].value["items"] if "round" in results and results["round"].ok else []
    outlook = results.get("outlook")
    is_plain = not request.query
    return View(
        title=f"{words_about.league_title(_, table['name'])} {table['season']}",
        description=_("Table with expected points and the chances of every team."),
        picture=f"/plots/leagues/{request['league']}/positions?format=png",
        feed=f"/{request['league']}/feed.atom",
        may_be_found=is_plain,
        values={
            "league": request["league"],
            "table": table,
            "season": table["season"],
            "table_view": Table(
                id="table", caption=_("Table"), columns=columns, rows=ordered, sorted_by=order, base=request,
                zones=zones(rows, outlook.value["relegated"] if outlook and outlook.ok else 0),
            ),
            "seasons": results["seasons"].value["items"] if results["seasons"].ok else [],
            "rounds": rounds,
            "number": number,
            "listed": list_matches(in_round, forecasts),
            "leaders": [(metric, title, results[f"leaders_{metric}"]) for metric, title in LEADERS],
            "names": names,
            "venues": VENUES,
            "venue": request.choice("venue", VENUES),
            "day": request.day(),
        },
    )  # fmt: skip


def zones(rows: list[dict[str, Any]], n_relegated: int) -> Mapping[int, str]:
    """Return the zone of each team by its place: the first four, and those that would go down."""
    places = sorted(rows, key=lambda row: (row["rank"], row["team_id"]))
    if not n_relegated:
        return {}
    last = {row["team_id"]: "down" for row in places[len(places) - n_relegated :]}
    return last | {row["team_id"]: "top" for row in places[:4]}


PAGES = (
    Page(
        name="league",
        path="/<league>",
        template="league.html",
        waves=(_parts, _round_parts),
        view=_view,
        parameters=("season", "venue", "date", "round", "sort"),
        example="/{league}",
    ),
)
