"""Send a code to an address, and take it back from who received it."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from functions.verify_contact import message_templates as letters
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
TRIES_AT_MOST = 5
"""Of one code."""
_DIGITS = 6
_HOUR_S = 3600
_SENDS_PER_HOUR = 5
_TRIES_PER_HOUR = 10
"""Over all codes sent for one contact; with six digits, one in a hundred thousand guesses right within an hour."""
_SENDS_PER_NETWORK = 30
_TRIES_PER_NETWORK = 60


class Codes(Protocol):
    """Where claims and codes are kept; of a code only a digest. Every step is recorded in the audit trail."""

    def claimed(self, user_id: str, kind: Kind) -> Address:
        """The address that is to be proven; `NotFound` when there is none, `Conflict` when it is proven already."""

    def keep(
        self, user_id: str, address: Address, *, digest: bytes, expires_at: datetime, by: Actor, now: datetime
    ) -> None:
        """Only the code of this digest proves the address from now on; `NotFound` when it is claimed no more."""

    def prove(
        self, user_id: str, kind: Kind, *, digest: bytes, tries_at_most: int, by: Actor, now: datetime
    ) -> Proof | None:
        """Use a code up; None when it is not the one that was sent last, too old, used, or tried too often.

        A proven address replaces the earlier one of its kind. A user who is new becomes contact-verified, and
        `UserVerified` is put into the outbox. `Conflict` when the address is proven to be another user's.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What the function stands on."""

    codes: Codes
    messages: Messages
    throttle: Throttle
    tokens: Tokens
    clock: Clock
    key: str = field(repr=False)
    """Of the digests: whoever reads the table and lacks it cannot try all codes."""
    tell: Callable[[], None] | None = None
    """Hands facts to the broker once a request is answered."""
    probes: Probes = field(default_factory=dict)


def send_code(who: Caller, by: Actor, kind: Kind, language: str, deps: Deps) -> datetime:
    """Send a code to the address that the caller claims; when it expires. Earlier codes are void.

    Raises
    ------
    NotFound, Conflict : nothing of this kind is to be proven.
    InvalidInput : the address takes no messages.
    Overloaded : too many codes were sent lately to this user, this address, or at the wish of this network.
    Unavailable : the message cannot be sent, or messages cannot be counted, so none is sent.
    """
    address, now = deps.codes.claimed(who.user_id, kind), deps.clock.now()
    limits = _send_limits(who, by, address)
    attempt = deps.throttle.take(limits, now=now)
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    letter = letters.code(address, language=language, code=code, username=who.username, lifetime=LIFETIME)
    digest = _digest(who, kind, code, deps)
    try:
        deps.codes.keep(who.user_id, address, digest=digest, expires_at=now + LIFETIME, by=by, now=now)
        deps.messages.send(letter)
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)
        raise
    return now + LIFETIME


def prove(who: Caller, by: Actor, kind: Kind, code: str, language: str, deps: Deps) -> Proof:
    """Take a code back; the address is proven then, and the one it replaces hears of that.

    Raises
    ------
    InvalidInput : this code proves nothing; why is not told.
    Conflict : the address is proven to be another user's; only who reads its messages learns that.
    Overloaded : too many codes were tried lately.
    Unavailable : tries cannot be counted, so nobody may guess.
    """
    now = deps.clock.now()
    limits = _try_limits(who, by, kind)
    attempt = deps.throttle.take(limits, now=now)
    try:
        proof = deps.codes.prove(
            who.user_id, kind, digest=_digest(who, kind, code, deps), tries_at_most=TRIES_AT_MOST, by=by, now=now
        )
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)
        raise
    if proof is None:
        rule = "is not valid"
        raise InvalidInput(f"the code {rule}", errors={"code": rule})
    deps.throttle.give_back(limits, attempt)
    if proof.replaced is not None:
        _say_replaced(who, proof.replaced, language, deps)
    return proof


def _say_replaced(who: Caller, address: Address, language: str, deps: Deps) -> None:
    """Warn whoever reads the old address: it may be a thief who proved the new one. The proof stands without it."""
    try:
        deps.messages.send(letters.replaced(address, language=language, username=who.username))
    except TouchlineError as exc:
        extra = {"action": "contact.replaced", "user": who.user_id, "error": type(exc).__name__}
        _log.warning("the earlier address could not be told", extra=extra)


def _send_limits(who: Caller, by: Actor, address: Address) -> list[Limit]:
    network, kind = by.client.address, address.kind
    return [
        Limit(name=f"code-pause:{who.user_id}:{kind}", at_most=1, within_s=60),
        Limit(name=f"code-user:{who.user_id}:{kind}", at_most=_SENDS_PER_HOUR, within_s=_HOUR_S),
        text_limit("code-contact", address.folded, at_most=_SENDS_PER_HOUR, within_s=_HOUR_S),
        network_limit("code-network", network, at_most=_SENDS_PER_NETWORK, within_s=_HOUR_S),
    ]


def _try_limits(who: Caller, by: Actor, kind: Kind) -> list[Limit]:
    """Return the limits of wrong codes; over all accounts of a contact the codes sent to it bound them."""
    return [
        Limit(name=f"code-tries:{who.user_id}:{kind}", at_most=_TRIES_PER_HOUR, within_s=_HOUR_S),
        network_limit("code-tries-network", by.client.address, at_most=_TRIES_PER_NETWORK, within_s=_HOUR_S),
    ]


def _digest(who: Caller, kind: Kind, code: str, deps: Deps) -> bytes:
    plain = f"{who.user_id}:{kind}:{code}".encode(errors="surrogatepass")
    return hmac.digest(deps.key.encode(), plain, "sha256")
