"""Closing a bet early, as a whole or in part."""

from __future__ import annotations

import uuid
from datetime import timedelta

from tests.support.betting.book import NOW, Book, book
from tests.support.engines.postgres import run

__all__ = ["book"]


def test_offers_that_were_not_taken_are_deleted(book: Book) -> None:
    for taken_at in (None, NOW):
        run(
            book.database,
            "INSERT INTO betting_cash_outs (bet_id, stake, amount, versions, made_at, expires_at, taken_at) "
            "VALUES (%s, 10, 9, '{}', %s, %s, %s)",
            uuid.uuid4(),
            NOW,
            NOW,
            taken_at,
        )
    assert book.bets.forget_offers(before=NOW) == 0
    assert book.bets.forget_offers(before=NOW + timedelta(seconds=1)) == 1
    assert run(book.database, "SELECT taken_at IS NOT NULL FROM betting_cash_outs") == [(True,)]
