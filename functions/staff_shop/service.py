"""A user's shop in four steps: sign in, look, send, buy; the ledger and the accounts are the platform's own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.domain.accounts import usernames
from shared.domain.accounts.audit import Actor, AuditEntry
from shared.domain.accounts.users import TERMINAL, Client, Login
from shared.domain.money.ledger import RequestKey, check_amount
from shared.errors import Conflict, InvalidInput, TouchlineError, Unauthenticated
from shared.ports.accounts import AuditTrail, Limit, Throttle, Users
from shared.ports.clock import Clock
from shared.ports.probes import Probes
from shared.security import password_rules
from shared.security.grants import Grants
from shared.security.passwords import Passwords
from shared.security.recent_logins import RecentLogins
from shared.security.tokens import Caller, Tokens

WINDOW_S = 15 * 60
DELETED = "deleted user"
"""Stands in histories for who was deleted."""


class Coins(Protocol):
    """Accounts of coins."""

    def open(self, user_id: str) -> None:
        """Open the account of a user with the first coins, once."""

    def info(self, user_id: str) -> str | None:
        """Coins, inventory and flows of a user as JSON; None when their account is not open yet."""

    def transfer(self, sender_id: str, receiver_id: str, amount: int, *, key: RequestKey | None) -> Any:
        """Move coins from one user to another."""


class Merch(Protocol):
    """The merch shop."""

    def buy(self, user_id: str, basket: Mapping[str, int], *, now: datetime, key: RequestKey | None) -> Any:
        """Buy items in the quantities of a basket."""


class Names(Protocol):
    """Ids and names of users."""

    def id_of(self, username: str) -> str:
        """The id of a user; `NotFound` when nobody has this name."""

    def names_of(self, user_ids: Collection[str]) -> Mapping[str, str]:
        """The names of users by id; empty for those who were deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The dependencies of the function."""

    users: Users
    passwords: Passwords
    any_password: bool
    """New users may choose any password, as the first API has it; otherwise the platform's rules hold."""
    recent_logins: RecentLogins
    grants: Grants
    tokens: Tokens
    throttle: Throttle
    tries_per_account: int
    tries_per_address: int
    trail: AuditTrail
    coins: Coins
    merch: Merch
    names: Names
    clock: Clock
    posted: Callable[[], None]
    """Called when something was posted to the ledger."""
    probes: Probes = field(default_factory=dict)


def sign_in(username: str, password: str, client: Client, deps: Deps) -> str:
    """An access token; who signs in for the first time becomes a user with the first coins.

    Raises
    ------
    InvalidInput : nobody is called that yet, and the name or the password breaks a rule.
    Unauthenticated : the password is wrong, the user is blocked, or there were too many attempts.
    Overloaded : too many passwords are being checked.
    """
    folded = usernames.fold(usernames.normalize_username(username))
    login = deps.users.find_login(folded)
    if login is None:
        return _register(username, password, client, deps)
    token = _renew(login, password, deps)
    if token:
        return token
    _prove(login, password, client, deps)
    return _begin_session(login, password, client, deps)


def read_info(who: Caller, deps: Deps) -> dict[str, Any]:
    """Coins, inventory and history of the caller."""
    text = deps.coins.info(who.user_id)
    if text is None:
        deps.coins.open(who.user_id)
        deps.posted()
        text = deps.coins.info(who.user_id)
    info = json.loads(text or "{}")
    received, sent = info["received"], info["sent"]
    names = deps.names.names_of({each["user"] for each in received + sent}) if received or sent else {}
    return {
        "coins": info["coins"],
        "inventory": info["inventory"],
        "coinHistory": {
            "received": [{"fromUser": names[each["user"]] or DELETED, "amount": each["amount"]} for each in received],
            "sent": [{"toUser": names[each["user"]] or DELETED, "amount": each["amount"]} for each in sent],
        },
    }


def send_coins(who: Caller, to_username: str, amount: int, key: RequestKey | None, deps: Deps) -> None:
    """Send coins to another user; errors as `PostgresCoins.transfer`, and `NotFound` for an unknown receiver."""
    check_amount(amount)
    deps.coins.transfer(who.user_id, deps.names.id_of(to_username), amount, key=key)
    deps.posted()


def buy(who: Caller, item: str, key: RequestKey | None, deps: Deps) -> None:
    """Buy one item; errors as `PostgresMerch.buy`."""
    deps.merch.buy(who.user_id, {item: 1}, now=deps.clock.now(), key=key)
    deps.posted()


def _renew(login: Login, password: str, deps: Deps) -> str:
    """Another token of a session that was begun with this password lately; empty when there is none."""
    session_id = deps.recent_logins.find(login, password)
    if not session_id or login.user.state in TERMINAL:
        return ""
    user = login.user
    who = Caller(user_id=user.id, username=user.username, roles=user.roles, session_id=session_id)
    token = deps.tokens.sign(who)
    try:
        deps.tokens.verify(token, reading=True)
    except Unauthenticated:
        return ""  # the session has ended since
    return token


def _register(username: str, password: str, client: Client, deps: Deps) -> str:
    name = usernames.validate_new(username)
    if not (deps.any_password and password):
        password_rules.validate_new(password, username=username)
    hashed = deps.passwords.hash(password)
    try:
        user = deps.users.add(name, password_hash=hashed, by=Actor(kind="stranger", client=client))
    except Conflict:
        # Somebody was faster with this name, perhaps the same client with another connection.
        login = deps.users.find_login(name.folded)
        if login is None:
            raise InvalidInput(f"the username {username!r} reads like one that is taken") from None
        _prove(login, password, client, deps)
        return _begin_session(login, password, client, deps)
    deps.coins.open(user.id)
    deps.posted()
    return _begin_session(Login(user=user, password_hash=hashed), password, client, deps)


def _prove(login: Login, password: str, client: Client, deps: Deps) -> None:
    """Return when the password is right; failures are counted, and slowed down, as those of the platform's login."""
    limits = _limits(login.user.id, client.address, deps)
    attempt = deps.throttle.take(limits, now=deps.clock.now())
    try:
        is_right = deps.passwords.matches(password, login.password_hash)
    except TouchlineError:
        deps.throttle.give_back(limits, attempt)  # the trouble is ours
        raise
    if not is_right or login.user.state in TERMINAL:
        by = Actor(kind="stranger", client=client)
        entry = AuditEntry(action="session.open", by=by, user_id=login.user.id, outcome="refused")
        deps.trail.record(entry, now=deps.clock.now())
        raise Unauthenticated("the username or the password is wrong")
    deps.throttle.give_back(limits, attempt)


def _begin_session(login: Login, password: str, client: Client, deps: Deps) -> str:
    grant = deps.grants.begin(login.user, client)
    session_id = deps.tokens.verify(grant.access_token, reading=True).session_id
    deps.recent_logins.remember(login, password, session_id)
    return grant.access_token


def _limits(user_id: str, address: str, deps: Deps) -> list[Limit]:
    account = hashlib.sha256(user_id.encode()).hexdigest()
    return [
        Limit(name=f"account:{account}", at_most=deps.tries_per_account, within_s=WINDOW_S),
        Limit(name=f"address:{address or 'unknown'}", at_most=deps.tries_per_address, within_s=WINDOW_S),
    ]
