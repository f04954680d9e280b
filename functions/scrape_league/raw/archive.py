"""Archive of raw responses: bodies in the object store and an index in the database, written before parsing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from functions.scrape_league.raw.model import NewRawResponse, RawResponse
from functions.scrape_league.source.endpoints import SOURCE
from shared.adapters.arrow import raw_pack
from shared.adapters.arrow.raw_pack import Body
from shared.errors import Corrupted
from shared.ports.clock import Clock
from shared.ports.collection import PageRequest, PageResponse
from shared.ports.objects import Objects

_SEASON = re.compile(r"/season/(\d+)/")
_STATUS_WITHOUT_BODY = (0, 304)
_MAX_CACHED_PACKS = 4
"""Unpacked packs of some 5 MB each: the responses of one chunk lie in a few packs, one after the other."""


class RawIndex(Protocol):
    """Index of the stored bodies."""

    def add(self, responses: Sequence[NewRawResponse]) -> list[int]:
        """Add responses durably; return their ids, in order."""

    def find_newest(self, paths: Sequence[str]) -> dict[str, RawResponse]:
        """Return the newest response of status 200 by path; paths without one are left out."""

    def find(self, ids: Sequence[int]) -> list[RawResponse]:
        """Return responses by id, the oldest first."""


class Archive:
    """Stores raw responses and loads them. Shared by all threads of a worker."""

    def __init__(self, objects: Objects, index: RawIndex, clock: Clock) -> None:
        self.index = index
        self._objects, self._clock = objects, clock
        self._load_pack = lru_cache(_MAX_CACHED_PACKS)(self._read_pack)

    def store(
        self,
        requests: Sequence[PageRequest],
        responses: Sequence[PageResponse],
        *,
        league_id: int,
        season_id: int,
        fetch_id: str,
    ) -> list[PageResponse]:
        """Store bodies durably; return the responses with their time and raw id.

        A process killed between the two stores leaves an object that the index does not name; the chunk is then fetched
        again.
        """
        now = self._clock.now()
        responses = [replace(response, received_at=now) for response in responses]
        positions = [i for i, response in enumerate(responses) if response.status not in _STATUS_WITHOUT_BODY]
        if not positions:
            return responses
        bodies = [_body(requests[i].path, responses[i], now) for i in positions]
        packed = raw_pack.pack(bodies)
        name = f"raw/{SOURCE}/{now:%Y-%m-%d}/{hashlib.sha256(packed).hexdigest()}"
        self._objects.put(name, packed)
        stored = [
            NewRawResponse(
                path=body.path,
                status=body.status,
                etag=body.etag,
                fetched_at=now,
                league_id=league_id,
                season_id=_season_of(body.path) or season_id,
                fetch_id=fetch_id,
                object=name,
                index_in_pack=index,
                n_bytes=len(body.content),
                sha256=body.sha256.hex(),
                last_modified=responses[i].last_modified,
            )
            for index, (i, body) in enumerate(zip(positions, bodies, strict=True))
        ]
        for i, raw_id in zip(positions, self.index.add(stored), strict=True):
            responses[i] = replace(responses[i], raw_id=raw_id)
        return responses

    def load(self, raw: RawResponse) -> PageResponse:
        """Return a stored response as it was received.

        Raises
        ------
        Corrupted : the object or the body is not the one that was stored.
        NotFound : the object is gone.
        """
        bodies = self._load_pack(raw.object)
        if raw.index_in_pack >= len(bodies) or bodies[raw.index_in_pack].sha256.hex() != raw.sha256:
            raise Corrupted(f"raw response {raw.id} of {raw.path} is not what was stored")
        return PageResponse(
            status=raw.status,
            text=bodies[raw.index_in_pack].content.decode(),
            etag=raw.etag,
            last_modified=raw.last_modified,
            received_at=raw.fetched_at,
            raw_id=raw.id,
        )

    def load_by_path(self, ids: Sequence[int]) -> dict[str, PageResponse]:
        """Return stored responses with these ids by path, the newest of each; raises as `load`."""
        return {raw.path: self.load(raw) for raw in self.index.find(ids)}

    def load_newest(self, paths: Sequence[str]) -> dict[str, PageResponse]:
        """Return the newest response of status 200 by path; paths without one are left out. Raises as `load`."""
        return {path: self.load(raw) for path, raw in self.index.find_newest(paths).items()}

    def _read_pack(self, name: str) -> list[Body]:
        packed = self._objects.get(name)
        if hashlib.sha256(packed).hexdigest() != name.rpartition("/")[2]:
            raise Corrupted(f"object {name} is not what was stored")
        return raw_pack.unpack(packed)


def _body(path: str, response: PageResponse, now: datetime) -> Body:
    return Body(path=path, status=response.status, etag=response.etag, fetched_at=now, content=response.text.encode())


def _season_of(path: str) -> int:
    match = _SEASON.search(path)
    return int(match[1]) if match else 0
