"""Where it saturates: each thing that may be busy as one queue, from demand, measured costs and the manifests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.bench.capacity import queueing
from tests.bench.capacity.demand import Demand, Habits
from tests.bench.capacity.figures import Cost, Figures
from tests.bench.capacity.supply import Supply

MOST_BUSY = 0.7
"""Knative's own target: what is busier has no room for a burst."""
PATIENCE_S, PART = 0.1, 0.95
"""Of a hundred requests ninety-five may wait this long for a free server."""
TICK_S = 2.0
"""Of Knative's autoscaler: what need not be quick may wait as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One queue with several servers."""

    name: str
    arrivals_per_s: float
    service_s: float
    servers: int
    """As many as the manifests allow."""
    cv2: float = 1.0
    patience_s: float = PATIENCE_S

    @property
    def offered(self) -> float:
        """Load in Erlangs: how many servers would always be busy."""
        return self.arrivals_per_s * self.service_s

    @property
    def busy(self) -> float:
        """The part of all servers; 1 or more is too much."""
        return self.offered / self.servers

    def wait_s(self) -> float | None:
        """What 95 of a hundred wait at most; None when the queue grows without end."""
        if self.busy >= 1:
            return None
        return queueing.wait_percentile_s(PART, self.arrivals_per_s, self.service_s, self.servers, service_cv2=self.cv2)

    def needed(self) -> int:
        """Servers that would do."""
        return queueing.servers_needed(
            self.arrivals_per_s, self.service_s, wait_s=self.patience_s, part=PART, most_busy=MOST_BUSY,
            service_cv2=self.cv2,
        )  # fmt: skip


def stations(demand: Demand, figures: Figures, supply: Supply, said: Habits) -> list[Station]:
    """All of them, what collects first.

    A pod counts as one server, as Python runs one thread at a time; that bcrypt and ClickHouse's client let others run
    meanwhile is left as a reserve.
    """
    batch = figures.functions["ingest-batch"]
    asks = [*_asks(demand, figures, said)]
    dispatch_s = 1 / figures.dispatched_per_s
    return [
        Station(
            name="the source", arrivals_per_s=demand.source_requests_per_s, service_s=1 / supply.source_per_s,
            servers=1, cv2=0.0, patience_s=said.results_every_s,
        ),
        Station(
            name="KafkaSource", arrivals_per_s=demand.batches_per_s, service_s=dispatch_s,
            servers=min(supply.consumers, supply.partitions),
        ),
        Station(
            name="ingest-batch", arrivals_per_s=demand.batches_per_s, service_s=batch.function_ms / 1000,
            servers=supply.functions["ingest-batch"].most, cv2=batch.cv2, patience_s=TICK_S,
        ),
        Station(name="Triggers", arrivals_per_s=demand.batches_per_s, service_s=dispatch_s, servers=1),
        *(
            mixed(name, supply.functions[name].most, ((n, cost.function_ms) for who, n, cost in asks if who == name))
            for name in demand.asks_per_s
        ),
        mixed("Valkey", 1, ((rate, cost.valkey_ms) for _, rate, cost in asks)),
        mixed("Postgres", int(supply.postgres_cores), ((rate, cost.postgres_ms) for _, rate, cost in asks)),
        mixed(
            "ClickHouse", int(supply.shards * supply.replicas_of_shard * supply.clickhouse_cores),
            [
                *((rate, cost.clickhouse_ms) for _, rate, cost in asks),
                (demand.batches_per_s * supply.replicas_of_shard, batch.clickhouse_ms),  # every replica stores it
            ],
        ),
    ]  # fmt: skip


def _asks(demand: Demand, figures: Figures, said: Habits) -> Iterator[tuple[str, float, Cost]]:
    """Function, rate and cost of each kind of request; statistics are asked of ClickHouse where nobody remembers."""
    for name, rate in demand.asks_per_s.items():
        missed = figures.functions.get(f"{name}-missed")
        if missed is None:
            yield name, rate, figures.functions[name]
        else:
            yield name, rate * said.remembered, figures.functions[name]
            yield name, rate * (1 - said.remembered), missed


def mixed(name: str, servers: int, parts: Iterable[tuple[float, float]]) -> Station:
    """Several kinds of requests to the same servers, each exponential with a mean of its own in milliseconds."""
    kept = [(rate, service_ms / 1000) for rate, service_ms in parts if rate and service_ms]
    arrivals = sum(rate for rate, _ in kept)
    mean = sum(rate * service for rate, service in kept) / arrivals
    square = sum(rate * 2 * service**2 for rate, service in kept) / arrivals
    return Station(name=name, arrivals_per_s=arrivals, service_s=mean, servers=servers, cv2=square / mean**2 - 1)
