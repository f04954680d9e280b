"""Real results through the whole platform: what it prints is what the archive's own rows add up to."""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.reference import reference
from tests.support.running_platform import PlatformProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

DIVISIONS = {
    "England": "E0",
    "Spain": "SP1",
    "Germany": "D1",
    "Italy": "I1",
    "France": "F1",
    "Netherlands": "N1",
    "Portugal": "P1",
    "Turkey": "T1",
    "Belgium": "B1",
    "Scotland": "SC0",
}
GROUPS = {"Belgium": (6, 6, 4), "Scotland": (6, 6)}
"""How many teams stand in each part of a league that splits: whoever is in a lower one stays below."""
HALVED_AFTER, N_HALVED = 30, 12
"""Belgium's play-offs begin with half of the points of so many matches, rounded up, save for the last group."""
_TITLE = re.compile(r"^(\w+) \(replay of real results\) (\S+)$")
_ROW = re.compile(r"^ *(\d+) (.+?) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(-?\d+) +(-?\d+)$")
Counted = dict[str, tuple[int, ...]]


@pytest.fixture(scope="module")
def printed() -> Iterator[dict[str, Counted]]:
    running = PlatformProcess("--replay", str(reference("football/odds")), "--once")
    try:
        running.start()
        assert running.wait(380) == 0, running.printed()
        assert running.leftovers() == []
        yield tables(running.printed())
    finally:
        running.stop()


@pytest.mark.parametrize("country", DIVISIONS)
def test_printed_table_equals_the_one_counted_from_the_archive(country: str, printed: dict[str, Counted]) -> None:
    counted = count(reference(f"football/odds/{DIVISIONS[country]}/{DIVISIONS[country]}_2425.csv.gz"))
    if country == "Belgium":
        counted = halved(counted)
    assert printed[country] == {team: (*row.numbers, sum(row.points)) for team, row in counted.items()}
    points = iter([row[-1] for row in printed[country].values()])
    for size in GROUPS.get(country, (len(counted),)):
        group = [next(points) for _ in range(size)]
        assert group == sorted(group, reverse=True)


def tables(text: str) -> dict[str, Counted]:
    """Every printed table: team to P, W, D, L, GF, GA, GD, Pts, in printed order."""
    result: dict[str, Counted] = {}
    country = ""
    for line in map(str.rstrip, text.splitlines()):
        if title := _TITLE.match(line):
            country = title[1]
            assert title[2] == "2024/25"
            result[country] = {}
        elif country and (row := _ROW.match(line)):
            result[country][row[2]] = tuple(int(number) for number in row.groups()[2:])
    return result


@dataclass
class Season:
    """What a team did."""

    numbers: tuple[int, ...] = (0,) * 7
    """P, W, D, L, GF, GA, GD."""
    points: list[int] = field(default_factory=list)
    """Of each match."""

    def played(self, scored: int, conceded: int) -> None:
        outcome = (scored > conceded, scored == conceded, scored < conceded)
        more = (1, *outcome, scored, conceded, scored - conceded)
        self.numbers = tuple(old + new for old, new in zip(self.numbers, more, strict=True))
        self.points.append(3 * outcome[0] + outcome[1])


def count(archive: Path) -> dict[str, Season]:
    """The final table's numbers, straight from the file."""
    seasons: dict[str, Season] = defaultdict(Season)
    with gzip.open(archive, "rt", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if row["HomeTeam"]:
                home, away = int(row["FTHG"]), int(row["FTAG"])
                seasons[row["HomeTeam"]].played(home, away)
                seasons[row["AwayTeam"]].played(away, home)
    return seasons


def halved(seasons: dict[str, Season]) -> dict[str, Season]:
    """The same with half of the points of the first phase for those in the first groups."""
    first = {team: sum(row.points[:HALVED_AFTER]) for team, row in seasons.items()}
    chosen = sorted(seasons, key=lambda team: first[team], reverse=True)[:N_HALVED]
    for team in chosen:
        seasons[team].points[:HALVED_AFTER] = [(first[team] + 1) // 2]
    return seasons
