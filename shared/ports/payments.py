"""Port of payment providers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from shared.domain.ads.top_ups import ProviderPayment, ProviderRefund, TopUp, Webhook
from shared.errors import Conflict


class PaymentRefused(Conflict):
    """The payment provider refuses this."""


class PaymentProvider(Protocol):
    """A payment provider. `Unavailable` of any method: whether it acted is unknown, and the same call tells."""

    @property
    def name(self) -> str:
        """The name of the provider, as top-ups are stored with it."""

    @property
    def signs(self) -> bool:
        """Whether its webhooks prove what they say."""

    def create(self, top_up: TopUp) -> ProviderPayment:
        """Ask for a payment, again and again the same one; `PaymentRefused`."""

    def find(self, payment_id: str) -> ProviderPayment:
        """A payment as it is; `NotFound`."""

    def refund(self, refund_id: str, payment_id: str, amount: int, currency: str) -> ProviderRefund:
        """Pay back a part of a payment, again and again the same one; `PaymentRefused`."""

    def find_refund(self, refund_id: str) -> ProviderRefund:
        """A refund by the provider's id; `NotFound`."""

    def read_webhook(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Webhook | None:
        """What a message says; None for one that is about nothing of ours; `InvalidInput` for one it did not send."""
