"""Who goes down by the rules on record is who was missing a year later, in every season of eight leagues since 2010."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

import pytest

from functions.analyze.season import format as season_format
from functions.analyze.season.format import PLAY_OFFS, SPLIT, UNKNOWN_RELEGATION, UNREVIEWED
from shared.domain.catalogue import leagues
from tests.support.reference import reference
from tests.unit.shared.domain.football.test_table_of_real_seasons import DIVISIONS, read

Scores = Iterable[tuple[str, str, int, int]]
BY_RULING = {("spain", 2014), ("russia", 2017), ("portugal", 2019)}
"""A club went down by a ruling or dissolved, and one above the line or below it took its part."""
OF_DIVISIONS = [slug for slug in DIVISIONS.values() if slug not in ("belgium", "scotland")]
KNOWN = [
    (slug, year)
    for slug in (*OF_DIVISIONS, "russia")
    for year in range(2012 if slug == "russia" else 2011, 2023)
    if season_format.season_format(slug, year).relegated is not None and (slug, year) not in BY_RULING
]


def scores(slug: str, year: int) -> Scores:
    if slug == "russia":
        return [(row["Home"], row["Away"], int(row["HG"]), int(row["AG"])) for row in russia()[year]]
    division = next(code for code, name in DIVISIONS.items() if name == slug)
    return of_division(division, f"{division}_{year % 100:02}{(year + 1) % 100:02}.csv.gz")


@cache
def of_division(division: str, name: str) -> Scores:
    rows = read(reference("football/odds") / division / name)
    return [(row.home.strip(), row.away.strip(), row.home_goals, row.away_goals) for row in rows]


@cache
def russia() -> dict[int, list[dict[str, str]]]:
    raw = gzip.decompress(reference("football/odds/RUS_2012_2024.csv.gz").read_bytes()).decode("utf-8-sig")
    seasons: dict[int, list[dict[str, str]]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(raw)):
        seasons[int(row["Season"][:4])].append(row)
    return seasons


def points(matches: Scores) -> dict[str, int]:
    """Of each team; the file of Russia also holds play-offs, whose visitors played two matches and do not count."""
    matches = list(matches)
    played = Counter(team for match in matches for team in match[:2])
    won = dict.fromkeys((team for team in played if played[team] > 4), 0)
    for home, away, home_goals, away_goals in matches:
        if home in won and away in won:
            won[home] += 3 * (home_goals > away_goals) + (home_goals == away_goals)
            won[away] += 3 * (away_goals > home_goals) + (home_goals == away_goals)
    return won


@pytest.mark.parametrize(("slug", "year"), KNOWN)
def test_the_last_went_down_and_nobody_from_above_the_play_off_places(slug: str, year: int) -> None:
    """By points: whom they leave level, the league's own chain parts, and either may be the one."""
    ends, won = season_format.season_format(slug, year), points(scores(slug, year))
    stayed = points(scores(slug, year + 1))
    assert ends.relegated is not None
    order = sorted(won, key=lambda team: -won[team])
    gone, last = {team for team in order if team not in stayed}, len(order) - ends.relegated
    assert {team for team in order if won[team] < won[order[last - 1]]} <= gone
    assert max(won[team] for team in gone) <= won[order[last - ends.play_off]]
    assert ends.relegated <= len(gone) <= ends.relegated + ends.play_off


@pytest.mark.parametrize("league", leagues.NINE)
def test_the_season_of_each_of_the_nine_leagues_is_on_record(league: leagues.League) -> None:
    ends = season_format.season_format(league.slug, 2026)
    assert ends.relegated in (2, 3)
    assert (PLAY_OFFS in ends.cautions) == (ends.play_off > 0)
    assert UNKNOWN_RELEGATION not in ends.cautions
    assert SPLIT not in ends.cautions


@pytest.mark.parametrize("slug", ["belgium", "scotland"])
def test_what_a_split_leaves_open_is_said(slug: str) -> None:
    ends = season_format.season_format(slug, 2024)
    assert SPLIT in ends.cautions
    assert not ends.double_round_robin


def test_a_season_before_the_records_has_no_known_relegation() -> None:
    ends = season_format.season_format("turkey", 1990)
    assert (ends.relegated, ends.play_off) == (None, 0)
    assert UNKNOWN_RELEGATION in ends.cautions


def test_rulings_count_from_their_day() -> None:
    """Everton 2023/24: ten points taken, four given back, two more taken."""
    ends = season_format.season_format("england", 2023)
    everton = ends.rulings[0].team_id
    days = [
        datetime(2023, 11, 17, tzinfo=UTC),
        datetime(2024, 2, 1, tzinfo=UTC),
        datetime(2024, 3, 1, tzinfo=UTC),
        None,
    ]
    assert [ends.adjustments(day).get(everton) for day in days] == [None, -10, -6, -8]
    assert season_format.season_format("england", 2024).adjustments(None) == {}


def test_a_tie_break_that_nobody_reviewed_is_said_to_be_so() -> None:
    assert [UNREVIEWED in season_format.season_format(slug, 2025).cautions for slug in ("england", "spain")] == [
        False,
        True,
    ]
