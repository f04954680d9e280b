"""A payment provider of Stripe's form: payment intents, and webhooks that are signed over their raw body.

docs.stripe.com/webhooks/signature: ``Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>…]``, each an HMAC-SHA256 of
``<seconds>.<body>``; while a secret is rotated there is a signature by each. A message older than `TOLERANCE_S` is a
replay: the provider signs each of its own repetitions anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from shared.adapters.payments.api_client import TIMEOUT_S, ApiClient, read, to_id
from shared.domain.ads.top_ups import (
    PaymentStatus,
    ProviderPayment,
    ProviderRefund,
    RefundState,
    TopUp,
    Webhook,
)
from shared.errors import InvalidInput

TOLERANCE_S = 300
_SIGNATURES_AT_MOST = 10
_STATUSES = {"succeeded": PaymentStatus.SUCCEEDED, "canceled": PaymentStatus.CANCELLED}
_REFUND_STATES = {"succeeded": RefundState.SUCCEEDED, "failed": RefundState.FAILED, "canceled": RefundState.FAILED}


class StripePayments:
    """The API and the webhooks."""

    name = "stripe"
    signs = True

    def __init__(self, url: str, key: str, webhook_secrets: Sequence[str], *, timeout_s: float = TIMEOUT_S) -> None:
        self._api = ApiClient(url, {"Authorization": f"Bearer {key}"}, timeout_s=timeout_s)
        self._secrets = tuple(webhook_secrets)

    def create(self, top_up: TopUp) -> ProviderPayment:
        """Make a payment intent."""
        form = {
            "amount": top_up.amount,
            "currency": top_up.currency.lower(),
            "metadata[top_up_id]": top_up.id,
            "metadata[store_id]": top_up.store_id,
            "automatic_payment_methods[enabled]": "true",
        }
        return read(_payment_of_intent, self._post("/v1/payment_intents", top_up.id, form))

    def find(self, payment_id: str) -> ProviderPayment:
        """A payment intent with the charge that says what was paid back."""
        path = f"/v1/payment_intents/{quote(payment_id, safe='')}?expand%5B%5D=latest_charge"
        return read(_payment_of_intent, self._api.get(path))

    def refund(self, refund_id: str, payment_id: str, amount: int, currency: str) -> ProviderRefund:
        """Make a refund."""
        form = {"payment_intent": payment_id, "amount": amount, "metadata[refund_id]": refund_id}
        return read(_refund_of, self._post("/v1/refunds", refund_id, form))

    def find_refund(self, refund_id: str) -> ProviderRefund:
        """A refund."""
        return read(_refund_of, self._api.get(f"/v1/refunds/{quote(refund_id, safe='')}"))

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Webhook | None:
        """An event about a payment or a refund."""
        self._check_signature(headers.get("Stripe-Signature", ""), body, now)
        try:
            event = json.loads(body)
            kind, content = str(event["type"]), event["data"]["object"]
            if kind.startswith("payment_intent."):
                return _webhook(event, _payment_of_intent(content))
            if kind == "charge.refunded":
                return _webhook(event, _payment_of_charge(content))
            if kind.startswith(("refund.", "charge.refund.")):
                return _webhook(event, None, payment_id=str(content["payment_intent"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise InvalidInput("the webhook is not as its provider writes it") from exc
        return None

    def _check_signature(self, header: str, body: bytes, now: datetime) -> None:
        fields = [part.strip().partition("=") for part in header.split(",")]
        times = [value for name, _, value in fields if name == "t" and value.isascii() and value.isdigit()]
        if len(times) != 1 or len(times[0]) > 12:
            raise InvalidInput("the webhook has no signature")
        expected = [_sign(secret, times[0], body) for secret in self._secrets]
        signatures = [value for name, _, value in fields if name == "v1" and value.isascii()][:_SIGNATURES_AT_MOST]
        if not any(hmac.compare_digest(each, ours) for each in signatures for ours in expected):
            raise InvalidInput("the webhook's signature is not valid")
        if abs(now.timestamp() - int(times[0])) > TOLERANCE_S:
            raise InvalidInput(f"the webhook was signed more than {TOLERANCE_S} seconds ago")

    def _post(self, path: str, key: str, form: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": key}
        return self._api.post(path, headers, urlencode(form).encode())


def _sign(secret: str, time_s: str, body: bytes) -> str:
    return hmac.new(secret.encode(), time_s.encode() + b"." + body, hashlib.sha256).hexdigest()


def _webhook(event: Mapping[str, Any], payment: ProviderPayment | None, *, payment_id: str = "") -> Webhook:
    return Webhook(
        id=to_id(event["id"]),
        kind=to_id(event["type"]),
        payment_id=payment.payment_id if payment else to_id(payment_id),
        payment=payment,
        top_up_id=payment.top_up_id if payment else "",
    )


def _payment_of_intent(intent: Mapping[str, Any]) -> ProviderPayment:
    charge = intent.get("latest_charge")
    refunded = _integer(charge["amount_refunded"]) if isinstance(charge, dict) else 0
    status = _STATUSES.get(intent["status"], PaymentStatus.PENDING)
    paid = status is PaymentStatus.SUCCEEDED
    return ProviderPayment(
        payment_id=to_id(intent["id"]),
        status=status,
        amount=_integer(intent["amount_received" if paid else "amount"]),
        currency=str(intent["currency"]).upper(),
        refunded=refunded,
        confirmation=str(intent.get("client_secret") or "")[:2000],
        **_ours(intent),
    )


def _payment_of_charge(charge: Mapping[str, Any]) -> ProviderPayment:
    return ProviderPayment(
        payment_id=to_id(charge["payment_intent"]),
        status=PaymentStatus.SUCCEEDED if charge["paid"] is True else PaymentStatus.PENDING,
        amount=_integer(charge["amount_captured"]),
        currency=str(charge["currency"]).upper(),
        refunded=_integer(charge["amount_refunded"]),
        **_ours(charge),
    )


def _refund_of(refund: Mapping[str, Any]) -> ProviderRefund:
    state = _REFUND_STATES.get(refund["status"], RefundState.PENDING)
    return ProviderRefund(refund_id=to_id(refund["id"]), status=state, amount=_integer(refund["amount"]))


def _ours(content: Mapping[str, Any]) -> dict[str, str]:
    names = content.get("metadata") or {}
    return {"top_up_id": str(names.get("top_up_id", "")), "store_id": str(names.get("store_id", ""))}


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not an amount")
    return value
