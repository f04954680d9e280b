"""One suite over the fake and the real cache."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.adapters.valkey.cache import ValkeyCache
from shared.errors import Unavailable
from shared.ports.cache import Cache
from shared.testing.memory_cache import MemoryCache


@pytest.fixture(params=["memory", "valkey"])
def cache(request: pytest.FixtureRequest) -> Iterator[Cache]:
    if request.param == "memory":
        yield MemoryCache()
    else:
        yield ValkeyCache(request.getfixturevalue("cache_url"))


def test_absent_key_is_none(cache: Cache) -> None:
    assert cache.get("nothing") is None


def test_value_comes_back_whole(cache: Cache) -> None:
    cache.put("key", b"\x00\xffvalue", ttl_s=60)
    assert cache.get("key") == b"\x00\xffvalue"


def test_generation_stands_still_until_advanced(cache: Cache) -> None:
    first, _ = cache.get_with_generation("key", "league:17")
    assert first != 0
    assert cache.get_with_generation("another", "league:17") == (first, None)
    cache.bump_generation("league:17")
    assert cache.get_with_generation("key", "league:17")[0] not in (0, first)


def test_generations_are_apart(cache: Cache) -> None:
    other, _ = cache.get_with_generation("key", "league:8")
    cache.bump_generation("league:17")
    assert cache.get_with_generation("key", "league:8") == (other, None)


def test_a_look_finds_the_value_of_the_current_generation_alone(cache: Cache) -> None:
    generation, _ = cache.get_with_generation("key", "league:17")
    cache.put("key", b"of no generation", ttl_s=60)
    cache.put(f"key:{generation + 1}", b"of another", ttl_s=60)
    assert cache.get_with_generation("key", "league:17") == (generation, None)
    cache.put(f"key:{generation}", b"\x00\xffvalue", ttl_s=60)
    assert cache.get_with_generation("key", "league:17") == (generation, b"\x00\xffvalue")
    cache.bump_generation("league:17")
    assert cache.get_with_generation("key", "league:17")[1] is None


def test_generation_and_key_of_one_name_are_apart(cache: Cache) -> None:
    cache.put("league:17", b"value", ttl_s=60)
    cache.bump_generation("league:17")
    assert cache.get("league:17") == b"value"


def test_a_claim_is_one_callers_until_it_is_given_up(cache: Cache) -> None:
    assert cache.claim("key", ttl_s=60) == (None, True)
    assert cache.claim("key", ttl_s=60) == (None, False)
    assert cache.claim("another", ttl_s=60) == (None, True)
    assert cache.get("key") is None
    cache.release("key")
    assert cache.claim("key", ttl_s=60) == (None, True)


def test_a_claim_that_is_fulfilled_is_over_and_the_value_there(cache: Cache) -> None:
    assert cache.claim("key", ttl_s=60) == (None, True)
    cache.set_and_release("key", b"value", ttl_s=60)
    assert cache.get("key") == b"value"
    for _ in range(2):
        assert cache.claim("key", ttl_s=60) == (b"value", False)


def test_what_is_thrown_away_leaves_no_connection_to_complain(cache_url: str) -> None:
    """Or else whichever test is running by then fails."""
    for n in range(20):
        thrown_away: list[object] = [ValkeyCache(cache_url)]
        if n % 2:
            gc.collect()
        used_by_threads(thrown_away[0])
        thrown_away.append(thrown_away)
        del thrown_away
        gc.collect()


def used_by_threads(cache: object) -> None:
    assert isinstance(cache, ValkeyCache)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(cache.get, ["key"] * 100))


@pytest.mark.parametrize("silent", ["memory", "valkey"])
def test_silent_cache_fails_no_read(silent: str) -> None:
    cache: Cache
    if silent == "memory":
        cache = MemoryCache()
        cache.gone = True
    else:
        cache = ValkeyCache("redis://127.0.0.1:1/0")
    assert cache.get("key") is None
    cache.put("key", b"value", ttl_s=60)
    assert cache.get_with_generation("key", "name") == (0, None)
    for _ in range(2):
        assert cache.claim("key", ttl_s=60) == (None, True)
    cache.set_and_release("key", b"value", ttl_s=60)
    cache.release("key")
    with pytest.raises(Unavailable):
        cache.bump_generation("name")
