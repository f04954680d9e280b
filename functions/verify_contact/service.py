"""Verify addresses: send a code, and accept it from the user who received it."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from functions.verify_contact import message_templates
from shared.domain.accounts.audit import Actor
from shared.domain.accounts.contacts import Address, Kind
from shared.domain.accounts.lifecycle import Proof
from shared.errors import InvalidInput, TouchlineError
from shared.ports.accounts import Limit, Throttle
from shared.ports.clock import Clock
from shared.ports.messaging import Messages
from shared.ports.probes import Probes
from shared.security.attempt_limits import network_limit, text_limit
from shared.security.tokens import Caller, Tokens

_log = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=15)
MAX_TRIES = 5
"""Tries of one code."""
_DIGITS = 6
_HOUR_S = 3600
_SENDS_PER_HOUR = 5
_TRIES_PER_HOUR = 10
"""Tries of all codes of one contact; with six digits, one guesser in a hundred thousand succeeds within an hour."""
_SENDS_PER_NETWORK = 30
_TRIES_PER_NETWORK = 60


class Codes(Protocol):
    """The store of claims and of the digests of codes. Every step is recorded in the audit trail."""

    def find_claim(self, user_id: str, kind: Kind) -> Address:
        """Return the address to be verified; `NotFound` when there is none, `Conflict` when it is verified already."""

    def store(
        self, user_id: str, address: Address, *, digest: bytes, expires_at: datetime, by: Actor, now: datetime
    ) -> None:
        """Store the digest of the only valid code of the address; `NotFound` when it is no longer claimed."""

    def prove(
        self, user_id: str, kind: Kind, *, digest: bytes, max_tries: int, by: Actor, now: datetime
    ) -> Proof | None:
        """Consume a code; None when it is not the latest one, expired, used, or tried too often.

        A verified address replaces the earlier one of its kind. A new user becomes contact-verified, and
        `UserVerified` is put into the outbox. `Conflict` when the address is verified for another user.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports that the function needs."""

    codes: Codes
    messages: Messages
    throttle: Throttle
    tokens: Tokens
    clock: Clock
    key: str = field(repr=False)
    """The key of the digests: whoever reads the table and lacks it cannot try all codes."""
    publish_events: Callable[[], None] | None = None
    """Publishes waiting events once a request is answered."""
    probes: Probes = field(default_factory=dict)


def send_code(caller: Caller, by: Actor, kind: Kind, language: str, deps: Deps) -> datetime:
    """Send a code to the address that the caller claims; return when it expires. Earlier codes become invalid.

    Raises
    ------
    NotFound, Conflict : there is no address of this kind to verify.
    InvalidInput : the address accepts no messages.
    Overloaded : too many codes were sent lately to this user, to this address, or for this network.
    Unavailable : the message cannot be sent, or messages cannot be counted, so none is sent.
    """
    address, now = deps.codes.find_claim(caller.user_id, kind), deps.clock.now()
    limits = _send_limits(caller, by, address)
    attempt = deps.throttle.take(limits, now=now)
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    message = message_templates.code(address, language=language, code=code, username=caller.username, lifetime=LIFETIME)
    digest = _digest(caller, kind, code, deps)
    try:
        deps.codes.store(caller.user_id, address, digest=digest, expires_at=now + LIFETIME, by=by, now=now)
        deps.messages.send(message)
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)
        raise
    return now + LIFETIME


def prove(caller: Caller, by: Actor, kind: Kind, code: str, language: str, deps: Deps) -> Proof:
    """Verify the address with a code, and notify the address it replaces.

    Raises
    ------
    InvalidInput : the code is not valid; the reason is not disclosed.
    Conflict : the address is verified for another user; only who reads its messages learns that.
    Overloaded : too many codes were tried lately.
    Unavailable : tries cannot be counted, so nobody may guess.
    """
    now = deps.clock.now()
    limits = _try_limits(caller, by, kind)
    attempt = deps.throttle.take(limits, now=now)
    try:
        proof = deps.codes.prove(
            caller.user_id, kind, digest=_digest(caller, kind, code, deps), max_tries=MAX_TRIES, by=by, now=now
        )
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)
        raise
    if proof is None:
        rule = "is not valid"
        raise InvalidInput(f"the code {rule}", errors={"code": rule})
    deps.throttle.give_back(limits, attempt)
    if proof.replaced is not None:
        _notify_replaced(caller, proof.replaced, language, deps)
    return proof


def _notify_replaced(caller: Caller, address: Address, language: str, deps: Deps) -> None:
    """Warn the reader of the old address: a thief may have verified the new one. A failure is only logged."""
    try:
        deps.messages.send(message_templates.replaced(address, language=language, username=caller.username))
    except TouchlineError as exc:
        extra = {"action": "contact.replaced", "user": caller.user_id, "error": type(exc).__name__}
        _log.warning("the earlier address could not be notified", extra=extra)


def _send_limits(caller: Caller, by: Actor, address: Address) -> list[Limit]:
    network, kind = by.client.address, address.kind
    return [
        Limit(name=f"code-pause:{caller.user_id}:{kind}", at_most=1, within_s=60),
        Limit(name=f"code-user:{caller.user_id}:{kind}", at_most=_SENDS_PER_HOUR, within_s=_HOUR_S),
        text_limit("code-contact", address.folded, at_most=_SENDS_PER_HOUR, within_s=_HOUR_S),
        network_limit("code-network", network, at_most=_SENDS_PER_NETWORK, within_s=_HOUR_S),
    ]


def _try_limits(caller: Caller, by: Actor, kind: Kind) -> list[Limit]:
    """Return the limits of wrong codes; over all accounts of a contact the codes sent to it bound them."""
    return [
        Limit(name=f"code-tries:{caller.user_id}:{kind}", at_most=_TRIES_PER_HOUR, within_s=_HOUR_S),
        network_limit("code-tries-network", by.client.address, at_most=_TRIES_PER_NETWORK, within_s=_HOUR_S),
    ]


def _digest(caller: Caller, kind: Kind, code: str, deps: Deps) -> bytes:
    plain = f"{caller.user_id}:{kind}:{code}".encode(errors="surrogatepass")
    return hmac.digest(deps.key.encode(), plain, "sha256")
