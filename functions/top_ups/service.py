"""Use cases of top-ups: create a payment at a provider, take its webhooks, ask it when it is silent.

Whatever brings the news, one function of the store does what it says, so that one payment is credited once. All money
is simulated.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from functions.top_ups.ports import Deps, DueRefund, DueWebhook, QuarantinedPayment, RefundShown
from shared.domain.accounts.audit import Actor
from shared.domain.ads.top_ups import (
    TRIES_AT_MOST,
    ProviderRefund,
    RefundState,
    TopUp,
    TopUpState,
    Webhook,
    check_top_up,
    next_ask,
    next_try,
)
from shared.domain.money.coins import check_reason
from shared.domain.money.ledger import RequestKey
from shared.errors import NotFound, Unavailable
from shared.ports.payments import PaymentProvider, PaymentRefused
from shared.security import access
from shared.security.tokens import Caller

_log = logging.getLogger(__name__)
AT_ONCE = 100
SILENT_AFTER = 3
"""Questions in a row without an answer, after which a provider is left alone until the next clock."""
WEBHOOKS_KEPT = timedelta(days=30)


def create(
    caller: Caller, store_id: str, provider: str, amount: int, key: RequestKey, deps: Deps
) -> tuple[TopUp, bool]:
    """Ask a provider for a payment; the top-up, and whether an earlier request with this key made it.

    One in state `created` has a provider that does not answer yet; the clock asks it again.
    """
    check_top_up(amount)
    provider_of(provider, deps.providers)
    top_up, replayed = deps.top_ups.add(caller.user_id, store_id, provider, amount, key=key, now=deps.clock.now())
    if top_up.state is TopUpState.CREATED:
        try:
            top_up = ask(top_up, deps.providers, deps)
        except Unavailable as exc:
            _log.warning("top-up %s waits: %s", top_up.id, exc, extra={"action": "create_payment"})
    return top_up, replayed


def read(caller: Caller, top_up_id: str, deps: Deps) -> tuple[TopUp, Sequence[RefundShown]]:
    """A top-up of a store that the caller is a member of."""
    return deps.top_ups.read(caller.user_id, top_up_id)


def list_top_ups(caller: Caller, store_id: str, *, before: str, limit: int, deps: Deps) -> Sequence[TopUp]:
    """Top-ups of a store, the latest first."""
    return deps.top_ups.list_of(caller.user_id, store_id, before=before, limit=limit)


def check(caller: Caller, top_up_id: str, deps: Deps) -> TopUp:
    """Ask the provider now, for a buyer whose money does not come; `Unavailable`."""
    top_up, _ = deps.top_ups.read(caller.user_id, top_up_id, spending=True)
    return _announced(ask(top_up, deps.providers, deps), deps)


def receive(provider_name: str, headers: Mapping[str, str], body: bytes, address: str, deps: Deps) -> None:
    """Take a webhook; `InvalidInput` for one that its provider did not send.

    One that proves what it says is done at once. Any other is kept, and its provider asked: now if it answers quickly,
    by the clock otherwise. Addresses only spare us questions.
    """
    provider, now = provider_of(provider_name, deps.quick_providers), deps.clock.now()
    webhook = provider.read_webhook(headers, body, now)
    if webhook is None:
        return
    if provider.signs and webhook.payment is not None:
        top_up_id = deps.top_ups.receive(provider_name, webhook, now=now)
        deps.posted()
    elif _is_allowed(address, deps.webhook_addresses.get(provider_name, ())):
        top_up_id = deps.top_ups.wait(provider_name, webhook, now=now)
    else:
        _log.warning("a webhook from elsewhere is ignored", extra={"action": "webhook", "provider": provider_name})
        return
    if top_up_id and not deps.silence.holds(provider_name, now):
        _ask_quickly(top_up_id, webhook, provider, deps)


def ask_due(deps: Deps) -> None:
    """Ask providers about webhooks, top-ups and refunds that wait."""
    silent: dict[str, int] = {}
    now = deps.clock.now()
    for webhook in deps.top_ups.take_due_webhooks(now=now, at_most=AT_ONCE):
        _ask_for_webhook(webhook, silent, deps)
    for refund in deps.top_ups.take_due_refunds(now=now, at_most=AT_ONCE):
        _ask_for_refund(refund, silent, deps)
    for top_up_id in deps.top_ups.take_due(now=now, at_most=AT_ONCE):
        _ask_for_top_up(deps.top_ups.find(top_up_id), silent, deps)
    deps.posted()


def ask(top_up: TopUp, providers: Mapping[str, PaymentProvider], deps: Deps) -> TopUp:
    """Ask a provider about a payment, or for it where it did not answer yet, and do what it says.

    One that was given up before its provider answered is not asked for again: nobody could pay it.
    """
    provider = provider_of(top_up.provider, providers)
    if top_up.payment_id:
        payment = provider.find(top_up.payment_id)
    elif top_up.state is TopUpState.CREATED:
        try:
            payment = provider.create(top_up)
        except PaymentRefused as exc:
            _log.warning("top-up %s is refused: %s", top_up.id, exc, extra={"action": "create_payment"})
            return deps.top_ups.refuse(top_up.id, now=deps.clock.now())
    else:
        return top_up
    return deps.top_ups.apply(top_up.id, payment, now=deps.clock.now())


def list_quarantine(caller: Caller, by: Actor, *, after: str, limit: int, deps: Deps) -> Sequence[QuarantinedPayment]:
    """Payments that do not fit their top-ups, the oldest first."""
    access.require_manager(caller)
    return deps.top_ups.list_quarantine(by, after=after, limit=limit)


def resolve_quarantine(caller: Caller, by: Actor, quarantine_id: str, reason: str, deps: Deps) -> None:
    """Close a case; what has to move is an adjustment or a refund of the store."""
    access.require_manager(caller)
    deps.top_ups.resolve_quarantine(quarantine_id, check_reason(reason), by=by, now=deps.clock.now())


def forget(deps: Deps) -> None:
    """Forget webhooks and messages that are long done."""
    before = deps.clock.now() - WEBHOOKS_KEPT
    deps.top_ups.forget(before=before)
    deps.hooks.forget(before=before)


def provider_of(name: str, providers: Mapping[str, PaymentProvider]) -> PaymentProvider:
    """A provider by name; `NotFound` for one that is not offered."""
    if name not in providers:
        raise NotFound(f"payment provider {name}")
    return providers[name]


def _ask_quickly(top_up_id: str, webhook: Webhook, provider: PaymentProvider, deps: Deps) -> None:
    try:
        ask(deps.top_ups.find(top_up_id), deps.quick_providers, deps)
    except NotFound:
        pass  # its provider knows no such payment: somebody made it up
    except Unavailable:
        deps.silence.begin(provider.name, deps.clock.now())
        return
    deps.top_ups.set_webhook_try(provider.name, webhook.id, None)
    deps.posted()


def _ask_for_webhook(webhook: DueWebhook, silent: dict[str, int], deps: Deps) -> None:
    now, again = deps.clock.now(), None
    try:
        _count_silence(webhook.provider, silent)
        ask(deps.top_ups.find(webhook.top_up_id), deps.providers, deps)
    except NotFound:
        pass  # its provider knows no such payment: somebody made it up
    except Unavailable:
        silent[webhook.provider] = silent.get(webhook.provider, 0) + 1
        if webhook.n_tries < TRIES_AT_MOST:
            again = next_try(webhook.n_tries, webhook.event_id, now)
    deps.top_ups.set_webhook_try(webhook.provider, webhook.event_id, again)


def _ask_for_top_up(top_up: TopUp, silent: dict[str, int], deps: Deps) -> None:
    try:
        _count_silence(top_up.provider, silent)
        top_up = ask(top_up, deps.providers, deps)
    except NotFound:
        _log.warning("top-up %s is unknown to its provider", top_up.id, extra={"action": "ask"})
    except Unavailable:
        silent[top_up.provider] = silent.get(top_up.provider, 0) + 1
    now = deps.clock.now()
    if top_up.state in (TopUpState.CREATED, TopUpState.PENDING) and now >= top_up.expires_at:
        deps.top_ups.give_up(top_up.id, now=now)
    deps.top_ups.set_ask(top_up.id, _next_ask(top_up, now))


def _next_ask(top_up: TopUp, now: datetime) -> datetime | None:
    """By the schedule; while it is not paid no later than when it is given up; never once nobody can pay it."""
    if top_up.cancelled_by == "provider" or (top_up.cancelled_by and not top_up.payment_id):
        return None
    at = next_ask(top_up.n_asks + 1, now)
    if at is not None and top_up.state in (TopUpState.CREATED, TopUpState.PENDING) and now < top_up.expires_at:
        return min(at, top_up.expires_at)
    return at


def _ask_for_refund(refund: DueRefund, silent: dict[str, int], deps: Deps) -> None:
    """Until a provider says what became of a refund, its money is neither the store's nor paid back."""
    now, again = deps.clock.now(), None
    try:
        _count_silence(refund.top_up.provider, silent)
        answer = _refund_at_provider(refund, provider_of(refund.top_up.provider, deps.providers))
        deps.top_ups.resolve_refund(refund.id, answer, now=now)
        if answer.status is RefundState.PENDING:
            again = next_try(refund.n_tries, refund.id, now)
    except (Unavailable, NotFound):
        silent[refund.top_up.provider] = silent.get(refund.top_up.provider, 0) + 1
        again = next_try(refund.n_tries, refund.id, now)
    deps.top_ups.set_refund_try(refund.id, again)


def _refund_at_provider(refund: DueRefund, provider: PaymentProvider) -> ProviderRefund:
    if refund.provider_refund_id:
        return provider.find_refund(refund.provider_refund_id)
    try:
        return provider.refund(refund.id, refund.top_up.payment_id, refund.amount, refund.top_up.currency)
    except PaymentRefused:
        return ProviderRefund(refund_id="", status=RefundState.FAILED, amount=refund.amount)


def _count_silence(provider: str, silent: Mapping[str, int]) -> None:
    if silent.get(provider, 0) >= SILENT_AFTER:
        raise Unavailable(f"{provider} does not answer")


def _is_allowed(address: str, networks: Collection[str]) -> bool:
    if not networks:
        return True
    import ipaddress

    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(place in ipaddress.ip_network(network) for network in networks)


def _announced(top_up: TopUp, deps: Deps) -> TopUp:
    deps.posted()
    return top_up
