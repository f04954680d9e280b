"""When a source is left alone, and when a person has to decide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.scrape_league.source.circuit import OPEN_AFTER, WINDOW, Circuit, after, blocked, pause_s
from shared.domain.sofascore import Outcome

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OK, TROUBLE, SLOW_DOWN, DOWN = Outcome.OK, Outcome.TROUBLE, Outcome.SLOW_DOWN, Outcome.UNAVAILABLE


def one_by_one(*outcomes: Outcome, circuit: Circuit | None = None) -> Circuit:
    """The circuit after requests a second apart."""
    circuit = circuit or Circuit()
    for second, outcome in enumerate(outcomes):
        circuit = after(circuit, [outcome], NOW + timedelta(seconds=second))
    return circuit


def test_a_source_is_degraded_after_three_failures_in_a_row_and_well_after_one_answer() -> None:
    assert one_by_one(TROUBLE, DOWN).health == "ok"
    assert one_by_one(TROUBLE, DOWN, TROUBLE).health == "degraded"
    assert one_by_one(TROUBLE, DOWN, TROUBLE, OK).health == "ok"
    assert one_by_one(TROUBLE, TROUBLE, OK, TROUBLE).health == "ok"


def test_what_a_source_does_not_have_is_no_failure() -> None:
    assert one_by_one(*[Outcome.ABSENT, Outcome.UNCHANGED, Outcome.BROKEN] * 20) == Circuit()


def test_twenty_failures_in_a_row_open_the_circuit_for_a_while() -> None:
    assert one_by_one(*[TROUBLE] * (OPEN_AFTER - 1)).opened_until is None
    opened = one_by_one(*[TROUBLE] * OPEN_AFTER)
    assert opened.opened_until is not None
    assert (opened.health, opened.blocked_at) == ("degraded", None)


def test_nine_in_ten_of_fifty_open_it_too() -> None:
    storm = ([TROUBLE] * 9 + [OK]) * 5
    assert one_by_one(*storm).opened_until is None
    assert one_by_one(*storm, TROUBLE).opened_until is not None
    assert one_by_one(*([TROUBLE] * 8 + [OK] * 2) * 10, TROUBLE).opened_until is None


def test_an_old_window_counts_no_more() -> None:
    before = one_by_one(*([TROUBLE] * 9 + [OK]) * 4)
    assert before.n_window == 40
    later = after(before, [OK], NOW + 2 * WINDOW)
    assert later == Circuit()
    assert after(before, [TROUBLE] * 9, NOW + 2 * WINDOW).opened_until is None


def test_one_good_answer_closes_it_and_one_bad_one_opens_it_for_longer() -> None:
    opened = one_by_one(*[TROUBLE] * OPEN_AFTER)
    lasts = []
    for _ in range(6):
        now = opened.opened_until or NOW
        opened = after(opened, [TROUBLE], now)
        assert opened.opened_until is not None
        lasts.append((opened.opened_until - now).total_seconds())
    assert lasts == [10, 20, 40, 60, 60, 60]
    assert after(opened, [OK], NOW + timedelta(hours=1)) == Circuit()


def test_the_wait_of_429_is_kept_once_and_then_it_is_a_refusal() -> None:
    limited = after(Circuit(), [OK, SLOW_DOWN, SLOW_DOWN], NOW, asked_s=120)
    assert (limited.opened_until, limited.health) == (NOW + timedelta(seconds=120), "degraded")
    assert after(limited, [OK], NOW + timedelta(seconds=121)) == Circuit()
    refused = after(limited, [SLOW_DOWN], NOW + timedelta(seconds=121))
    assert (refused.health, refused.blocked_reason) == ("blocked", "429 again after the wait it asked for")


def test_a_long_wait_is_kept_by_an_open_circuit_not_by_workers() -> None:
    resting = after(Circuit(), [DOWN], NOW, asked_s=3600)
    assert (resting.opened_until, resting.health) == (NOW + timedelta(hours=1), "degraded")
    assert pause_s(Circuit(), [DOWN], asked_s=3600) == 0


def test_what_was_under_way_before_tells_nothing_about_an_open_circuit() -> None:
    limited = after(Circuit(), [SLOW_DOWN], NOW)
    for outcome in (OK, TROUBLE, SLOW_DOWN):
        assert after(limited, [outcome], NOW, is_probe=False) == limited


def test_a_block_outlasts_everything_and_its_first_reason_stays() -> None:
    refused = blocked(one_by_one(TROUBLE), "403 challenge", NOW)
    assert blocked(refused, "another", NOW + WINDOW) == refused
    assert one_by_one(*[OK] * 100, circuit=refused) == refused
    assert refused.health == "blocked"


@pytest.mark.parametrize(
    ("n_before", "outcomes", "asked_s", "expected_s"),
    [
        (0, [OK, TROUBLE], 0, 0),
        (0, [TROUBLE], 0, 5),
        (1, [TROUBLE], 0, 10),
        (9, [TROUBLE, DOWN], 0, 60),
        (0, [OK, DOWN], 0, 5),
        (4, [DOWN], 33, 33),
    ],
)
def test_trouble_makes_everybody_wait_and_the_source_may_say_how_long(
    n_before: int, outcomes: list[Outcome], asked_s: float, expected_s: float
) -> None:
    assert pause_s(Circuit(n_failures=n_before), outcomes, asked_s=asked_s) == expected_s


def test_an_open_circuit_is_rest_enough_unless_the_source_asks_for_more() -> None:
    opening = [TROUBLE] * OPEN_AFTER
    assert pause_s(Circuit(), opening, is_open=True) == 0
    assert pause_s(Circuit(n_failures=100), [TROUBLE], is_open=True) == 0
    assert pause_s(Circuit(n_failures=100), [DOWN], asked_s=33, is_open=True) == 33


@given(st.lists(st.lists(st.sampled_from([OK, TROUBLE, SLOW_DOWN, DOWN]), min_size=1, max_size=8), max_size=40))
def test_only_429_blocks_and_an_open_circuit_always_says_until_when(turns: list[list[Outcome]]) -> None:
    circuit, now = Circuit(), NOW
    for slot in turns:
        circuit = after(circuit, slot, now)
        if circuit.blocked_at is not None:
            assert sum(SLOW_DOWN in slot for slot in turns) >= 2
            return
        assert circuit.opened_until is None or circuit.opened_until > now
        now = circuit.opened_until or now + timedelta(seconds=1)
