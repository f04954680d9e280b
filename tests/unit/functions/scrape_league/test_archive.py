"""The archive of raw responses: stored before parsing, loaded as received, refused when damaged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.scrape_league.raw.archive import Archive
from functions.scrape_league.source.endpoints import Slice
from shared.adapters.arrow import raw_pack
from shared.adapters.arrow.raw_pack import Body
from shared.errors import Corrupted, NotFound
from shared.ports.collection import PageRequest, PageResponse
from shared.testing.clock import HandClock
from shared.testing.memory_objects import MemoryObjects
from tests.support.collection.doubles import NOW, MemoryIndex, WorkerHarness, listed_round, match_queue, path

BODIES = st.lists(
    st.builds(
        Body,
        path=st.text(max_size=20),
        status=st.integers(100, 599),
        etag=st.text(max_size=5),
        fetched_at=st.datetimes(timezones=st.just(UTC)),
        content=st.binary(max_size=200),
    ),
    max_size=5,
)


@settings(max_examples=40)
@given(BODIES)
def test_unpacking_a_pack_returns_its_bodies(bodies: list[Body]) -> None:
    assert raw_pack.unpack(raw_pack.pack(bodies)) == bodies


@settings(max_examples=60)
@given(BODIES, st.data())
def test_a_damaged_pack_is_refused_or_unpacks_unchanged(bodies: list[Body], data: st.DataObject) -> None:
    packed = raw_pack.pack(bodies)
    cut = data.draw(st.integers(0, len(packed) - 1))
    damaged = packed[:cut] + data.draw(st.binary(max_size=3)) + packed[cut + 2 :]
    try:
        unpacked = raw_pack.unpack(damaged)
    except Corrupted:
        return
    assert [body.content for body in unpacked] == [body.content for body in bodies]


def store_responses() -> tuple[Archive, MemoryObjects, list[PageResponse]]:
    objects, index = MemoryObjects(), MemoryIndex()
    archive = Archive(objects, index, HandClock(NOW))
    requests = [PageRequest(path="/a"), PageRequest(path="/season/7/b"), PageRequest(path="/c"), PageRequest(path="/d")]
    responses = [
        PageResponse(status=200, text="ä" * 100, etag="e"),
        PageResponse(status=404, text="no"),
        PageResponse(status=304),
        PageResponse(status=0),
    ]
    return archive, objects, archive.store(requests, responses, league_id=17, season_id=0, fetch_id="r")


def test_every_body_is_stored_and_loaded_as_received() -> None:
    archive, objects, responses = store_responses()
    assert [response.raw_id for response in responses] == [1, 2, 0, 0]
    assert {response.received_at for response in responses} == {NOW}
    places = archive.index.find([1, 2])
    assert [archive.load(place) for place in places] == responses[:2]
    assert [place.season_id for place in places] == [0, 7]
    assert archive.load_newest(["/a", "/season/7/b"]) == {"/a": responses[0]}
    (name,) = objects.kept
    assert name.startswith("raw/sofascore/2026-11-21/")


def test_an_altered_or_lost_object_raises() -> None:
    archive, objects, _ = store_responses()
    (place, _) = archive.index.find([1, 2])
    other = raw_pack.pack([Body(path="/a", status=200, etag="e", fetched_at=datetime.now(UTC), content=b"other")])
    objects.kept = dict.fromkeys(objects.kept, other)
    with pytest.raises(Corrupted):
        archive.load(place)
    objects.kept.clear()
    with pytest.raises(NotFound):
        archive.load(place)


def test_an_unreadable_response_is_stored_too() -> None:
    site, (match, *_) = listed_round()
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=200, text="<html>")
    queue = match_queue(match)
    bench = WorkerHarness(queue, site)
    bench.run()
    assert bench.records == []
    assert bench.deps.archive.load_newest([path(match, Slice.DETAIL)])[path(match, Slice.DETAIL)].text == "<html>"


def test_without_an_object_store_nothing_is_parsed() -> None:
    site, (match, *_) = listed_round()
    queue = match_queue(match)
    bench = WorkerHarness(queue, site)
    bench.objects.gone = True
    bench.run()
    assert bench.records == []
    assert len(queue.released) == 1
