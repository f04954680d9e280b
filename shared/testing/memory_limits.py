"""Attempts and revoked sessions in memory; `gone` makes the store silent."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.errors import Overloaded, Unavailable
from shared.ports.accounts import Limit


class MemoryLimits:
    """Keeps what is revoked for ever."""

    def __init__(self) -> None:
        self.gone = False
        self._lock = threading.Lock()
        self._attempts: dict[str, dict[str, datetime]] = {}
        self._revoked: set[str] = set()

    def take(self, limits: Sequence[Limit], *, now: datetime) -> str:
        """Count an attempt against every limit or, when one is reached, against none; the attempt's id."""
        self._count_request()
        attempt = uuid.uuid4().hex
        with self._lock:
            wait_s = max(self._wait_s(limit, now) for limit in limits)
            if wait_s > 0:
                raise Overloaded("too many attempts; wait before the next", retry_after_s=wait_s)
            for limit in limits:
                self._attempts[limit.name][attempt] = now
        return attempt

    def probe(self) -> None:
        """Return unless the store is gone."""
        self._count_request()

    def give_back(self, limits: Sequence[Limit], attempt: str) -> None:
        """Undo the count of an attempt; nothing happens when the store is away."""
        if not self.gone:
            with self._lock:
                for limit in limits:
                    self._attempts[limit.name].pop(attempt, None)

    def add(self, session_ids: Sequence[str]) -> None:
        """Revoke sessions."""
        self._count_request()
        self._revoked.update(session_ids)

    def contains(self, session_id: str) -> bool:
        """Whether this session was revoked."""
        self._count_request()
        return session_id in self._revoked

    def _wait_s(self, limit: Limit, now: datetime) -> float:
        window = timedelta(seconds=limit.within_s)
        attempts = {name: at for name, at in self._attempts.get(limit.name, {}).items() if at > now - window}
        self._attempts[limit.name] = attempts
        if len(attempts) < limit.at_most:
            return 0
        return (sorted(attempts.values())[-limit.at_most] + window - now).total_seconds()

    def _count_request(self) -> None:
        if self.gone:
            raise Unavailable("the store of limits does not answer")
