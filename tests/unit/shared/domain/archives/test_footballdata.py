"""football-data's files with every quirk that real ones have, and what is said about each."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from shared.domain.archives import footballdata
from shared.domain.archives.report import Done, Reason, Report
from shared.domain.archives.seasons import Season
from shared.domain.football.records import MatchDetail, TeamStatistic
from shared.errors import InvalidInput

HEADING = "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,Referee,HS,AS,HST,AST,HR,AR,B365H,B365D,B365A"
ROW = "E0,16/08/2024,20:00,Man United,Fulham,1,0,H,0,0,R Jones,14,10,5,2,0,1,1.6,4.2,5.25"


def read(*lines: str, encoding: str = "utf-8", version: int = 7) -> tuple[list[Season], Report]:
    report = Report()
    content = "\r\n".join(lines).encode(encoding)
    return list(footballdata.read(content, document="E0.csv", version=version, report=report)), report


def one(*lines: str) -> tuple[Season, Report]:
    (season,), report = read(HEADING, *lines)
    return season, report


def noted(report: Report) -> list[tuple[Reason, Done, str, tuple[int, ...]]]:
    return [(result.reason, result.done, result.what, result.rows) for result in report.findings()]


def test_a_row_becomes_a_match_with_all_it_tells() -> None:
    season, report = one(ROW)
    (match,) = season.matches
    assert match.starts_at == datetime(2024, 8, 16, 19, tzinfo=UTC), "British summer time"
    assert (match.home_name, match.away_name) == ("Manchester United", "Fulham")
    assert (match.home_id, match.away_id) == (35, 43), "the site's own numbers"
    assert (match.home_goals, match.away_goals, match.home_goals_period2, match.winner) == (1, 0, 1, 1)
    assert (match.league_id, match.version, match.source, match.status_code) == (17, 7, "footballdata", 100)
    assert match.away_red_cards == 1
    assert (season.seasons[0].year, season.seasons[0].starts_in) == ("2024/25", 2024)
    statistics = {
        s.key: (s.home_value, s.away_value) for s in season.more["team_statistics"] if isinstance(s, TeamStatistic)
    }
    assert statistics == {"totalShotsOnGoal": (14, 10), "shotsOnGoal": (5, 2), "redCards": (0, 1)}
    (detail,) = season.more["match_details"]
    assert isinstance(detail, MatchDetail)
    assert detail.referee == "R Jones"
    prices = {prices.column.outcome: list(prices.decimals) for prices in season.prices}
    assert prices == {"home": [1.6], "draw": [4.2], "away": [5.25]}
    assert season.price_matches == [match.match_id]
    assert noted(report) == []


@pytest.mark.parametrize("told", ["16/08/24", "16/08/2024", "2024-08-16"])
def test_days_are_read_in_every_form(told: str) -> None:
    season, _ = one(ROW.replace("16/08/2024", told))
    assert season.matches[0].starts_at.date().isoformat() == "2024-08-16"


def test_two_digits_of_the_last_century_are_of_it() -> None:
    assert str(footballdata.day("14/08/93")) == "1993-08-14"


def test_a_packed_file_is_unpacked_and_a_cut_one_refused() -> None:
    packed = gzip.compress(f"{HEADING}\n{ROW}\n".encode())
    assert len(list(footballdata.read(packed, document="x", version=1, report=Report()))) == 1
    with pytest.raises(InvalidInput, match="cut off"):
        list(footballdata.read(packed[:-12], document="x", version=1, report=Report()))
    with pytest.raises(InvalidInput, match="damaged"):
        list(footballdata.read(packed[:10] + b"\xff" * 40, document="x", version=1, report=Report()))


def test_another_heading_is_no_such_file() -> None:
    with pytest.raises(InvalidInput, match="no column Date"):
        read("a,b,c", "1,2,3")


def test_older_letters_a_mark_and_blank_rows_lose_nothing() -> None:
    content = (
        b"\xef\xbb\xbf"
        + f"{HEADING}\r\n{ROW}\r\n,,,,\r\n\r\n".encode()
        + b"E0,17/08/2024,,Arsenal,Wolves,2,0,H,1,0,J\xe9r\xf4me\r\n"
    )
    report = Report()
    (season,) = footballdata.read(content, document="E0.csv", version=1, report=report)
    assert len(season.matches) == 2
    assert {detail.referee for detail in season.more["match_details"] if isinstance(detail, MatchDetail)} == {
        "R Jones",
        "Jérôme",
    }
    assert [result[0] for result in noted(report)] == [Reason.ENCODING, Reason.BLANK_ROW, Reason.NARROW_ROW]


def test_a_row_wider_than_the_heading_is_cut_and_told() -> None:
    season, report = one(f"{ROW},,,", ROW.replace("Fulham", "Everton") + ",stray")
    assert len(season.matches) == 2
    assert [(result[0], result[3]) for result in noted(report)] == [(Reason.WIDE_ROW, (3,))]


@pytest.mark.parametrize(
    ("was", "told", "reason", "what"),
    [
        (",14,10,", ",#,10,", Reason.STRAY_TOKEN, "HS '#'"),
        (",1.6,", ",-,", Reason.STRAY_TOKEN, "B365H '-'"),
        (",1.6,", ",0,", Reason.IMPOSSIBLE_PRICE, "B365H 0"),
        (",H,", ",A,", Reason.CONTRADICTION, "result 'A'"),
        ("H,0,0,", "H,2,0,", Reason.CONTRADICTION, "the half-time score above the final one"),
        ("14,10,5,2", "14,10,5,12", Reason.CONTRADICTION, "shots on target above all shots"),
    ],
)
def test_what_cannot_be_is_taken_as_unknown_and_told(was: str, told: str, reason: Reason, what: str) -> None:
    season, report = one(ROW.replace(was, told))
    list(season.prices)
    assert (season.matches[0].home_goals, season.matches[0].away_goals) == (1, 0), "the row is kept"
    assert noted(report) == [(reason, Done.EMPTIED, what, (2,))]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (ROW.replace("16/08/2024", "soon"), Reason.UNREADABLE),
        (ROW.replace("Fulham", ""), Reason.UNREADABLE),
        (ROW.replace("Fulham", "Man United"), Reason.UNREADABLE),
        (ROW.replace("2024", "2019"), Reason.OTHER_SEASON),
        (ROW, Reason.REPEATED),
    ],
)
def test_a_row_that_cannot_be_used_is_left_out_and_told(told: str, reason: Reason) -> None:
    first = ROW if reason is not Reason.OTHER_SEASON else ROW.replace("16/08/2024", "17/08/2018")
    season, report = one(first, told)
    assert len(season.matches) == 1
    assert [(result[0], result[1], result[3]) for result in noted(report)] == [(reason, Done.LEFT_OUT, (3,))]


@pytest.mark.parametrize(("made_in", "status"), [(2023, "notstarted"), (2025, "postponed")])
def test_a_match_without_goals_is_to_come_or_postponed_and_told(made_in: int, status: str) -> None:
    version = int(datetime(made_in, 1, 1, tzinfo=UTC).timestamp() * 1000)
    (season,), report = read(HEADING, ROW.replace(",1,0,H,0,0,", ",,,,,,"), version=version)
    assert (season.matches[0].home_goals, season.matches[0].status_type) == (None, status)
    assert [result[0] for result in noted(report)] == [Reason.NO_RESULT]


def test_an_unknown_team_gets_an_id_of_its_own_and_is_told() -> None:
    season, report = one(ROW.replace("Fulham", "Fullham"))
    assert season.matches[0].away_name == "Fullham"
    assert season.matches[0].away_id not in (43, 0)
    assert noted(report) == [(Reason.UNKNOWN_TEAM, Done.OWN_ID, "Fullham (England)", ())]


def test_columns_nobody_explained_and_divisions_nobody_listed_are_told() -> None:
    (season,), report = read(f"{HEADING},XYZ", ROW.replace("E0", "Q7") + ",1")
    assert season.key.competition.key == "footballdata/Q7"
    assert [(result[0], result[2]) for result in noted(report)][:2] == [
        (Reason.UNKNOWN_COLUMN, "XYZ"), (Reason.UNKNOWN_COMPETITION, "Q7"),
    ]  # fmt: skip


def test_a_countrys_file_holds_many_seasons_under_shorter_headings() -> None:
    result, report = read(
        "Country,League,Season,Date,Time,Home,Away,HG,AG,Res,PSCH,PSCD,PSCA",
        "Russia,Premier League,2012/2013,20/07/2012,16:00,M. Saransk,Lokomotiv Moscow,2,3,A,5.12,3.73,1.8",
        "Russia,Premier League,2013/2014,15/07/2013,16:00,Lokomotiv Moscow,Zenit,2,1,H,3,3.2,2.5",
    )
    assert [(season.key.league_id, season.key.label) for season in result] == [(203, "2012/13"), (203, "2013/14")]
    (home, *_) = result[0].prices
    assert (home.column.bookmaker, home.column.is_closing, home.decimals) == ("pinnacle", True, [5.12])
    assert noted(report) == []


def test_a_season_read_again_is_the_same_and_a_later_meeting_changes_no_id() -> None:
    season, _ = one(ROW)
    again, _ = one(ROW, ROW.replace("16/08", "16/03").replace("2024", "2025"))
    assert season.matches[0].match_id == again.matches[0].match_id
    assert len({match.match_id for match in again.matches}) == 2
