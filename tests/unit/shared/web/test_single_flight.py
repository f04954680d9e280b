"""Of many who ask at the same time one makes the answer; the others get it, whatever becomes of the first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.testing.memory_cache import MemoryCache
from shared.web import single_flight
from shared.web.single_flight import SingleFlight

MANY = 50


class Making:
    """Makes an answer slowly enough for everybody to ask meanwhile; counts."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.n = 0
        self._fault = fault
        self._lock = threading.Lock()
        self.go_on = threading.Event()

    def __call__(self) -> bytes:
        with self._lock:
            self.n += 1
        assert self.go_on.wait(10)
        if self._fault:
            raise self._fault
        return b"made"


def once(cache: MemoryCache, flights: SingleFlight[bytes], making: Making) -> bytes:
    return single_flight.compute_once("key", making, cache=cache, flights=flights, ttl_s=60)


def asked_at_once(cache: MemoryCache, processes: list[SingleFlight[bytes]], making: Making) -> list[bytes]:
    """What many get who ask at the same time, in turn through each process."""
    together = threading.Barrier(MANY + 1)

    def ask(n: int) -> bytes:
        together.wait(10)
        return once(cache, processes[n % len(processes)], making)

    with ThreadPoolExecutor(MANY) as pool:
        asked = [pool.submit(ask, n) for n in range(MANY)]
        together.wait(10)
        threading.Timer(0.05, making.go_on.set).start()
        return [each.result() for each in asked]


@pytest.mark.parametrize("n_processes", [1, 5])
def test_of_many_who_ask_at_once_one_makes_the_answer(n_processes: int) -> None:
    making = Making()
    assert asked_at_once(MemoryCache(), [SingleFlight() for _ in range(n_processes)], making) == [b"made"] * MANY
    assert making.n == 1


def test_without_the_cache_each_process_makes_one() -> None:
    cache, making = MemoryCache(), Making()
    cache.gone = True
    assert asked_at_once(cache, [SingleFlight(), SingleFlight()], making) == [b"made"] * MANY
    assert 2 <= making.n < MANY


def test_a_failure_is_everybodys_and_is_not_remembered() -> None:
    cache, flights, making = MemoryCache(), SingleFlight[bytes](), Making(KeyError("gone"))
    making.go_on.set()
    for _ in range(2):
        with pytest.raises(KeyError):
            once(cache, flights, making)
    assert (making.n, cache.values, cache.claims) == (2, {}, set())


def test_who_claimed_an_answer_and_died_holds_nobody_up_for_ever() -> None:
    cache, making = MemoryCache(), Making()
    making.go_on.set()
    cache.claim("key", ttl_s=10)
    waited_s: list[float] = []
    made = single_flight.compute_once(
        "key", making, cache=cache, flights=SingleFlight(), ttl_s=60, sleep=waited_s.append
    )
    assert made == b"made"
    assert 1 < sum(waited_s) < single_flight.CLAIM_TTL_S


def test_what_another_process_makes_is_waited_for() -> None:
    cache, making = MemoryCache(), Making()
    cache.claim("key", ttl_s=10)
    waited_s: list[float] = []

    def wait(pause_s: float) -> None:
        waited_s.append(pause_s)
        if len(waited_s) == 2:
            cache.set_and_release("key", b"theirs", ttl_s=60)

    made = single_flight.compute_once("key", making, cache=cache, flights=SingleFlight(), ttl_s=60, sleep=wait)
    assert (made, making.n, len(waited_s)) == (b"theirs", 0, 2)
