"""The clock of the site: it stands still, so that states of matches can be repeated, and tests can move it."""

from __future__ import annotations

from datetime import UTC, datetime

from shared import rfc3339

DEFAULT_NOW = "2026-11-21T12:00:00Z"


class InvalidInstant(ValueError):
    """The text is not an ISO 8601 instant with a zone."""


def parse_instant(text: str) -> int:
    """Read an ISO 8601 instant such as `2026-11-21T12:00:00Z` as whole seconds since 1970.

    Raises
    ------
    InvalidInstant : the text is no instant, or names no zone.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise InvalidInstant(f"{text!r}: not an ISO 8601 instant") from exc
    if moment.tzinfo is None:
        raise InvalidInstant(f"{text!r}: an instant needs a zone, for example a trailing Z")
    return int(moment.timestamp())


def format_instant(seconds: int) -> str:
    """Write seconds since 1970 as an ISO 8601 instant in UTC."""
    return rfc3339.format_moment(datetime.fromtimestamp(seconds, UTC))


class SiteClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.moves = 0
        """Counter of moves; caches compare it."""

    def move(self, now: int) -> None:
        """Set the clock, forwards or backwards."""
        self.now = now
        self.moves += 1
