"""Numbers, days and times in the words of the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

MISSING = "–"


class Formats:
    """The formats of one language; Babel is imported with the first date."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._comma = "," if language == "ru" else "."
        self._percent = "\u202f%" if language == "ru" else "%"

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return a number with so many digits behind the point, a real minus sign, thousands apart."""
        if value is None:
            return MISSING
        text = f"{abs(value):,.{digits}f}".replace(",", "\u202f").replace(".", self._comma)
        is_zero = not any(c in "123456789" for c in text)
        return text if value >= 0 or is_zero else f"\u2212{text}"

    def signed(self, value: float | None, digits: int = 0) -> str:
        """Return a difference with its sign."""
        text = self.number(value, digits)
        return f"+{text}" if value is not None and value > 0 and any(c in "123456789" for c in text) else text

    def percent(self, share: float | None) -> str:
        """Return a probability in whole percent; what is neither certain nor impossible is never shown as such."""
        if share is None:
            return MISSING
        if 0 < share < 0.01:
            return f"<1{self._percent}"
        if 0.99 < share < 1:
            return f">99{self._percent}"
        return f"{share * 100:.0f}{self._percent}"

    def day(self, value: date | datetime | str, form: str = "d MMMM y") -> str:
        """Return a day in words; forms are those of Unicode (LDML)."""
        from babel.dates import format_date

        return str(format_date(to_day(value), form, locale=self._language))

    def weekday(self, value: date | str) -> str:
        """Return a short day with its weekday."""
        return self.day(value, "EEE d MMM")

    def clock(self, value: datetime | str, zone: ZoneInfo) -> str:
        """Return a time of day, with the zone where it is UTC."""
        text = f"{to_instant(value).astimezone(zone):%H:%M}"
        return f"{text}\u00a0UTC" if zone.key == "UTC" else text

    def moment(self, value: datetime | str, zone: ZoneInfo) -> str:
        """Return day and time."""
        return f"{self.day(to_instant(value).astimezone(zone), 'd MMM')} {self.clock(value, zone)}"


def to_day(value: date | datetime | str) -> date:
    """Return the day of a text as JSON has it, or of an instant."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value


def to_instant(value: datetime | str) -> datetime:
    """Return the instant of a text as JSON has it."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def machine_time(value: datetime | str) -> str:
    """Return an instant as the attribute ``datetime`` has it."""
    return f"{to_instant(value).astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def heat(share: float, most: float = 1.0) -> str:
    """Return the class of a cell in a heat table, ``h0`` to ``h19``: the policy allows no colour in an attribute.

    Parameters
    ----------
    share : 0 to `most`, on a scale of square roots, so that small chances can be told apart.
    """
    if most <= 0 or share <= 0:
        return "h0"
    return f"h{min(19, max(0, round(19 * (min(share / most, 1.0)) ** 0.5)))}"


def kind_of_match(status: dict[str, Any]) -> str:
    """Return ``coming``, ``live``, ``over`` or ``off`` for the status of a match."""
    return {"notstarted": "coming", "inprogress": "live", "finished": "over"}.get(str(status["type"]), "off")
