"""The circuit breaker: when requests pause, and when a person has to decide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.collection.circuit import OPEN_AFTER, WINDOW, Circuit, block, pause_s, record_outcomes
from shared.domain.sofascore import Outcome

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OK, SERVER_ERROR, RATE_LIMITED, UNAVAILABLE = (
    Outcome.OK,
    Outcome.SERVER_ERROR,
    Outcome.RATE_LIMITED,
    Outcome.UNAVAILABLE,
)


def record_one_by_one(*outcomes: Outcome, circuit: Circuit | None = None) -> Circuit:
    """Return the circuit after requests one second apart."""
    circuit = circuit or Circuit()
    for second, outcome in enumerate(outcomes):
        circuit = record_outcomes(circuit, [outcome], NOW + timedelta(seconds=second))
    return circuit


def test_a_source_is_degraded_after_three_failures_in_a_row_and_ok_after_one_success() -> None:
    assert record_one_by_one(SERVER_ERROR, UNAVAILABLE).health == "ok"
    assert record_one_by_one(SERVER_ERROR, UNAVAILABLE, SERVER_ERROR).health == "degraded"
    assert record_one_by_one(SERVER_ERROR, UNAVAILABLE, SERVER_ERROR, OK).health == "ok"
    assert record_one_by_one(SERVER_ERROR, SERVER_ERROR, OK, SERVER_ERROR).health == "ok"


def test_a_404_is_no_failure() -> None:
    assert record_one_by_one(*[Outcome.ABSENT, Outcome.UNCHANGED, Outcome.MALFORMED] * 20) == Circuit()


def test_twenty_failures_in_a_row_open_the_circuit_for_a_while() -> None:
    assert record_one_by_one(*[SERVER_ERROR] * (OPEN_AFTER - 1)).opened_until is None
    opened = record_one_by_one(*[SERVER_ERROR] * OPEN_AFTER)
    assert opened.opened_until is not None
    assert (opened.health, opened.blocked_at) == ("degraded", None)


def test_nine_failures_in_ten_of_fifty_requests_open_the_circuit_too() -> None:
    outage = ([SERVER_ERROR] * 9 + [OK]) * 5
    assert record_one_by_one(*outage).opened_until is None
    assert record_one_by_one(*outage, SERVER_ERROR).opened_until is not None
    assert record_one_by_one(*([SERVER_ERROR] * 8 + [OK] * 2) * 10, SERVER_ERROR).opened_until is None


def test_an_old_window_no_longer_counts() -> None:
    before = record_one_by_one(*([SERVER_ERROR] * 9 + [OK]) * 4)
    assert before.n_window == 40
    later = record_outcomes(before, [OK], NOW + 2 * WINDOW)
    assert later == Circuit()
    assert record_outcomes(before, [SERVER_ERROR] * 9, NOW + 2 * WINDOW).opened_until is None


def test_one_success_closes_the_circuit_and_one_failure_opens_it_for_longer() -> None:
    opened = record_one_by_one(*[SERVER_ERROR] * OPEN_AFTER)
    durations_s = []
    for _ in range(6):
        now = opened.opened_until or NOW
        opened = record_outcomes(opened, [SERVER_ERROR], now)
        assert opened.opened_until is not None
        durations_s.append((opened.opened_until - now).total_seconds())
    assert durations_s == [10, 20, 40, 60, 60, 60]
    assert record_outcomes(opened, [OK], NOW + timedelta(hours=1)) == Circuit()


def test_a_second_429_after_the_wait_of_the_first_is_a_refusal() -> None:
    limited = record_outcomes(Circuit(), [OK, RATE_LIMITED, RATE_LIMITED], NOW, retry_after_s=120)
    assert (limited.opened_until, limited.health) == (NOW + timedelta(seconds=120), "degraded")
    assert record_outcomes(limited, [OK], NOW + timedelta(seconds=121)) == Circuit()
    refused = record_outcomes(limited, [RATE_LIMITED], NOW + timedelta(seconds=121))
    assert (refused.health, refused.blocked_reason) == ("blocked", "429 again after the wait it asked for")


def test_a_long_retry_after_opens_the_circuit_instead_of_pausing_workers() -> None:
    resting = record_outcomes(Circuit(), [UNAVAILABLE], NOW, retry_after_s=3600)
    assert (resting.opened_until, resting.health) == (NOW + timedelta(hours=1), "degraded")
    assert pause_s(Circuit(), [UNAVAILABLE], retry_after_s=3600) == 0


def test_requests_under_way_when_the_circuit_opened_do_not_change_it() -> None:
    limited = record_outcomes(Circuit(), [RATE_LIMITED], NOW)
    for outcome in (OK, SERVER_ERROR, RATE_LIMITED):
        assert record_outcomes(limited, [outcome], NOW, is_probe=False) == limited


def test_a_block_ends_only_by_a_person_and_keeps_its_first_reason() -> None:
    refused = block(record_one_by_one(SERVER_ERROR), "403 challenge", NOW)
    assert block(refused, "another", NOW + WINDOW) == refused
    assert record_one_by_one(*[OK] * 100, circuit=refused) == refused
    assert refused.health == "blocked"


@pytest.mark.parametrize(
    ("n_before", "outcomes", "retry_after_s", "expected_s"),
    [
        (0, [OK, SERVER_ERROR], 0, 0),
        (0, [SERVER_ERROR], 0, 5),
        (1, [SERVER_ERROR], 0, 10),
        (9, [SERVER_ERROR, UNAVAILABLE], 0, 60),
        (0, [OK, UNAVAILABLE], 0, 5),
        (4, [UNAVAILABLE], 33, 33),
    ],
)
def test_failures_pause_all_workers_and_the_source_may_say_for_how_long(
    n_before: int, outcomes: list[Outcome], retry_after_s: float, expected_s: float
) -> None:
    assert pause_s(Circuit(n_failures=n_before), outcomes, retry_after_s=retry_after_s) == expected_s


def test_an_open_circuit_needs_no_pause_unless_the_source_asks_for_one() -> None:
    opening = [SERVER_ERROR] * OPEN_AFTER
    assert pause_s(Circuit(), opening, is_open=True) == 0
    assert pause_s(Circuit(n_failures=100), [SERVER_ERROR], is_open=True) == 0
    assert pause_s(Circuit(n_failures=100), [UNAVAILABLE], retry_after_s=33, is_open=True) == 33


@given(
    st.lists(
        st.lists(st.sampled_from([OK, SERVER_ERROR, RATE_LIMITED, UNAVAILABLE]), min_size=1, max_size=8), max_size=40
    )
)
def test_only_429_blocks_and_an_open_circuit_always_says_until_when(slots: list[list[Outcome]]) -> None:
    circuit, now = Circuit(), NOW
    for outcomes in slots:
        circuit = record_outcomes(circuit, outcomes, now)
        if circuit.blocked_at is not None:
            assert sum(RATE_LIMITED in outcomes for outcomes in slots) >= 2
            return
        assert circuit.opened_until is None or circuit.opened_until > now
        now = circuit.opened_until or now + timedelta(seconds=1)
