"""Name of the source, the parts (slices) of a match that it serves, and the paths of its endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

SOURCE = "sofascore"
"""The name of the source in records, tables and events."""


class Slice(StrEnum):
    """A part of a match that the source serves under a path of its own."""

    DETAIL = "detail"
    STATISTICS = "statistics"
    LINEUPS = "lineups"
    INCIDENTS = "incidents"
    SHOTMAP = "shotmap"
    MANAGERS = "managers"


XG_SLICES = frozenset({Slice.SHOTMAP})
"""Slices that only matches with xG have."""

SLICE_PATHS: Mapping[Slice, str] = {
    # The detail is requested first: its version labels the other slices. They may be newer than the label says (then
    # the next read repairs that) but never older.
    Slice.DETAIL: "/api/v1/event/{id}",
    Slice.STATISTICS: "/api/v1/event/{id}/statistics",
    Slice.LINEUPS: "/api/v1/event/{id}/lineups",
    Slice.INCIDENTS: "/api/v1/event/{id}/incidents",
    Slice.SHOTMAP: "/api/v1/event/{id}/shotmap",
    Slice.MANAGERS: "/api/v1/event/{id}/managers",
}


STANDINGS: Mapping[str, str] = {"total": "standings", "home": "standings/home", "away": "standings/away"}
"""The source's own tables of a season: the venue, and the `ref` of the list in `scrape_lists`."""
