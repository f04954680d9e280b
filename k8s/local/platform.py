"""The whole platform on one machine: which processes it needs, how they find each other, from start to stop."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from k8s.local import credentials
from k8s.local.engines import postgres, valkey
from k8s.local.running_platform import JOURNAL, clickhouse_url
from k8s.local.supervisor import probes
from k8s.local.supervisor import state_file as state
from k8s.local.supervisor.process import Spec
from k8s.local.supervisor.supervisor import Supervisor, end_leftovers
from shared.errors import Conflict, Unavailable

ROOT = Path(__file__).resolve().parents[2]
REPLACEABLE = (
    "DATABASE_URL",
    "CLICKHOUSE_URL",
    "CACHE_URL",
    "TASKS_URL",
    "EVENT_LOG_URL",
    "LIMITS_URL",
    "SOURCE_URL",
    "SEARCH_URL",
)
"""Given in the environment, each replaces the engine or site that would be started or used for it."""

_OLAP_MEMORY_BYTES = 4_000_000_000
_WORKER_THREADS = 4
_QUIET = {
    # The machine is shared by eight processes: none may spread over all cores or hoard memory.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standin:
    """Which stand-in site to run."""

    seed: int = 1
    replay: Path | None = None
    now: str = ""

    @property
    def label(self) -> str:
        """Names the world it shows: state of different worlds must never mix."""
        world = f"simulated-{self.seed}"
        if self.replay is not None:
            world = f"replay-{hashlib.sha256(str(self.replay.resolve()).encode()).hexdigest()[:12]}"
        # A clock set back would leave results of its future in the tables, so each clock has its own.
        return f"{world}-at-{self.now[:16].replace(':', '')}" if self.now else world

    def arguments(self) -> list[str]:
        """For its command line."""
        given = ["--seed", str(self.seed)]
        given += ["--replay", str(self.replay.resolve())] if self.replay else []
        return given + (["--now", self.now] if self.now else [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one start of the platform consists of."""

    specs: list[Spec]
    environment: dict[str, str] = field(repr=False)
    urls: dict[str, str]


class PortTaken(Conflict):
    """The public port is taken."""


class Platform:
    """Everything that ``./scripts/run`` keeps alive. Use as a context manager, or call `start` and `stop`."""

    def __init__(
        self,
        data: Path,
        *,
        port: int = 8080,
        standin: Standin | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Describe it; nothing starts yet.

        Parameters
        ----------
        data : directory of its state, made when missing.
        port : of the public address; 0 takes a free one and keeps it.
        standin : the site to collect from; not started when SOURCE_URL is given in `environment`.
        environment : where `REPLACEABLE` addresses and other settings are looked up.
        """
        self.data, self._port = data, port
        self._standin = standin or Standin()
        self._given = {name: environment[name] for name in REPLACEABLE if environment.get(name)}
        self._settings = environment
        self._supervisor: Supervisor | None = None
        self._plan: Plan | None = None
        self._state = state.State()
        self.operator = ("", "")

    @property
    def urls(self) -> dict[str, str]:
        """``public``, ``eventing``, and ``source``."""
        return self._planned().urls

    @property
    def environment(self) -> dict[str, str]:
        """What functions are given; holds secrets."""
        return self._planned().environment

    @property
    def supervisor(self) -> Supervisor:
        """The running supervisor."""
        if self._supervisor is None:
            raise Unavailable("the platform is not started")
        return self._supervisor

    def offered_leagues(self) -> list[str]:
        """Slugs of the leagues the stand-in announced when it started; empty for any other source."""
        log = self.data / "logs" / "standin.log"
        if "SOURCE_URL" in self._given or not log.exists():
            return []
        announced = [line for line in log.read_text("utf-8", errors="replace").splitlines() if line.startswith("{")]
        return [league["slug"] for league in json.loads(announced[-1])["leagues"]] if announced else []

    def start(self) -> None:
        """Start every process; returns before they are ready. `PortTaken` when the public port is not free."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = credentials.load_or_make(self.data / "secrets.json")
        self._state = state.load(self.data / "state.json")
        end_leftovers(self._state)
        self._port = self._port or self._port_for("public")
        if not state.is_free(self._port):
            raise PortTaken(f"port {self._port} is taken; name another with --port")
        self.operator = (kept.operator_username, kept.operator_password)
        self._plan = self._make_plan(kept)
        self._state.urls, self._state.ready = self._plan.urls, False
        self._supervisor = Supervisor(
            self._plan.specs, logs=self.data / "logs", state=self._state, state_path=self.data / "state.json"
        )
        self._supervisor.start()

    def wait_ready(self, *, timeout_s: float = 60.0) -> None:
        """Return once the stores are migrated and every process answers; `Unavailable` says what does not."""
        from shared.migrate import runner as migrate

        running = [spec.name for spec in self._planned().specs]
        stores = [name for name in ("postgres", "olap") if name in running]
        if stores:
            self.supervisor.wait_ready(stores, timeout_s=timeout_s)
        migrate.run(self.environment)
        self.supervisor.wait_ready(timeout_s=timeout_s)
        self._state.ready = True
        state.save(self.data / "state.json", self._state)

    def stop(self) -> None:
        """Stop every process in reverse order."""
        if self._supervisor is not None:
            self._supervisor.stop()

    def __enter__(self) -> Platform:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _planned(self) -> Plan:
        if self._plan is None:
            raise Unavailable("the platform is not started")
        return self._plan

    def _make_plan(self, kept: credentials.Credentials) -> Plan:
        specs: list[Spec] = []
        environment = dict(self._given)
        self._plan_engines(kept, specs, environment)
        self._plan_source(specs, environment)
        environment |= {
            "TOKEN_KEYS": self._settings.get("TOKEN_KEYS") or kept.token_keys,
            "FIRST_OPERATOR_USERNAME": kept.operator_username,
            "FIRST_OPERATOR_PASSWORD": kept.operator_password,
            "MESSAGES_URL": self._settings.get("MESSAGES_URL") or (self.data / "messages").absolute().as_uri(),
            "OBJECT_STORE_URL": self._settings.get("OBJECT_STORE_URL") or (self.data / "objects").absolute().as_uri(),
            "CODES_KEY": self._settings.get("CODES_KEY") or kept.codes_key,
        }
        urls = {"source": environment["SOURCE_URL"]}
        self._plan_platform(specs, environment, urls)
        return Plan(specs=specs, environment=environment, urls=urls)

    def _plan_engines(self, kept: credentials.Credentials, specs: list[Spec], environment: dict[str, str]) -> None:
        """Start an engine for every address that is not given."""
        if "DATABASE_URL" not in environment:
            postgres.prepare(self.data / "postgres", kept.postgres)
            port = self._port_for("postgres")
            specs.append(postgres.spec(self.data / "postgres", port, kept.postgres))
            environment["DATABASE_URL"] = postgres.url(port, kept.postgres)
        if not {"EVENT_LOG_URL", "TASKS_URL", "LIMITS_URL"} <= environment.keys():
            port = self._port_for("bus")
            specs.append(valkey.spec("bus", self.data / "bus", port, kept.valkey, valkey.BUS))
            environment.setdefault("EVENT_LOG_URL", valkey.url(port, kept.valkey, 0))
            environment.setdefault("TASKS_URL", valkey.url(port, kept.valkey, 1))
            environment.setdefault("LIMITS_URL", valkey.url(port, kept.valkey, 2))
        if "CACHE_URL" not in environment:
            port = self._port_for("cache")
            specs.append(valkey.spec("cache", self.data / "cache", port, kept.valkey, valkey.CACHE))
            environment["CACHE_URL"] = valkey.url(port, kept.valkey)
        if "CLICKHOUSE_URL" not in environment:
            port = self._port_for("olap")
            place = ["--data", str(self.data / "olap"), "--port", str(port)]
            specs.append(
                self._python(
                    "olap",
                    ["k8s.local.engines.clickhouse", *place, "--memory-bytes", str(_olap_memory_bytes())],
                    probe_url=f"http://127.0.0.1:{port}/ping",
                    environment={"CLICKHOUSE_USER": "touchline", "CLICKHOUSE_PASSWORD": kept.clickhouse},
                    foundation=True,
                )
            )
            environment["CLICKHOUSE_URL"] = clickhouse_url(port, kept.clickhouse)

    def _plan_source(self, specs: list[Spec], environment: dict[str, str]) -> None:
        """The stand-in unless a source is named; it is ours and on loopback, so nobody needs sparing."""
        rate = self._settings.get("SOURCE_REQUESTS_PER_SECOND", "")
        if "SOURCE_URL" not in environment:
            port = self._port_for("standin")
            environment["SOURCE_URL"] = f"http://127.0.0.1:{port}"
            specs.append(
                self._python(
                    "standin",
                    ["k8s.local.standin", "--port", str(port), *self._standin.arguments()],
                    probe_url=f"http://127.0.0.1:{port}/health/ready",
                    foundation=True,
                )
            )
            rate = rate or "0"
        if rate:
            environment["SOURCE_REQUESTS_PER_SECOND"] = rate

    def _plan_platform(self, specs: list[Spec], environment: dict[str, str], urls: dict[str, str]) -> None:
        """Functions, eventing and the collection's workers, all with the same environment."""
        internal, eventing = self._port_for("functions"), self._port_for("eventing")
        public_url, eventing_url = f"http://127.0.0.1:{self._port}", f"http://127.0.0.1:{eventing}"
        urls |= {"public": public_url, "eventing": eventing_url}
        manifests = ["--manifests", str(ROOT / "knative")]
        bus = tuple(spec.name for spec in specs if spec.name == "bus")
        stores = tuple(spec.name for spec in specs if spec.name in ("bus", "postgres"))
        journal = ["--journal", str(self.data / JOURNAL)]
        ports = ["--public-port", str(self._port), "--internal-port", str(internal), "--eventing-url", eventing_url]
        specs.append(
            self._python(
                "functions",
                ["knative.local.serve", *manifests, *ports, *journal],
                probe_url=f"{public_url}/health/ready",
                environment=environment,
            )
        )
        reach = ["--port", str(eventing), "--functions-url", f"http://127.0.0.1:{internal}"]
        specs.append(
            self._python(
                "eventing",
                ["knative.local.eventing", *manifests, *reach, *journal],
                probe_url=f"{eventing_url}/health/ready",
                environment=environment,
                after=bus,
            )
        )
        pool = ["-P", "threads", "-c", str(_WORKER_THREADS)]
        modest = ["--without-gossip", "--without-mingle", "-l", "WARNING"]
        specs.append(
            Spec(
                name="worker",
                command=[
                    sys.executable, "-m", "celery", "-A", "functions.scrape_league.tasks", "worker", *pool, *modest
                ],
                probe=lambda: probes.worker_waits(environment["TASKS_URL"]),
                environment=_QUIET | environment,
                after=stores,
                directory=ROOT,
            )
        )  # fmt: skip

    def _python(
        self,
        name: str,
        module: list[str],
        *,
        probe_url: str,
        environment: Mapping[str, str] | None = None,
        after: tuple[str, ...] = (),
        foundation: bool = False,
    ) -> Spec:
        return Spec(
            name=name,
            command=[sys.executable, "-m", *module],
            probe=lambda: probes.http_ok(probe_url),
            environment=_QUIET | dict(environment or {}),
            after=after,
            foundation=foundation,
            directory=ROOT,
        )

    def _port_for(self, name: str) -> int:
        return state.port_for(self._state, name)


def _olap_memory_bytes() -> int:
    """A sixth of a 24 GB machine, never more than a third of a smaller one."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(_OLAP_MEMORY_BYTES, physical // 3)
