"""Queues with several servers: M/M/c exactly, G/G/c by Allen and Cunneen's approximation.

Times are seconds, rates per second, `offered` is load in Erlangs: arrivals per second times seconds of service.

References
----------
Erlang (1917), Solution of some problems in the theory of probabilities of significance in automatic telephone exchanges
Allen (1990), Probability, Statistics, and Queueing Theory, 2nd edition, section 5.2.4 (Allen-Cunneen)
Jagerman (1974), Some properties of the Erlang loss function (the recurrence)
"""

from __future__ import annotations

import math


class Saturated(ValueError):
    """More comes than can be served, so that the queue grows without end."""


def erlang_b(servers: int, offered: float) -> float:
    """The part of arrivals that find all servers busy where nobody waits."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """The part of arrivals that have to wait.

    Raises
    ------
    Saturated : `offered` is not below `servers`.
    """
    if offered >= servers:
        raise Saturated(f"{offered:.2f} Erlangs for {servers} servers")
    blocked = erlang_b(servers, offered)
    return blocked / (1 - offered / servers * (1 - blocked))


def mean_wait_s(
    arrivals_per_s: float, service_s: float, servers: int, *, arrival_cv2: float = 1.0, service_cv2: float = 1.0
) -> float:
    """How long one waits on average before one is served.

    Parameters
    ----------
    arrival_cv2, service_cv2 : squared coefficients of variation; 1 = exponential, 0 = always the same.

    Raises
    ------
    Saturated : more comes than can be served.
    """
    offered = arrivals_per_s * service_s
    waits = erlang_c(servers, offered)
    return waits * service_s / (servers - offered) * (arrival_cv2 + service_cv2) / 2


def wait_percentile_s(
    part: float,
    arrivals_per_s: float,
    service_s: float,
    servers: int,
    *,
    arrival_cv2: float = 1.0,
    service_cv2: float = 1.0,
) -> float:
    """What this part of all arrivals waits at most: exact for M/M/c, else with the tail of the same mean."""
    mean = mean_wait_s(arrivals_per_s, service_s, servers, arrival_cv2=arrival_cv2, service_cv2=service_cv2)
    waits = erlang_c(servers, arrivals_per_s * service_s)
    return max(0.0, mean / waits * math.log(waits / (1 - part))) if waits else 0.0


def servers_needed(
    arrivals_per_s: float, service_s: float, *, wait_s: float, part: float, most_busy: float, service_cv2: float = 1.0
) -> int:
    """The fewest servers of which none is busier than `most_busy` and where `part` of all wait `wait_s` at most."""
    offered = arrivals_per_s * service_s
    servers = max(1, math.ceil(offered / most_busy))
    while wait_percentile_s(part, arrivals_per_s, service_s, servers, service_cv2=service_cv2) > wait_s:
        servers += 1
    return servers
