"""What a username and a password may look like, and what an account is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from shared.errors import InvalidInput

USERNAME_LENGTH = (3, 64)
PASSWORD_BYTES = (10, 72)
"""bcrypt reads 72 bytes and silently ignores the rest, so a longer password would be weaker than it looks."""
REFRESH_LIFETIME = timedelta(days=30)
OPERATOR = "operator"
"""The role that may start work and see every account."""
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Letters and marks that Unicode calls default-ignorable: two names that differ by them look the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account as others may see it."""

    id: str
    username: str
    roles: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What is needed to check who somebody is."""

    user: User
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """What is stored of a refresh token, and of the session it belongs to."""

    session_id: str
    user_id: str
    expires_at: datetime
    rotated_at: datetime | None
    session_revoked_at: datetime | None


class Verdict(Enum):
    """What becomes of a refresh token that is presented."""

    ROTATE = "rotate"
    REFUSE = "refuse"
    REVOKE = "revoke"


def judge(token: RefreshToken | None, now: datetime) -> Verdict:
    """Decide about a presented refresh token.

    One that was rotated before is in two hands: its whole session is revoked, whoever came second. There is no grace
    for a client that presents one twice: within it a thief and the owner could not be told apart.
    """
    if token is None or token.session_revoked_at is not None or now >= token.expires_at:
        return Verdict.REFUSE
    return Verdict.ROTATE if token.rotated_at is None else Verdict.REVOKE


def username(text: str) -> str:
    """The username in the form it is stored: NFKC, 3 to 64 characters of letters, digits, ``. _ -``.

    Characters are letters and digits of any script, with their combining marks; NFKC first turns full-width and other
    compatibility forms into the plain ones, so nothing invisible, no control character and no space can be in a name.

    Raises
    ------
    InvalidInput : says which rule it breaks.
    """
    named = unicodedata.normalize("NFKC", text)
    shortest, longest = USERNAME_LENGTH
    if not shortest <= len(named) <= longest:
        raise _fault("username", f"must be {shortest} to {longest} characters")
    if _INVISIBLE.search(named) or not all(_allowed(character) for character in named):
        raise _fault("username", "may hold letters, digits, '.', '_' and '-' only")
    if not named[0].isalnum():
        raise _fault("username", "must begin with a letter or a digit")
    return named


def folded(text: str) -> str:
    """What two usernames have in common when a reader would take them for the same: NFKC, case-folded, NFKC again.

    Folding can undo normalisation (Unicode 3.13, D145 to D147), hence twice.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def password(text: str) -> str:
    """The password unchanged, when it is one: 10 to 72 bytes of UTF-8, no NUL.

    Raises
    ------
    InvalidInput : says which rule it breaks, never the password.
    """
    shortest, longest = PASSWORD_BYTES
    try:
        n_bytes = len(text.encode())
    except UnicodeEncodeError:
        raise _fault("password", "is not valid Unicode") from None
    if not shortest <= n_bytes <= longest:
        raise _fault("password", f"must be {shortest} to {longest} bytes of UTF-8 (it is {n_bytes})")
    if "\0" in text:
        raise _fault("password", "must not contain NUL")
    return text


def _allowed(character: str) -> bool:
    # Categories: L* letters, Nd decimal digits, M* marks that belong to a letter before them.
    return character in "._-" or unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Mn", "Mc")


def _fault(field: str, rule: str) -> InvalidInput:
    return InvalidInput(f"{field} {rule}", errors={field: rule})
