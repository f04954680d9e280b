"""Ports of collection: pages of a source, and archives of football data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.domain.archives.report import Report
    from shared.domain.archives.seasons import Season


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A GET of a path below the base of a source; conditional where validators of an earlier response are given."""

    path: str
    etag: str = ""
    last_modified: str = ""
    """As the source wrote it; counts where there is no ETag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResponse:
    """The response of a source to one `PageRequest`."""

    status: int
    """HTTP status; 0 when the request itself failed, `text` then says how."""
    text: str = ""
    etag: str = ""
    last_modified: str = ""
    retry_after_s: float | None = None
    received_at: datetime | None = None
    """Time of arrival; None when it was not recorded."""
    raw_id: int = 0
    """Id of the stored body; 0 when it is not stored."""


class Pages(Protocol):
    """Fetches from inside a page of the source, as its own scripts would."""

    def fetch_many(self, requests: Sequence[PageRequest]) -> list[PageResponse]:
        """Return a response per request, in order; `Blocked` when the source refuses, `Unavailable` without browser."""

    def close(self) -> None:
        """Release the browser; a later fetch opens a new one."""


def _no_sibling(name: str) -> bytes:
    raise NotFound(f"there is no file {name} in the same folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file of a source that is not collected page by page."""

    name: str
    """Address or path; some sources name league and season at its end."""
    version: int
    """Milliseconds since 1970 of this edition: a later one replaces what an earlier one said."""
    content: bytes = field(repr=False)
    sibling: Callable[[str], bytes] = field(default=_no_sibling, repr=False)
    """Returns another file of the same folder by its name, or raises `NotFound`."""
    on_loaded: Callable[[], None] = field(default=lambda: None, repr=False)
    """Called once all it holds is durable, so that this edition is not read again."""


class Source(Protocol):
    """A source of football data in files, which it turns into the records that every source delivers."""

    @property
    def name(self) -> str:
        """Name under which its records are stored and its clubs are listed."""

    @property
    def in_bulk(self) -> bool:
        """Whether a file holds so many seasons that an event for each would be most of the work."""

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """Yield season by season, and report every irregularity; `InvalidInput` for a file of another format."""
