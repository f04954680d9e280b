"""openfootball's documents, flat and by rounds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.archives import openfootball
from shared.domain.archives.report import Reason, Report
from shared.domain.archives.seasons import Season
from shared.errors import InvalidInput

VERSION = int(datetime(2025, 3, 1, tzinfo=UTC).timestamp() * 1000)


def told(**changed: Any) -> dict[str, Any]:
    return {
        "round": "Matchday 1", "date": "2024-08-23", "time": "20:30", "team1": "Bor. Mönchengladbach",
        "team2": "Bayer Leverkusen", "score": {"ft": [2, 3], "ht": [0, 2]}, **changed,
    }  # fmt: skip


def read(*matches: dict[str, Any], name: str = "x/2024-25/de.1.json") -> tuple[Season, Report]:
    report = Report()
    content = json.dumps({"name": "Bundesliga", "matches": matches}).encode()
    (season,) = openfootball.read(content, document=name, version=VERSION, report=report)
    return season, report


def test_a_match_is_read_in_the_time_of_its_place() -> None:
    season, report = read(told())
    (match,) = season.matches
    assert match.starts_at == datetime(2024, 8, 23, 18, 30, tzinfo=UTC)
    assert (match.league_id, match.round, match.home_goals, match.away_goals, match.winner) == (35, 1, 2, 3, 2)
    assert (match.home_goals_period1, match.away_goals_period2) == (0, 1)
    assert match.tournament_id == 35
    assert not list(report.findings())


def test_rounds_of_the_older_form_are_the_same() -> None:
    report = Report()
    older = {"rounds": [{"name": "Matchday 1", "matches": [{**told(), "team1": {"name": "Bor. Mönchengladbach"}}]}]}
    (season,) = openfootball.read(
        json.dumps(older).encode(), document="2024-25/de.1.json", version=VERSION, report=report
    )
    assert season.matches == read(told())[0].matches


@pytest.mark.parametrize(
    ("status", "date", "code"),
    [
        ("awarded", "2024-08-23", 91), ("cancelled", "2024-08-23", 70), ("abandoned", "2024-08-23", 90),
        ("postponed", "2024-08-23", 60), (None, "2024-08-23", 60), (None, "2025-05-23", 0),
    ],
)  # fmt: skip
def test_what_became_of_a_match(status: str | None, date: str, code: int) -> None:
    score = {"ft": [3, 0]} if status == "awarded" else None
    season, report = read(told(status=status, date=date, score=score))
    assert season.matches[0].status_code == code
    assert (season.matches[0].home_goals is None) == (status != "awarded")
    assert bool(list(report.findings())) == (status is None)


def test_extra_time_and_shoot_outs_are_kept_apart() -> None:
    season, _ = read(told(score={"ft": [1, 1], "et": [2, 2], "p": [4, 5]}, round="Final"))
    (match,) = season.matches
    assert (match.status_code, match.home_goals, match.home_goals_extra, match.home_goals_display) == (120, 1, 1, 2)
    assert (match.home_penalties, match.home_goals_current, match.winner, match.round_name) == (4, 6, 2, "Final")


def test_a_phase_with_rounds_of_its_own_is_another_stage() -> None:
    season, _ = read(told(), told(round="Championship, Matchday 1", date="2025-02-01"))
    first, second = season.matches
    assert (first.round, second.round) == (1, 1)
    assert first.tournament_id != second.tournament_id


def test_what_cannot_be_read_is_told_and_the_rest_kept() -> None:
    season, report = read(told(), told(date="never"), told(score={"ft": [2, "x"]}), told(team1=" "))
    assert len(season.matches) == 1
    assert [(result.reason, result.rows) for result in report.findings()] == [
        (Reason.UNREADABLE, (row,)) for row in (2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [("de.1.json", b"{}"), ("2024-25/de.1.json", b"{}"), ("2024-25/de.1.json", b"[1"), ("2024/de.1.json", b"[]")],
)
def test_what_is_no_such_document_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(InvalidInput):
        list(openfootball.read(content, document=name, version=1, report=Report()))
