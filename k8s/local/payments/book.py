"""What the stand-in provider knows: payments and refunds, each made once for each idempotency key. Its truth."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

STRIPE, YOOKASSA = "stripe", "yookassa"


class Refused(Exception):
    """The provider refuses this."""


@dataclass(slots=True, kw_only=True)
class Payment:
    """A payment; status is pending, succeeded or canceled."""

    id: str
    form: str
    amount: int
    currency: str
    metadata: dict[str, str]
    status: str = "pending"
    refunded: int = 0


@dataclass(slots=True, kw_only=True)
class Refund:
    """A refund; status is pending, succeeded or failed."""

    id: str
    payment: Payment
    amount: int
    status: str = "succeeded"


@dataclass
class Book:
    """Shared by all threads. `changed` is called with the form, the kind of change and the payment or refund."""

    changed: Callable[[str, str, Payment | Refund], None] = lambda *_: None
    slow_refunds: bool = False
    """Refunds are pending until somebody settles them."""
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    _keys: dict[tuple[str, str], str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def create(self, form: str, key: str, amount: int, currency: str, metadata: dict[str, str]) -> Payment:
        """A payment that waits for its payer; the same key is the same payment."""
        with self._lock:
            if amount < 1:
                raise Refused("no amount")
            prefix = "pi_" if form == STRIPE else ""
            payment_id = self._keys.setdefault((form, key), f"{prefix}{uuid.uuid4().hex}")
            if payment_id not in self.payments:
                self.payments[payment_id] = Payment(
                    id=payment_id, form=form, amount=amount, currency=currency.upper(), metadata=dict(metadata)
                )
            return self.payments[payment_id]

    def pay(self, payment_id: str) -> None:
        """The payer pays; nothing where the payment is over."""
        self._end(payment_id, "succeeded")

    def cancel(self, payment_id: str) -> None:
        """The payer walks away; nothing where the payment is over."""
        self._end(payment_id, "canceled")

    def refund(self, key: str, payment_id: str, amount: int) -> Refund:
        """Pay back a part; the same key is the same refund."""
        with self._lock:
            payment = self.payments.get(payment_id)
            if payment is None:
                raise Refused("no such payment")
            if (payment.form, key) in self._keys:
                return self.refunds[self._keys[payment.form, key]]
            pending = sum(
                each.amount for each in self.refunds.values() if each.payment is payment and each.status == "pending"
            )
            if payment.status != "succeeded" or not 1 <= amount <= payment.amount - payment.refunded - pending:
                raise Refused("so much cannot be refunded")
            refund = Refund(id=f"re_{uuid.uuid4().hex}", payment=payment, amount=amount, status="pending")
            self._keys[payment.form, key] = refund.id
            self.refunds[refund.id] = refund
            if not self.slow_refunds:
                self.settle(refund.id, paid=True)
            return refund

    def settle(self, refund_id: str, *, paid: bool) -> None:
        """End a refund that is pending."""
        with self._lock:
            refund = self.refunds[refund_id]
            if refund.status != "pending":
                return
            refund.status = "succeeded" if paid else "failed"
            if paid:
                refund.payment.refunded += refund.amount
            self.changed(refund.payment.form, "refunded" if paid else "refund_failed", refund)

    def credit_of(self, key: str, value: str) -> int:
        """What payments with such metadata brought, less what was paid back."""
        with self._lock:
            return sum(
                each.amount - each.refunded
                for each in self.payments.values()
                if each.metadata.get(key) == value and each.status == "succeeded"
            )

    def _end(self, payment_id: str, status: str) -> None:
        with self._lock:
            payment = self.payments[payment_id]
            if payment.status == "pending":
                payment.status = status
                self.changed(payment.form, status, payment)
