"""The exception tree; knows no protocol. Each edge translates it by one table (`shared.web.error_responses`)."""

from __future__ import annotations

from collections.abc import Mapping


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
    """Nothing is stored under this name."""


class NotAcceptable(TouchlineError):
    """None of the accepted media types is available."""


class Conflict(TouchlineError):
    """The request contradicts what is stored."""


class InsufficientFunds(Conflict):
    """The account holds too little for this."""


class KeyReused(TouchlineError):
    """The idempotency key was used for another request; choose a new key."""


class InProgress(TouchlineError):
    """The same work is already under way."""


class Overloaded(TouchlineError):
    """There is no room for this now."""

    def __init__(self, message: str | None = None, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(TouchlineError):
    """A dependency is silent."""


class Contended(Unavailable):
    """Others change the same rows all the time; the same request succeeds a moment later."""

    retry_after_s = 1.0


class SourceSilent(Unavailable):
    """The source answers nothing for now; it is asked again later."""


class Blocked(Unavailable):
    """The source refuses us; a person decides what happens next."""


class Corrupted(TouchlineError):
    """What is stored is not what was put in."""


class InvalidSettings(TouchlineError):
    """The environment lacks or garbles settings."""
