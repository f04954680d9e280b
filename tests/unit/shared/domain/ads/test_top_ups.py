"""What a provider's word changes about a top-up: worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ads.top_ups import (
    FIRST_ASK,
    LAST_ASK,
    Decision,
    PaymentStatus,
    ProviderPayment,
    TopUp,
    TopUpState,
    check_refund,
    check_top_up,
    decide,
    next_ask,
    next_try,
)
from shared.errors import Conflict, InvalidInput

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
CREATED = TopUp(
    id="t1",
    store_id="s1",
    provider="stripe",
    payment_id="",
    amount=100,
    currency="XTS",
    credited=False,
    cancelled_by="",
    refunded=0,
    flag="",
    confirmation="",
    created_by="u1",
    created_at=NOW,
    expires_at=NOW + timedelta(hours=1),
    n_asks=0,
    transaction_id="",
)
PENDING = replace(CREATED, payment_id="p1")
CREDITED = replace(PENDING, credited=True)
CANCELLED = replace(PENDING, cancelled_by="provider")
GIVEN_UP = replace(PENDING, cancelled_by="us")
WAITS = ProviderPayment(
    payment_id="p1", status=PaymentStatus.PENDING, amount=100, currency="XTS", top_up_id="t1", store_id="s1"
)
PAID = replace(WAITS, status=PaymentStatus.SUCCEEDED)
ENDED = replace(WAITS, status=PaymentStatus.CANCELLED)

TABLE = [
    (CREATED, WAITS, Decision(identify=True)),
    (CREATED, PAID, Decision(identify=True, credit=True)),
    (CREATED, ENDED, Decision(identify=True, cancel=True)),
    (PENDING, WAITS, Decision()),
    (PENDING, PAID, Decision(credit=True)),
    (PENDING, ENDED, Decision(cancel=True)),
    (PENDING, replace(PAID, refunded=30), Decision(credit=True, refund=30)),
    (CREDITED, PAID, Decision()),
    (CREDITED, WAITS, Decision()),
    (CREDITED, replace(PAID, refunded=100), Decision(refund=100)),
    (replace(CREDITED, refunded=60), replace(PAID, refunded=30), Decision()),
    (replace(CREDITED, refunded=60), replace(PAID, refunded=100), Decision(refund=40)),
    (CREDITED, ENDED, Decision(ask=True)),
    (CANCELLED, ENDED, Decision()),
    (CANCELLED, WAITS, Decision()),
    (CANCELLED, PAID, Decision(ask=True)),
    (GIVEN_UP, PAID, Decision(credit=True, late=True)),
    (GIVEN_UP, ENDED, Decision(cancel=True)),
    (PENDING, replace(PAID, amount=99), Decision(quarantine="the amount differs")),
    (PENDING, replace(PAID, currency="USD"), Decision(quarantine="the currency differs")),
    (PENDING, replace(PAID, store_id="s2"), Decision(quarantine="the payment names another store")),
    (PENDING, replace(PAID, top_up_id="t2"), Decision(quarantine="the payment names another top-up")),
    (PENDING, replace(PAID, payment_id="p2"), Decision(quarantine="another payment names the same top-up")),
    (PENDING, replace(PAID, refunded=101), Decision(quarantine="more is refunded than was paid")),
]


@pytest.mark.parametrize(("top_up", "payment", "expected"), TABLE)
def test_a_word_of_a_provider_changes_what_the_table_says(
    top_up: TopUp, payment: ProviderPayment, expected: Decision
) -> None:
    assert decide(top_up, payment, asked=False) == expected


def test_an_answer_to_a_question_decides_between_words_that_contradict() -> None:
    assert decide(CANCELLED, PAID, asked=True) == Decision(credit=True, late=True)
    assert decide(CREDITED, ENDED, asked=True) == Decision(quarantine="cancelled after it was credited")


@given(st.permutations([0, 0, 30, 60, 100]))
def test_in_whatever_order_refunds_are_told_of_the_sum_is_the_largest(order: list[int]) -> None:
    top_up = PENDING
    for refunded in order:
        decision = decide(top_up, replace(PAID, refunded=refunded), asked=False)
        top_up = replace(top_up, credited=True, refunded=top_up.refunded + decision.refund)
    assert top_up.refunded == 100


@pytest.mark.parametrize(
    ("top_up", "state"),
    [
        (CREATED, TopUpState.CREATED),
        (PENDING, TopUpState.PENDING),
        (CREDITED, TopUpState.CREDITED),
        (GIVEN_UP, TopUpState.CANCELLED),
        (replace(CREDITED, refunded=1), TopUpState.PARTLY_REFUNDED),
        (replace(CREDITED, refunded=100), TopUpState.REFUNDED),
        (replace(CREDITED, cancelled_by="us"), TopUpState.CREDITED),
    ],
)
def test_the_state_tells_what_happened(top_up: TopUp, state: TopUpState) -> None:
    assert top_up.state is state


def test_a_refund_never_exceeds_what_is_left() -> None:
    top_up = replace(CREDITED, refunded=20)
    check_refund(top_up, 30, 50)
    for amount in (51, 0, -1):
        with pytest.raises(Conflict):
            check_refund(top_up, 30, amount)
    with pytest.raises(Conflict):
        check_refund(PENDING, 0, 1)


def test_a_provider_is_asked_at_twice_the_time_until_two_months_are_over() -> None:
    pauses = []
    n_asks = 0
    while (at := next_ask(n_asks, NOW)) is not None:
        pauses.append(at - NOW)
        n_asks += 1
    assert pauses[0] == FIRST_ASK
    assert all(later == 2 * earlier for earlier, later in pairwise(pauses))
    assert LAST_ASK / 2 < pauses[-1] <= LAST_ASK


def test_work_that_fails_is_tried_within_a_day_and_not_all_at_once() -> None:
    assert next_try(0, "a", NOW) < NOW + timedelta(seconds=19)
    assert next_try(1_000, "a", NOW) <= NOW + timedelta(days=1.2)
    assert next_try(3, "a", NOW) != next_try(3, "b", NOW)


@pytest.mark.parametrize("amount", [99, 0, -5, 100_000_001, True])
def test_an_amount_out_of_range_is_refused(amount: int) -> None:
    with pytest.raises(InvalidInput):
        check_top_up(amount)
