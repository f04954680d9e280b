"""Reads attributes for filters: each broker class sees the standard ones in its own way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from knative.cesql.values import Value, to_text
from shared.events.json_format import CONTEXT

Attributes = Mapping[str, Value]
Lookup = Callable[[Attributes], Value | None]
"""A function that reads one attribute of an event; None = the event has none."""

_MOMENT = re.compile(r"(.{10}T.{8})(?:\.([0-9]+))?(Z|.{6})", re.IGNORECASE)
_NO_TIME = "0001-01-01T00:00:00Z"
_URI = "!#$%&'()*+,/:;=?@[]~"
"""Characters of a URI besides letters, digits and ``-._``."""


def channel_lookup(name: str) -> Lookup:
    """Return how the channel broker reads an attribute that a filter names.

    A standard attribute is always there: empty, or for ``time`` the year 1, when the event has none. ``schemaurl`` and
    ``datamediatype`` are older names, of ``dataschema`` and of ``datacontenttype`` up to its parameters.
    """
    match name:
        case "time":
            return lambda attributes: _go_time(str(attributes.get("time") or _NO_TIME))
        case "source" | "dataschema" | "schemaurl":
            return _go_uri("source" if name == "source" else "dataschema")
        case "datamediatype":
            return lambda attributes: str(attributes.get("datacontenttype", "")).partition(";")[0]
        case "datacontentencoding":
            return lambda attributes: ""
    if name in CONTEXT:
        return lambda attributes: attributes.get(name, "")
    return lambda attributes: attributes.get(name)


def channel_cesql_lookup(name: str) -> Lookup:
    """Return how the channel broker's CESQL reads an attribute: an empty standard attribute is none."""
    if name not in CONTEXT:
        return lambda attributes: attributes.get(name)
    read = channel_lookup(name)
    return lambda attributes: read(attributes) if attributes.get(name) else None


def kafka_lookup(name: str) -> Lookup:
    """Return how the Kafka broker reads an attribute: everything in its printed form, None when there is none."""
    if name == "time":
        return lambda attributes: _java_time(str(attributes["time"])) if attributes.get("time") else None
    own = "dataschema" if name == "schemaurl" else name
    return lambda attributes: to_text(value) if (value := attributes.get(own)) is not None else None


def _go_uri(name: str) -> Lookup:
    """Percent-encode as a parsed URI prints itself; a ``%`` stays as it is."""
    return lambda attributes: quote(str(attributes.get(name, "")), safe=_URI)


def _go_time(text: str) -> str:
    """Print RFC 3339 as Go does: up to nine digits without trailing zeros, the zone as it was, UTC as ``Z``."""
    whole, fraction, zone = _moment(text)
    digits = fraction[:9].rstrip("0")
    return whole + (f".{digits}" if digits else "") + ("Z" if zone in {"+00:00", "-00:00"} else zone)


def _java_time(text: str) -> str:
    """Print RFC 3339 as Java prints an instant: in UTC, with no, three, six or nine digits."""
    whole, fraction, zone = _moment(text)
    try:
        moment = datetime.fromisoformat(whole + zone.replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):  # the year 0, or a moment that is beyond 9999 in UTC
        return text
    digits = fraction[:9].ljust(9, "0")
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{moment:%Y-%m-%dT%H:%M:%S}" + (f".{digits}" if digits else "") + "Z"


def _moment(text: str) -> tuple[str, str, str]:
    """Split into date and time, fraction, zone; a text that is no moment has only the first."""
    match = _MOMENT.fullmatch(text)
    return (match[1].upper(), match[2] or "", match[3].upper()) if match else (text, "", "")
