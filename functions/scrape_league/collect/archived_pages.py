"""Pages of a source whose responses are archived before anybody parses them."""

from __future__ import annotations

from collections.abc import Sequence

from functions.scrape_league.jobs.units import Chunk
from functions.scrape_league.raw.archive import Archive
from shared.ports.collection import PageRequest, PageResponse, Pages


class ArchivedPages:
    """Implementation of `Pages` for one chunk: fetches through other pages and archives every body."""

    def __init__(self, pages: Pages, archive: Archive, chunk: Chunk) -> None:
        self._pages, self._archive, self._chunk = pages, archive, chunk

    def fetch_many(self, requests: Sequence[PageRequest]) -> list[PageResponse]:
        """Return a response per request, in order; raises as the pages, and `Unavailable` if nothing can be stored."""
        responses = self._pages.fetch_many(requests)
        chunk = self._chunk
        return self._archive.store(
            requests, responses, league_id=chunk.league_id, season_id=chunk.season_id, fetch_id=chunk.owner
        )

    def close(self) -> None:
        """Do nothing: other chunks use the browser."""
