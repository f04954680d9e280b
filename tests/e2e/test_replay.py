"""Real results through the whole platform: what it prints is what the archive's own rows add up to."""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import Running
from tests.reference import reference

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
_TITLE = re.compile(r"^(\w+) \(replay of real results\) (\S+)$")
_ROW = re.compile(r"^ *(\d+) (.+?) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(-?\d+) +(-?\d+)$")
Counted = dict[str, tuple[int, ...]]


@pytest.fixture(scope="module")
def printed() -> Iterator[dict[str, Counted]]:
    running = Running("--replay", str(reference("football/odds")), "--once")
    try:
        running.start()
        assert running.wait(380) == 0, running.said()
        assert running.leftovers() == []
        yield tables(running.said())
    finally:
        running.stop()


@pytest.mark.parametrize("country", DIVISIONS)
def test_printed_table_equals_the_one_counted_from_the_archive(country: str, printed: dict[str, Counted]) -> None:
    counted = count(reference(f"football/odds/{DIVISIONS[country]}/{DIVISIONS[country]}_2425.csv.gz"))
    assert printed[country] == counted
    points = [row[-1] for row in printed[country].values()]
    assert points == sorted(points, reverse=True)


def tables(text: str) -> dict[str, Counted]:
    """Every printed table: team to P, W, D, L, GF, GA, GD, Pts, in printed order."""
    found: dict[str, Counted] = {}
    country = ""
    for line in map(str.rstrip, text.splitlines()):
        if title := _TITLE.match(line):
            country = title[1]
            assert title[2] == "2024/25"
            found[country] = {}
        elif country and (row := _ROW.match(line)):
            found[country][row[2]] = tuple(int(number) for number in row.groups()[2:])
    return found


def count(archive: Path) -> Counted:
    """The final table's numbers, straight from the file."""
    tally: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
    with gzip.open(archive, "rt", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            if not row["HomeTeam"]:
                continue
            home, away = int(row["FTHG"]), int(row["FTAG"])
            for team, scored, conceded in ((row["HomeTeam"], home, away), (row["AwayTeam"], away, home)):
                numbers = tally[team]
                numbers[0] += 1
                numbers[1 if scored > conceded else 2 if scored == conceded else 3] += 1
                numbers[4] += scored
                numbers[5] += conceded
    return {team: (*numbers, numbers[4] - numbers[5], 3 * numbers[1] + numbers[2]) for team, numbers in tally.items()}
