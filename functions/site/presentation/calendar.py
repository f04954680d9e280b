"""Matches as a calendar (RFC 5545) that phones and mail programs subscribe to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta

from functions.site.presentation.formats import to_instant
from functions.site.presentation.matches import Listed
from functions.site.presentation.text import clean

_LENGTH = timedelta(hours=2)
_OCTETS = 73
"""Of a line; what is longer is folded."""


def to_ics(name: str, matches: Iterable[Listed], *, origin: str) -> str:
    """Return a calendar of matches; an event keeps its id, so a moved match moves.

    Parameters
    ----------
    origin : scheme, host and port of the addresses of matches.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Touchline//site//EN", f"X-WR-CALNAME:{_escape(name)}"]
    for each in matches:
        lines += _event(each, origin)
    return "".join(f"{line}\r\n" for line in _fold([*lines, "END:VCALENDAR"]))


def _event(listed: Listed, origin: str) -> list[str]:
    match, start = listed.match, to_instant(listed.starts_at).astimezone(UTC)
    score = match["score"]
    result = f" {score['home']}:{score['away']} " if listed.kind == "over" else " – "
    return [
        "BEGIN:VEVENT",
        f"UID:match-{listed.id}@touchline",
        f"DTSTAMP:{to_instant(match['fetched_at']).astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + _LENGTH:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{_escape(match['home']['name'] + result + match['away']['name'])}",
        f"URL:{origin}/match/{listed.id}",
        f"STATUS:{'CANCELLED' if listed.kind == 'off' else 'CONFIRMED'}",
        "END:VEVENT",
    ]


def _escape(text: str) -> str:
    plain = clean(text).replace("\n", " ")
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _fold(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines of at most 75 octets; a character is never cut."""
    for line in lines:
        rest = line
        while len(rest.encode()) > _OCTETS:
            head = rest.encode()[:_OCTETS].decode(errors="ignore")
            yield head
            rest = " " + rest[len(head) :]
        yield rest
