"""Exceptions of the client, one for each thing a caller can do something about."""

from __future__ import annotations

from typing import Any


class TouchlineError(Exception):
    """An answer that is no success: an RFC 9457 problem, or none at all."""

    def __init__(self, detail: str, *, status: int = 0, errors: dict[str, str] | None = None, url: str = "") -> None:
        """Take the platform's sentence, and the faults by field."""
        faults = "".join(f"; {field}: {rule}" for field, rule in (errors or {}).items())
        super().__init__(f"{detail}{faults}" + (f" ({url})" if url else ""))
        self.detail, self.status, self.errors, self.url = detail, status, errors or {}, url


class InvalidQuery(TouchlineError):
    """A parameter does not fit; `errors` names it."""


class NotFound(TouchlineError):
    """Nothing is stored under this name."""


class Unauthorized(TouchlineError):
    """A token is missing, has expired, or allows less than this."""


class Unavailable(TouchlineError):
    """The platform does not answer, or has too much to do, and nothing is kept of an earlier answer."""


class AmbiguousName(TouchlineError):
    """A name means several; `candidates` are their ids and names."""

    def __init__(self, name: str, candidates: list[tuple[int, str]]) -> None:
        """Take the name and what it may mean."""
        listed = ", ".join(f"{text} ({number})" for number, text in candidates)
        super().__init__(f"{name!r} may mean {listed}; pass the id")
        self.candidates = candidates


class OfflineWarning(UserWarning):
    """The platform does not answer; what is returned was kept from an earlier call."""


_BY_STATUS = {400: InvalidQuery, 401: Unauthorized, 403: Unauthorized, 404: NotFound, 429: Unavailable}


def from_problem(status: int, problem: Any, url: str) -> TouchlineError:
    """Return the exception of an answer; `problem` is its JSON, if it has any."""
    members: dict[str, Any] = problem if isinstance(problem, dict) else {}
    kind = _BY_STATUS.get(status, Unavailable if status >= 500 else TouchlineError)
    detail = str(members.get("detail") or f"the platform answers {status}")
    return kind(detail, status=status, errors=members.get("errors"), url=url)
