"""Objects and webhooks of the stand-in, as providers of Stripe's and of YooKassa's form write them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from k8s.local.payments.book import STRIPE, Payment, Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook that is to be sent; it is signed when it is sent."""

    form: str
    body: bytes
    forged: bool = False
    """Somebody else sends it, who does not know the secret."""

    def headers(self, secret: str, now: float) -> dict[str, str]:
        """The headers of one delivery."""
        key = "whsec_of_somebody_else" if self.forged else secret
        signature = {"Stripe-Signature": sign(key, self.body, now)} if self.form == STRIPE else {}
        return {"Content-Type": "application/json", **signature}


def sign(secret: str, body: bytes, now: float) -> str:
    """The header of Stripe's form."""
    digest = hmac.new(secret.encode(), f"{int(now)}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={int(now)},v1={digest}"


def intent(payment: Payment) -> dict[str, Any]:
    """A payment intent."""
    return {
        "id": payment.id,
        "object": "payment_intent",
        "amount": payment.amount,
        "amount_received": payment.amount if payment.status == "succeeded" else 0,
        "currency": payment.currency.lower(),
        "status": {"pending": "requires_payment_method"}.get(payment.status, payment.status),
        "metadata": payment.metadata,
        "client_secret": f"{payment.id}_secret_simulated",
        "latest_charge": charge(payment) if payment.status == "succeeded" else None,
    }


def charge(payment: Payment) -> dict[str, Any]:
    """The charge of a payment intent."""
    return {
        "id": f"ch_{payment.id[3:]}",
        "object": "charge",
        "payment_intent": payment.id,
        "paid": True,
        "amount": payment.amount,
        "amount_captured": payment.amount,
        "amount_refunded": payment.refunded,
        "currency": payment.currency.lower(),
        "metadata": payment.metadata,
    }


def stripe_refund(refund: Refund) -> dict[str, Any]:
    """A refund of Stripe's form."""
    return {
        "id": refund.id,
        "object": "refund",
        "payment_intent": refund.payment.id,
        "amount": refund.amount,
        "currency": refund.payment.currency.lower(),
        "status": refund.status,
    }


def yookassa_payment(payment: Payment, pay_url: str = "") -> dict[str, Any]:
    """A payment of YooKassa's form."""
    content: dict[str, Any] = {
        "id": payment.id,
        "status": payment.status,
        "paid": payment.status == "succeeded",
        "amount": _amount(payment.amount, payment.currency),
        "metadata": payment.metadata,
        "test": True,
    }
    if payment.status == "pending":
        content["confirmation"] = {"type": "redirect", "confirmation_url": f"{pay_url}/pay/{payment.id}"}
    if payment.status == "succeeded":
        content["refunded_amount"] = _amount(payment.refunded, payment.currency)
    return content


def yookassa_refund(refund: Refund) -> dict[str, Any]:
    """A refund of YooKassa's form."""
    return {
        "id": refund.id,
        "payment_id": refund.payment.id,
        "status": "canceled" if refund.status == "failed" else refund.status,
        "amount": _amount(refund.amount, refund.payment.currency),
    }


def hooks_of(form: str, kind: str, subject: Payment | Refund, *, lie: str = "") -> list[Hook]:
    """The webhooks of a change.

    Parameters
    ----------
    lie : ``amount`` or ``currency`` changes that, ``paid`` is a forger's, who says that a payment succeeded.
    """
    contents = _stripe_events(kind, subject, lie) if form == STRIPE else _yookassa_messages(kind, subject, lie)
    return [Hook(form=form, body=json.dumps(content).encode(), forged=lie == "paid") for content in contents]


def _stripe_events(kind: str, subject: Payment | Refund, lie: str) -> list[dict[str, Any]]:
    if isinstance(subject, Refund):
        if kind == "refund_failed":
            return [_event("refund.failed", stripe_refund(subject))]
        return [
            _event("refund.updated", stripe_refund(subject)),
            _event("charge.refunded", _lied(charge(subject.payment), lie, "amount_captured")),
        ]
    content = intent(subject)
    if lie == "paid":
        content |= {"status": "succeeded", "amount_received": subject.amount}
        kind = "succeeded"
    return [_event(f"payment_intent.{kind}", _lied(content, lie, "amount_received"))]


def _yookassa_messages(kind: str, subject: Payment | Refund, lie: str) -> list[dict[str, Any]]:
    if isinstance(subject, Refund):
        if kind == "refund_failed":
            return []
        return [{"type": "notification", "event": "refund.succeeded", "object": yookassa_refund(subject)}]
    content = yookassa_payment(subject)
    if lie == "paid":
        content |= {"status": "succeeded", "paid": True}
        kind = "succeeded"
    if lie == "amount":
        content["amount"] = _amount(100, subject.currency)
    return [{"type": "notification", "event": f"payment.{kind}", "object": content}]


def _event(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": kind,
        "created": int(time.time()),
        "data": {"object": content},
    }


def _lied(content: dict[str, Any], lie: str, name: str) -> dict[str, Any]:
    if lie == "amount":
        return {**content, name: content[name] + 100_000}
    return {**content, "currency": "usd"} if lie == "currency" else content


def _amount(amount: int, currency: str) -> dict[str, str]:
    return {"value": f"{amount // 100}.{amount % 100:02}", "currency": currency}
