"""k8s/CAPACITY.md: what the model says, with its arithmetic."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bench.capacity import demand, model
from tests.bench.capacity.demand import Demand, Habits
from tests.bench.capacity.figures import Figures
from tests.bench.capacity.model import Station
from tests.bench.capacity.supply import Supply

TIMES = (1, 100, 10_000)
REMEDIES = {
    "the source": "nothing, on purpose: one polite rate for all workers, however many. More leagues need more sources "
    "(each has a rate of its own) or the operator's word and `SOURCE_REQUESTS_PER_SECOND`",
    "KafkaSource": "`consumers` of the KafkaSource, up to the topic's {partitions} partitions",
    "Triggers": "KEDA for Triggers, up to the Broker's {broker_partitions} partitions",
    "Valkey": "one thread serves all; keys name their league, so a cluster splits them. A shorter way: answers cached "
    "at the edge by their ETag",
    "Postgres": "`resources` of the primary first; then reads of `account` and `session` from the replicas",
    "ClickHouse": "`replicasCount` for readers, `shardsCount` for rows: seasons are spread over shards",
    "ingest-batch": "`max-scale`, but not beyond what ClickHouse inserts",
}
_FUNCTION = "`max-scale` of its Service, and nodes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """So many times nine leagues."""

    times: int
    demand: Demand
    stations: dict[str, Station]


def scale(times: int, figures: Figures, supply: Supply, said: Habits) -> Scale:
    """What is asked for, and how busy that makes everything."""
    asked = demand.of(times, figures.batches_of_a_match, said)
    return Scale(
        times=times,
        demand=asked,
        stations={each.name: each for each in model.stations(asked, figures, supply, said)},
    )


def written(figures: Figures, supply: Supply, said: Habits) -> str:
    """The page."""
    scales = [scale(times, figures, supply, said) for times in TIMES]
    parts = [
        _head(figures),
        "## What is asked for\n",
        _assumed(said),
        _demand(scales),
        "## What a request costs\n",
        _costs(figures),
        "## What is full first\n",
        _order(scales[0], supply),
        "## From load to replicas and partitions\n",
        _replicas(scales, supply),
        "## What it costs\n",
        _bill(scales, figures, supply, said),
        "## Filling an empty store\n",
        _filling(scales, figures, supply, said),
        _limits(),
    ]
    return "\n".join(parts)


def _head(figures: Figures) -> str:
    return f"""# Capacity

What nine leagues and their followers ask of a cluster, and a hundred and ten thousand times as many. Made by
`./scripts/bench capacity --write` from figures measured on {figures.measured_on} ({figures.machine}), from the limits
in [`../knative`](../knative) and [`base`](base), and from assumptions that are named; a test holds it to the three.

Everything that can be busy is one queue with several servers: M/M/c, and G/G/c by Allen and Cunneen's approximation
([`tests/bench/capacity`](../tests/bench/capacity)). A pod is one server, as Python runs one thread at a time.
"""


def _assumed(said: Habits) -> str:
    return _paragraph(
        f"Assumed, since nobody has measured it: {said.leagues} leagues have {said.users:,} users, of whom",
        f"{said.there_at_once:.0%} are there in the busiest hour, and each asks {said.asks_per_minute:.0f} times a",
        f"minute; {said.remembered:.0%} of the statistics asked for are in the cache. Half of a round of",
        f"{said.matches_of_a_round} matches is played at once; results are collected hourly, and",
        f"{said.requests_of_a_match} pages of each match within two hours of its end.",
    )


def _demand(scales: Sequence[Scale]) -> str:
    rows: list[tuple[str, list[str]]] = [
        ("leagues", [f"{each.demand.leagues:,.0f}" for each in scales]),
        ("matches at once", [f"{each.demand.live_matches:,.0f}" for each in scales]),
        ("users", [f"{each.demand.users:,.0f}" for each in scales]),
        ("requests of people a second", [_short(sum(each.demand.asks_per_s.values())) for each in scales]),
        ("requests to the source a second", [_short(each.demand.source_requests_per_s) for each in scales]),
        ("batches a second", [_short(each.demand.batches_per_s) for each in scales]),
    ]
    return _table(["", *(f"{each.times:,} ×" for each in scales)], ([name, *cells] for name, cells in rows))


def _costs(figures: Figures) -> str:
    rows = (
        [f"`{name}`", *(f"{each:.2f}" for each in (c.function_ms, c.postgres_ms, c.valkey_ms, c.clickhouse_ms))]
        for name, c in sorted(figures.functions.items())
    )
    table = _table(["ms of a core", "function", "Postgres", "Valkey", "ClickHouse"], rows)
    return f"{table}\n" + _paragraph(
        "`login` and `register` are one bcrypt of cost 12. `query-stats-missed` is a table that is in no cache;",
        "`ingest-batch` takes 380 matches.",
        f"One dispatcher delivers {figures.dispatched_per_s:,.0f} events a second unordered (`./scripts/bench",
        f"dispatch`), one `ingest-batch` stores {figures.ingested_rows_per_s:,.0f} rows a second from the log",
        "(`./scripts/bench ingest`).",
    )


def _order(once: Scale, supply: Supply) -> str:
    known = {"partitions": supply.partitions, "broker_partitions": supply.broker_partitions}
    rows = (
        [
            f"{1 / each.busy:,.0f} ×",
            each.name,
            f"{each.arrivals_per_s:.3g}/s · {each.service_s * 1000:.3g} ms / {each.servers} = {each.busy:.2g}",
            REMEDIES.get(each.name, _FUNCTION).format(**known),
        ]
        for each in sorted(once.stations.values(), key=lambda each: -each.busy)
    )
    table = _table(["full at", "what", "busy at 1 ×: rate · time / servers", "what the manifests leave to grow"], rows)
    return f"""With every Service at its `max-scale` and every engine as the manifests have it:

{table}"""


def _replicas(scales: Sequence[Scale], supply: Supply) -> str:
    first = scales[0].stations.values()
    rows = (
        [each.name, _allowed(each, supply), *(_cell(one.stations[each.name]) for one in scales)]
        for each in first
        if each.name != "the source"
    )
    table = _table(["", "manifests allow", *(f"{each.times:,} ×" for each in scales)], rows)
    source = ", ".join(f"{each.stations['the source'].offered:,.2f} at {each.times:,} ×" for each in scales)
    output = _paragraph(
        f"Servers so that none is busier than {model.MOST_BUSY:.0%} and 95 of a hundred requests wait",
        f"{model.PATIENCE_S * 1000:.0f} ms at most for a free one (batches: {model.TICK_S:.0f} s); in brackets what",
        "those 95 wait with what the manifests allow, ∞ where the queue only grows. Servers are pods of functions,",
        "dispatchers (as many partitions are needed), cores of stores.",
    )
    return f"{output}\n{table}\n" + _paragraph(
        f"Sources, each asked {supply.source_per_s:g} a second at most: {source}."
    )


def _allowed(each: Station, supply: Supply) -> str:
    pods = supply.functions.get(each.name)
    return f"{pods.fewest} to {pods.most}" if pods else str(each.servers)


def _cell(each: Station) -> str:
    wait_s = each.wait_s()
    return f"{each.needed():,} ({'∞' if wait_s is None else f'{wait_s * 1000:,.0f} ms'})"


def _bill(scales: Sequence[Scale], figures: Figures, supply: Supply, said: Habits) -> str:
    match = figures.bytes_of_a_match
    rows = []
    for each in scales:
        functions = [(each.stations[name].needed(), pods) for name, pods in supply.functions.items()
                     if name in each.stations]  # fmt: skip
        stores = sum(each.stations[name].needed() for name in ("Valkey", "Postgres", "ClickHouse"))
        season = each.demand.leagues * said.matches_of_a_season
        week = each.demand.leagues * said.matches_of_a_round * supply.retention_s / (7 * 86_400)
        rows.append([
            f"{each.times:,} ×",
            f"{sum(max(n, pods.fewest) for n, pods in functions):,}",
            f"{stores:,}",
            _bytes(sum(max(n, pods.fewest) * pods.memory_mi for n, pods in functions) * 2**20),
            _bytes(season * match["clickhouse"] * supply.replicas_of_shard),
            _bytes(week * match["log"] * supply.replicas_of_log),
            _bytes(season * match["objects"]),
            _bytes(each.demand.users * figures.bytes_of_a_user * supply.postgres_instances),
        ])  # fmt: skip
    header = [
        "",
        "cores of functions",
        "of stores",
        "memory of functions",
        "ClickHouse a season",
        "log",
        "objects a season",
        "Postgres",
    ]
    return f"{_table(header, rows)}\n" + _paragraph(
        f"A core for each pod in the busiest hour. A match takes {match['clickhouse'] / 1000:.1f} kB in ClickHouse",
        f"(× {supply.replicas_of_shard} replicas), {match['log'] / 1000:.1f} kB on the log",
        f"(× {supply.replicas_of_log}, kept {supply.retention_s / 86_400:.0f} days) and",
        f"{match['objects'] / 1000:.1f} kB as it was read; a user's row takes",
        f"{figures.bytes_of_a_user:,.0f} bytes in Postgres (× {supply.postgres_instances} instances).",
    )


def _filling(scales: Sequence[Scale], figures: Figures, supply: Supply, said: Habits) -> str:
    rows = []
    for each in scales:
        matches = each.demand.leagues * said.matches_of_a_season
        rows.append([
            f"{each.times:,} ×",
            f"{matches:,.0f}",
            _time(matches * said.requests_of_a_match / supply.source_per_s),
            _time(matches * figures.rows_of_a_match / figures.ingested_rows_per_s),
        ])  # fmt: skip
    table = _table(["", "matches of a season", "asked of the source", "stored by one `ingest-batch`"], rows)
    return f"{table}\n" + _paragraph(
        f"{said.requests_of_a_match} requests a match, {supply.source_per_s:g} a second;",
        f"{figures.rows_of_a_match:.0f} rows a match, {figures.ingested_rows_per_s:,.0f} a second. Politeness decides",
        "how long it takes, by far.",
    )


def _limits() -> str:
    return """## What this does not know

Network, disks and the garbage of a JVM. Stores were measured as a laptop runs them, chDB and one Postgres; on other
machines the milliseconds differ, their ratios less. Queues in a row are taken as if each were fed at random. A Kafka
dispatcher of Knative's is another program than ours; it is taken to be as quick.
"""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines) + "\n"


def _paragraph(*parts: str) -> str:
    return textwrap.fill(" ".join(parts), 120, break_long_words=False, break_on_hyphens=False) + "\n"


def _short(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"


def _time(seconds: float) -> str:
    for unit, length_s in (("years", 31_557_600), ("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:,.0f} {unit}"
    return f"{seconds:.0f} s"


def _bytes(n: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if n < 1000:
            return f"{n:.3g} {unit}"
        n /= 1000
    return f"{n:,.3g} PB"
