"""A platform that another process runs, seen from outside through what its supervisor wrote down."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from k8s.local import credentials
from k8s.local.engines import postgres, valkey
from k8s.local.supervisor import probes
from k8s.local.supervisor import state_file as state
from k8s.local.supervisor.process import start_time
from shared.adapters import ping
from shared.errors import NotFound, TouchlineError

JOURNAL = "journal.db"
"""In the data directory: every step of every event."""
NAMESPACE = "touchline"
"""Of our own manifests: what a name without one means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One process as it is now."""

    name: str
    pid: int
    port: int
    """0: it listens nowhere."""
    alive: bool
    uptime_s: float
    restarts: int
    complaint: str
    """Empty when it answered."""


class Outside:
    """The platform whose state is in this directory."""

    def __init__(self, data: Path) -> None:
        if not (data / "state.json").exists():
            raise NotFound(f"{data} holds no state of a platform")
        self.data = data
        self.state = state.load(data / "state.json")

    def processes(self) -> Iterator[Seen]:
        """Ask every process that was noted, in the order of their start."""
        asked = self._probes()
        for name, noted in self.state.processes.items():
            alive = start_time(noted["pid"]) == noted["started"]
            yield Seen(
                name=name,
                pid=noted["pid"],
                port=self.state.ports.get(name, 0),
                alive=alive,
                uptime_s=_since_boot_s() - noted["started"] / os.sysconf("SC_CLK_TCK") if alive else 0.0,
                restarts=noted.get("restarts", 0),
                complaint=_complaint(asked.get(name, _nothing)) if alive else "is not running",
            )

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """What migrations need: addresses that are given, else those of the engines that run here."""
        kept = credentials.load_or_make(self.data / "secrets.json")
        here = {
            "FIRST_OPERATOR_USERNAME": kept.operator_username,
            "FIRST_OPERATOR_PASSWORD": kept.operator_password,
        }
        if "postgres" in self.state.processes:
            here["DATABASE_URL"] = postgres.url(self.state.ports["postgres"], kept.postgres)
        if "olap" in self.state.processes:
            here["CLICKHOUSE_URL"] = clickhouse_url(self.state.ports["olap"], kept.clickhouse)
        return here | {name: given[name] for name in ("DATABASE_URL", "CLICKHOUSE_URL") if given.get(name)}

    def event_log_url(self, given: Mapping[str, str]) -> str:
        """The log that is given, else the one that runs here; `NotFound` when neither."""
        if url := given.get("EVENT_LOG_URL"):
            return url
        if "bus" not in self.state.processes:
            raise NotFound(f"the event log of {self.data} does not run: start the platform with ./scripts/run")
        kept = credentials.load_or_make(self.data / "secrets.json")
        return valkey.url(self.state.ports["bus"], kept.valkey, 0)

    def object_store_url(self, given: Mapping[str, str]) -> str:
        """The store that is given, else the folder of this platform."""
        return given.get("OBJECT_STORE_URL") or (self.data / "objects").absolute().as_uri()

    def _probes(self) -> dict[str, Callable[[], None]]:
        kept = credentials.load_or_make(self.data / "secrets.json")
        ports, urls = self.state.ports, self.state.urls

        def bus(database: int) -> str:
            return valkey.url(ports["bus"], kept.valkey, database)

        return {
            "postgres": lambda: ping.postgres(postgres.url(ports["postgres"], kept.postgres)),
            "bus": lambda: ping.valkey(bus(0)),
            "cache": lambda: ping.valkey(valkey.url(ports["cache"], kept.valkey)),
            "olap": lambda: probes.http_ok(f"http://127.0.0.1:{ports['olap']}/ping"),
            "standin": lambda: probes.http_ok(f"{urls['source']}/health/ready"),
            "functions": lambda: probes.http_ok(f"{urls['public']}/health/ready"),
            "eventing": lambda: probes.http_ok(f"{urls['eventing']}/health/ready"),
            "worker": lambda: probes.worker_waits(os.environ.get("TASKS_URL") or bus(1)),
        }


def clickhouse_url(port: int, password: str) -> str:
    """The address of the olap process that functions are given."""
    return f"http://touchline:{quote(password, safe='')}@127.0.0.1:{port}/touchline"


def platforms(data: Path) -> list[Outside]:
    """Every platform below a directory of ``./scripts/run``, one per world it has shown; or the one of a world."""
    return [Outside(path.parent) for path in [*data.glob("state.json"), *sorted(data.glob("*/state.json"))]]


def journals(data: Path) -> list[Path]:
    """The journals of all platforms below a directory, running or not; `NotFound` when there is none."""
    found = [path for one in platforms(data) if (path := one.data / JOURNAL).is_file()]
    if not found:
        raise NotFound(f"no platform in {data} has noted an event yet: start one with ./scripts/run, or name --data")
    return found


def journal(data: Path) -> Path:
    """The one journal: the running platform's, else the only one's; `NotFound` when that is not clear."""
    found = running(data) or [one for one in platforms(data) if (one.data / JOURNAL).is_file()]
    return the_one(found, data).data / JOURNAL


def running(data: Path) -> list[Outside]:
    """Those that have processes."""
    return [found for found in platforms(data) if found.state.processes]


def the_one(found: Sequence[Outside], data: Path) -> Outside:
    """The only one; `NotFound` when there are several, or none."""
    if len(found) != 1:
        names = f": {', '.join(one.data.name for one in found)}" if found else ""
        raise NotFound(f"{len(found) or 'no'} platforms in {data}{names}; name the folder of one with --data")
    return found[0]


def _complaint(probe: Callable[[], None]) -> str:
    try:
        probe()
    except (TouchlineError, OSError, KeyError) as exc:
        return str(exc)
    return ""


def _nothing() -> None:
    """A process nobody can ask is fine while it runs."""


def _since_boot_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
