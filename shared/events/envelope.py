"""One event of ours, free of any transport: what a handler receives and what a sink sends."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.events import tracing

TYPE_PATTERN = re.compile(r"^io\.touchline(\.[a-z]+(?:-[a-z]+)*){3,}\.v[1-9][0-9]*$")
_EXTENSION = re.compile(r"^[a-z0-9]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A CloudEvent 1.0. `source` + `id` is its identity: a re-run of the same work repeats it."""

    id: str
    source: str
    type: str
    time: datetime
    subject: str = ""
    content_type: str = "application/json"
    extensions: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""

    def __post_init__(self) -> None:
        for name in self.extensions:
            if not _EXTENSION.match(name):
                raise ValueError(f"extension {name!r} is not lower-case letters and digits")


def with_trace(event: Event) -> Event:
    """The event with the trace of the work at hand, unless it has one or there is none."""
    trace = tracing.current()
    if not trace or tracing.HEADER in event.extensions:
        return event
    return replace(event, extensions={**event.extensions, tracing.HEADER: trace})


def make_content_id(*parts: str | bytes) -> str:
    """An id derived from content, so that doing the same work again names the same event (32 hex digits)."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()[:32]
