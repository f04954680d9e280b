"""Media types with their parameters, as Go's package ``mime`` reads them: the channel broker's ingress uses it."""

from __future__ import annotations

import re

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_TYPE = re.compile(rf"\s*{_TOKEN}(?:/{_TOKEN})?\s*")
_PARAMETER = re.compile(rf';\s*({_TOKEN})\s*=\s*(?:{_TOKEN}|"(?:[^"\\\r\n]|\\.)*")\s*')
_END = re.compile(r";?\s*")


def is_media_type(text: str) -> bool:
    """Whether the text is a media type whose parameters are whole and named once each."""
    start = _TYPE.match(text)
    if start is None:
        return False
    at, names = start.end(), set()
    while parameter := _PARAMETER.match(text, at):
        name = parameter[1].lower()
        if name in names:
            return False
        names.add(name)
        at = parameter.end()
    return _END.fullmatch(text, at) is not None
