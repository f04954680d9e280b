"""Tables of 250 real seasons equal those computed the plain way from the same files."""

from __future__ import annotations

import csv
import functools
import gzip
import io
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.domain import leagues
from shared.domain.table import TableRow, league_table
from tests.reference import reference
from tests.unit.domain.matches import Row

DIVISIONS = {
    "E0": "england", "SP1": "spain", "D1": "germany", "I1": "italy", "F1": "france",
    "N1": "netherlands", "P1": "portugal", "B1": "belgium", "T1": "turkey", "SC0": "scotland",
}  # fmt: skip
AFTERWARDS = datetime(2100, 1, 1, tzinfo=UTC)


class Result(NamedTuple):
    """One line of a file."""

    day: datetime
    home: str
    away: str
    home_goals: int
    away_goals: int


def read(path: Path) -> list[Result]:
    """Rows can be wider than the header, blank, in two date forms, with a BOM or in cp1252."""
    raw = gzip.decompress(path.read_bytes())
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    header, *lines = csv.reader(io.StringIO(text))
    results = []
    for line in lines:
        row = dict(zip(header, line, strict=False))
        if not row.get("HomeTeam") or not row.get("FTHG"):
            continue
        day = datetime.strptime(row["Date"], "%d/%m/%Y" if len(row["Date"]) == 10 else "%d/%m/%y")
        results.append(
            Result(day.replace(tzinfo=UTC), row["HomeTeam"], row["AwayTeam"], int(row["FTHG"]), int(row["FTAG"]))
        )
    return results


@functools.cache
def season(division: str, name: str) -> list[Result]:
    return read(reference(f"football/odds/{division}/{division}_{name}.csv.gz"))


def table(division: str, results: list[Result]) -> list[TableRow]:
    """Ours. The files give no rounds, and in two countries pairs meet more than twice."""
    teams = {result.home for result in results} | {result.away for result in results}
    ids = {team: number for number, team in enumerate(sorted(teams), start=1)}
    rows = [
        Row(
            match_id=number,
            home_id=ids[result.home],
            away_id=ids[result.away],
            home_name=result.home,
            away_name=result.away,
            home_goals=result.home_goals,
            away_goals=result.away_goals,
            starts_at=result.day,
            round=None,
        )
        for number, result in enumerate(results, start=1)
    ]
    return league_table(rows, as_of=AFTERWARDS, tie_break=leagues.by_slug(DIVISIONS[division]).tie_break)


def plain(results: list[Result], teams: set[str] | None = None) -> dict[str, dict[str, int]]:
    """Sums per team over the matches among `teams`, counted one by one."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for _, home, away, home_goals, away_goals in results:
        if teams is not None and not {home, away} <= teams:
            continue
        for team, scored, conceded in ((home, home_goals, away_goals), (away, away_goals, home_goals)):
            mine = sums[team]
            mine["P"] += 1
            mine["W"] += scored > conceded
            mine["D"] += scored == conceded
            mine["L"] += scored < conceded
            mine["gf"] += scored
            mine["ga"] += conceded
            mine["gd"] += scored - conceded
            mine["points"] += 3 if scored > conceded else 1 if scored == conceded else 0
        sums[away]["away_goals"] += away_goals
    return sums


def plain_order(results: list[Result], chain: tuple[str, ...]) -> list[tuple[int, str]]:
    """Rank and name by points and chain, straight from the rules' text."""
    whole = plain(results)
    ranked: list[tuple[int, str]] = []

    def value(team: str, criterion: str, among: dict[str, dict[str, int]]) -> int:
        if criterion == "wins":
            return whole[team]["W"]
        if criterion.startswith("h2h_"):
            return among[team][criterion.removeprefix("h2h_")] if team in among else 0
        return whole[team][criterion]

    def place(group: list[str], steps: list[tuple[str, ...]]) -> None:
        if len(group) == 1 or not steps:
            rank = len(ranked) + 1
            ranked.extend((rank, team) for team in sorted(group))
            return
        among = plain(results, set(group)) if steps[0][0].startswith("h2h_") else {}
        keys = {team: tuple(value(team, criterion, among) for criterion in steps[0]) for team in group}
        for key in sorted(set(keys.values()), reverse=True):
            level = [team for team in group if keys[team] == key]
            again = bool(among) and len(level) < len(group)
            place(level, steps if again else steps[1:])

    head_to_head = tuple(criterion for criterion in chain if criterion.startswith("h2h_"))
    steps: list[tuple[str, ...]] = [("points",)]
    for criterion in chain:
        step = head_to_head if criterion in head_to_head else (criterion,)
        if step not in steps:
            steps.append(step)
    place(list(whole), steps)
    return ranked


@pytest.mark.parametrize("division", DIVISIONS)
def test_the_tables_of_25_seasons_equal_the_plain_ones(division: str) -> None:
    names = [f"{year % 100:02d}{(year + 1) % 100:02d}" for year in range(2000, 2025)]
    chain = leagues.by_slug(DIVISIONS[division]).tie_break
    n_matches = 0
    for name in names:
        results = season(division, name)
        sums = plain(results)
        rows = table(division, results)
        assert len(rows) == len(sums)
        for row in rows:
            mine = sums[row.team_name]
            assert (row.matches, row.wins, row.draws, row.losses) == (mine["P"], mine["W"], mine["D"], mine["L"])
            assert (row.goals_for, row.goals_against, row.goal_difference) == (mine["gf"], mine["ga"], mine["gd"])
            assert row.points == mine["points"]
        assert [(row.rank, row.team_name) for row in rows] == plain_order(results, chain)
        n_matches += len(results)
    assert n_matches > 4_500


def first_two(division: str, name: str) -> list[tuple[str, int]]:
    return [(row.team_name, row.points) for row in table(division, season(division, name))[:2]]


def test_titles_that_only_the_chain_decided() -> None:
    """England 2011/12 by goal difference; Spain 2006/07 by the two meetings, against the goal difference."""
    assert first_two("E0", "1112") == [("Man City", 89), ("Man United", 89)]
    assert first_two("SP1", "0607") == [("Real Madrid", 76), ("Barcelona", 76)]


def test_champions_of_2024_25() -> None:
    champions = {division: first_two(division, "2425")[0][0] for division in ("E0", "SP1", "D1", "I1", "F1")}
    assert champions == {
        "E0": "Liverpool", "SP1": "Barcelona", "D1": "Bayern Munich", "I1": "Napoli", "F1": "Paris SG",
    }  # fmt: skip
