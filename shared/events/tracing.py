"""W3C trace context of the work at hand, so that what an event causes carries the trace of its cause.

Nothing is recorded here. An edge enters the trace its request came with; a sink hands the same one on, as a header and
as the event's extension ``traceparent`` (CloudEvents distributed tracing), which brokers keep.
"""

from __future__ import annotations

import hashlib
import re
from contextvars import ContextVar
from functools import lru_cache

HEADER = "traceparent"
_VALID = re.compile(r"^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$", re.ASCII)
_current: ContextVar[str] = ContextVar(HEADER, default="")


def enter(*candidates: str) -> None:
    """Make the first valid candidate the trace of this thread or task; none when no candidate is valid."""
    _current.set(next(filter(is_valid, candidates), ""))


def current() -> str:
    """The traceparent of the work at hand; empty when it has none."""
    return _current.get()


def is_valid(traceparent: str) -> bool:
    """Whether it has the four parts of version 00, none of them all zeros where that is forbidden."""
    return _VALID.fullmatch(traceparent) is not None


def trace_id(traceparent: str) -> str:
    """The 32 hex digits that all of one trace share."""
    return traceparent.split("-")[1]


@lru_cache(maxsize=1024)
def trace_of_event(source: str, id: str) -> str:
    """A traceparent for an event that came without one: from its identity, so that every attempt names the same."""
    digest = hashlib.sha256(f"{source}\n{id}".encode()).hexdigest()
    return f"00-{digest[:32]}-{digest[32:48]}-01"
