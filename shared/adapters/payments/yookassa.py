"""A payment provider of YooKassa's form: its webhooks are not signed, so what it answers when asked decides.

yookassa.ru/developers/using-api/webhooks: anybody may send a message, and a message has no id of its own. It says no
more than that a payment is worth a question. Status 500 means that nobody knows: the same request, with the same
``Idempotence-Key``, tells.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

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

_STATUSES = {"succeeded": PaymentStatus.SUCCEEDED, "canceled": PaymentStatus.CANCELLED}
_REFUND_STATES = {"succeeded": RefundState.SUCCEEDED, "canceled": RefundState.FAILED}
_AMOUNT = re.compile(r"(\d{1,13})\.(\d\d)", re.ASCII)
_KINDS = ("payment.", "refund.")


class YooKassaPayments:
    """The API and the webhooks."""

    name = "yookassa"
    signs = False

    def __init__(self, url: str, shop_id: str, key: str, return_url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        login = base64.b64encode(f"{shop_id}:{key}".encode()).decode()
        self._api = ApiClient(url, {"Authorization": f"Basic {login}"}, timeout_s=timeout_s)
        self._return_url = return_url

    def create(self, top_up: TopUp) -> ProviderPayment:
        """Make a payment that is captured at once."""
        content = {
            "amount": _to_amount(top_up.amount, top_up.currency),
            "capture": True,
            "confirmation": {"type": "redirect", "return_url": self._return_url},
            "metadata": {"top_up_id": top_up.id, "store_id": top_up.store_id},
        }
        return read(_payment_of, self._post("/v3/payments", top_up.id, content))

    def find(self, payment_id: str) -> ProviderPayment:
        """A payment with all that was paid back of it."""
        return read(_payment_of, self._api.get(f"/v3/payments/{quote(payment_id, safe='')}"))

    def refund(self, refund_id: str, payment_id: str, amount: int, currency: str) -> ProviderRefund:
        """Make a refund."""
        content = {"payment_id": payment_id, "amount": _to_amount(amount, currency)}
        return read(_refund_of, self._post("/v3/refunds", refund_id, content))

    def find_refund(self, refund_id: str) -> ProviderRefund:
        """A refund."""
        return read(_refund_of, self._api.get(f"/v3/refunds/{quote(refund_id, safe='')}"))

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Webhook | None:
        """Which payment is worth a question."""
        try:
            message = json.loads(body)
            kind, content = to_id(message["event"]), message["object"]
            if not kind.startswith(_KINDS):
                return None
            payment_id = content["payment_id"] if kind.startswith("refund.") else content["id"]
            return Webhook(
                id=f"{to_id(content['id'])}:{kind}"[:200],
                kind=kind,
                payment_id=to_id(payment_id),
                payment=None,
                top_up_id=str((content.get("metadata") or {}).get("top_up_id", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise InvalidInput("the webhook is not as its provider writes it") from exc

    def _post(self, path: str, key: str, content: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Idempotence-Key": key}
        return self._api.post(path, headers, json.dumps(content).encode())


def _payment_of(payment: Mapping[str, Any]) -> ProviderPayment:
    amount, currency = _from_amount(payment["amount"])
    refunded = payment.get("refunded_amount")
    names = payment.get("metadata") or {}
    return ProviderPayment(
        payment_id=to_id(payment["id"]),
        status=_STATUSES.get(payment["status"], PaymentStatus.PENDING),
        amount=amount,
        currency=currency,
        refunded=_from_amount(refunded)[0] if refunded else 0,
        top_up_id=str(names.get("top_up_id", "")),
        store_id=str(names.get("store_id", "")),
        confirmation=str((payment.get("confirmation") or {}).get("confirmation_url", ""))[:2000],
    )


def _refund_of(refund: Mapping[str, Any]) -> ProviderRefund:
    state = _REFUND_STATES.get(refund["status"], RefundState.PENDING)
    return ProviderRefund(refund_id=to_id(refund["id"]), status=state, amount=_from_amount(refund["amount"])[0])


def _to_amount(amount: int, currency: str) -> dict[str, str]:
    return {"value": f"{amount // 100}.{amount % 100:02}", "currency": currency}


def _from_amount(amount: Mapping[str, Any]) -> tuple[int, str]:
    """Minor units; text with two digits behind the point, as the provider always writes it."""
    match = _AMOUNT.fullmatch(amount["value"])
    if match is None:
        raise ValueError("not an amount")
    return int(match[1]) * 100 + int(match[2]), str(amount["currency"]).upper()
