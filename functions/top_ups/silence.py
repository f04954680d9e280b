"""Remembers which providers do not answer, so that webhooks do not wait for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

PAUSE = timedelta(seconds=10)


@dataclass(slots=True)
class Silence:
    """Of one process; the clock asks a silent provider all the same."""

    _until: dict[str, datetime] = field(default_factory=dict)

    def holds(self, provider: str, now: datetime) -> bool:
        """Whether a provider did not answer within the last seconds."""
        return provider in self._until and now < self._until[provider]

    def begin(self, provider: str, now: datetime) -> None:
        """A provider did not answer."""
        self._until[provider] = now + PAUSE
