"""What an account is: the states of a user, the sessions they hold, and what a password may look like."""

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
"""Of an access token; so long a session that has ended may still be used where nobody keeps a list."""
IDLE_LIMIT = timedelta(days=30)
"""A session that is not used for this long is over."""
ABSOLUTE_LIMIT = timedelta(days=180)
"""A session is over then, however much it is used."""
MAX_SESSIONS = 100
"""Sessions one user may hold at a time."""
ENDED_SESSION_RETENTION = timedelta(days=30)
"""A session that is over is kept this long."""
OPERATOR = "operator"
"""The role that may start work and see every account."""
MANAGER = "manager"
"""The role that may grant, reverse and freeze other users' coins."""
ROLES = frozenset({OPERATOR, MANAGER})
"""Every role there is."""


class State(StrEnum):
    """Where a user stands."""

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
"""Every move there is; the database refuses all others (`0004_account_life.sql`)."""
TERMINAL = frozenset({State.BLOCKED, State.DELETED})
"""Nobody logs in, refreshes or is verified from here; a blocked user can only be erased."""


def changes_state(state: State, to: State) -> bool:
    """Whether this changes anything: a user who is there already stays, and nothing is told to anyone.

    Raises
    ------
    Conflict : there is no such move.
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
    """What is needed to check who somebody is."""

    user: User
    password_hash: str | None = field(repr=False)
    """None of an erased user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What a session is used with, as far as its owner may recognise it."""

    device: str = ""
    """The name the client gave itself."""
    user_agent: str = ""
    address: str = ""
    """IPv4 or IPv6; empty when unknown."""


UNKNOWN_CLIENT = Client()
"""Nothing is known of it."""
DEVICE_LENGTH, USER_AGENT_LENGTH = 64, 200


def make_client(*, device: str, user_agent: str, address: str) -> Client:
    """A client by what it sent, which may be anything: cut to length, without control characters."""
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
    """When it ends if it is not used again, at the latest by the absolute limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """What is stored of a refresh token, of the session it belongs to, and of their user."""

    session_id: str
    user_id: str
    expires_at: datetime
    rotated_at: datetime | None
    session_expires_at: datetime
    session_revoked_at: datetime | None
    user_state: State


class Verdict(Enum):
    """What becomes of a refresh token that is presented."""

    ROTATE = "rotate"
    REFUSE = "refuse"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What came of presenting a refresh token."""

    verdict: Verdict
    session_id: str = ""
    """Empty when the token is unknown."""
    user: User | None = None
    """Who gets the successor; only with `Verdict.ROTATE`."""


def judge_refresh_token(token: RefreshToken | None, now: datetime) -> Verdict:
    """Decide about a presented refresh token.

    One that was rotated before is in two hands: its whole session is revoked, whoever came second. There is no grace
    for a client that presents one twice: within it a thief and the owner could not be told apart.
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
    """When a refresh token issued now expires: by the idle limit, and never after its session."""
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
