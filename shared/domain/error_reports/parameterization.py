"""Replaces what differs from one occurrence of a message to the next: ids, numbers, addresses, times.

The kinds are those that Sentry's grouping replaces (its documentation, "Event Grouping": message), in that order: the
more specific comes first, as a date is made of integers.
"""

from __future__ import annotations

import re

_KINDS = (
    ("email", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    ("url", r"\b(?:[a-z][a-z0-9+.-]{1,15})://[^\s\"'<>]+"),
    ("uuid", r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"),
    ("sha1", r"\b[0-9a-fA-F]{40}\b"),
    ("md5", r"\b[0-9a-fA-F]{32}\b"),
    (
        "date",
        r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b"
        r"|\b\d{2}:\d{2}:\d{2}(?:[.,]\d+)?\b",
    ),
    ("ip", r"\b(?:\d{1,3}\.){3}\d{1,3}\b|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4})+(?![\w:])"),
    (
        "hostname",
        r"\b(?:[a-zA-Z0-9-]{1,63}\.)+(?:com|net|org|io|dev|example|local|internal|svc|test|invalid|localhost)\b",
    ),
    ("duration", r"\b\d+(?:\.\d+)?(?:ms|us|ns|µs|s|min|h)\b"),
    ("hex", r"\b0[xX][0-9a-fA-F]+\b|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{8,128}\b"),
    ("float", r"(?<![\w.])-?\d+\.\d+(?:[eE][+-]?\d+)?(?![\w.])"),
    ("int", r"(?<![\w.])-?\d+(?!\w)"),
    ("quoted_str", r"'[^'\n]*'|\"[^\"\n]*\""),
)
_PATTERN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _KINDS))
MESSAGE_AT_MOST = 2_000
"""Characters of a message that count."""


def parameterize(message: str) -> str:
    """Return the message with ``<int>``, ``<uuid>`` and the like in place of what differs."""
    return _PATTERN.sub(lambda match: f"<{match.lastgroup}>", message[:MESSAGE_AT_MOST])
