"""Raw answers, kept before anybody parses them: bodies in the object store, where each lies in an index."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from functions.scrape_league.source.endpoints import SOURCE
from shared.adapters.arrow import raw_pack
from shared.adapters.arrow.raw_pack import Body
from shared.errors import Corrupted
from shared.ports.clock import Clock
from shared.ports.collection import PageRequest, PageResponse
from shared.ports.objects import Objects

_SEASON = re.compile(r"/season/(\d+)/")
_NO_BODY = (0, 304)
_PACKS_AT_HAND = 4
"""Unpacked ones, some 5 MB each: a chunk that was read in bursts lies in a few packs, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRawResponse:
    """Where the body of an answer lies, and whose it is."""

    path: str
    status: int
    etag: str
    fetched_at: datetime
    league_id: int
    season_id: int
    """0: a league's own list."""
    reading: str
    """What was asked by one chunk is parsed together."""
    object: str
    place: int
    n_bytes: int
    sha256: str
    """Hex."""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse(NewRawResponse):
    """A noted one."""

    id: int


class Index(Protocol):
    """Knows where bodies lie."""

    def add(self, places: Sequence[NewRawResponse]) -> list[int]:
        """Note them durably; their ids, in order."""

    def newest(self, paths: Sequence[str]) -> dict[str, RawResponse]:
        """The last answer of status 200 by path, of those that have one."""

    def places(self, ids: Sequence[int]) -> list[RawResponse]:
        """Places by id, the oldest first."""


class Archive:
    """Keeps answers and gives them back. Shared by all threads of a worker."""

    def __init__(self, objects: Objects, index: Index, clock: Clock) -> None:
        self.index = index
        self._objects, self._clock = objects, clock
        self._unpacked = lru_cache(_PACKS_AT_HAND)(self._read)

    def keep(
        self,
        requests: Sequence[PageRequest],
        responses: Sequence[PageResponse],
        *,
        league_id: int,
        season_id: int,
        reading: str,
    ) -> list[PageResponse]:
        """Keep every body durably; the answers, told when they came and where they lie.

        Killed between the two stores, an object is left that nothing names, and the chunk is fetched again.
        """
        now = self._clock.now()
        responses = [replace(response, received_at=now) for response in responses]
        kept = [at for at, response in enumerate(responses) if response.status not in _NO_BODY]
        if not kept:
            return responses
        bodies = [_body(requests[at].path, responses[at], now) for at in kept]
        packed = raw_pack.pack(bodies)
        name = f"raw/{SOURCE}/{now:%Y-%m-%d}/{hashlib.sha256(packed).hexdigest()}"
        self._objects.put(name, packed)
        places = [
            NewRawResponse(
                path=body.path,
                status=body.status,
                etag=body.etag,
                fetched_at=now,
                league_id=league_id,
                season_id=_season_of(body.path) or season_id,
                reading=reading,
                object=name,
                place=number,
                n_bytes=len(body.content),
                sha256=body.sha256.hex(),
                last_modified=responses[at].last_modified,
            )
            for number, (at, body) in enumerate(zip(kept, bodies, strict=True))
        ]
        for at, raw_id in zip(kept, self.index.add(places), strict=True):
            responses[at] = replace(responses[at], raw_id=raw_id)
        return responses

    def response(self, place: RawResponse) -> PageResponse:
        """An answer as it came.

        Raises
        ------
        Corrupted : the object or the body is not the one that was kept.
        NotFound : the object is gone.
        """
        bodies = self._unpacked(place.object)
        if place.place >= len(bodies) or bodies[place.place].sha256.hex() != place.sha256:
            raise Corrupted(f"raw answer {place.id} of {place.path} is not what was kept")
        return PageResponse(
            status=place.status,
            text=bodies[place.place].content.decode(),
            etag=place.etag,
            last_modified=place.last_modified,
            received_at=place.fetched_at,
            raw_id=place.id,
        )

    def newest(self, paths: Sequence[str]) -> dict[str, PageResponse]:
        """The last answer of status 200 by path, of those that have one."""
        return {path: self.response(place) for path, place in self.index.newest(paths).items()}

    def _read(self, name: str) -> list[Body]:
        packed = self._objects.get(name)
        if hashlib.sha256(packed).hexdigest() != name.rpartition("/")[2]:
            raise Corrupted(f"object {name} is not what was kept")
        return raw_pack.unpack(packed)


def _body(path: str, response: PageResponse, now: datetime) -> Body:
    return Body(path=path, status=response.status, etag=response.etag, fetched_at=now, content=response.text.encode())


def _season_of(path: str) -> int:
    found = _SEASON.search(path)
    return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildScope:
    """What is to be made again; None means all."""

    league_id: int | None = None
    season_id: int | None = None
    since: datetime | None = None
    """Only what was fetched from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchGroup:
    """What one chunk of work fetched of a season (0: of the league itself)."""

    reading: str
    league_id: int
    season_id: int
    ids: list[int]
    wanted: bool
    """Otherwise it is read only for what came before the others."""
