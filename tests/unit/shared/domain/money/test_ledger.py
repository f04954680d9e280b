"""The rules of double entry that need no database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.money.ledger import (
    COIN,
    LARGEST_AMOUNT,
    POSTINGS_AT_MOST,
    AccountType,
    Balance,
    Currency,
    NewHold,
    NewTransaction,
    Posting,
    Side,
    opposite,
    request_key,
    transfer,
)
from shared.errors import InvalidInput

COINS = AccountType(name="coins", currency=COIN, normal_side=Side.CREDIT, minimum=0)
ADA, BOB = COINS.account("users/ada"), COINS.account("users/bob")
amounts = st.integers(1, LARGEST_AMOUNT)


@given(amounts)
def test_a_transfer_and_its_opposite_sum_to_zero(amount: int) -> None:
    postings = transfer(ADA, BOB, amount)
    assert sum(each.amount for each in postings) == 0
    assert opposite(postings) == (Posting(account=ADA, amount=amount), Posting(account=BOB, amount=-amount))
    NewTransaction(kind="transfer", postings=opposite(postings))


@pytest.mark.parametrize("amount", [0, -1, LARGEST_AMOUNT + 1, 2**63, True])
def test_an_amount_is_from_1_to_the_largest(amount: int) -> None:
    with pytest.raises(InvalidInput, match="from 1 to") as caught:
        transfer(ADA, BOB, amount)
    assert set(caught.value.errors) == {"amount"}


@given(st.lists(st.integers(-5, 5).filter(bool), min_size=2, max_size=5))
def test_only_what_sums_to_zero_is_a_transaction(lines: list[int]) -> None:
    postings = tuple(Posting(account=ADA, amount=amount) for amount in lines)
    if sum(lines) == 0:
        NewTransaction(kind="x", postings=postings)
    else:
        with pytest.raises(InvalidInput, match="do not sum to zero in COIN"):
            NewTransaction(kind="x", postings=postings)


def test_currencies_are_summed_apart() -> None:
    euro = replace(ADA, currency=Currency(code="EUR", scale=2))
    with pytest.raises(InvalidInput, match="COIN, EUR"):
        NewTransaction(kind="x", postings=(Posting(account=ADA, amount=1), Posting(account=euro, amount=-1)))


def test_a_transaction_has_2_postings_or_more_and_not_too_many() -> None:
    for lines in ((Posting(account=ADA, amount=1),), transfer(ADA, BOB, 1) * POSTINGS_AT_MOST):
        with pytest.raises(InvalidInput, match="from 2 to"):
            NewTransaction(kind="x", postings=lines)


def test_a_hold_lasts() -> None:
    with pytest.raises(InvalidInput, match="longer than 0"):
        NewHold(source=ADA, target=BOB, amount=1, lasts_s=0)


def test_a_balance_is_read_from_its_normal_side() -> None:
    owed = Balance(normal_side=Side.CREDIT, credits_posted=100, debits_posted=30, debits_pending=20)
    assert (owed.posted, owed.pending, owed.available) == (70, 20, 50)
    cash = Balance(normal_side=Side.DEBIT, credits_posted=30, debits_posted=100, credits_pending=20)
    assert (cash.posted, cash.pending, cash.available) == (70, 20, 50)


def test_limits_count_holds() -> None:
    owed = Balance(normal_side=Side.CREDIT, credits_posted=100, minimum=0, maximum=120)
    assert owed.reserving(debits=100).within_limits
    assert not owed.reserving(debits=101).within_limits
    assert owed.reserving(credits=20).within_limits
    assert not owed.reserving(credits=21).within_limits
    assert not owed.after(-101).within_limits
    cash = Balance(normal_side=Side.DEBIT, debits_posted=100, minimum=0, maximum=120)
    assert not cash.reserving(credits=101).within_limits
    assert not cash.reserving(debits=21).within_limits


def test_a_spread_account_falls_to_one_of_its_parts() -> None:
    spread = AccountType(name="revenue", currency=COIN, normal_side=Side.CREDIT, parts=16)
    parts = {spread.account("systems/merch", spread_by=f"users/{n}").part for n in range(200)}
    assert parts == set(range(16))
    assert spread.account("systems/merch", spread_by="a") == spread.account("systems/merch", spread_by="a")
    with pytest.raises(ValueError, match="no limits"):
        replace(spread, maximum=5)


def test_a_key_is_of_caller_operation_and_request() -> None:
    first = request_key("users/1/transfer", "k", {"to": "bob", "amount": 1})
    assert first == request_key("users/1/transfer", "k", {"amount": 1, "to": "bob"})
    assert first != request_key("users/1/transfer", "k", {"to": "bob", "amount": 2})
    assert request_key("users/1/transfer", "", {}) is None
    for bad in ("k" * 256, "a\nb", "\x00"):
        with pytest.raises(InvalidInput, match="printable"):
            request_key("users/1/transfer", bad, {})
