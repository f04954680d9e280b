"""A hostile site spoils what it is told to spoil, the same for the same seed, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from k8s.local.standin.faults.fault_plan import (
    LONGEST_DELAY_S,
    CorruptedResponse,
    Fault,
    FaultPlan,
    InvalidFaultPlan,
    kind_of,
    parse,
)
from tests.support.collection.standin_api import SiteInterface

RUSSIA = 203
PARTS = ("", "/statistics", "/lineups", "/incidents", "/shotmap")


@pytest.fixture(scope="module")
def genuine() -> dict[str, bytes]:
    """Answers of the interface by address: a round, a table, and a match with goals in all its parts."""
    site = SiteInterface()
    base = f"/unique-tournament/{RUSSIA}/season/{site.season(RUSSIA, '25/26')}"
    events = site.get(f"{base}/events/round/1")["events"]
    match = next(event for event in events if event["homeScore"]["current"] > event["awayScore"]["current"])
    paths = [f"{base}/events/round/1", f"{base}/standings/total", *(f"/event/{match['id']}{part}" for part in PARTS)]
    return {f"/api/v1{path}": site.responses.get(path).body for path in paths}


def corrupted(genuine: dict[str, bytes], tricks: str, seed: int = 0) -> dict[str, CorruptedResponse | None]:
    plan = parse(tricks, seed=seed)
    return {path: plan.corrupt(path, 200, body) for path, body in genuine.items()}


def test_without_tricks_everything_passes(genuine: dict[str, bytes]) -> None:
    assert set(corrupted(genuine, "").values()) == {None}


@pytest.mark.parametrize("trick", Fault)
def test_a_whole_share_spoils_everything_and_none_nothing(genuine: dict[str, bytes], trick: Fault) -> None:
    everything = corrupted(genuine, f"{trick}={0.001 if trick is Fault.CHALLENGE else 1}")
    passed = [path for path, answer in everything.items() if answer is None]
    # The first request is still answered before a challenge; a shot map without one side's goals only cannot be told.
    assert len(passed) <= (1 if trick in (Fault.CHALLENGE, Fault.POISONED) else 0)
    assert set(corrupted(genuine, f"{trick}=0").values()) == {None}


@pytest.mark.parametrize("trick", [Fault.POISONED, Fault.RENAMED])
def test_what_is_falsified_is_still_json_and_something_else(genuine: dict[str, bytes], trick: Fault) -> None:
    for seed in range(12):
        for path, answer in corrupted(genuine, f"{trick}=1", seed).items():
            if answer is not None:
                assert answer.status == 200
                assert json.loads(answer.body) != json.loads(genuine[path])


def test_the_same_seed_spoils_the_same_and_another_does_not(genuine: dict[str, bytes]) -> None:
    tricks = "errors=0.2,truncated=0.2,poisoned=0.2,slow=0.2"
    assert corrupted(genuine, tricks, 3) == corrupted(genuine, tricks, 3)
    assert corrupted(genuine, tricks, 3) != corrupted(genuine, tricks, 4)


def test_a_share_is_of_requests_so_the_next_one_may_pass() -> None:
    plan = parse("errors=0.3", seed=1)
    answers = [plan.corrupt("/api/v1/event/1", 200, b"{}") for _ in range(400)]
    assert 80 < sum(answer is not None for answer in answers) < 160
    assert plan.applied == {"errors": sum(answer is not None for answer in answers)}


def test_what_has_moved_has_moved_for_every_address_of_its_kind() -> None:
    plan = parse("moved=0.5", seed=2)
    gone = {
        kind: [plan.corrupt(f"/api/v1/event/{number}/{kind}", 200, b"{}") is not None for number in range(20)]
        for kind in ("statistics", "lineups", "incidents", "shotmap", "managers")
    }
    assert all(len(set(waits)) == 1 for waits in gone.values())
    assert {waits[0] for waits in gone.values()} == {True, False}


def test_a_challenge_begins_in_the_middle_and_does_not_end() -> None:
    plan = parse("challenge=0.01,after=5")
    statuses = [answer.status if (answer := plan.corrupt("/a", 200, b"{}")) else 200 for _ in range(30)]
    assert statuses == [200] * 15 + [403] * 15


def test_waits_are_told_and_delays_are_bounded() -> None:
    for answer in (parse("limited=1").corrupt("/a", 200, b"{}"), parse("slow=1").corrupt("/a", 404, b"{}")):
        assert answer is not None
        assert bool(answer.retry_after) != bool(answer.delay_s)
        assert answer.delay_s <= LONGEST_DELAY_S


@pytest.mark.parametrize("text", ["errors", "errors=x", "errors=2", "rain=0.1", "after=-1"])
def test_what_names_no_trick_is_refused(text: str) -> None:
    with pytest.raises(InvalidFaultPlan):
        parse(text)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/event/5", "event"),
        ("/api/v1/event/5/lineups", "lineups"),
        ("/api/v1/unique-tournament/203/season/9/events/round/7", "round"),
        ("/api/v1/unique-tournament/203/season/9/events/last/0", "last"),
        ("/api/v1/unique-tournament/203/season/9/standings/total", "standings"),
        ("/api/v1/unique-tournament/203/season/9/standings/away", "standings"),
    ],
)
def test_addresses_have_kinds(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_a_site_that_is_told_nothing_counts_nothing() -> None:
    quiet: Any = FaultPlan()
    assert quiet.corrupt("/a", 200, b"{}") is None
    assert not quiet.applied
