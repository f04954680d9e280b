"""Compares the ledger of a store with what a payment provider knows."""

from __future__ import annotations

from dataclasses import dataclass

from k8s.local.payments.book import Book
from shared.adapters.postgres import ads_stores, ledger
from shared.adapters.postgres.database import Postgres
from shared.domain.ads.stores import DEBT, REFUNDS, owner_of
from tests.support.engines.postgres import run


@dataclass(frozen=True)
class StoreLedger:
    """The accounts of one store."""

    database: Postgres
    book: Book
    store_id: str

    def differences(self, *, spent: int = 0) -> list[str]:
        """What the ledger and the provider say differently, once all news arrived; empty when they agree.

        Parameters
        ----------
        spent : what the store paid for advertising.
        """
        found = []
        with self.database.connection() as connection:
            funds = ads_stores.balance(connection, self.store_id).posted
            refunds = ledger.balance(connection, REFUNDS.account(owner_of(self.store_id))).posted
            debt = ledger.balance(connection, DEBT.account(owner_of(self.store_id))).posted
        truth = self.book.credit_of("store_id", self.store_id)
        if funds + refunds - debt + spent != truth:
            found.append(f"funds {funds} + refunds {refunds} - debt {debt} + spent {spent} is not {truth}")
        if refunds:
            found.append(f"{refunds} are still on their way")
        rows = run(
            self.database,
            "SELECT payment_id, credited_at IS NOT NULL, refunded, amount FROM ads_top_ups WHERE store_id = %s",
            self.store_id,
        )
        stored = {payment_id: (credited, refunded) for payment_id, credited, refunded, _ in rows}
        return found + [
            f"{payment} is stored as {stored.get(payment.id)}"
            for payment in self.book.payments.values()
            if payment.metadata["store_id"] == self.store_id
            and stored.get(payment.id) != (payment.status == "succeeded", payment.refunded)
        ]
