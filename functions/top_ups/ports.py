"""Ports of top-ups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from functions.top_ups.silence import Silence
from shared.domain.accounts.audit import Actor
from shared.domain.ads.top_ups import ProviderPayment, ProviderRefund, TopUp, Webhook
from shared.domain.money.ledger import RequestKey
from shared.ports.clock import Clock
from shared.ports.payments import PaymentProvider
from shared.ports.probes import Probes
from shared.security.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWebhook:
    """A webhook that only its provider's answer decides."""

    provider: str
    event_id: str
    top_up_id: str
    payment_id: str
    n_tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRefund:
    """A refund whose provider has to be told or asked."""

    id: str
    top_up: TopUp
    amount: int
    provider_refund_id: str
    n_tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundShown:
    """A refund as members see it."""

    id: str
    amount: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedPayment:
    """A payment that a person has to look at."""

    id: str
    provider: str
    payment_id: str
    top_up_id: str
    reason: str
    payment: Mapping[str, Any]
    seen_at: datetime


class TopUps(Protocol):
    """Top-ups of stores, each step a commit of its own."""

    def add(
        self, user_id: str, store_id: str, provider: str, amount: int, *, key: RequestKey, now: datetime
    ) -> tuple[TopUp, bool]:
        """A new top-up whose provider is not asked yet, or that of an earlier request with this key (True).

        `NotFound`, `Forbidden` by the user's role; `Conflict` for a store that is not open; `KeyReused`, `InProgress`.
        """

    def find(self, top_up_id: str) -> TopUp:
        """A top-up; `NotFound`."""

    def read(self, user_id: str, top_up_id: str, *, spending: bool = False) -> tuple[TopUp, Sequence[RefundShown]]:
        """A top-up as a member sees it; `NotFound` for strangers; `spending` needs the role of a buyer."""

    def list_of(self, user_id: str, store_id: str, *, before: str, limit: int) -> Sequence[TopUp]:
        """Top-ups that their providers know, the latest first; `NotFound` for strangers."""

    def receive(self, provider: str, webhook: Webhook, *, now: datetime) -> str:
        """Do what a signed webhook says, once; the id of a top-up whose provider has to be asked, or empty."""

    def wait(self, provider: str, webhook: Webhook, *, now: datetime) -> str:
        """Let a webhook that proves nothing wait for its provider's answer; the top-up's id, empty for none of ours."""

    def apply(self, top_up_id: str, payment: ProviderPayment, *, now: datetime) -> TopUp:
        """Do what a provider's answer says."""

    def refuse(self, top_up_id: str, *, now: datetime) -> TopUp:
        """Cancel a top-up that its provider refuses."""

    def give_up(self, top_up_id: str, *, now: datetime) -> None:
        """Cancel a top-up that nobody paid in time, unless somebody did meanwhile."""

    def take_due(self, *, now: datetime, at_most: int) -> Sequence[str]:
        """Top-ups whose provider is to be asked now, leased for a minute."""

    def set_ask(self, top_up_id: str, at: datetime | None) -> None:
        """Say when the provider is asked again; None: not any more."""

    def take_due_webhooks(self, *, now: datetime, at_most: int) -> Sequence[DueWebhook]:
        """Webhooks that wait, leased for a minute."""

    def set_webhook_try(self, provider: str, event_id: str, at: datetime | None) -> None:
        """Say when a webhook is tried again; None: it is done."""

    def take_due_refunds(self, *, now: datetime, at_most: int) -> Sequence[DueRefund]:
        """Refunds that wait, leased for a minute."""

    def set_refund_try(self, refund_id: str, at: datetime | None) -> None:
        """Say when a refund is tried again; None: a person has to look."""

    def resolve_refund(self, refund_id: str, answer: ProviderRefund, *, now: datetime) -> None:
        """Do what a provider's answer about a refund says."""

    def list_quarantine(self, by: Actor, *, after: str, limit: int) -> Sequence[QuarantinedPayment]:
        """Payments that wait for a person; `Forbidden` unless who asks is a manager."""

    def resolve_quarantine(self, quarantine_id: str, reason: str, *, by: Actor, now: datetime) -> None:
        """Close a case, with its entry in the audit trail; `NotFound`."""

    def forget(self, *, before: datetime) -> int:
        """Forget webhooks that were done before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address of a store that is told of its top-ups."""

    id: str
    store_id: str
    url: str
    generation: int
    previous_until: datetime | None
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message to an endpoint that is due."""

    id: str
    endpoint_id: str
    body: str
    created_at: datetime
    n_tries: int
    url: str
    generation: int
    previous_until: datetime | None
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to an endpoint, as members see it."""

    id: str
    kind: str
    created_at: datetime
    n_tries: int
    delivered_at: datetime | None
    next_try_at: datetime | None
    last_error: str


class Hooks(Protocol):
    """Endpoints of stores and the messages to them."""

    def add(self, user_id: str, store_id: str, url: str, *, now: datetime) -> Endpoint:
        """A new endpoint; `NotFound`, `Forbidden` unless the user is an owner, `Conflict` when there are too many."""

    def list_of(self, user_id: str, store_id: str) -> Sequence[Endpoint]:
        """Endpoints of a store; errors as `add`."""

    def read(self, user_id: str, endpoint_id: str) -> Endpoint:
        """An endpoint; errors as `add`."""

    def remove(self, user_id: str, endpoint_id: str) -> None:
        """Remove an endpoint with its messages; errors as `add`."""

    def rotate(self, user_id: str, endpoint_id: str, *, now: datetime) -> Endpoint:
        """Begin a new secret, beside which the one before signs for a day; errors as `add`."""

    def enable(self, user_id: str, endpoint_id: str) -> None:
        """Enable an endpoint that was disabled; errors as `add`."""

    def messages(self, user_id: str, endpoint_id: str, *, before: str, limit: int) -> Sequence[Message]:
        """Messages to an endpoint, the latest first; errors as `add`."""

    def take_due(self, *, now: datetime, at_most: int) -> Sequence[Delivery]:
        """Messages that are due, leased for a minute."""

    def delivered(self, delivery: Delivery, *, now: datetime) -> None:
        """Store that a message was taken."""

    def failed(self, delivery: Delivery, error: str, *, gone: bool, now: datetime) -> None:
        """Store that it was not; an endpoint that fails for too long, or is gone, is disabled."""

    def forget(self, *, before: datetime) -> int:
        """Forget messages that were made before and are done."""


class Posts(Protocol):
    """Posts messages to addresses that strangers chose."""

    def check(self, url: str) -> None:
        """Return when messages may go to an address, raise `InvalidInput` otherwise."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer; `Unavailable` for none, `InvalidInput` for an address that is not allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    top_ups: TopUps
    hooks: Hooks
    posts: Posts
    providers: Mapping[str, PaymentProvider]
    quick_providers: Mapping[str, PaymentProvider]
    """The same with less patience, for questions that a webhook waits for."""
    silence: Silence
    hooks_key: str
    webhook_addresses: Mapping[str, Collection[str]]
    """Networks that a provider's webhooks come from, by provider; none is any."""
    tokens: Tokens
    clock: Clock
    posted: Callable[[], None]
    """Called when something was posted to the ledger."""
    probes: Probes = field(default_factory=dict)
