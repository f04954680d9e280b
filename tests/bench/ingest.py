"""Rows per second from the event log to ClickHouse, against raw `insert_arrow` of the same tables in the same run.

The path is the real one: batches lie in the log (Valkey Streams, appendfsync always), eventing's KafkaSource posts them
to ingest-batch as the laptop serves it, the function checks them, inserts them into the olap process with a token and
tells the broker, whose ingress logs the news durably. It is timed from a full log (the dispatcher is stopped with
SIGSTOP while a round is appended) until the table holds every row. Raw is the ordinary client's `insert_arrow` in one
thread, as a script would do it, and beside it in as many threads as ingest-batch may run at once. All take turns, round
by round, each round other matches; what each has stored is counted exactly at the end.

The matches are the 1,420,685 real ones of the reference folder where they are, generated ones elsewhere.

Run as ``python -m tests.bench.ingest [--rows N] [--rounds N] [--batch-rows N]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from shared.adapters import event_log
from shared.adapters.arrow import record_batches
from shared.adapters.clickhouse.client import ClickHouse
from shared.events import cloudevents
from shared.events.football import BatchScraped
from shared.ports.log import EventLog, NewEntry
from shared.testing.valkey_process import ValkeyProcess, free_port
from tests.bench.support import match_batches as matches
from tests.support.engines.olap import Olap, migrated, new_olap

if TYPE_CHECKING:
    import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ("000-namespace.yaml", "broker.yaml", "ingest-batch.yaml")
"""What ingest-batch needs; the other functions stay out of the measurement."""
TARGET_RATIO = 0.5
N_IN_FLIGHT = 4
"""containerConcurrency of ingest-batch."""
_GIVE_UP_S = 120.0
_POLL_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch as both sides get it."""

    table: pa.Table
    event: BatchScraped

    @property
    def n_rows(self) -> int:
        """Rows in it."""
        return self.event.n_rows


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when the ratio reaches the target."""
    parser = argparse.ArgumentParser(prog="ingest", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=0, help="this many of the matches; 0 = all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-rows", type=int, default=0, help="at most so many rows in a batch; 0 = by bytes only")
    asked = parser.parse_args(arguments)
    origin, batches = read_batches(asked.rows, asked.batch_rows)
    n_rows = sum(batch.n_rows for batch in batches)
    print(f"{n_rows:,} rows of {origin} in {len(batches)} batches")
    folder = Path(tempfile.mkdtemp(prefix="touchline-ingest-"))
    try:
        result = measure(folder, batches, asked.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    bytes_in_log = sum(len(batch.event.arrow) for batch in batches)
    print(json.dumps({"bench": "ingest", "data": origin, "rows": n_rows, "batches": len(batches),
                      "bytes_in_log": bytes_in_log, "target_ratio": TARGET_RATIO, **result}))  # fmt: skip
    return 0 if result["ratio"] >= TARGET_RATIO and result["exact"] else 1


def read_batches(limit: int, batch_rows: int) -> tuple[str, list[Batch]]:
    """Where the matches come from, and their batches as a collector would append them."""
    origin, seasons = matches.seasons(limit)
    scraped_at = datetime.now(UTC)
    result = []
    for season in seasons:
        step = batch_rows or season.table.num_rows
        for start in range(0, season.table.num_rows, step):
            for part in record_batches.split_table(season.table.slice(start, step)):
                event = BatchScraped(
                    source="bench",
                    league_id=season.league_id,
                    season_id=season.season_id,
                    records="matches",
                    n_rows=part.n_rows,
                    scraped_at=scraped_at,
                    arrow=part.arrow,
                )
                result.append(Batch(table=record_batches.decode("matches", part.arrow), event=event))
    return origin, result


def measure(folder: Path, batches: Sequence[Batch], n_rounds: int) -> dict[str, Any]:
    """Run all rounds; rows per second of each side over all of them, and the ratios."""
    with running(folder) as stack:
        sides: dict[str, Callable[[Sequence[Batch]], None]] = {
            "raw": stack.raw,
            "path": stack.path,
            "raw_threads": stack.raw_in_threads,
        }
        # The first batches pay for imports, connections and empty tables on every side.
        n_warm = min(len(batches) // 10, 3 * N_IN_FLIGHT)
        for side in sides.values():
            side(batches[:n_warm])
        spent_s = dict.fromkeys(sides, 0.0)
        rounds = [batches[n_warm:][start::n_rounds] for start in range(n_rounds)]
        for number, share in enumerate(rounds, 1):
            output = []
            for name, side in sides.items():
                elapsed_s = stack.timed(name, side, share)
                spent_s[name] += elapsed_s
                output.append(f"{name} {sum(batch.n_rows for batch in share) / elapsed_s:,.0f} rows/s")
            print(f"round {number}: {', '.join(output)}")
        n_rows = sum(batch.n_rows for share in rounds for batch in share)
        stored = {name: stack.count(name) for name in sides}
        rates = {f"{name}_rows_per_s": round(n_rows / spent_s[name]) for name in sides}
        return {
            **rates,
            "ratio": round(spent_s["raw"] / spent_s["path"], 3),
            "ratio_to_raw_threads": round(spent_s["raw_threads"] / spent_s["path"], 3),
            "exact": set(stored.values()) == {sum(batch.n_rows for batch in batches)},
            "dead_lettered": stack.dead_lettered(),
            "memory_mb": stack.memory_mb(),
        }


class Stack:
    """The engines and the laptop's Knative, with one database per side."""

    def __init__(self, olap: Olap, log: EventLog, processes: dict[str, psutil.Process], urls: dict[str, str]) -> None:
        self._olap = olap
        self._log = log
        self._processes = processes
        self._urls = urls
        self._n_expected = 0

    def raw(self, share: Sequence[Batch]) -> None:
        """The ordinary client, one thread."""
        self._insert("raw", share)

    def raw_in_threads(self, share: Sequence[Batch]) -> None:
        """The same in as many threads as ingest-batch may run at once."""
        with ThreadPoolExecutor(N_IN_FLIGHT) as pool:
            list(pool.map(lambda start: self._insert("raw_threads", share[start::N_IN_FLIGHT]), range(N_IN_FLIGHT)))

    def path(self, share: Sequence[Batch]) -> None:
        """The whole way."""
        self.fill_log(share)
        self.drain_log()

    def timed(self, name: str, side: Callable[[Sequence[Batch]], None], share: Sequence[Batch]) -> float:
        """Seconds a side takes; the path's clock starts when the log is full."""
        if name == "path":
            self.fill_log(share)
        started_s = time.monotonic()
        if name == "path":
            self.drain_log()
        else:
            side(share)
        return time.monotonic() - started_s

    def fill_log(self, share: Sequence[Batch]) -> None:
        """Append the batches while the dispatcher stands still."""
        eventing = self._processes["eventing"]
        eventing.suspend()
        entries = []
        for batch in share:
            headers, value = cloudevents.to_record(batch.event.to_event())
            entries.append(
                NewEntry(value=value, key=batch.event.to_event().extensions["partitionkey"].encode(), headers=headers)
            )
        self._log.append(BatchScraped.TOPIC, entries)
        self._n_expected += sum(batch.n_rows for batch in share)

    def drain_log(self) -> None:
        """Let the dispatcher go on; return when every row is stored."""
        self._processes["eventing"].resume()
        deadline_s = time.monotonic() + _GIVE_UP_S
        warehouse = ClickHouse(self._urls["path"])
        with closing(warehouse):
            while (n := int(warehouse.command("SELECT count() FROM matches"))) < self._n_expected:
                if time.monotonic() > deadline_s:
                    raise RuntimeError(f"{n} of {self._n_expected} rows are stored after {_GIVE_UP_S} s")
                time.sleep(_POLL_S)

    def count(self, name: str) -> int:
        """Different matches a side has stored."""
        with closing(ClickHouse(self._urls[name])) as warehouse:
            return int(warehouse.command("SELECT uniqExact(match_id) FROM current_matches"))

    def dead_lettered(self) -> int:
        """Batches that were given up."""
        return sum(1 for _ in self._log.replay("touchline.dead-letters"))

    def memory_mb(self) -> dict[str, int]:
        """Resident memory of each process and its children at the end."""
        return {
            name: sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) // 1_000_000
            for name, process in self._processes.items()
        }

    def _insert(self, name: str, share: Sequence[Batch]) -> None:
        client = ordinary_client(self._olap, self._urls[name])
        with closing(client):
            for batch in share:
                client.insert_arrow("matches", batch.table)


def ordinary_client(olap: Olap, url: str) -> Any:
    """As anyone would make it."""
    import clickhouse_connect

    from tests.support.engines.olap import PASSWORD

    return clickhouse_connect.get_client(
        host="127.0.0.1", port=olap.port, username="touchline", password=PASSWORD, database=url.rpartition("/")[2]
    )


@contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """Start everything, end everything."""
    with ExitStack() as ends:
        bus = ValkeyProcess(folder / "bus")
        bus.start()
        ends.callback(bus.kill)
        olap = new_olap()
        ends.callback(olap.remove)
        olap.start()
        urls = {name: migrated(olap) for name in ("raw", "path", "raw_threads")}
        log = event_log.connect(bus.url)
        ends.callback(log.close)
        log.ensure_topic(BatchScraped.TOPIC, partitions=4)
        manifests = _manifests(folder)
        public, inner, eventing = free_port(), free_port(), free_port()
        reach = ["--manifests", str(manifests)]
        environment = {"EVENT_LOG_URL": bus.url, "CLICKHOUSE_URL": urls["path"]}
        functions = ends.enter_context(
            _process(
                ["knative.local.serve", *reach, "--public-port", str(public), "--internal-port", str(inner),
                 "--eventing-url", f"http://127.0.0.1:{eventing}"],
                environment, folder / "functions.log", public,
            )
        )  # fmt: skip
        dispatcher = ends.enter_context(
            _process(
                ["knative.local.eventing", *reach, "--port", str(eventing),
                 "--functions-url", f"http://127.0.0.1:{inner}"],
                environment, folder / "eventing.log", eventing,
            )
        )  # fmt: skip
        processes = {"functions": functions, "eventing": dispatcher, "bus": psutil.Process(bus.pid)}
        yield Stack(olap, log, {**processes, "olap": psutil.Process(olap.pid)}, urls)


def _manifests(folder: Path) -> Path:
    """A folder with ingest-batch's manifests alone, beside the functions as in the repository."""
    manifests = folder / "knative"
    manifests.mkdir()
    for name in MANIFESTS:
        shutil.copy(ROOT / "knative" / name, manifests)
    (folder / "functions").symlink_to(ROOT / "functions")
    return manifests


@contextmanager
def _process(arguments: list[str], environment: dict[str, str], log: Path, port: int) -> Iterator[psutil.Process]:
    """A process of ours until the block ends; entered when it is ready."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=ROOT, env={**os.environ, **environment}, stdout=out, stderr=out
        )
    try:
        deadline_s = time.monotonic() + 30
        while not _ready(port):
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise RuntimeError(log.read_text("utf-8")[-3000:])
            time.sleep(0.05)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
