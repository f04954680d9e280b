"""What a door checks of an event beyond what makes it readable: the formats of attributes that CloudEvents demands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.errors import InvalidInput

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_FORMATS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "source": (re.compile(r"(?:[^\x00-\x1f\x7f%]|%[0-9A-Fa-f]{2})+"), "not a URI reference"),
    "dataschema": (
        re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[^\x00-\x20\x7f%]|%[0-9A-Fa-f]{2})+"),
        "not an absolute URI",
    ),
    "subject": (re.compile(r".*\S.*", re.DOTALL), "empty"),
    "datacontenttype": (re.compile(rf"\s*{_TOKEN}(?:/{_TOKEN})?\s*(?:;.*)?", re.DOTALL), "not a media type"),
}
"""Of those attributes that are there."""


def check(attributes: Mapping[str, object]) -> None:
    """`InvalidInput` names every attribute that is not what it has to be."""
    faults = {
        name: fault
        for name, (pattern, fault) in _FORMATS.items()
        if name in attributes and not pattern.fullmatch(str(attributes[name]))
    }
    if faults:
        told = ", ".join(f"{name} is {fault}" for name, fault in faults.items())
        raise InvalidInput(f"not a CloudEvent 1.0: {told}", errors=faults)
