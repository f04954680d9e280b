"""Raw responses of the source: where their bodies are stored, which were fetched together, and which have expired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRawResponse:
    """A response whose body is stored but which is not in the index yet."""

    path: str
    status: int
    etag: str
    fetched_at: datetime
    league_id: int
    season_id: int
    """0: a list of the league itself."""
    fetch_id: str
    """The same for all responses that one chunk fetched: they are parsed together."""
    object: str
    """Name of the pack in the object store that holds the body."""
    index_in_pack: int
    n_bytes: int
    sha256: str
    """Hex."""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse(NewRawResponse):
    """A stored response and its id."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildScope:
    """Selection of what a rebuild parses; None means all."""

    league_id: int | None = None
    season_id: int | None = None
    since: datetime | None = None
    """Only responses fetched from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchGroup:
    """Responses of one season (0: of the league itself) that one chunk fetched together."""

    fetch_id: str
    league_id: int
    season_id: int
    ids: list[int]
    is_in_scope: bool
    """False: parsed only because later groups of the season build on it; its records are not published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredResponses:
    """Responses of one season (0: of the league itself) that were deleted because they were old."""

    league_id: int
    season_id: int
    n_responses: int
    fetched_until: datetime
