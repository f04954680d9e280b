"""What a season's results add up to: the table at any moment, its course, form and streaks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from functions.query_stats.resource import Resource
from functions.query_stats.season_table import EVERYTHING, plain_table, rules, season_table
from functions.query_stats.stats_request import Asked, Content, Rows
from functions.query_stats.stored_match import StoredMatch, flat, of_half, provenance
from shared.domain.catalogue.competition_rules import Ruling
from shared.domain.football.team_results import Side, by_team, record, sides, streaks


def _table(asked: Asked) -> Content:
    decided_by = rules(asked.league.id, asked.season["starts_in"])
    half, venue = asked["half"], asked["venue"]
    if half:
        matches = [of_half(match, int(half)) for match in asked.matches]
        rows = plain_table(matches, decided_by, as_of=_moment(asked), venue=venue)
    else:
        rows = season_table(asked.matches, decided_by, as_of=_moment(asked), venue=venue)
    return {
        "league": asked["league"],
        "name": asked.season["league_name"],
        "season": asked.season["year"],
        "as_of": asked["as_of"],
        "venue": venue or "all",
        "half": int(half) if half else None,
        "tie_break": list(decided_by.tie_break),
        "rulings": [] if half or venue else [_ruling(each) for each in decided_by.rulings],
        "rows": _with_provenance([flat(row) for row in rows], asked.matches),
    }


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {
        "team_id": ruling.team_id,
        "points": ruling.points,
        "placed_last": ruling.placed_last,
        "applies_from": ruling.applies_from,
        "reason": ruling.reason,
    }


def _graph(asked: Asked) -> Content:
    """Points, goal difference and place of each team after each round; a postponed match counts to its own round."""
    results = [side for side in sides(asked.matches, as_of=_moment(asked)) if side.round is not None]
    rounds = sorted({side.round or 0 for side in results})
    courses = {team: _course(played, rounds) for team, played in by_team(results).items()}
    names = {side.team_id: side.team_name for side in results}
    rows: Rows = []
    for place, number in enumerate(rounds):
        standing = sorted(courses, key=lambda team: (courses[team][place][:3], -team), reverse=True)
        rows += [_point(number, rank, team, names[team], courses[team][place]) for rank, team in enumerate(standing, 1)]
    return {**asked.head, "items": _with_provenance(rows, asked.matches)}


def _course(results: list[Side], rounds: list[int]) -> list[tuple[int, int, int, int]]:
    """Points, goal difference, goals and matches of a team after each round."""
    so_far: list[Side] = []
    after = []
    for number in rounds:
        so_far += [side for side in results if side.round == number]
        made = record(so_far)
        after.append((made.points, made.goal_difference, made.goals_for, made.matches))
    return after


def _point(number: int, rank: int, team: int, name: str, course: tuple[int, int, int, int]) -> dict[str, Any]:
    points, difference, goals, matches = course
    return {
        "round": number, "rank": rank, "team_id": team, "team_name": name, "matches": matches, "points": points,
        "goal_difference": difference, "goals_for": goals,
    }  # fmt: skip


def _form(asked: Asked) -> Content:
    """Each team's last results, the best first."""
    venues = {"": (True, False), "home": (True,), "away": (False,)}[asked["venue"]]
    results = [side for side in sides(asked.matches, as_of=_moment(asked)) if side.is_home in venues]
    rows = [
        {"team_id": team, "team_name": played[-1].team_name, **flat(record(played[-asked["n"] :], n_form=asked["n"]))}
        for team, played in by_team(results).items()
    ]
    rows.sort(key=lambda row: (-row["points"], -row["goal_difference"], -row["goals_for"], row["team_id"]))
    return {**asked.head, "n": asked["n"], "items": _with_provenance(rows, asked.matches)}


def _streaks(asked: Asked) -> Content:
    """The longest of each kind first."""
    rows = [
        {"team_id": team, "team_name": played[-1].team_name, **flat(streak)}
        for team, played in by_team(sides(asked.matches, as_of=_moment(asked))).items()
        for streak in streaks(played)
    ]
    rows.sort(key=lambda row: (row["kind"], -row["length"], row["team_id"], row["first_at"]))
    return {**asked.head, "items": _with_provenance(rows, asked.matches)}


def _moment(asked: Asked) -> datetime:
    return asked["as_of"] or EVERYTHING


def _with_provenance(rows: Rows, matches: list[StoredMatch]) -> Rows:
    """All of a season's rows are made of all of its matches."""
    made_of = provenance(matches)
    return [{**row, **made_of} for row in rows]


RESOURCES = (
    Resource(
        name="table",
        path="/leagues/<league>/table",
        text="The league table at a moment, over all matches, one venue or one half",
        answer=_table,
        query="TableQuery",
        model="tables.Table",
    ),
    Resource(
        name="table_graph",
        path="/leagues/<league>/table/graph",
        text="Points and place of each team after each round",
        answer=_graph,
        query="CourseQuery",
        model="tables.Graph",
    ),
    Resource(
        name="league_form",
        path="/leagues/<league>/form",
        text="The last results of each team",
        answer=_form,
        query="FormQuery",
        model="tables.Form",
    ),
    Resource(
        name="league_streaks",
        path="/leagues/<league>/streaks",
        text="The longest streaks of each team, and those that go on",
        answer=_streaks,
        query="CourseQuery",
        model="tables.Streaks",
    ),
)
