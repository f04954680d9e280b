"""Accounts: the states of a user, their sessions and refresh tokens, and the form of a password."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType

from shared.errors import Conflict, InvalidInput, Unauthenticated

PASSWORD_LENGTH = (10, 1024)
"""Characters, in NFC."""
ACCESS_LIFETIME = timedelta(minutes=15)
"""Lifetime of an access token; an ended session may be used for this long where revoked sessions are not listed."""
IDLE_LIMIT = timedelta(days=30)
"""A session that is not used for this long is over."""
ABSOLUTE_LIMIT = timedelta(days=180)
"""A session is over then, however much it is used."""
MAX_SESSIONS = 100
"""Sessions one user may hold at a time."""
ENDED_SESSION_RETENTION = timedelta(days=30)
"""An ended session stays stored this long."""
OPERATOR = "operator"
"""The role that may start work and see every account."""
MANAGER = "manager"
"""The role that may grant, reverse and freeze other users' coins."""
ANALYST = "analyst"
"""The role that may query the documented views by SQL, where that is enabled."""
ROLES = frozenset({OPERATOR, MANAGER, ANALYST})
"""Every role there is."""


class State(StrEnum):
    """The state of a user."""

    NEW = "new"
    CONTACT_VERIFIED = "contact_verified"
    ACTIVE = "active"
    BLOCKED = "blocked"
    DELETED = "deleted"


TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.NEW: frozenset({State.CONTACT_VERIFIED, State.BLOCKED, State.DELETED}),
        State.CONTACT_VERIFIED: frozenset({State.ACTIVE, State.BLOCKED, State.DELETED}),
        State.ACTIVE: frozenset({State.BLOCKED, State.DELETED}),
        State.BLOCKED: frozenset({State.DELETED}),
        State.DELETED: frozenset(),
    }
)
"""Every transition; the database refuses all others (`0004_account_life.sql`)."""
TERMINAL = frozenset({State.BLOCKED, State.DELETED})
"""States without login, refresh or verification; a blocked user can only be erased."""


def changes_state(state: State, to: State) -> bool:
    """Whether a transition changes anything; a user who is in the state already stays, without an event.

    Raises
    ------
    Conflict : there is no such transition.
    """
    if state is to:
        return False
    if to not in TRANSITIONS[state]:
        raise Conflict(f"a user who is {state} cannot become {to}")
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account as others may see it."""

    id: str
    username: str
    roles: tuple[str, ...]
    created_at: datetime
    state: State = State.NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user and the hash that checks their password."""

    user: User
    password_hash: str | None = field(repr=False)
    """None of an erased user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The client of a session, as far as its owner may recognise it."""

    device: str = ""
    """The name the client gave itself."""
    user_agent: str = ""
    address: str = ""
    """IPv4 or IPv6; empty when unknown."""


UNKNOWN_CLIENT = Client()
"""A client of which nothing is known."""
DEVICE_LENGTH, USER_AGENT_LENGTH = 64, 200


def make_client(*, device: str, user_agent: str, address: str) -> Client:
    """Build a client from what it sent: cut to length, without control characters."""
    return Client(
        device=_printable(device, DEVICE_LENGTH),
        user_agent=_printable(user_agent, USER_AGENT_LENGTH),
        address=address,
    )


def _printable(text: str, longest: int) -> str:
    return "".join(c for c in text if unicodedata.category(c)[0] != "C")[:longest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login that is not over."""

    id: str
    client: Client
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    """The end unless it is used again, at the latest the absolute limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """The stored state of a refresh token, its session and their user."""

    session_id: str
    user_id: str
    expires_at: datetime
    rotated_at: datetime | None
    session_expires_at: datetime
    session_revoked_at: datetime | None
    user_state: State


class Verdict(Enum):
    """The decision about a presented refresh token."""

    ROTATE = "rotate"
    REFUSE = "refuse"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The result of presenting a refresh token."""

    verdict: Verdict
    session_id: str = ""
    """Empty when the token is unknown."""
    user: User | None = None
    """The user who gets the successor; only with `Verdict.ROTATE`."""


def judge_refresh_token(token: RefreshToken | None, now: datetime) -> Verdict:
    """Decide about a presented refresh token.

    A token that was rotated before was copied: its whole session is revoked, whoever came second. A client that
    presents a token twice gets no grace, as a thief and the owner could not be told apart.
    """
    if token is None or token.session_revoked_at is not None or token.user_state in TERMINAL:
        return Verdict.REFUSE
    if now >= min(token.expires_at, token.session_expires_at):
        return Verdict.REFUSE
    return Verdict.ROTATE if token.rotated_at is None else Verdict.REVOKE


def require_session_allowed(state: State) -> None:
    """Return unless the user was blocked or deleted since they proved who they are; `Unauthenticated` then."""
    if state in TERMINAL:
        raise Unauthenticated("the username or the password is wrong")


def compute_idle_expiry(now: datetime, session_expires_at: datetime) -> datetime:
    """Return when a refresh token issued now expires: by the idle limit, and never after its session."""
    return min(now + IDLE_LIMIT, session_expires_at)


def validate_password(text: str) -> str:
    """Return the password in NFC, when it is one: 10 to 1024 characters, no NUL.

    Keyboards type one letter as one character or as two; in NFC both are one password.

    Raises
    ------
    InvalidInput : says which rule it breaks, never the password.
    """
    shortest, longest = PASSWORD_LENGTH
    password = unicodedata.normalize("NFC", text)
    try:
        password.encode()
    except UnicodeEncodeError:
        raise _fault("password", "is not valid Unicode") from None
    if not shortest <= len(password) <= longest:
        raise _fault("password", f"must be {shortest} to {longest} characters (it has {len(password)})")
    if "\0" in password:
        raise _fault("password", "must not contain NUL")
    return password


def _fault(field: str, rule: str) -> InvalidInput:
    return InvalidInput(f"{field} {rule}", errors={field: rule})
