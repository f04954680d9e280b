"""What a page is: an address, the parts it needs, and what its template shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from functions.site import texts
from functions.site.parts import Part, Results
from shared.errors import NotFound

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "ru": "Русский"}
"""By code, in their own words; the first needs no prefix in addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """One request for a page: its address in full, as everybody who asks for it gets the same."""

    path: str
    """Without the prefix of the language."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Parts of the path."""
    query: Mapping[str, str] = field(default_factory=dict)
    """The parameters that the page knows."""
    language: str = ENGLISH
    now: datetime
    origin: str = ""
    """Scheme, host and port of all addresses that leave the site, such as those of feeds."""

    @property
    def translate(self) -> Callable[[str], str]:
        """The translation of a text into the reader's language."""
        return texts.translations(self.language).gettext

    def __getitem__(self, name: str) -> Any:
        """Return a part of the path."""
        return self.values[name]

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return a parameter that is one of several words, the first where it is none of them."""
        value = self.query.get(name, "")
        return value if value in choices else choices[0]

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a parameter that is a whole number, within its bounds."""
        text = self.query.get(name, "")
        return min(max(int(text), least), most) if text.isascii() and text.isdecimal() and len(text) < 19 else default

    def numbers(self, name: str, most: int) -> tuple[int, ...]:
        """Return a parameter that is a list of ids, with commas or spaces between them, each once."""
        words = self.query.get(name, "").replace(",", " ").split()
        ids = dict.fromkeys(int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 18)
        return tuple(ids)[:most]

    def day(self, name: str = "date") -> date | None:
        """Return a parameter that is a day."""
        return parse_day(self.query.get(name, ""))

    @property
    def zone(self) -> ZoneInfo:
        """The reader's zone as the address names it, UTC otherwise."""
        return parse_zone(self.query.get("zone", ""))

    @property
    def today(self) -> date:
        """The reader's day."""
        return self.now.astimezone(self.zone).date()

    def address(self, **changes: Any) -> str:
        """Return this page's address with other parameters; None takes one away."""
        query = {**self.query, **{name: value for name, value in changes.items() if value is not None}}
        left = {name: value for name, value in query.items() if value != "" and changes.get(name, "") is not None}
        return f"{self.path}?{urlencode(left)}" if left else self.path


def parse_day(text: str) -> date | None:
    """Return the day, None where the text is none."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def parse_zone(text: str) -> ZoneInfo:
    """Return the zone of this name in the database of time zones, else UTC."""
    try:
        return ZoneInfo(text) if text and len(text) < 60 else ZoneInfo("UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def span_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants at which a local day begins and ends: 23 to 25 hours apart."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a template shows, and what the page says about itself."""

    title: str
    description: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    picture: str = ""
    """Path of the picture that other sites show with a link."""
    feed: str = ""
    """Path of the Atom feed."""
    canonical: str = ""
    """Path that holds the same; empty for the page's own path."""
    location: str = ""
    """Path to go to instead."""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    may_be_found: bool = True
    """Whether search engines may list it."""


Wave = Callable[[PageRequest, Results], Mapping[str, Part]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that is the same for everybody."""

    name: str
    path: str
    """As Flask writes it."""
    template: str
    waves: tuple[Wave, ...] = ()
    """Each names the parts that follow from those before; the parts of one are read at the same time."""
    view: Callable[[PageRequest, Results], View]
    parameters: tuple[str, ...] = ()
    """The query parameters it knows; no other changes it."""
    example: str = ""
    """An address of it, with ``{league}``, ``{match}``, ``{team}``, ``{player}`` and ``{day}``, for tests."""


def require(results: Results, name: str) -> Any:
    """Return the value of the part that the page is about.

    Raises
    ------
    NotFound : its function knows no such thing.
    SubjectUnavailable : it cannot be had now, and no answer is kept.
    """
    result = results[name]
    if result.is_absent:
        raise NotFound(f"{result.part.path} is not known")
    if not result.ok:
        raise SubjectUnavailable
    return result.value


class SubjectUnavailable(Exception):
    """What the page is about cannot be had at the moment, and no earlier answer is kept."""
