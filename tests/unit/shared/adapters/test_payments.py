"""Payment providers' forms: what is read of their answers and webhooks, and what is refused or unknown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from k8s.local.payments import wire_forms
from k8s.local.payments.book import STRIPE, YOOKASSA, Book, Payment
from shared.adapters.payments.api_client import ApiClient
from shared.adapters.payments.stripe import StripePayments
from shared.adapters.payments.yookassa import YooKassaPayments
from shared.domain.ads.top_ups import PaymentStatus, ProviderPayment
from shared.errors import InvalidInput, NotFound, Unavailable
from shared.ports.payments import PaymentRefused

SECRET = "whsec_x"
STRIPE_FORM = StripePayments("http://127.0.0.1:1", "k", [SECRET])
YOOKASSA_FORM = YooKassaPayments("http://127.0.0.1:1", "1", "k", "https://touchline.example/")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def paid(form: str) -> Payment:
    book = Book()
    payment = book.create(form, "k", 12_345, "XTS", {"top_up_id": "t1", "store_id": "s1"})
    book.pay(payment.id)
    book.refund("r", payment.id, 300)
    return payment


def expected(payment: Payment, refunded: int = 300) -> ProviderPayment:
    return ProviderPayment(
        payment_id=payment.id,
        status=PaymentStatus.SUCCEEDED,
        amount=12_345,
        currency="XTS",
        refunded=refunded,
        top_up_id="t1",
        store_id="s1",
    )


def test_both_forms_are_read_as_the_same_payment(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = paid(STRIPE), paid(YOOKASSA)
    monkeypatch.setattr(ApiClient, "get", lambda *_: {**wire_forms.intent(theirs), "client_secret": None})
    assert STRIPE_FORM.find(theirs.id) == expected(theirs)
    monkeypatch.setattr(ApiClient, "get", lambda *_: wire_forms.yookassa_payment(ours))
    assert YOOKASSA_FORM.find(ours.id) == expected(ours)


def test_a_charge_that_is_refunded_tells_of_its_payment() -> None:
    payment = paid(STRIPE)
    body = json.dumps({"id": "e1", "type": "charge.refunded", "data": {"object": wire_forms.charge(payment)}}).encode()
    webhook = STRIPE_FORM.read_webhook({"Stripe-Signature": wire_forms.sign(SECRET, body, NOW.timestamp())}, body, NOW)
    assert webhook is not None
    assert webhook.payment == expected(payment)


@pytest.mark.parametrize(
    "value", ["12.345", "12.3", "12", "-1.00", "1e3", "", " 1.00", "1,00", "١.00", "99999999999999.00", 12.5, None]
)
def test_an_amount_that_is_not_as_the_provider_writes_it_is_unknown(
    value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = wire_forms.yookassa_payment(paid(YOOKASSA)) | {"amount": {"value": value, "currency": "XTS"}}
    monkeypatch.setattr(ApiClient, "get", lambda *_: content)
    with pytest.raises(Unavailable):
        YOOKASSA_FORM.find("p")


@pytest.mark.parametrize("value", ["100", 1.0, True, None])
def test_an_amount_that_is_no_integer_is_refused_in_a_signed_body(value: Any) -> None:
    content = wire_forms.intent(paid(STRIPE)) | {"amount_received": value}
    body = json.dumps({"id": "e1", "type": "payment_intent.succeeded", "data": {"object": content}}).encode()
    with pytest.raises(InvalidInput):
        STRIPE_FORM.read_webhook({"Stripe-Signature": wire_forms.sign(SECRET, body, NOW.timestamp())}, body, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{}", b'{"event": 1}', b'{"event": "payment.succeeded"}', b"\xff", b"[" * 100_000]
)
def test_a_body_that_no_provider_writes_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        YOOKASSA_FORM.read_webhook({}, body, NOW)
    with pytest.raises(InvalidInput):
        STRIPE_FORM.read_webhook({"Stripe-Signature": wire_forms.sign(SECRET, body, NOW.timestamp())}, body, NOW)


def test_what_is_about_something_else_is_passed_over() -> None:
    body = b'{"id": "e1", "type": "customer.created", "data": {"object": {}}}'
    signature = wire_forms.sign(SECRET, body, NOW.timestamp())
    assert STRIPE_FORM.read_webhook({"Stripe-Signature": signature}, body, NOW) is None
    assert YOOKASSA_FORM.read_webhook({}, b'{"event": "deal.closed", "object": {"id": "d"}}', NOW) is None


@pytest.mark.parametrize(
    ("status", "raised"),
    [(400, PaymentRefused), (402, PaymentRefused), (409, Unavailable), (429, Unavailable), (500, Unavailable)],
)
def test_only_a_clear_refusal_is_one(status: int, raised: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """500 means that nobody knows: the same key tells."""
    monkeypatch.setattr(ApiClient, "_request", lambda *_: (status, None))
    with pytest.raises(raised):
        STRIPE_FORM.refund("r1", "p1", 100, "XTS")
    with pytest.raises(NotFound if status == 400 else Unavailable):
        YOOKASSA_FORM.find("p1")


def test_a_provider_that_nobody_listens_for_is_unknown() -> None:
    with pytest.raises(Unavailable):
        STRIPE_FORM.find("p1")
