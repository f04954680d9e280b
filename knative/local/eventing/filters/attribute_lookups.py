"""What filters see of an attribute: each broker class reads the standard ones in its own way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from knative.cesql.values import Value, to_text
from shared.events.json_format import CONTEXT

Attributes = Mapping[str, Value]
Lookup = Callable[[Attributes], Value | None]
"""Reads one attribute of an event; None = the event has none."""

_MOMENT = re.compile(r"(.{10}T.{8})(?:\.([0-9]+))?(Z|.{6})", re.IGNORECASE)
_NO_TIME = "0001-01-01T00:00:00Z"
_URI = "!#$%&'()*+,/:;=?@[]~"
"""What a URI holds besides letters, digits and ``-._``."""


def channel(name: str) -> Lookup:
    """As the channel broker reads an attribute that a filter names.

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


def channel_cesql(name: str) -> Lookup:
    """As the channel broker's CESQL reads an attribute: an empty standard attribute is none."""
    if name not in CONTEXT:
        return lambda attributes: attributes.get(name)
    read = channel(name)
    return lambda attributes: read(attributes) if attributes.get(name) else None


def kafka(name: str) -> Lookup:
    """As the Kafka broker reads an attribute: everything in its printed form, and nothing when there is none."""
    if name == "time":
        return lambda attributes: _java_time(str(attributes["time"])) if attributes.get("time") else None
    own = "dataschema" if name == "schemaurl" else name
    return lambda attributes: to_text(value) if (value := attributes.get(own)) is not None else None


def _go_uri(name: str) -> Lookup:
    """Percent-encoded, as a parsed URI prints itself; a ``%`` stays as it is."""
    return lambda attributes: quote(str(attributes.get(name, "")), safe=_URI)


def _go_time(text: str) -> str:
    """RFC 3339 as Go prints it: up to nine digits without trailing zeros, the zone as it was, UTC as ``Z``."""
    whole, fraction, zone = _moment(text)
    digits = fraction[:9].rstrip("0")
    return whole + (f".{digits}" if digits else "") + ("Z" if zone in {"+00:00", "-00:00"} else zone)


def _java_time(text: str) -> str:
    """RFC 3339 as Java prints an instant: in UTC, with no, three, six or nine digits."""
    whole, fraction, zone = _moment(text)
    moment = datetime.fromisoformat(whole + zone.replace("Z", "+00:00")).astimezone(UTC)
    digits = fraction[:9].ljust(9, "0")
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{moment:%Y-%m-%dT%H:%M:%S}" + (f".{digits}" if digits else "") + "Z"


def _moment(text: str) -> tuple[str, str, str]:
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text, "", ""
    return found[1].upper(), found[2] or "", found[3].upper()
