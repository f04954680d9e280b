"""Top-ups in Postgres: what a provider's word changes is one commit, with its postings and what others are told.

Rows are locked in one order: a webhook's, the top-up's, then accounts of the ledger. The functions work inside the
caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from shared.adapters.postgres import ads_hooks, ledger, outbox
from shared.adapters.postgres.database import to_jsonb
from shared.adapters.postgres.statements import Statements
from shared.domain.ads import top_ups
from shared.domain.ads.stores import CLEARING, DEBT, REFUNDS, XTS, clearing_of, funds_of, owner_of
from shared.domain.ads.top_ups import Decision, ProviderPayment, ProviderRefund, RefundState, TopUp
from shared.domain.money.ledger import NewTransaction, Posting, transfer
from shared.errors import NotFound
from shared.events.ads import TopUpCredited

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection

SQL = Statements(Path(__file__).parent / "sql" / "ads_top_ups.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund as it is stored."""

    id: str
    top_up_id: str
    amount: int
    state: str
    provider_refund_id: str
    n_tries: int


def add(
    connection: Connection,
    top_up_id: str,
    *,
    store_id: str,
    provider: str,
    amount: int,
    created_by: str,
    now: datetime,
) -> None:
    """Store a new top-up, whose provider is not asked yet."""
    ledger.open_account(connection, f"providers/{provider}", CLEARING)
    SQL.execute(
        connection,
        "add_top_up",
        top_up_id=top_up_id,
        store_id=store_id,
        provider=provider,
        amount=amount,
        currency=XTS.code,
        created_by=created_by,
        now=now,
        expires_at=now + top_ups.PAID_WITHIN,
        next_ask_at=top_ups.next_ask(0, now),
    )


def lock(connection: Connection, top_up_id: str) -> TopUp:
    """Lock a top-up until the transaction ends; `NotFound` when there is none."""
    with ledger.map_refusals():
        top_up = SQL.row(connection, TopUp, "lock_top_up", top_up_id=top_up_id)
    if top_up is None:
        raise NotFound(f"top-up {top_up_id}")
    return top_up


def lock_by_payment(connection: Connection, provider: str, payment_id: str, top_up_id: str) -> TopUp | None:
    """Lock the top-up of a payment, by the provider's id or else by ours, which may be any text."""
    return SQL.row(
        connection,
        TopUp,
        "lock_by_payment",
        provider=provider,
        payment_id=payment_id,
        top_up_id=top_up_id if _is_uuid(top_up_id) else "",
    )


def apply(connection: Connection, top_up: TopUp, payment: ProviderPayment, *, asked: bool, now: datetime) -> Decision:
    """Do what a provider's word changes about a locked top-up; what was decided."""
    decision = top_ups.decide(top_up, payment, asked=asked)
    if decision.quarantine:
        _quarantine(connection, top_up, payment, decision.quarantine, now)
        return decision
    if decision.identify:
        SQL.execute(
            connection,
            "identify",
            top_up_id=top_up.id,
            payment_id=payment.payment_id,
            confirmation=payment.confirmation,
        )
        top_up = replace(top_up, payment_id=payment.payment_id, confirmation=payment.confirmation)
    if decision.credit:
        top_up = _credit(connection, top_up, late=decision.late, now=now)
    if decision.cancel:
        SQL.execute(connection, "cancel", top_up_id=top_up.id, by="provider")
        ads_hooks.tell(connection, replace(top_up, cancelled_by="provider"), now=now)
    if decision.refund:
        _refund(connection, top_up, decision.refund, now)
    return decision


def give_up(connection: Connection, top_up: TopUp, *, now: datetime) -> None:
    """Cancel a locked top-up that nobody paid in time."""
    SQL.execute(connection, "cancel", top_up_id=top_up.id, by="us")
    ads_hooks.tell(connection, replace(top_up, cancelled_by="us"), now=now)


def request_refund(connection: Connection, top_up_id: str, amount: int, *, now: datetime) -> tuple[str, str]:
    """Take money from a store that its payer is to get back; the refund's id and the transaction's.

    Raises
    ------
    Conflict : more would be refunded than was paid, open refunds included.
    InsufficientFunds : the store has spent it.
    """
    top_up = lock(connection, top_up_id)
    requested = sum(each.amount for each in _open_refunds(connection, top_up.id))
    top_ups.check_refund(top_up, requested, amount)
    postings = transfer(funds_of(top_up.store_id), REFUNDS.account(owner_of(top_up.store_id)), amount)
    transaction_id = _post(connection, "refund-request", postings, top_up)
    refund_id: str = SQL.value(connection, "add_refund", top_up_id=top_up.id, amount=amount, now=now)
    return refund_id, transaction_id


def resolve_refund(connection: Connection, refund: Refund, answer: ProviderRefund, *, now: datetime) -> None:
    """Store a provider's answer about a refund: pending, paid back, or failed, which gives the store its money again.

    One that is resolved stays so: what was paid back is counted by the payment.
    """
    top_up = lock(connection, refund.top_up_id)
    if refund.id not in {each.id for each in _open_refunds(connection, top_up.id)}:
        return
    if answer.status in (RefundState.REQUESTED, RefundState.PENDING):
        SQL.execute(connection, "identify_refund", refund_id=refund.id, provider_refund_id=answer.refund_id)
        return
    if answer.status is RefundState.SUCCEEDED:
        _settle_refund(connection, top_up, refund, now, answer.refund_id)
        _count_refunded(connection, top_up, refund.amount, now)
        return
    postings = transfer(REFUNDS.account(owner_of(top_up.store_id)), funds_of(top_up.store_id), refund.amount)
    _post(connection, "refund-failed", postings, top_up)
    _end_refund(connection, refund, RefundState.FAILED, now, answer.refund_id)


def _credit(connection: Connection, top_up: TopUp, *, late: bool, now: datetime) -> TopUp:
    postings = transfer(clearing_of(top_up.provider, top_up.store_id), funds_of(top_up.store_id), top_up.amount)
    transaction_id = _post(connection, "top-up", postings, top_up)
    flag = top_ups.LATE if late else top_up.flag
    SQL.execute(connection, "credit", top_up_id=top_up.id, transaction_id=transaction_id, flag=flag, now=now)
    _pay_debt(connection, top_up)
    credited = replace(top_up, credited=True, transaction_id=transaction_id, flag=flag)
    event = TopUpCredited(
        top_up_id=top_up.id,
        store_id=top_up.store_id,
        provider=top_up.provider,
        amount=top_up.amount,
        currency=top_up.currency,
        credited_at=now,
    )
    outbox.add(connection, event.to_event())
    ads_hooks.tell(connection, credited, now=now)
    return credited


def _pay_debt(connection: Connection, top_up: TopUp) -> None:
    debt = DEBT.account(owner_of(top_up.store_id))
    owed = ledger.balance(connection, debt).posted
    if owed:
        amount = min(owed, ledger.balance(connection, funds_of(top_up.store_id)).available)
        _post(connection, "debt-paid", transfer(funds_of(top_up.store_id), debt, amount), top_up)


def _refund(connection: Connection, top_up: TopUp, amount: int, now: datetime) -> None:
    """Count what a provider paid back: refunds that were sent first, then money it paid back by itself."""
    left = amount
    for refund in _open_refunds(connection, top_up.id):
        if refund.n_tries and refund.amount <= left:
            _settle_refund(connection, top_up, refund, now, "")
            left -= refund.amount
    if left:
        _take_back(connection, top_up, left)
    _count_refunded(connection, top_up, amount, now)


def _take_back(connection: Connection, top_up: TopUp, amount: int) -> None:
    """Take from a store what its provider paid back without us; what it has spent becomes its debt."""
    funds = funds_of(top_up.store_id)
    from_funds = min(amount, max(ledger.balance(connection, funds).available, 0))
    sources = {funds: from_funds, DEBT.account(owner_of(top_up.store_id)): amount - from_funds}
    postings = [Posting(account=account, amount=-part) for account, part in sources.items() if part]
    postings.append(Posting(account=clearing_of(top_up.provider, top_up.store_id), amount=amount))
    _post(connection, "refund", tuple(postings), top_up)


def _settle_refund(connection: Connection, top_up: TopUp, refund: Refund, now: datetime, provider_id: str) -> None:
    source = REFUNDS.account(owner_of(top_up.store_id))
    _post(connection, "refund", transfer(source, clearing_of(top_up.provider, top_up.store_id), refund.amount), top_up)
    _end_refund(connection, refund, RefundState.SUCCEEDED, now, provider_id)


def _count_refunded(connection: Connection, top_up: TopUp, amount: int, now: datetime) -> None:
    SQL.execute(connection, "add_refunded", top_up_id=top_up.id, amount=amount)
    ads_hooks.tell(connection, replace(top_up, refunded=top_up.refunded + amount), now=now)


def _end_refund(connection: Connection, refund: Refund, state: RefundState, now: datetime, provider_id: str) -> None:
    SQL.execute(connection, "resolve_refund", refund_id=refund.id, state=state, now=now, provider_refund_id=provider_id)


def _open_refunds(connection: Connection, top_up_id: str) -> Sequence[Refund]:
    return SQL.rows(connection, Refund, "open_refunds", top_up_id=top_up_id)


def _post(connection: Connection, kind: str, postings: tuple[Posting, ...], top_up: TopUp) -> str:
    """Post about a top-up, to frozen stores too: what a provider did has happened."""
    new = NewTransaction(kind=kind, postings=postings, detail={"top_up": top_up.id, "payment": top_up.payment_id})
    return ledger.post(connection, new, enforced=True).transaction_id


def _quarantine(connection: Connection, top_up: TopUp, payment: ProviderPayment, reason: str, now: datetime) -> None:
    SQL.execute(
        connection,
        "quarantine",
        provider=top_up.provider,
        payment_id=payment.payment_id,
        top_up_id=top_up.id,
        reason=reason,
        payment=to_jsonb({**asdict(payment), "confirmation": ""}),
        now=now,
    )


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
