"""Tells what an answer of the source is before anybody parses it: content, absence, refusal or trouble."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from shared.errors import Blocked, InvalidInput, NotFound, Overloaded, Unavailable

DEFAULT_WAIT_S = 5.0
"""First wait on a refusal for now that names none; callers lengthen it (football reference, 1.11)."""
_LONGEST_ERROR_BODY = 4096


class Outcome(Enum):
    """What an answer is."""

    OK = "ok"
    """Content to parse."""
    UNCHANGED = "unchanged"
    """304: what we hold is still right."""
    ABSENT = "absent"
    """404: there is nothing; definitive only after it was confirmed."""
    BLOCKED = "blocked"
    """The source refuses us (403, a challenge, a CAPTCHA page): stop, a person decides."""
    RATE_LIMITED = "rate_limited"
    """429: too many requests; retry after the wait."""
    UNAVAILABLE = "unavailable"
    """503: down for now; retry after the wait."""
    SERVER_ERROR = "server_error"
    """Any other 5xx, a timeout or a request that failed: retry, with growing waits."""
    MALFORMED = "malformed"
    """An answer that makes no sense (a page instead of JSON, an odd status): the same request gives it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an answer is, why we think so, and how long to wait where waiting helps."""

    outcome: Outcome
    reason: str = ""
    retry_after_s: float | None = None

    @property
    def retryable(self) -> bool:
        """Whether the same request can succeed later."""
        return self.outcome in (Outcome.RATE_LIMITED, Outcome.UNAVAILABLE, Outcome.SERVER_ERROR)

    def raise_for(self, what: str) -> None:
        """Raise what the outcome means; return for `OK` and `UNCHANGED`.

        Raises
        ------
        NotFound : absent.  Blocked : the source refuses us.  Overloaded : 429, with the wait.
        Unavailable : 5xx or silence.  InvalidInput : broken.
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
    """Judge an answer by its HTTP status and the source's error object.

    Parameters
    ----------
    status : HTTP status; 0 when the request itself failed and `body` says how.
    body : the answer's text. The source's errors are ``{"error": {"code": 404, "message": ...}}`` and, for bots,
        ``{"error": {"code": 403, "reason": "challenge"}}``; caches sometimes hand them out under status 200, so the
        object's code counts then.
    retry_after_s : the `Retry-After` header in seconds, where there was one.

    Returns
    -------
    Verdict. `OK` promises only that the body begins like JSON: `read_object` is what reads it.
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
    told = f"status {status}" + (f" ({reason})" if reason else "")
    wait_s = DEFAULT_WAIT_S if retry_after_s is None else retry_after_s
    if status == 304:
        return Verdict(outcome=Outcome.UNCHANGED)
    if status in (404, 410):
        return Verdict(outcome=Outcome.ABSENT, reason=told)
    # 401, 407 and 451 say in other words that we may not have it.
    if status in (401, 403, 407, 451) or reason == "challenge":
        return Verdict(outcome=Outcome.BLOCKED, reason=told)
    if status == 429:
        return Verdict(outcome=Outcome.RATE_LIMITED, reason=told, retry_after_s=wait_s)
    if status == 503:
        return Verdict(outcome=Outcome.UNAVAILABLE, reason=told, retry_after_s=wait_s)
    if status in (0, 408, 425) or status >= 500:
        return Verdict(outcome=Outcome.SERVER_ERROR, reason=told if status else f"no answer ({reason})")
    return Verdict(outcome=Outcome.MALFORMED, reason=told)


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
    """The source's error object; only short bodies are looked into, as content is long and errors are not."""
    if len(body) > _LONGEST_ERROR_BODY:
        return None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    error = answer.get("error") if isinstance(answer, dict) else None
    return error if isinstance(error, dict) else None


def _reason(error: dict[str, Any] | None) -> str:
    if error is None:
        return ""
    return next((told for key in ("reason", "message") if isinstance(told := error.get(key), str) and told), "")


def _excerpt(body: str | bytes) -> str:
    shown = body[:200].decode("utf-8", "replace") if isinstance(body, bytes) else body[:200]
    return " ".join(shown.split())[:80]
