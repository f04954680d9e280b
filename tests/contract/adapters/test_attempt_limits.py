"""One suite over the fake and the real store of attempts and of revoked sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.adapters.valkey.limits import ValkeyLimits
from shared.domain.accounts.users import ACCESS_LIFETIME
from shared.errors import Overloaded, Unavailable
from shared.ports.accounts import Limit
from shared.testing.clock import HandClock
from shared.testing.memory_limits import MemoryLimits
from tests.support.engines.fixtures import PATIENTLY

Limits = MemoryLimits | ValkeyLimits
ADA = Limit(name="account:ada", at_most=3, within_s=60)
HERE = Limit(name="address:192.0.2.1", at_most=5, within_s=600)


@pytest.fixture(params=["memory", "valkey"])
def limits(request: pytest.FixtureRequest) -> Limits:
    return MemoryLimits() if request.param == "memory" else ValkeyLimits(request.getfixturevalue("bus_url") + PATIENTLY)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_attempts_are_counted_up_to_the_limit(limits: Limits, clock: HandClock) -> None:
    for _ in range(3):
        limits.take([ADA], now=clock.now())
        clock.move(seconds=10)
    with pytest.raises(Overloaded) as caught:
        limits.take([ADA], now=clock.now())
    assert caught.value.retry_after_s == 30


def test_the_window_slides(limits: Limits, clock: HandClock) -> None:
    for _ in range(3):
        limits.take([ADA], now=clock.now())
        clock.move(seconds=20)
    for _ in range(4):
        limits.take([ADA], now=clock.now())
        with pytest.raises(Overloaded) as caught:
            limits.take([ADA], now=clock.now())
        assert caught.value.retry_after_s == 20
        clock.move(seconds=20)


def test_what_is_refused_by_one_limit_counts_for_none(limits: Limits, clock: HandClock) -> None:
    for _ in range(3):
        limits.take([ADA, HERE], now=clock.now())
    for _ in range(10):
        with pytest.raises(Overloaded):
            limits.take([ADA, HERE], now=clock.now())
    eve = Limit(name="account:eve", at_most=3, within_s=60)
    for _ in range(2):
        limits.take([eve, HERE], now=clock.now())
    with pytest.raises(Overloaded) as caught:
        limits.take([eve, HERE], now=clock.now())
    assert caught.value.retry_after_s == 600


def test_an_attempt_given_back_counts_no_more(limits: Limits, clock: HandClock) -> None:
    for _ in range(10):
        limits.give_back([ADA, HERE], limits.take([ADA, HERE], now=clock.now()))
    limits.take([ADA], now=clock.now())
    limits.give_back([ADA], "no such attempt")


def test_a_lower_limit_holds_for_what_was_counted_before(limits: Limits, clock: HandClock) -> None:
    for _ in range(3):
        limits.take([ADA], now=clock.now())
        clock.move(seconds=10)
    with pytest.raises(Overloaded) as caught:
        limits.take([Limit(name=ADA.name, at_most=1, within_s=60)], now=clock.now())
    assert caught.value.retry_after_s == 50


def test_of_many_at_once_no_more_than_the_limit_pass(limits: Limits, clock: HandClock) -> None:
    def passes(_: int) -> bool:
        try:
            return bool(limits.take([HERE, ADA], now=clock.now()))
        except Overloaded:
            return False

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(passes, range(64))) == 3


def test_a_revoked_session_is_held(limits: Limits) -> None:
    assert not limits.contains("s1")
    limits.add(["s1", "s2"])
    limits.add(["s1"])
    limits.add([])
    assert [limits.contains(session) for session in ("s1", "s2", "s3")] == [True, True, False]


def test_what_is_kept_expires(bus_url: str, clock: HandClock) -> None:
    from redis import Redis

    limits = ValkeyLimits(bus_url + PATIENTLY)
    limits.take([ADA, HERE], now=clock.now())
    limits.add(["s1"])
    with Redis.from_url(bus_url, decode_responses=True) as client:
        left_s = {key: client.ttl(key) for key in client.scan_iter()}
    expected = {"limit:{login}:account:ada": 60, "limit:{login}:address:192.0.2.1": 600}
    expected["revoked:s1"] = int(ACCESS_LIFETIME.total_seconds())
    assert left_s.keys() == expected.keys()
    assert all(expected[key] - 30 <= remaining_s <= expected[key] for key, remaining_s in left_s.items())


@pytest.mark.parametrize("kind", ["memory", "valkey"])
def test_a_store_that_is_gone_says_so_and_never_fails_a_giving_back(kind: str, clock: HandClock) -> None:
    limits: Limits = ValkeyLimits("redis://127.0.0.1:1/0")
    if kind == "memory":
        limits = MemoryLimits()
        limits.gone = True
    with pytest.raises(Unavailable):
        limits.take([ADA], now=clock.now())
    with pytest.raises(Unavailable):
        limits.add(["s1"])
    with pytest.raises(Unavailable):
        limits.contains("s1")
    limits.give_back([ADA], "attempt")


def test_the_first_probe_only_connects_and_the_second_asks(bus_url: str) -> None:
    limits = ValkeyLimits(bus_url)
    limits.probe()
    limits.probe()
    refused = ValkeyLimits(bus_url.replace("redis://", "redis://nobody:wrong@", 1))
    refused.probe()
    with pytest.raises(Unavailable):
        refused.probe()
    with pytest.raises(Unavailable, match="nothing listens"):
        ValkeyLimits("redis://127.0.0.1:1/0").probe()
