"""A question over players, teams or matches, put together without SQL, whose answer can be taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.site.page import Page, PageRequest, View
from functions.site.parts import Part, Results, part
from functions.site.presentation import words_about
from functions.site.presentation.tables import Column, Table, sort_rows
from functions.site.texts import mark as _

SUBJECTS = ("players", "teams", "matches")
SUBJECT_WORDS = {"players": _("Players"), "teams": _("Teams"), "matches": _("Matches")}
POSITIONS = ("", "G", "D", "M", "F")
MOST_COLUMNS = 8
PLAYER_METRICS = (
    "goals", "goalAssist", "expectedGoals", "expectedAssists", "totalShots", "onTargetScoringAttempt", "keyPass",
    "bigChanceCreated", "accuratePass", "totalPass", "touches", "wonContest", "duelWon", "aerialWon", "totalTackle",
    "interceptionWon", "ballRecovery", "totalClearance", "fouls", "wasFouled", "saves",
)  # fmt: skip
TEAM_METRICS = {
    "expectedGoals": _("Expected goals"),
    "ballPossession": _("Ball possession"),
    "totalShotsOnGoal": _("Shots"),
    "shotsOnGoal": _("Shots on target"),
    "bigChanceCreated": _("Big chances"),
    "touchesInOppBox": _("Touches in the box"),
    "cornerKicks": _("Corners"),
    "accuratePasses": _("Accurate passes"),
    "totalTackle": _("Tackles"),
    "interceptionWon": _("Interceptions"),
    "fouls": _("Fouls"),
    "yellowCards": _("Yellow cards"),
}
_DEFAULTS = {"players": ("goals", "goalAssist", "expectedGoals", "keyPass"), "teams": ("expectedGoals", "shotsOnGoal")}
STATES = ("", "finished", "notstarted")


def _league(request: PageRequest, results: Results) -> str:
    leagues = results["leagues"].value["items"] if "leagues" in results and results["leagues"].ok else []
    slugs = [str(each["league"]) for each in leagues]
    slug = request.query.get("league", "")
    return slug if slug in slugs else slugs[0] if slugs else ""


def _nothing(_request: PageRequest, _results: Results) -> Mapping[str, Part]:
    return {}


def _parts(request: PageRequest, results: Results) -> Mapping[str, Part]:
    league, season = _league(request, results), request.query.get("season", "")
    if not league:
        return {}
    stats = f"/stats/leagues/{league}"
    subject = request.choice("of", SUBJECTS)
    answers = {
        "players": part(
            "query-stats",
            f"{stats}/player-stats",
            season=season,
            position=request.choice("position", POSITIONS),
            limit=500,
        ),
        "teams": part("query-stats", f"{stats}/team-stats", season=season),
        "matches": part(
            "query-stats", f"{stats}/matches", season=season, state=request.choice("state", STATES), limit=500
        ),
    }
    return {
        "answer": answers[subject],
        "seasons": part("query-stats", f"{stats}/seasons", fresh_s=60),
        "teams": part("query-stats", f"{stats}/teams", season=season, fresh_s=60),
    }


def chosen_metrics(request: PageRequest, subject: str) -> list[str]:
    """Return the columns that the address asks for, in its order."""
    known = PLAYER_METRICS if subject == "players" else tuple(TEAM_METRICS)
    columns = [each for each in request.query.get("show", "").split(",") if each in known]
    return list(dict.fromkeys(columns))[:MOST_COLUMNS] or list(_DEFAULTS.get(subject, ()))


def _view(request: PageRequest, results: Results) -> View:
    _ = request.translate
    subject = request.choice("of", SUBJECTS)
    answer = results.get("answer")
    rows = answer.value["items"] if answer and answer.ok else []
    teams = results["teams"].value["items"] if "teams" in results and results["teams"].ok else []
    names = {each["team_id"]: each["name"] for each in teams}
    metrics = chosen_metrics(request, subject)
    columns, listed, default = _BUILDERS[subject](request, rows, names, metrics)
    ordered, order = sort_rows(listed, columns, request, default)
    known = PLAYER_METRICS if subject == "players" else tuple(TEAM_METRICS) if subject == "teams" else ()
    return View(
        title=_("Explore"),
        description=_("Ask your own question over players, teams and matches, and take the answer away."),
        may_be_found=not request.query,
        values={
            "subject": subject,
            "subjects": SUBJECT_WORDS,
            "league": _league(request, results),
            "seasons": results["seasons"].value["items"] if "seasons" in results and results["seasons"].ok else [],
            "answer": Table(
                id="answer", caption=_("Answer"), columns=columns, rows=ordered[:200], sorted_by=order, base=request
            ),
            "n_rows": len(ordered),
            "metrics": metrics,
            "known": [(key, _metric_word(key, subject)) for key in known],
            "positions": POSITIONS,
            "position": request.choice("position", POSITIONS),
            "position_words": words_about.POSITIONS,
            "states": STATES,
            "state": request.choice("state", STATES),
            "min_minutes": request.number("min", 0, 0, 10_000),
            "per_90": request.query.get("per90") == "1",
            "metric_total": bool(rows),
        },
    )


def _metric_word(key: str, subject: str) -> str:
    return words_about.METRICS.get(key, key) if subject == "players" else TEAM_METRICS[key]


def _players(
    request: PageRequest, rows: list[Mapping[str, Any]], names: Mapping[int, str], metrics: list[str]
) -> tuple[list[Column], list[dict[str, Any]], str]:
    per_90, least = request.query.get("per90") == "1", request.number("min", 0, 0, 10_000)
    values = "per_90" if per_90 else "totals"
    listed = [
        {
            "player_id": row["player_id"],
            "player": row["player"],
            "team": names.get(row["team_id"], ""),
            "team_id": row["team_id"],
            "minutes": row["total_minutes"],
            "appearances": row["appearances"],
            "mean_rating": row["mean_rating"],
            **{key: row[values].get(key, 0.0) for key in metrics},
        }
        for row in rows
        if row["total_minutes"] >= least
    ]
    columns = [
        Column(key="player", title=_("Player"), kind="player"),
        Column(key="team", title=_("Team"), kind="team_small"),
        Column(key="appearances", title=_("App"), meaning=_("Appearances")),
        Column(key="minutes", title=_("Min"), meaning=_("Minutes played")),
        Column(key="mean_rating", title=_("Rating"), digits=2),
        *(
            Column(
                key=key,
                title=words_about.METRICS.get(key, key),
                digits=2 if per_90 or key.startswith("expected") else 0,
            )
            for key in metrics
        ),
    ]
    return columns, listed, f"-{metrics[0]}" if metrics else "-minutes"


def _teams(
    request: PageRequest, rows: list[Mapping[str, Any]], _names: Mapping[int, str], metrics: list[str]
) -> tuple[list[Column], list[dict[str, Any]], str]:
    per_match = request.query.get("per90") == "1"
    keys = ("team_id", "team_name", "matches", "points", "goals_for", "goals_against", "clean_sheets")
    listed = [
        {
            **{key: row[key] for key in keys},
            **{key: row["means" if per_match or key == "ballPossession" else "totals"].get(key) for key in metrics},
        }
        for row in rows
    ]
    columns = [
        Column(key="team_name", title=_("Team"), kind="team"),
        Column(key="matches", title=_("P"), meaning=_("Matches played")),
        Column(key="points", title=_("Pts"), meaning=_("Points")),
        Column(key="goals_for", title=_("F"), meaning=_("Goals for")),
        Column(key="goals_against", title=_("A"), meaning=_("Goals against"), rises=True),
        Column(key="clean_sheets", title=_("Clean sheets")),
        *(Column(key=key, title=TEAM_METRICS[key], digits=2 if per_match else 1) for key in metrics),
    ]
    return columns, listed, "-points"


def _matches(
    _request: PageRequest, rows: list[Mapping[str, Any]], _names: Mapping[int, str], _metrics: list[str]
) -> tuple[list[Column], list[dict[str, Any]], str]:
    listed = [
        {
            "match_id": row["match_id"],
            "starts_at": row["starts_at"],
            "round": row["round"],
            "home": row["home"]["name"],
            "away": row["away"]["name"],
            "score": f"{row['score']['home']}:{row['score']['away']}" if row["score"]["home"] is not None else None,
            "goals": row["score"]["home"] + row["score"]["away"] if row["score"]["home"] is not None else None,
        }
        for row in rows
    ]
    columns = [
        Column(key="starts_at", title=_("Day"), kind="match_day", rises=True),
        Column(key="round", title=_("Round")),
        Column(key="home", title=_("Home"), kind="text"),
        Column(key="score", title=_("Score"), kind="score"),
        Column(key="away", title=_("Away"), kind="text"),
        Column(key="goals", title=_("Goals")),
    ]
    return columns, listed, "-starts_at"


_BUILDERS = {"players": _players, "teams": _teams, "matches": _matches}

PAGES = (
    Page(
        name="explore",
        path="/explore",
        template="explore.html",
        waves=(_nothing, _parts),
        view=_view,
        parameters=("of", "league", "season", "position", "state", "min", "per90", "show", "sort"),
        example="/explore?of=players&league={league}",
    ),
)
