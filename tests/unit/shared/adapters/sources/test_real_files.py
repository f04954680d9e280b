"""Real files of every archive: all their rows arrive, and clubs are the same under the names of all."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from shared.adapters import sources
from shared.adapters.sources import batches
from shared.domain.archives.report import Finding, Reason, Report
from shared.domain.archives.seasons import Season
from shared.domain.football.records import Shot
from shared.ports.collection import Document
from tests.support.reference import reference

ODDS = "football/odds"


def read(name: str, path: Path, content: bytes = b"") -> tuple[list[Season], Report]:
    """A file as its source reads it, or some of its rows."""
    report = Report()
    document = Document(
        name=str(path),
        version=1,
        content=content or path.read_bytes(),
        sibling=lambda other: path.with_name(other).read_bytes(),
    )
    return list(sources.source(name).read(document, report)), report


def some(path: Path, **wanted: Any) -> bytes:
    """The rows of a Parquet file whose columns have these values."""
    buffer = io.BytesIO()
    pq.write_table(pq.read_table(path, filters=[(name, "in", values) for name, values in wanted.items()]), buffer)
    return buffer.getvalue()


@cache
def n_rows_of(path: str) -> int:
    with reference("football/MANIFEST.csv").open(encoding="utf-8") as file:
        return next(int(row["rows"]) for row in csv.DictReader(file) if row["file"] == path)


def oddities(report: Report) -> Iterator[Finding]:
    return (finding for finding in report.findings() if finding.reason is not Reason.UNKNOWN_TEAM)


@pytest.mark.parametrize(
    ("file", "reason", "rows", "what"),
    [
        ("P1/P1_0304", Reason.WIDE_ROW, (181,), "the row, cut to it,"),
        ("T1/T1_1314", Reason.UNREADABLE, (308,), "'#REF!', a row without both teams,"),
        ("N1/N1_2223", Reason.STRAY_TOKEN, (133,), "B365CH '#'"),
        ("D1/D1_0001", Reason.ENCODING, (), "the file, taken for cp1252,"),
        ("E0/E0_0001", Reason.CONTRADICTION, (82, 319), "shots on target above all shots"),
        ("D1/D1_1920", Reason.IMPOSSIBLE_PRICE, (261,), "AvgC>2.5 0.42"),
    ],
)
def test_a_known_oddity_is_found_told_and_costs_no_match(
    file: str, reason: Reason, rows: tuple[int, ...], what: str
) -> None:
    (season,), report = read("footballdata", reference(f"{ODDS}/{file}.csv.gz"))
    kinds = dict(batches.tables(season))
    assert kinds["matches"].num_rows == n_rows_of(f"odds/{file}.csv.gz")
    assert pc.min(kinds["odds"]["decimal"]).as_py() > 1
    assert (reason, rows, what) in [(result.reason, result.rows, result.what) for result in oddities(report)]
    assert not [result for result in oddities(report) if result.reason is Reason.UNKNOWN_COLUMN]


def test_russias_twelve_seasons_are_in_one_file() -> None:
    seasons, report = read("footballdata", reference(f"{ODDS}/RUS_2012_2024.csv.gz"))
    assert [season.key.label for season in seasons][::11] == ["2012/13", "2023/24"]
    assert sum(len(season.matches) for season in seasons) == report.n_rows == n_rows_of("odds/RUS_2012_2024.csv.gz")
    assert not list(report.findings())


def teams_of(seasons: list[Season]) -> dict[str, set[int]]:
    return {season.key.competition.key: {team.team_id for team in season.teams} for season in seasons}


def test_five_sources_mean_the_same_hundred_clubs() -> None:
    """2018/19 in five countries, under five spellings of most names."""
    football = reference("football")
    expected: dict[str, set[int]] = {}
    for division in ("E0", "SP1", "D1", "I1", "F1"):
        seasons, _ = read("footballdata", football / f"odds/{division}/{division}_1819.csv.gz")
        expected |= teams_of(seasons)
    assert sum(len(teams) for teams in expected.values()) == 98
    path = football / "results/openfootball_json_2010_2025.parquet"
    codes = ["en.1", "es.1", "de.1", "it.1", "fr.1"]
    assert teams_of(read("openfootball", path, some(path, season=["2018-19"], code=codes))[0]) == expected
    path = football / "results/datahub_top5_1993_2025.parquet"
    assert teams_of(read("datahub", path, some(path, Season=["2018-19"]))[0]) == expected
    path = football / "shots/understat_shots_epl_2014_2021.parquet"
    assert teams_of(read("understat", path, some(path, season=[2018]))[0]) == {"england/1": expected["england/1"]}
    path = football / "large/matches_1871_2025.parquet"
    result, _ = read("results", path, some(path, source=["schochastics"], competition=["france"]))
    assert teams_of([season for season in result if season.key.starts_in == 2018]) == {"france/1": expected["france/1"]}


def test_engsoccerdata_arrives_whole_but_for_what_is_told() -> None:
    path = reference("football/results/engsoccerdata_leagues_1888_2025.parquet")
    expected = some(path, table=["england5", "england_nonleague", "holland"], Season=[1979, 2018])
    seasons, report = read("engsoccerdata", path, expected)
    assert {(season.key.competition.key, season.key.label): len(season.matches) for season in seasons} == {
        ("england/5", "2018/19"): 552,
        ("england/6", "2018/19"): 926,
        ("england/7", "2018/19"): 1840,
        ("england/8", "2018/19"): 2629,
        ("netherlands/1", "1979/80"): 306,
        ("netherlands/1", "2018/19"): 306,
    }
    output = {(result.reason, result.what): len(result.rows) for result in oddities(report)}
    assert output == {
        (Reason.UNREADABLE, "a match without a day,"): 380,
        (Reason.REPEATED, "england_nonleague of tier 5, as england5,"): 933,
    }
    assert report.n_rows + sum(output.values()) == pq.read_metadata(io.BytesIO(expected)).num_rows


def test_the_challenges_seasons_are_of_two_years_or_of_one() -> None:
    path = reference("football/results/spc2023_training_set_2000_2023.parquet")
    seasons, report = read("spc2023", path, some(path, Lge=["BRA1", "AUT1", "KOR1"], Sea=["19-20", "20-21", "22-23"]))
    by_league: dict[str, list[str]] = {}
    for season in seasons:
        by_league.setdefault(season.key.competition.key, []).append(season.key.label)
    assert by_league == {
        "austria/1": ["2019/20", "2020/21", "2022/23"],
        "brazil/1": ["2019", "2020", "2022"],
        "korea-republic/1": ["2019", "2020", "2022"],
    }
    assert sum(len(season.matches) for season in seasons) == report.n_rows
    assert not list(oddities(report))


def test_understats_shots_make_its_scores() -> None:
    """Own goals count for the others; with that, goals among the shots are the final scores but for a few."""
    path = reference("football/shots/understat_shots_rfpl_2014_2021.parquet")
    (season,), report = read("understat", path, some(path, season=[2019]))
    shots = [shot for shot in season.more["shots"] if isinstance(shot, Shot)]
    assert len(shots) == report.n_rows
    goals = Counter(
        (shot.match_id, shot.is_home ^ (shot.goal_type == "own")) for shot in shots if shot.outcome == "goal"
    )
    wrong = [
        m for m in season.matches if (goals[m.match_id, True], goals[m.match_id, False]) != (m.home_goals, m.away_goals)
    ]
    assert len(season.matches) == 236, "four are missing there"
    assert len(wrong) <= 2
    penalties = [shot.x for shot in shots if shot.situation == "penalty"]
    assert all(10 < x < 13 for x in penalties)


def test_wyscouts_shots_find_their_matches_and_sides() -> None:
    path = reference("football/shots/wyscout_shots_2016_2018.parquet")
    seasons, report = read("wyscout", path, some(path, competition=["World_Cup"]))
    cup = next(season for season in seasons if season.key.competition.key == "world/cup")
    shots = [shot for shot in cup.more["shots"] if isinstance(shot, Shot)]
    assert cup.key.label == "2018"
    final = max(cup.matches, key=lambda match: match.starts_at)
    assert (final.home_name, final.home_goals, final.away_goals, final.away_name) == ("France", 4, 2, "Croatia")
    scored = Counter(shot.is_home for shot in shots if shot.match_id == final.match_id and shot.outcome == "goal")
    assert scored == {True: 3, False: 2}, "one was an own goal, which is no shot"
    assert {finding.reason for finding in oddities(report)} == {Reason.SHOOT_OUT}


def test_the_large_archive_is_read_by_seasons_and_what_is_older_than_the_store_is_told() -> None:
    path = reference("football/large/matches_1871_2025.parquet")
    content = some(path, competition=["russia", "FA Cup"])
    n_rows = pq.read_metadata(io.BytesIO(content)).num_rows
    seasons, report = read("results", path, content)
    (old,) = [finding for finding in oddities(report) if finding.reason is Reason.BEFORE_1900]
    assert sum(len(season.matches) for season in seasons) == report.n_rows == n_rows - len(old.rows)
    assert len(old.rows) == 1_519
    by_label = {
        (season.key.source, season.key.competition.key, season.key.label): len(season.matches) for season in seasons
    }
    assert by_label["schochastics", "russia/1", "2010"] == 240
    assert by_label["schochastics", "russia/1", "2017/18"] == 240
    for season in seasons:
        assert len({match.match_id for match in season.matches}) == len(season.matches)
