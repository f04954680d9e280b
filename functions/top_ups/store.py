"""Top-ups in Postgres, each step a commit of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.top_ups.ports import DueRefund, DueWebhook, QuarantinedPayment, RefundShown
from shared.adapters.postgres import ads_stores, ads_top_ups, audit, ledger, user_rows
from shared.adapters.postgres.ads_top_ups import SQL, Refund
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.users import MANAGER
from shared.domain.ads.stores import Role
from shared.domain.ads.top_ups import ProviderPayment, ProviderRefund, TopUp, TopUpState, Webhook
from shared.domain.money.ledger import RequestKey
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

LEASE = timedelta(minutes=1)


class PostgresTopUps:
    """The tables of top-ups."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(
        self, user_id: str, store_id: str, provider: str, amount: int, *, key: RequestKey, now: datetime
    ) -> tuple[TopUp, bool]:
        """A new top-up whose provider is not asked yet, or that of an earlier request with this key (True)."""

        def work(connection: Connection) -> tuple[TopUp, bool]:
            ads_stores.require_role(connection, store_id, user_id, Role.BUYER)
            top_up_id = SQL.value(connection, "new_id")
            if replay := ledger.claim(connection, key, top_up_id):
                return _find(connection, replay.transaction_id), True
            ads_stores.require_open(connection, store_id)
            ads_top_ups.add(
                connection,
                top_up_id,
                store_id=store_id,
                provider=provider,
                amount=amount,
                created_by=user_id,
                now=now,
            )
            return _find(connection, top_up_id), False

        return self._database.transaction(work)

    def find(self, top_up_id: str) -> TopUp:
        """A top-up; `NotFound`."""
        with self._database.connection() as connection:
            return _find(connection, top_up_id)

    def read(self, user_id: str, top_up_id: str, *, spending: bool = False) -> tuple[TopUp, Sequence[RefundShown]]:
        """A top-up as a member sees it."""
        with self._database.connection() as connection:
            top_up = _find(connection, top_up_id)
            try:
                ads_stores.require_role(connection, top_up.store_id, user_id, Role.BUYER if spending else Role.VIEWER)
            except NotFound:
                raise NotFound(f"top-up {top_up_id}") from None
            refunds = SQL.rows(connection, Refund, "refunds", top_up_id=top_up_id)
        return top_up, [RefundShown(id=each.id, amount=each.amount, state=each.state) for each in refunds]

    def list_of(self, user_id: str, store_id: str, *, before: str, limit: int) -> Sequence[TopUp]:
        """Top-ups that their providers know, the latest first."""
        with self._database.connection() as connection:
            ads_stores.require_role(connection, store_id, user_id, Role.VIEWER)
            return SQL.rows(connection, TopUp, "top_ups", store_id=store_id, before=before, limit=limit)

    def receive(self, provider: str, webhook: Webhook, *, now: datetime) -> str:
        """Do what a signed webhook says in the commit that remembers it: a crash before that forgets both."""
        payment = webhook.payment
        assert payment is not None

        def work(connection: Connection) -> str:
            top_up = ads_top_ups.lock_by_payment(connection, provider, payment.payment_id, payment.top_up_id)
            if top_up is None or not _remember(connection, provider, webhook, top_up, None, now):
                return ""
            if not ads_top_ups.apply(connection, top_up, payment, asked=False, now=now).ask:
                return ""
            self._set_webhook_try(connection, provider, webhook.id, now + LEASE)
            return top_up.id

        return self._database.transaction(work)

    def wait(self, provider: str, webhook: Webhook, *, now: datetime) -> str:
        """Let a webhook that proves nothing wait for its provider's answer, also one that came before."""

        def work(connection: Connection) -> str:
            top_up = ads_top_ups.lock_by_payment(connection, provider, webhook.payment_id, webhook.top_up_id)
            if top_up is None:
                return ""
            _execute_webhook(connection, "wait_again", provider, webhook, top_up, now + LEASE, now)
            return top_up.id

        return self._database.transaction(work)

    def apply(self, top_up_id: str, payment: ProviderPayment, *, now: datetime) -> TopUp:
        """Do what a provider's answer says."""

        def work(connection: Connection, top_up: TopUp) -> None:
            ads_top_ups.apply(connection, top_up, payment, asked=True, now=now)

        return self._change(top_up_id, work)

    def refuse(self, top_up_id: str, *, now: datetime) -> TopUp:
        """Cancel a top-up that its provider refuses."""

        def work(connection: Connection, top_up: TopUp) -> None:
            if top_up.state is TopUpState.CREATED:
                SQL.execute(connection, "cancel", top_up_id=top_up.id, by="provider")

        return self._change(top_up_id, work)

    def give_up(self, top_up_id: str, *, now: datetime) -> None:
        """Cancel a top-up that nobody paid in time, unless somebody did meanwhile."""

        def work(connection: Connection, top_up: TopUp) -> None:
            if top_up.state in (TopUpState.CREATED, TopUpState.PENDING):
                ads_top_ups.give_up(connection, top_up, now=now)

        self._change(top_up_id, work)

    def take_due(self, *, now: datetime, at_most: int) -> Sequence[str]:
        """Top-ups whose provider is to be asked now, leased for a minute."""
        return SQL.values(self._database, "take_due", now=now, leased_until=now + LEASE, at_most=at_most)

    def set_ask(self, top_up_id: str, at: datetime | None) -> None:
        """Say when the provider is asked again; None: not any more."""
        SQL.execute(self._database, "set_ask", top_up_id=top_up_id, next_ask_at=at)

    def take_due_webhooks(self, *, now: datetime, at_most: int) -> Sequence[DueWebhook]:
        """Webhooks that wait, leased for a minute."""
        return SQL.rows(
            self._database, DueWebhook, "take_due_webhooks", now=now, leased_until=now + LEASE, at_most=at_most
        )

    def set_webhook_try(self, provider: str, event_id: str, at: datetime | None) -> None:
        """Say when a webhook is tried again; None: it is done."""
        with self._database.connection() as connection:
            self._set_webhook_try(connection, provider, event_id, at)

    def take_due_refunds(self, *, now: datetime, at_most: int) -> Sequence[DueRefund]:
        """Refunds that wait, leased for a minute and counted as sent."""
        rows = SQL.rows(self._database, Refund, "take_due_refunds", now=now, leased_until=now + LEASE, at_most=at_most)
        return [
            DueRefund(
                id=row.id,
                top_up=self.find(row.top_up_id),
                amount=row.amount,
                provider_refund_id=row.provider_refund_id,
                n_tries=row.n_tries,
            )
            for row in rows
        ]

    def set_refund_try(self, refund_id: str, at: datetime | None) -> None:
        """Say when a refund is tried again."""
        SQL.execute(self._database, "set_refund_try", refund_id=refund_id, next_try_at=at)

    def resolve_refund(self, refund_id: str, answer: ProviderRefund, *, now: datetime) -> None:
        """Do what a provider's answer about a refund says."""

        def work(connection: Connection) -> None:
            refund = SQL.row(connection, Refund, "refund", refund_id=refund_id)
            assert refund is not None
            ads_top_ups.resolve_refund(connection, refund, answer, now=now)

        self._database.transaction(work)

    def list_quarantine(self, by: Actor, *, after: str, limit: int) -> Sequence[QuarantinedPayment]:
        """Payments that wait for a person."""
        with self._database.connection() as connection:
            user_rows.require_role(connection, by, MANAGER)
            return SQL.rows(connection, QuarantinedPayment, "list_quarantine", after=after, limit=limit)

    def resolve_quarantine(self, quarantine_id: str, reason: str, *, by: Actor, now: datetime) -> None:
        """Close a case, with its entry in the audit trail."""

        def work(connection: Connection) -> None:
            user_rows.require_role(connection, by, MANAGER)
            top_up_id = SQL.value(
                connection, "resolve_quarantine", quarantine_id=quarantine_id, resolved_by=by.id, now=now
            )
            if top_up_id is None:
                raise NotFound(f"case {quarantine_id}")
            detail = {"case": quarantine_id, "top_up": top_up_id, "reason": reason}
            audit.write(connection, AuditEntry(action="ads.quarantine.resolve", by=by, detail=detail), now=now)

        self._database.transaction(work)

    def forget(self, *, before: datetime) -> int:
        """Forget webhooks that were done before."""
        return SQL.execute(self._database, "forget_webhooks", before=before)

    def _change(self, top_up_id: str, work: Callable[[Connection, TopUp], None]) -> TopUp:
        def change(connection: Connection) -> TopUp:
            work(connection, ads_top_ups.lock(connection, top_up_id))
            return _find(connection, top_up_id)

        return self._database.transaction(change)

    @staticmethod
    def _set_webhook_try(connection: Connection, provider: str, event_id: str, at: datetime | None) -> None:
        SQL.execute(connection, "set_webhook_try", provider=provider, event_id=event_id, next_try_at=at)


def _find(connection: Connection, top_up_id: str) -> TopUp:
    with ledger.map_refusals():
        top_up = SQL.row(connection, TopUp, "top_up", top_up_id=top_up_id)
    if top_up is None:
        raise NotFound(f"top-up {top_up_id}")
    return top_up


def _remember(
    connection: Connection, provider: str, webhook: Webhook, top_up: TopUp, next_try_at: datetime | None, now: datetime
) -> bool:
    """Whether this webhook is new."""
    return _execute_webhook(connection, "add_webhook", provider, webhook, top_up, next_try_at, now) == 1


def _execute_webhook(
    connection: Connection,
    statement: str,
    provider: str,
    webhook: Webhook,
    top_up: TopUp,
    next_try_at: datetime | None,
    now: datetime,
) -> int:
    return SQL.execute(
        connection,
        statement,
        provider=provider,
        event_id=webhook.id,
        kind=webhook.kind,
        top_up_id=top_up.id,
        payment_id=webhook.payment_id,
        now=now,
        next_try_at=next_try_at,
    )
