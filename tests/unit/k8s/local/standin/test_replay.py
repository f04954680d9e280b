"""Archives replayed: every quirk of the old files is read, nothing is dropped in silence, the tables are right."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path

import pytest

from k8s.local.standin.replay import football_data as replay_footballdata
from k8s.local.standin.replay.archive import ArchivedResult, InvalidArchive
from k8s.local.standin.replay.replayed_world import ReplayWorld, matchdays
from k8s.local.standin.site.clock import format_instant, parse_instant
from k8s.local.standin.world.leagues import LEAGUES
from k8s.local.standin.world.matches import state_at
from tests.support.collection.standin_api import SiteInterface
from tests.support.reference import reference

HEADING = "Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,HTR,,"


def write(folder: Path, name: str, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = "\r\n".join((HEADING, *lines, "")).encode(encoding)
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


def quiet(folder: Path) -> tuple[ReplayWorld, list[str]]:
    lines: list[str] = []
    return ReplayWorld(folder, lines.append), lines


def test_both_kinds_of_dates_a_bom_crlf_and_gzip_are_read(tmp_path: Path) -> None:
    write(tmp_path, "a/E0.csv.gz", "E0,19/08/00,Alpha,Beta,4,0,H,2,0,H", encoding="utf-8-sig")
    write(tmp_path, "SP1.csv", "SP1,19/08/2000,Gamma,Delta,1,1,D,0,1,A")
    world, _ = quiet(tmp_path)
    assert [league.country for league in world.leagues] == ["England", "Spain"]
    for league in world.leagues:
        [match] = world.season(league, 2000).matches
        assert format_instant(match.start) == "2000-08-19T15:00:00Z"


def test_old_western_bytes_are_read_as_cp1252(tmp_path: Path) -> None:
    path = write(tmp_path, "D1.csv", "D1,12/08/00,K\u00f6ln,M\u2019gladbach,1,0,H,0,0,D", encoding="cp1252")
    parsed = replay_footballdata.recognise(path).read()
    assert [(result.home, result.away) for result in parsed.results] == [("Köln", "M’gladbach")]
    assert parsed.notes["file in cp1252"] == 1


def test_wide_rows_are_cut_and_blank_lines_counted(tmp_path: Path) -> None:
    rows = ("E0,16/08/03,Alpha,Beta,2,1,H,1,0,H,,,9,9,9", ",,,,,", "", "E0,17/08/03,Gamma,Delta,0,0,D,0,0,D")
    parsed = replay_footballdata.recognise(write(tmp_path, "E0.csv", *rows)).read()
    assert len(parsed.results) == 2
    assert not parsed.skipped
    assert parsed.notes["row wider than the heading, cut to it"] == 1
    assert parsed.notes["blank line"] == 2


def test_every_unusable_line_is_told_with_its_reason(tmp_path: Path) -> None:
    rows = (
        "E0,16/08/03,Alpha,Beta,2,1,H,1,0,H",
        "E0,16/08/03,Alpha,Beta,2,1,H,1,0,H",
        "E0,17/08/03,Alpha,Gamma,#,1,H,,,",
        "E0,31/02/04,Alpha,Delta,0,1,A,,,",
        "E0,17/08/08,Beta,Delta,0,1,A,,,",
        "D1,17/08/03,Beta,Delta,0,1,A,,,",
        "E0,17/08/03,Beta,,0,1,A,,,",
        "E0,17/08/03,Beta,Beta,0,1,A,,,",
        "E0,18/08/03,Gamma,Delta,1,1,D,`,-,",
        "E0,19/08/03,Delta,Alpha,1,1,D,2,0,",
    )
    parsed = replay_footballdata.recognise(write(tmp_path, "E0.csv", *rows)).read()
    assert [line for line, _ in parsed.skipped] == [3, 4, 5, 6, 7, 8, 9]
    reasons = " | ".join(why for _, why in parsed.skipped)
    for part in ("again", "FTHG is '#'", "31/02/04", "outside the season", "division 'D1'", "no AwayTeam", "itself"):
        assert part in reasons
    assert len(parsed.results) == 3
    assert [r.half_time for r in parsed.results] == [(1, 0), None, None]
    assert len(parsed.lines()) == 1 + 7 + len(parsed.notes)


def test_british_times_become_utc(tmp_path: Path) -> None:
    path = tmp_path / "E0.csv"
    path.write_text(
        "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG\nE0,16/08/2024,20:00,A,B,1,0\nE0,26/12/2024,15:00,B,A,1,0\n"
        "E0,30/03/2025,14:00,A,C,1,0\nE0,29/03/2025,14:00,C,A,1,0\n"
    )
    starts = [format_instant(result.start) for result in replay_footballdata.recognise(path).read().results]
    assert starts == ["2024-08-16T19:00:00Z", "2024-12-26T15:00:00Z", "2025-03-30T13:00:00Z", "2025-03-29T14:00:00Z"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x1f\x8b broken", HEADING.encode(), b"Div,Date\nE0,1\n"])
def test_other_files_are_named_and_not_read(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, "E0.csv", "E0,16/08/03,Alpha,Beta,2,1,H,1,0,H")
    (tmp_path / "other.csv.gz").write_bytes(content)
    world, lines = quiet(tmp_path)
    assert [name for name, _ in world.unread] == ["other.csv.gz"]
    assert any("other.csv.gz not read" in line for line in lines)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArchive, match="no football-data"):
        quiet(tmp_path)
    with pytest.raises(InvalidArchive, match="no such folder"):
        quiet(tmp_path / "absent")


def openfootball(folder: Path, season: str, code: str, document: object) -> None:
    path = folder / season / f"{code}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def test_openfootball_files_are_read_in_both_forms(tmp_path: Path) -> None:
    flat = {"name": "Premier", "matches": [
        {"round": "Matchday 1", "date": "2024-08-16", "time": "20:00", "team1": "Alpha", "team2": "Beta",
         "score": {"ht": [0, 0], "ft": [1, 0]}},
        {"round": "Matchday 2", "date": "2024-08-24", "team1": "Beta", "team2": "Alpha", "status": "cancelled"},
        {"round": "Matchday 3", "date": "2024-08-31", "team1": "Beta", "team2": "Alpha"},
        {"round": "Matchday 4", "date": "2024-09-07", "team1": "Alpha", "team2": "Beta",
         "score": {"ft": [0, 3]}, "status": "awarded"},
        {"round": "Matchday 5", "date": "2024-99-07", "team1": "Alpha", "team2": "Beta"},
    ]}  # fmt: skip
    drawn = {"date": "2015-09-20", "team1": {"name": "Gamma"}, "team2": {"name": "Delta"}, "score1": 2, "score2": 2}
    old = {"name": "Bundesliga", "rounds": [{"name": "7. Spieltag", "matches": [drawn]}]}
    openfootball(tmp_path, "2024-25", "en.1", flat)
    openfootball(tmp_path, "2015-16", "de.1", old)
    openfootball(tmp_path, "2015-16", "xx.1", old)
    world, lines = quiet(tmp_path)
    england = next(league for league in LEAGUES if league.ut == 17)
    season = world.season(england, 2024)
    states = [state_at(match, 2**31) for match in season.matches]
    assert [state.code for state in states if state] == [100, 70, 60, 91]
    assert [match.round for match in season.matches] == [1, 2, 3, 4]
    assert any("match 5 cannot be read" in line for line in lines)
    assert any("xx.1" in line for line in lines)
    germany = next(league for league in LEAGUES if league.ut == 35)
    [match] = world.season(germany, 2015).matches
    assert match.score == (2, 2)
    assert match.half_time is None


def result(home: str, away: str, day: int) -> ArchivedResult:
    return ArchivedResult(line=day, start=day, home=home, away=away, score=(0, 0), half_time=None)


def test_rounds_are_numbered_by_the_first_round_both_teams_have_free() -> None:
    # The match of A and B in the first round is put off to the end; the others go on.
    played = [result("C", "D", 1), result("A", "C", 8), result("B", "D", 8), result("D", "A", 15), result("C", "B", 15)]
    assert matchdays([*played, result("A", "B", 20)]) == [1, 2, 2, 3, 3, 1]


def test_nothing_is_told_of_a_match_that_an_archive_does_not_know(tmp_path: Path) -> None:
    write(tmp_path, "E0.csv", "E0,16/08/03,Alpha,Beta,2,1,H,1,0,H", "E0,23/08/03,Beta,Alpha,0,0,D,,,")
    world, _ = quiet(tmp_path)
    site = SiteInterface(format_instant(world.after_the_last_match()), world=world)
    season = site.season(17, "03/04")
    first, second = site.all_events(17, season)
    assert first["homeScore"] == {"current": 2, "display": 2, "period1": 1, "period2": 1, "normaltime": 2}
    assert second["homeScore"] == {"current": 0, "display": 0, "normaltime": 0}
    for event in (first, second):
        assert event["hasEventPlayerStatistics"] is False
        assert event["hasXg"] is False
        for part in ("statistics", "lineups", "incidents", "shotmap", "managers"):
            assert not site.has(f"/event/{event['id']}/{part}")
    site.clock.move(parse_instant("2003-08-23T15:30:00Z"))
    live = site.all_events(17, season)[1]
    assert live["status"]["code"] == 20
    assert live["homeScore"] == {}
    site.clock.move(parse_instant("2003-08-20T15:30:00Z"))
    assert [event["status"]["code"] for event in site.all_events(17, season)] == [100, 0]


def test_ids_do_not_change_as_the_archive_grows(tmp_path: Path) -> None:
    first, second = "E0,16/08/03,Alpha,Beta,2,1,H,1,0,H", "E0,23/08/03,Beta,Alpha,0,0,D,,,"
    england = LEAGUES[0]
    write(tmp_path, "E0.csv", first)
    before = quiet(tmp_path)[0].season(england, 2003)
    write(tmp_path, "E0.csv", first, second)
    after = quiet(tmp_path)[0].season(england, 2003)
    assert before.matches[0].id == after.matches[0].id
    assert before.teams == after.teams


@pytest.mark.slow
def test_all_250_recorded_files_load_with_a_clean_account() -> None:
    world, lines = quiet(reference("football/odds"))
    world.load_everything()
    assert len(world.parsed_files) == 250
    assert sum(len(parsed.results) for parsed in world.parsed_files.values()) == 80_120
    skipped = [(parsed.source, *entry) for parsed in world.parsed_files.values() for entry in parsed.skipped]
    assert skipped == [("T1_1314.csv.gz", 308, "no Div")], "a spreadsheet error below the last match"
    assert [name for name, _ in world.unread] == ["RUS_2012_2024.csv.gz", "all_divisions_1993_2025.parquet"]
    ids = [match.id for season in world._seasons.values() for match in season.matches]
    assert len(set(ids)) == 80_120
    for season in world._seasons.values():
        places = Counter((m.round, team.id) for m in season.matches for team in (m.home, m.away))
        assert max(places.values()) == 1, f"{season.league.country} {season.label}: twice in a round"
    assert sum("lines skipped" in line for line in lines) == 250


@pytest.mark.parametrize("division", ["E0", "SP1", "D1", "I1", "F1", "N1", "P1", "B1", "T1", "SC0"])
def test_final_tables_equal_those_counted_from_the_files(division: str) -> None:
    archive = reference("football/odds")
    site = SiteInterface("2025-07-15T12:00:00Z", world=quiet(archive)[0])
    ut = {"E0": 17, "SP1": 8, "D1": 35, "I1": 23, "F1": 34, "N1": 37, "P1": 238, "B1": 38, "T1": 52, "SC0": 36}[
        division
    ]
    with gzip.open(archive / division / f"{division}_2425.csv.gz") as file:
        rows = list(csv.DictReader(io.StringIO(file.read().decode("utf-8-sig"))))
    counted: dict[str, list[int]] = {}
    for row in rows:
        if not row["HomeTeam"]:
            continue
        goals = int(row["FTHG"]), int(row["FTAG"])
        for team, mine, theirs in ((row["HomeTeam"], *goals), (row["AwayTeam"], *goals[::-1])):
            line = counted.setdefault(team, [0] * 6)
            for place, value in enumerate((mine > theirs, mine == theirs, mine < theirs, mine, theirs)):
                line[place] += value
            line[5] += 3 * (mine > theirs) + (mine == theirs)
    season = site.season(ut, "24/25")
    [standings] = site.get(f"/unique-tournament/{ut}/season/{season}/standings/total")["standings"]
    keys = ("wins", "draws", "losses", "scoresFor", "scoresAgainst", "points")
    assert {row["team"]["name"]: [row[key] for key in keys] for row in standings["rows"]} == counted
    assert "(replay of real results)" in standings["name"]
    points = [row["points"] for row in standings["rows"]]
    assert points == sorted(points, reverse=True)


def test_real_champions_lead_the_replayed_tables() -> None:
    site = SiteInterface("2025-07-15T12:00:00Z", world=quiet(reference("football/odds"))[0])
    leaders = {}
    for ut in (17, 8, 35, 23):
        season = site.season(ut, "24/25")
        rows = site.get(f"/unique-tournament/{ut}/season/{season}/standings/total")["standings"][0]["rows"]
        leaders[ut] = rows[0]["team"]["name"]
    assert leaders == {17: "Liverpool", 8: "Barcelona", 35: "Bayern Munich", 23: "Napoli"}
