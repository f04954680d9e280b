"""The exception tree; knows no protocol. Each edge translates it by one table (`shared.web.error_responses`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class TouchlineError(Exception):
    """Something went wrong in Touchline."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__class__.__doc__)


class InvalidInput(TouchlineError):
    """The input can never be accepted."""

    def __init__(self, message: str | None = None, *, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.errors: dict[str, str] = dict(errors or {})


class TooLarge(InvalidInput):
    """The input is larger than this function accepts."""


class Unauthenticated(TouchlineError):
    """The caller did not prove who they are."""


class InvalidToken(Unauthenticated):
    """The access token is not valid."""


class Forbidden(TouchlineError):
    """The caller is known and may not do this."""


class NotFound(TouchlineError):
    """No such object is stored."""


class NotAcceptable(TouchlineError):
    """None of the accepted media types is available."""


class Conflict(TouchlineError):
    """The request contradicts what is stored."""


class InsufficientFunds(Conflict):
    """The account holds too little for this."""


class Refused(Conflict):
    """A rule refuses the request; `code` names it, out of a closed list, and `detail` has what to know about it."""

    def __init__(self, message: str | None = None, *, code: str, detail: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.detail: dict[str, Any] = dict(detail or {})


class KeyReused(TouchlineError):
    """The idempotency key was used for another request; choose a new key."""


class InProgress(TouchlineError):
    """The same work is already under way."""


class Overloaded(TouchlineError):
    """The service is busy; try again later."""

    def __init__(self, message: str | None = None, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(TouchlineError):
    """A dependency does not answer."""


class Contended(Unavailable):
    """Other requests keep changing the same rows; try again in a moment."""

    retry_after_s = 1.0


class SourceSilent(Unavailable):
    """The source does not answer now; it is tried again later."""


class Blocked(Unavailable):
    """The source refuses us; a person decides what happens next."""


class Corrupted(TouchlineError):
    """Stored data differ from what was written."""


class InvalidSettings(TouchlineError):
    """A setting in the environment is missing or malformed."""
