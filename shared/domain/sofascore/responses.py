"""Judges a response of the source before it is parsed: content, absence, refusal or failure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from shared.errors import Blocked, InvalidInput, NotFound, Overloaded, Unavailable

DEFAULT_WAIT_S = 5.0
"""First wait after a 429 or 503 without Retry-After; callers lengthen it (football reference, 1.11)."""
_LONGEST_ERROR_BODY = 4096


class Outcome(Enum):
    """The kind of a response."""

    OK = "ok"
    """Content to parse."""
    UNCHANGED = "unchanged"
    """304: what is stored is still right."""
    ABSENT = "absent"
    """404: there is nothing; definitive only after a confirmation."""
    BLOCKED = "blocked"
    """The source refuses us (403, a challenge, a CAPTCHA page): stop until a person decides."""
    RATE_LIMITED = "rate_limited"
    """429: too many requests; retry after the wait."""
    UNAVAILABLE = "unavailable"
    """503: not available now; retry after the wait."""
    SERVER_ERROR = "server_error"
    """Any other 5xx, a timeout or a failed request: retry with growing waits."""
    MALFORMED = "malformed"
    """A response without meaning (a page instead of JSON, an odd status): a retry gives the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The kind of a response, the reason for it, and how long to wait before a retry."""

    outcome: Outcome
    reason: str = ""
    retry_after_s: float | None = None

    @property
    def retryable(self) -> bool:
        """Whether a retry can succeed."""
        return self.outcome in (Outcome.RATE_LIMITED, Outcome.UNAVAILABLE, Outcome.SERVER_ERROR)

    def raise_for(self, what: str) -> None:
        """Raise the error of the outcome; return for `OK` and `UNCHANGED`.

        Raises
        ------
        NotFound : absent.  Blocked : the source refuses us.  Overloaded : 429, with the wait.
        Unavailable : 5xx or no response.  InvalidInput : malformed.
        """
        message = f"{what}: {self.reason}"
        if self.outcome is Outcome.ABSENT:
            raise NotFound(message)
        if self.outcome is Outcome.BLOCKED:
            raise Blocked(message)
        if self.outcome is Outcome.RATE_LIMITED:
            raise Overloaded(message, retry_after_s=self.retry_after_s or DEFAULT_WAIT_S)
        if self.retryable:
            raise Unavailable(message)
        if self.outcome is Outcome.MALFORMED:
            raise InvalidInput(message)


def judge(status: int, body: str | bytes, *, retry_after_s: float | None = None) -> Verdict:
    """Judge a response by its HTTP status and the source's error object.

    Parameters
    ----------
    status : HTTP status; 0 when the request itself failed; `body` then says how.
    body : the text of the response. The source's errors are ``{"error": {"code": 404, "message": ...}}`` and, for bots,
        ``{"error": {"code": 403, "reason": "challenge"}}``; caches sometimes serve them with status 200;
        then the code of the object counts.
    retry_after_s : the `Retry-After` header in seconds, where there was one.

    Returns
    -------
    Verdict. `OK` says only that the body begins like JSON; `read_object` reads it.
    """
    error = _error_object(body)
    reason = _reason(error)
    if status == 200:
        if error is not None:
            code = error.get("code")
            return _of_status(code if type(code) is int and code != 200 else 500, reason, retry_after_s)
        return _of_content(body)
    return _of_status(status, reason or _excerpt(body), retry_after_s)


def _of_status(status: int, reason: str, retry_after_s: float | None) -> Verdict:
    reason_of_status = f"status {status}" + (f" ({reason})" if reason else "")
    wait_s = DEFAULT_WAIT_S if retry_after_s is None else retry_after_s
    if status == 304:
        return Verdict(outcome=Outcome.UNCHANGED)
    if status in (404, 410):
        return Verdict(outcome=Outcome.ABSENT, reason=reason_of_status)
    # 401, 407 and 451 are refusals too.
    if status in (401, 403, 407, 451) or reason == "challenge":
        return Verdict(outcome=Outcome.BLOCKED, reason=reason_of_status)
    if status == 429:
        return Verdict(outcome=Outcome.RATE_LIMITED, reason=reason_of_status, retry_after_s=wait_s)
    if status == 503:
        return Verdict(outcome=Outcome.UNAVAILABLE, reason=reason_of_status, retry_after_s=wait_s)
    if status in (0, 408, 425) or status >= 500:
        return Verdict(outcome=Outcome.SERVER_ERROR, reason=reason_of_status if status else f"no answer ({reason})")
    return Verdict(outcome=Outcome.MALFORMED, reason=reason_of_status)


def _of_content(body: str | bytes) -> Verdict:
    opening = (body[:1024].decode("utf-8", "replace") if isinstance(body, bytes) else body[:1024]).lstrip(
        "\ufeff \t\r\n"
    )
    if opening.startswith(("{", "[")):
        return Verdict(outcome=Outcome.OK)
    lowered = opening.lower()
    if lowered.startswith("<") and any(mark in lowered for mark in ("captcha", "challenge", "turnstile")):
        return Verdict(outcome=Outcome.BLOCKED, reason="a challenge page instead of JSON")
    return Verdict(outcome=Outcome.MALFORMED, reason=f"not JSON: {_excerpt(opening) or 'an empty body'}")


def _error_object(body: str | bytes) -> dict[str, Any] | None:
    """Return the source's error object; only short bodies are parsed, because errors are short and content is long."""
    if len(body) > _LONGEST_ERROR_BODY:
        return None
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    error = content.get("error") if isinstance(content, dict) else None
    return error if isinstance(error, dict) else None


def _reason(error: dict[str, Any] | None) -> str:
    if error is None:
        return ""
    texts = (error.get(key) for key in ("reason", "message"))
    return next((text for text in texts if isinstance(text, str) and text), "")


def _excerpt(body: str | bytes) -> str:
    excerpt = body[:200].decode("utf-8", "replace") if isinstance(body, bytes) else body[:200]
    return " ".join(excerpt.split())[:80]
