"""The queueing formulas against tables, against each other, and against a simulated queue."""

from __future__ import annotations

import heapq
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.capacity import queueing
from tests.bench.capacity.queueing import Saturated

ERLANG_B = [(1, 1.0, 0.5), (2, 1.0, 0.2), (5, 3.0, 0.11005), (10, 5.0, 0.01838), (20, 12.0, 0.00980)]
"""Servers, Erlangs, blocked; worked out from the sum of Erlang's formula."""


@pytest.mark.parametrize(("servers", "offered", "blocked"), ERLANG_B)
def test_erlang_b_is_as_in_the_tables(servers: int, offered: float, blocked: float) -> None:
    terms = [offered**n / math.factorial(n) for n in range(servers + 1)]
    assert queueing.erlang_b(servers, offered) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)
    assert queueing.erlang_b(servers, offered) == pytest.approx(blocked, abs=5e-6)


@pytest.mark.parametrize(
    ("servers", "offered", "waits"), [(1, 0.5, 0.5), (2, 1.0, 1 / 3), (2, 1.5, 9 / 14), (10, 8.0, 0.40918)]
)
def test_erlang_c_is_as_in_the_tables(servers: int, offered: float, waits: float) -> None:
    assert queueing.erlang_c(servers, offered) == pytest.approx(waits, abs=5e-6)


def test_one_server_waits_as_pollaczek_and_khinchine_say() -> None:
    # M/D/1 at 80 %: 0.8 / (2 * 0.2) services; M/M/1: twice that.
    assert queueing.mean_wait_s(0.8, 1.0, 1, service_cv2=0.0) == pytest.approx(2.0)
    assert queueing.mean_wait_s(0.8, 1.0, 1) == pytest.approx(4.0)


def test_a_percentile_of_one_server_is_exponential() -> None:
    # P(wait > t) = 0.8 * exp(-0.2 t), so 95 % wait ln(16) / 0.2 at most.
    assert queueing.wait_percentile_s(0.95, 0.8, 1.0, 1) == pytest.approx(math.log(16) / 0.2)
    assert queueing.wait_percentile_s(0.95, 0.01, 1.0, 1) == 0.0


@pytest.mark.parametrize("offered", [2.0, 2.5])
def test_what_is_more_than_can_be_served_is_refused(offered: float) -> None:
    with pytest.raises(Saturated, match="Erlangs for 2 servers"):
        queueing.erlang_c(2, offered)


@given(st.integers(1, 60), st.floats(0.01, 0.99))
def test_more_servers_never_let_anybody_wait_longer(servers: int, busy: float) -> None:
    now = queueing.mean_wait_s(busy * servers, 1.0, servers)
    assert 0 <= queueing.mean_wait_s(busy * servers, 1.0, servers + 1) <= now


@given(st.floats(0.1, 500), st.floats(0.001, 2))
def test_needed_servers_are_enough_and_one_less_is_not(arrivals_per_s: float, service_s: float) -> None:
    servers = queueing.servers_needed(arrivals_per_s, service_s, wait_s=0.1, part=0.95, most_busy=0.7)
    offered = arrivals_per_s * service_s
    assert offered / servers <= 0.7 * (1 + 1e-12)
    assert queueing.wait_percentile_s(0.95, arrivals_per_s, service_s, servers) <= 0.1
    if servers > 1 and offered / (servers - 1) <= 0.7:
        assert queueing.wait_percentile_s(0.95, arrivals_per_s, service_s, servers - 1) > 0.1


@pytest.mark.parametrize(("servers", "shape"), [(3, 1), (3, 4)], ids=["exponential", "steadier"])
def test_a_simulated_queue_waits_as_the_formula_says(servers: int, shape: int) -> None:
    output = queueing.mean_wait_s(2.4, 1.0, servers, service_cv2=1 / shape)
    assert simulated_wait_s(2.4, servers, shape, n=400_000) == pytest.approx(output, rel=0.05)


def simulated_wait_s(arrivals_per_s: float, servers: int, shape: int, *, n: int) -> float:
    """The mean wait of `n` arrivals; services are Erlang distributed with mean 1 and a CV^2 of 1 / shape."""
    chance = random.Random(1)
    free_at, now, waited = [0.0] * servers, 0.0, 0.0
    for _ in range(n):
        now += chance.expovariate(arrivals_per_s)
        begins = max(now, heapq.heappop(free_at))
        waited += begins - now
        heapq.heappush(free_at, begins + chance.gammavariate(shape, 1 / shape))
    return waited / n
