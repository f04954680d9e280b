"""What the commands about collection say."""

from __future__ import annotations

from typing import Any

import pytest

from k8s.local.cli import touchline as cli
from k8s.local.cli.collection import completeness, jobs, quarantine, rebuild, source
from shared.errors import InvalidInput, NotFound

WELL: dict[str, Any] = {
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


def test_a_well_source_is_one_line() -> None:
    assert source.lines(WELL) == ["sofascore: ok, at most 1 requests a second"]


def test_a_source_that_rests_or_refused_says_why_and_since_when() -> None:
    resting = WELL | {"health": "degraded", "since": "T1", "failures_in_a_row": 20, "rests_until": "T2"}
    assert source.lines(resting)[1:] == [
        "  trouble since T1, 20 failures in a row",
        "  rests until T2, then one request finds out",
    ]
    refused = WELL | {"health": "blocked", "since": "T1", "reason": "403 challenge", "requests_per_s": None}
    assert source.lines(refused) == [
        "sofascore: blocked, without a limit to its pace",
        "  refused since T1: 403 challenge",
    ]


def test_a_job_tells_its_leagues_and_faults() -> None:
    first, league, fault = jobs.lines(JOB)
    assert first == f"{JOB['id']}  running, 12.5 %, about 90 s to go"
    assert league.split() == [
        *("russia", "30/240", "matches", "12,345", "rows"),
        *("30", "round", "done,", "30", "match", "done,", "210", "match", "pending"),
    ]
    assert fault.split() == ["quarantined", "russia", "match", "7:", "a", "rule"]


def test_jobs_are_named_by_how_their_ids_begin() -> None:
    listed = [{"id": "abc"}, {"id": "abd"}, {"id": "b" * 36}]
    assert jobs.chosen(listed, "") == "abc"
    assert jobs.chosen(listed, "abd") == "abd"
    assert jobs.chosen([], "c" * 36) == "c" * 36
    with pytest.raises(NotFound, match="2 jobs"):
        jobs.chosen(listed, "ab")
    with pytest.raises(NotFound, match="no job yet"):
        jobs.chosen([], "")


def test_a_season_is_a_line_and_below_it_what_is_missing() -> None:
    _, season, why = completeness.lines({"items": [SEASON]})
    assert season.split() == ["russia", "2025/26", "240/240", "240", "238", "30/30", "incomplete"]
    assert why == "  lineups: 2 failed"
    assert completeness.lines({"items": []}) == ["nothing was collected yet"]


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


def test_what_is_held_back_is_a_line_and_shown_with_its_evidence() -> None:
    assert quarantine.line(HELD) == "    7  held      russia  match 12 incidents: goals_equal_score"
    assert quarantine.lines(HELD)[1:] == [
        "  goals_equal_score: expected 2 goals, saw 3",
        "  T1  /api/v1/event/12/incidents  raw/x#3",
    ]
    resolved = HELD | {"state": "resolved", "decided_at": "T2"}
    assert quarantine.lines(resolved)[-1] == "  resolved T2 by a later answer"
    released = HELD | {"state": "released", "decided_at": "T2", "decided_by": "u1", "note": "seen it"}
    assert quarantine.lines(released)[-1] == "  released T2 by u1: seen it"


def test_a_season_alone_names_nothing_to_rebuild() -> None:
    with pytest.raises(InvalidInput, match="of which league"):
        rebuild.run(cli.parser().parse_args(["rebuild", "--season", "current"]))
