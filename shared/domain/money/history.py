"""Postings of an account as its owner reads them, and sums of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple


class HistoryLine(NamedTuple):
    """A posting of an account, with the balance after it."""

    number: int
    transaction_id: str
    kind: str
    amount: int
    balance: int
    counterparty: str
    booked_at: datetime
    effective_at: datetime
    reverses: str
    detail: str


class StatementLine(NamedTuple):
    """A posting of an account in the order in which postings took effect."""

    number: int
    transaction_id: str
    kind: str
    amount: int
    counterparty: str
    booked_at: datetime
    effective_at: datetime
    reverses: str
    detail: str


class CounterpartySum(NamedTuple):
    """All that moved between an account and one other owner."""

    counterparty: str
    received: int
    sent: int
    n_transactions: int


class DailySum(NamedTuple):
    """All that moved on a day, by when it took effect (UTC)."""

    day: date
    received: int
    sent: int
    n_postings: int
