"""ISO 8601 durations as `delivery` writes them."""

from __future__ import annotations

import re

_NUMBER = r"\d+(?:[.,]\d+)?"
_DURATION = re.compile(
    rf"^P(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?(?:(?P<seconds>{_NUMBER})S)?)?$"
)
_SECONDS_PER = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def seconds(text: str) -> float:
    """Seconds of a duration such as ``PT0.2S`` or ``P1DT2H``.

    Raises
    ------
    ValueError : not such a duration. Years and months have no fixed length and are refused.
    """
    match = _DURATION.match(text)
    parts = {name: value for name, value in match.groupdict().items() if value} if match else {}
    if not parts or text.endswith("T"):
        raise ValueError(f"{text!r} is not a duration of weeks, days, hours, minutes and seconds such as PT0.2S")
    return sum(float(value.replace(",", ".")) * _SECONDS_PER[name] for name, value in parts.items())
