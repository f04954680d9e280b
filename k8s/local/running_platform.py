"""A platform that another process runs, found and inspected through the state file of its supervisor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from k8s.local import credentials
from k8s.local.engines import postgres, valkey
from k8s.local.supervisor import probes
from k8s.local.supervisor import state_file as state
from k8s.local.supervisor.process_table import start_time, uptime_s
from shared.errors import NotFound, TouchlineError

JOURNAL = "journal.db"
"""File of the data directory that holds every step of every event."""
NAMESPACE = "touchline"
"""Namespace of our own manifests, and of names without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """One process of a platform as it is now."""

    name: str
    pid: int
    port: int
    """0 if it does not listen."""
    alive: bool
    uptime_s: float
    restarts: int
    problem: str
    """Empty if it answered its probe."""


class RunningPlatform:
    """The platform whose state is in a data directory."""

    def __init__(self, data: Path) -> None:
        if not (data / "state.json").exists():
            raise NotFound(f"{data} is not the data directory of a platform: it has no state.json")
        self.data = data
        self.state = state.load(data / "state.json")

    def processes(self) -> Iterator[ProcessStatus]:
        """Probe every process in the order of their start."""
        probes_by_name = self._probes()
        for name, record in self.state.processes.items():
            alive = start_time(record["pid"]) == record["started"]
            yield ProcessStatus(
                name=name,
                pid=record["pid"],
                port=self.state.ports.get(name, 0),
                alive=alive,
                uptime_s=uptime_s(record["started"]) if alive else 0.0,
                restarts=record.get("restarts", 0),
                problem=_probe_error(probes_by_name.get(name, _accept)) if alive else "not running",
            )

    def environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the settings that migrations need: addresses of the environment, else those of the running engines."""
        secrets = credentials.load_or_create(self.data / "secrets.json")
        addresses = {
            "FIRST_OPERATOR_USERNAME": secrets.operator_username,
            "FIRST_OPERATOR_PASSWORD": secrets.operator_password,
        }
        if "postgres" in self.state.processes:
            addresses["DATABASE_URL"] = postgres.url(self.state.ports["postgres"], secrets.postgres)
        if "olap" in self.state.processes:
            addresses["CLICKHOUSE_URL"] = clickhouse_url(self.state.ports["olap"], secrets.clickhouse)
        return addresses | {
            name: environment[name] for name in ("DATABASE_URL", "CLICKHOUSE_URL") if environment.get(name)
        }

    def event_log_url(self, environment: Mapping[str, str]) -> str:
        """Return EVENT_LOG_URL, else the address of the running log; `NotFound` if neither exists."""
        if url := environment.get("EVENT_LOG_URL"):
            return url
        if "bus" not in self.state.processes:
            raise NotFound(f"the event log of {self.data} is not running; start the platform with ./scripts/run")
        secrets = credentials.load_or_create(self.data / "secrets.json")
        return valkey.url(self.state.ports["bus"], secrets.valkey, 0)

    def object_store_url(self, environment: Mapping[str, str]) -> str:
        """Return OBJECT_STORE_URL, else the address of this platform's folder of objects."""
        return environment.get("OBJECT_STORE_URL") or (self.data / "objects").absolute().as_uri()

    def _probes(self) -> dict[str, Callable[[], None]]:
        secrets = credentials.load_or_create(self.data / "secrets.json")
        ports, urls = self.state.ports, self.state.urls

        def bus(database: int) -> str:
            return valkey.url(ports["bus"], secrets.valkey, database)

        return {
            "postgres": lambda: probes.check_postgres(postgres.url(ports["postgres"], secrets.postgres)),
            "bus": lambda: probes.check_valkey(bus(0)),
            "cache": lambda: probes.check_valkey(valkey.url(ports["cache"], secrets.valkey)),
            "olap": lambda: probes.check_http(f"http://127.0.0.1:{ports['olap']}/ping"),
            "standin": lambda: probes.check_http(f"{urls['source']}/health/ready"),
            "market": lambda: probes.check_http(f"http://127.0.0.1:{ports['market']}/health/ready"),
            "payments": lambda: probes.check_http(f"http://127.0.0.1:{ports['payments']}/health/ready"),
            "functions": lambda: probes.check_http(f"{urls['public']}/health/ready"),
            "eventing": lambda: probes.check_http(f"{urls['eventing']}/health/ready"),
            "worker": lambda: probes.check_worker(os.environ.get("TASKS_URL") or bus(1)),
        }


def clickhouse_url(port: int, password: str) -> str:
    """Return the address of the olap process for functions."""
    return f"http://touchline:{quote(password, safe='')}@127.0.0.1:{port}/touchline"


def find_platforms(data: Path) -> list[RunningPlatform]:
    """Return the platforms of a directory of ``./scripts/run``, one per world; or the one whose directory it is."""
    return [RunningPlatform(path.parent) for path in [*data.glob("state.json"), *sorted(data.glob("*/state.json"))]]


def find_journals(data: Path) -> list[Path]:
    """Return the journals of all platforms below a directory, running or not; `NotFound` if there is none."""
    candidates = [path for platform in find_platforms(data) if (path := platform.data / JOURNAL).is_file()]
    if not candidates:
        raise NotFound(f"no platform in {data} has recorded an event; start one with ./scripts/run, or pass --data")
    return candidates


def find_journal(data: Path) -> Path:
    """Return the journal of the only running platform, else of the only one; `NotFound` if there is not exactly one."""
    candidates = find_running(data) or [
        platform for platform in find_platforms(data) if (platform.data / JOURNAL).is_file()
    ]
    return single_platform(candidates, data).data / JOURNAL


def find_running(data: Path) -> list[RunningPlatform]:
    """Return the platforms that are running."""
    return [platform for platform in find_platforms(data) if platform.state.processes]


def single_platform(candidates: Sequence[RunningPlatform], data: Path) -> RunningPlatform:
    """Return the only candidate; `NotFound` if there are several, or none."""
    if len(candidates) != 1:
        raise NotFound(_ambiguous(candidates, data))
    return candidates[0]


def single_running(data: Path) -> RunningPlatform:
    """Return the only running platform below a directory; `NotFound` if there are several, or none."""
    return single_platform(find_running(data), data)


def _ambiguous(candidates: Sequence[RunningPlatform], data: Path) -> str:
    if not candidates:
        return f"no platform runs in {data}; start one with ./scripts/run, or pass its directory with --data"
    names = ", ".join(str(platform.data) for platform in candidates)
    return f"{len(candidates)} platforms in {data}; choose one with --data: {names}"


def _probe_error(probe: Callable[[], None]) -> str:
    try:
        probe()
    except (TouchlineError, OSError, KeyError) as exc:
        return str(exc)
    return ""


def _accept() -> None:
    """Accept a process without a probe while it runs."""
