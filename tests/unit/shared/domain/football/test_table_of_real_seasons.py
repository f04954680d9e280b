"""Final tables of 250 real seasons, as loaded and ruled, equal those counted the plain way from the same files."""

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

from shared.domain.archives import footballdata
from shared.domain.archives.report import Report
from shared.domain.archives.seasons import Season
from shared.domain.catalogue import competition_rules
from shared.domain.football.ruled_table import ruled_table
from shared.domain.football.table import TableRow
from tests.support.reference import reference

DIVISIONS = {
    "E0": "england", "SP1": "spain", "D1": "germany", "I1": "italy", "F1": "france",
    "N1": "netherlands", "P1": "portugal", "B1": "belgium", "T1": "turkey", "SC0": "scotland",
}  # fmt: skip
AFTERWARDS = datetime(2100, 1, 1, tzinfo=UTC)

RULED = {
    ("E0", 2009): {"Portsmouth": -9},
    ("E0", 2023): {"Everton": -8, "Nott'm Forest": -4},
    ("D1", 2003): {"Kaiserslautern": -3},
    ("I1", 2005): {"Milan": -30, "Fiorentina": -30, "Lazio": -30},
    ("I1", 2006): {"Fiorentina": -15, "Reggina": -11, "Milan": -8, "Lazio": -3, "Siena": -1},
    ("I1", 2010): {"Bologna": -3},
    ("I1", 2011): {"Atalanta": -6},
    ("I1", 2012): {"Siena": -6, "Atalanta": -2, "Sampdoria": -1, "Torino": -1},
    ("I1", 2014): {"Parma": -7},
    ("I1", 2018): {"Chievo": -3},
    ("I1", 2022): {"Juventus": -10},
    ("F1", 2021): {"Lyon": -1, "Nice": -1},
    ("F1", 2023): {"Montpellier": -1},
    ("N1", 2014): {"Twente": -6},
    ("N1", 2015): {"Twente": -3},
    ("N1", 2023): {"Vitesse": -18},
    ("P1", 2007): {"Porto": -6, "Belenenses": -6, "Leiria": -3},
    ("T1", 2023): {"Istanbulspor": -3},
    ("T1", 2024): {"Ad. Demirspor": -12},
    ("SC0", 2007): {"Gretna": -10},
    ("SC0", 2011): {"Rangers": -10},
    ("SC0", 2013): {"Hearts": -15},
}  # fmt: skip
"""Every deduction in these seasons, by the names of the files."""

OTHER_WAYS = {("I1", 2005), ("F1", 2019), ("SC0", 2019), ("B1", 2023), ("B1", 2024)}
"""Seasons whose places are no matter of points and chain; each has a test of its own below, as has Scotland's split."""


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
        home, away = row["HomeTeam"].strip(), row["AwayTeam"].strip()
        results.append(Result(day.replace(tzinfo=UTC), home, away, int(row["FTHG"]), int(row["FTAG"])))
    return results


def file(division: str, year: int) -> Path:
    return reference(f"football/odds/{division}/{division}_{year % 100:02d}{(year + 1) % 100:02d}.csv.gz")


@functools.cache
def loaded(division: str, year: int) -> tuple[Season, dict[int, str]]:
    """The season as the source reads it, and the file's name of each team, read off row by row."""
    path = file(division, year)
    (season,) = footballdata.read(path.read_bytes(), document=path.name, version=1, report=Report())
    lines = gzip.decompress(path.read_bytes()).decode("cp1252").splitlines()
    header = [name.strip() for name in next(csv.reader(lines))]
    at = header.index("HomeTeam")
    by_id = {match.match_id: match for match in season.matches}
    names = {}
    for row, match_id in season.match_ids.items():
        names[by_id[match_id].home_id] = next(csv.reader([lines[row - 1]]))[at].strip()
    return season, names


def table(division: str, year: int, as_of: datetime = AFTERWARDS) -> list[tuple[int, str, TableRow]]:
    """Ours: rank, the file's name of the team, and the row."""
    season, names = loaded(division, year)
    rules = competition_rules.of_season(DIVISIONS[division], year)
    rows = ruled_table(season.matches, rules=rules, as_of=as_of)
    return [(row.rank, names[row.team_id], row) for row in rows]


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


def plain_order(results: list[Result], chain: tuple[str, ...], ruled: dict[str, int]) -> list[tuple[int, str]]:
    """Rank and name by points and chain, straight from the rules' text."""
    whole = plain(results)
    ranked: list[tuple[int, str]] = []

    def value(team: str, criterion: str, among: dict[str, dict[str, int]]) -> int:
        if criterion == "points":
            return whole[team]["points"] + ruled.get(team, 0)
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
            is_repeated = bool(among) and len(level) < len(group)
            place(level, steps if is_repeated else steps[1:])

    steps: list[tuple[str, ...]] = [("points",)]
    for criterion in chain:
        if criterion.startswith("h2h_") and steps[-1][0].startswith("h2h_"):
            steps[-1] = (*steps[-1], criterion)
        else:
            steps.append((criterion,))
    place(list(whole), steps)
    return ranked


def in_halves(order: list[tuple[int, str]], results: list[Result]) -> list[tuple[int, str]]:
    """Scotland: those who meet a fourth time are in one half, and the champion is in the upper one."""
    met: dict[frozenset[str], int] = defaultdict(int)
    for result in results:
        met[frozenset((result.home, result.away))] += 1
    if max(met.values()) < 4:
        return order
    champion = order[0][1]
    upper = {name for pair, n in met.items() if n == 4 and champion in pair for name in pair}
    assert len(upper) == 6
    names = [name for _, name in order if name in upper] + [name for _, name in order if name not in upper]
    return list(enumerate(names, start=1))


@pytest.mark.parametrize("division", DIVISIONS)
def test_the_final_tables_of_25_seasons_equal_the_plain_ones(division: str) -> None:
    n_matches = 0
    for year in range(2000, 2025):
        results = read(file(division, year))
        n_matches += len(results)
        if (division, year) in OTHER_WAYS:
            continue
        assert len(loaded(division, year)[0].matches) == len(results), "every row arrives"
        ruled, sums = RULED.get((division, year), {}), plain(results)
        rows = table(division, year)
        assert len(rows) == len(sums)
        for _, name, row in rows:
            mine = sums[name]
            assert (row.matches, row.wins, row.draws, row.losses) == (mine["P"], mine["W"], mine["D"], mine["L"])
            assert (row.goals_for, row.goals_against, row.goal_difference) == (mine["gf"], mine["ga"], mine["gd"])
            assert (row.points, row.adjustment) == (mine["points"] + ruled.get(name, 0), ruled.get(name, 0))
        expected = plain_order(results, competition_rules.of_season(DIVISIONS[division], year).tie_break, ruled)
        if division == "SC0":
            expected = in_halves(expected, results)
        ranks = [(rank, name) for rank, name, _ in rows]
        assert sorted(ranks) == sorted(expected), year
    assert n_matches > 4_500


def named_points(division: str, year: int) -> list[tuple[int, str, int]]:
    return [(rank, name, row.points) for rank, name, row in table(division, year)]


def test_italy_2005_06_after_the_court_had_spoken() -> None:
    """Inter is champion, and Juventus last in spite of 91 points; a day before, Juventus still led."""
    order = named_points("I1", 2005)
    assert order[:3] == [(1, "Inter", 76), (2, "Roma", 69), (3, "Milan", 58)]
    assert order[-1] == (20, "Juventus", 91)
    before = table("I1", 2005, as_of=datetime(2006, 7, 24, tzinfo=UTC))
    assert [(rank, name) for rank, name, _ in before[:2]] == [(1, "Juventus"), (2, "Milan")]


def test_seasons_cut_short_go_by_points_per_match() -> None:
    """St Johnstone came before Hibernian with a point less out of a match less."""
    order = [name for _, name, _ in named_points("SC0", 2019)]
    assert order[5:7] == ["St Johnstone", "Hibernian"]
    rows = [row for _, _, row in table("F1", 2019)]
    assert [row.points / row.matches for row in rows] == sorted(
        (row.points / row.matches for row in rows), reverse=True
    )


def test_belgium_goes_on_with_half_the_points_in_groups() -> None:
    """Clubs of the lower groups end below the champions' group, whatever their points."""
    order = named_points("B1", 2023)
    assert order[:3] == [(1, "Club Brugge", 50), (2, "St. Gilloise", 49), (3, "Anderlecht", 46)]
    assert order[6] == (7, "Gent", 48)
    assert [name for _, name, _ in named_points("B1", 2024)[:2]] == ["St. Gilloise", "Club Brugge"]


def test_scotland_keeps_the_halves_apart() -> None:
    """In 2023/24 Aberdeen had more points than Dundee and ended below."""
    order = named_points("SC0", 2023)
    assert order[5:7] == [(6, "Dundee", 42), (7, "Aberdeen", 48)]


def test_titles_that_only_the_chain_decided() -> None:
    """England 2011/12 by goal difference; Spain 2006/07 by the two meetings, against the goal difference."""
    assert named_points("E0", 2011)[:2] == [(1, "Man City", 89), (2, "Man United", 89)]
    assert named_points("SP1", 2006)[:2] == [(1, "Real Madrid", 76), (2, "Barcelona", 76)]


def test_a_ruling_counts_from_its_day() -> None:
    """Everton had 10 points less from November, 6 from February, 8 from April."""
    adjusted = [
        next(
            row.adjustment for _, name, row in table("E0", 2023, as_of=datetime(*day, tzinfo=UTC)) if name == "Everton"
        )
        for day in ((2023, 11, 16), (2023, 11, 18), (2024, 2, 27), (2024, 4, 9))
    ]
    assert adjusted == [0, -10, -6, -8]
