"""Output of the commands about collection."""

from __future__ import annotations

from typing import Any

import pytest

from k8s.local.cli import touchline as cli
from k8s.local.cli.collection import completeness, jobs, quarantine, rebuild, source
from shared.errors import InvalidInput, NotFound

HEALTHY: dict[str, Any] = {
    "source": "sofascore",
    "health": "ok",
    "reason": "",
    "since": None,
    "failures_in_a_row": 0,
    "rests_until": None,
    "requests_per_s": 1.0,
}
JOB: dict[str, Any] = {
    "id": "01990000-0000-7000-8000-00000000000a",
    "state": "running",
    "fault": "",
    "percent": 12.5,
    "eta_s": 90,
    "leagues": [
        {
            "league": "russia",
            "matches": {"expected": 240, "with_details": 30},
            "rows": 12345,
            "units": {"round": {"done": 30}, "match": {"done": 30, "pending": 210}},
        }
    ],
    "faults": [{"league": "russia", "kind": "match", "ref": "7", "state": "quarantined", "reason": "a rule"}],
}
SEASON: dict[str, Any] = {
    "league": "russia",
    "season": "2025/26",
    "state": "incomplete",
    "why": ["lineups: 2 failed"],
    "matches": {"fixtures": 240, "fixtures_expected": 240, "finished": 240, "complete": 238, "overdue": 0},
    "lists": {"expected": 30, "read": 30},
}


def test_a_healthy_source_is_one_line() -> None:
    assert source.lines(HEALTHY) == ["sofascore: ok, at most 1 requests a second"]


def test_a_paused_or_blocked_source_says_why_and_since_when() -> None:
    paused = HEALTHY | {"health": "degraded", "since": "T1", "failures_in_a_row": 20, "rests_until": "T2"}
    assert source.lines(paused)[1:] == [
        "  failing since T1, 20 failures in a row",
        "  paused until T2, then one probe request",
    ]
    refused = HEALTHY | {"health": "blocked", "since": "T1", "reason": "403 challenge", "requests_per_s": None}
    assert source.lines(refused) == [
        "sofascore: blocked, no rate limit",
        "  refused since T1: 403 challenge",
    ]


def test_a_job_shows_its_leagues_and_faults() -> None:
    first, league, fault = jobs.lines(JOB)
    assert first == f"{JOB['id']}  running, 12.5 %, about 90 s to go"
    assert league.split() == [
        *("russia", "30/240", "matches", "12,345", "rows"),
        *("30", "round", "done,", "30", "match", "done,", "210", "match", "pending"),
    ]
    assert fault.split() == ["quarantined", "russia", "match", "7:", "a", "rule"]


def test_a_job_is_named_by_the_first_characters_of_its_id() -> None:
    newest = [{"id": "abc"}, {"id": "abd"}, {"id": "b" * 36}]
    assert jobs.find_job_id(newest, "") == "abc"
    assert jobs.find_job_id(newest, "abd") == "abd"
    assert jobs.find_job_id([], "c" * 36) == "c" * 36
    with pytest.raises(NotFound, match="2 jobs"):
        jobs.find_job_id(newest, "ab")
    with pytest.raises(NotFound, match="there is no job yet"):
        jobs.find_job_id([], "")


def test_a_season_is_a_line_and_below_it_what_is_missing() -> None:
    _, season, why = completeness.lines({"items": [SEASON]})
    assert season.split() == ["russia", "2025/26", "240/240", "240", "238", "30/30", "incomplete"]
    assert why == "  lineups: 2 failed"
    assert completeness.lines({"items": []}) == ["nothing is collected yet"]


HELD: dict[str, Any] = {
    "id": 7,
    "state": "held",
    "league": "russia",
    "kind": "match",
    "ref": "12",
    "part": "incidents",
    "violations": [{"rule": "goals_equal_score", "expected": "2 goals", "seen": "3"}],
    "evidence": [{"fetched_at": "T1", "path": "/api/v1/event/12/incidents", "object": "raw/x", "place": 3}],
    "decided_at": None,
    "decided_by": "",
    "note": "",
}


def test_a_quarantine_entry_is_a_line_and_shown_with_its_evidence() -> None:
    assert quarantine.line(HELD) == "    7  held      russia  match 12 incidents: goals_equal_score"
    assert quarantine.lines(HELD)[1:] == [
        "  goals_equal_score: expected 2 goals, got 3",
        "  T1  /api/v1/event/12/incidents  raw/x#3",
    ]
    resolved = HELD | {"state": "resolved", "decided_at": "T2"}
    assert quarantine.lines(resolved)[-1] == "  resolved T2 by a later response"
    released = HELD | {"state": "released", "decided_at": "T2", "decided_by": "u1", "note": "seen it"}
    assert quarantine.lines(released)[-1] == "  released T2 by u1: seen it"


def test_rebuild_of_a_season_needs_its_league() -> None:
    with pytest.raises(InvalidInput, match="--season needs --league"):
        rebuild.run(cli.parser().parse_args(["rebuild", "--season", "current"]))
