"""The platform on one machine: plans its processes and their addresses, starts and stops them."""

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
from k8s.local.engines import postgres, seaweedfs, valkey
from k8s.local.running_platform import JOURNAL, clickhouse_url
from k8s.local.supervisor import probes
from k8s.local.supervisor import state_file as state
from k8s.local.supervisor.process import ProcessSpec
from k8s.local.supervisor.supervisor import Supervisor, kill_leftovers
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
    "MARKET_URL",
    "SEARCH_URL",
    "AMQP_URL",
)
"""Settings that, if set in the environment, replace an embedded engine or the stand-in."""

PAYMENTS = (
    "STRIPE_URL",
    "STRIPE_KEY",
    "STRIPE_WEBHOOK_SECRETS",
    "YOOKASSA_URL",
    "YOOKASSA_SHOP_ID",
    "YOOKASSA_KEY",
    "YOOKASSA_ADDRESSES",
    "PAYMENT_RETURN_URL",
)
"""Settings of payment providers; any of them replaces the stand-in."""

_OLAP_MEMORY_BYTES = 4_000_000_000
_WORKER_THREADS = 4
_QUIET = {
    # Eight processes share the machine: none may use all cores or keep unused memory.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standin:
    """Options of the stand-in site."""

    seed: int = 1
    replay: Path | None = None
    now: str = ""

    @property
    def label(self) -> str:
        """Name of the world it shows; state of different worlds must never mix."""
        world = f"simulated-{self.seed}"
        if self.replay is not None:
            world = f"replay-{hashlib.sha256(str(self.replay.resolve()).encode()).hexdigest()[:12]}"
        # A clock set back would leave later results in the tables, so each clock time is a world of its own.
        return f"{world}-at-{self.now[:16].replace(':', '')}" if self.now else world

    def arguments(self) -> list[str]:
        """Return its command line options."""
        options = ["--seed", str(self.seed)]
        options += ["--replay", str(self.replay.resolve())] if self.replay else []
        return options + (["--now", self.now] if self.now else [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Processes, settings and addresses of one start of the platform."""

    specs: list[ProcessSpec]
    environment: dict[str, str] = field(repr=False)
    urls: dict[str, str]


class PortTaken(Conflict):
    """The public port is in use."""


class Platform:
    """The platform of ``./scripts/run``. Use as a context manager, or call `start` and `stop`."""

    def __init__(
        self,
        data: Path,
        *,
        port: int = 8080,
        standin: Standin | None = None,
        lake: bool = False,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Configure a platform without starting it.

        Parameters
        ----------
        data : data directory, created if missing.
        port : public port; 0 chooses a free one and keeps it.
        standin : site to collect from; not started if `environment` has SOURCE_URL.
        lake : starts an S3 server for objects, unless `environment` has OBJECT_STORE_URL; later starts on the same
            data do, too.
        environment : source of `REPLACEABLE` addresses and other settings.
        """
        self.data, self._port = data, port
        self._standin = standin or Standin()
        self._lake = lake
        self._replaced = {name: environment[name] for name in REPLACEABLE if environment.get(name)}
        self._settings = environment
        self._supervisor: Supervisor | None = None
        self._plan: Plan | None = None
        self._state = state.State()
        self.operator = ("", "")

    @property
    def urls(self) -> dict[str, str]:
        """Addresses by name: ``public``, ``eventing``, ``source``."""
        return self._planned().urls

    @property
    def environment(self) -> dict[str, str]:
        """Settings of functions; contains secrets."""
        return self._planned().environment

    @property
    def supervisor(self) -> Supervisor:
        """Supervisor of the started platform."""
        if self._supervisor is None:
            raise Unavailable("the platform is not started")
        return self._supervisor

    def offered_leagues(self) -> list[str]:
        """Return the slugs of the leagues that the stand-in printed when it started; empty for any other source."""
        log = self.data / "logs" / "standin.log"
        if "SOURCE_URL" in self._replaced or not log.exists():
            return []
        announced = [line for line in log.read_text("utf-8", errors="replace").splitlines() if line.startswith("{")]
        return [league["slug"] for league in json.loads(announced[-1])["leagues"]] if announced else []

    def start(self) -> None:
        """Start every process; return before they are ready. `PortTaken` if the public port is not free."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        secrets = credentials.load_or_create(self.data / "secrets.json")
        self._state = state.load(self.data / "state.json")
        kill_leftovers(self._state)
        self._port = self._port or self._assign_port("public")
        if not state.is_free(self._port):
            raise PortTaken(f"port {self._port} is in use; choose another with --port")
        self.operator = (secrets.operator_username, secrets.operator_password)
        self._plan = self._make_plan(secrets)
        self._state.urls, self._state.ready = self._plan.urls, False
        self._supervisor = Supervisor(
            self._plan.specs, logs=self.data / "logs", state=self._state, state_path=self.data / "state.json"
        )
        self._supervisor.start()

    def wait_ready(self, *, timeout_s: float = 60.0) -> None:
        """Return once the stores are migrated and every process is ready; `Unavailable` says which is not."""
        from shared.migrate import runner

        running = [spec.name for spec in self._planned().specs]
        stores = [name for name in ("postgres", "olap") if name in running]
        if stores:
            self.supervisor.wait_ready(stores, timeout_s=timeout_s)
        runner.run(self.environment)
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

    def _make_plan(self, secrets: credentials.Credentials) -> Plan:
        specs: list[ProcessSpec] = []
        environment = dict(self._replaced)
        self._plan_engines(secrets, specs, environment)
        self._plan_source(specs, environment)
        self._plan_market(specs, environment)
        self._plan_payments(secrets, specs, environment)
        environment |= {
            "TOKEN_KEYS": self._settings.get("TOKEN_KEYS") or secrets.token_keys,
            "FIRST_OPERATOR_USERNAME": secrets.operator_username,
            "FIRST_OPERATOR_PASSWORD": secrets.operator_password,
            "MESSAGES_URL": self._settings.get("MESSAGES_URL") or (self.data / "messages").absolute().as_uri(),
            "OBJECT_STORE_URL": self._settings.get("OBJECT_STORE_URL") or self._plan_objects(secrets, specs),
            "CODES_KEY": self._settings.get("CODES_KEY") or secrets.codes_key,
            "SEALING_KEYS": self._settings.get("SEALING_KEYS") or secrets.sealing_keys,
            "HOOKS_KEY": self._settings.get("HOOKS_KEY") or secrets.hooks_key,
            "SERVICE_TOKEN_KEYS": self._settings.get("SERVICE_TOKEN_KEYS") or secrets.service_token_keys,
            "ERRORS_KEYS": self._settings.get("ERRORS_KEYS") or secrets.errors_key,
        }
        urls = {"source": environment["SOURCE_URL"]}
        self._plan_platform(specs, environment, urls)
        return Plan(specs=specs, environment=environment, urls=urls)

    def _plan_engines(
        self, secrets: credentials.Credentials, specs: list[ProcessSpec], environment: dict[str, str]
    ) -> None:
        """Plan an engine for every address that the environment does not set."""
        if "DATABASE_URL" not in environment:
            postgres.prepare(self.data / "postgres", secrets.postgres)
            port = self._assign_port("postgres")
            specs.append(postgres.spec(self.data / "postgres", port, secrets.postgres))
            environment["DATABASE_URL"] = postgres.url(port, secrets.postgres)
        if not {"EVENT_LOG_URL", "TASKS_URL", "LIMITS_URL"} <= environment.keys():
            port = self._assign_port("bus")
            specs.append(valkey.spec("bus", self.data / "bus", port, secrets.valkey, valkey.BUS))
            environment.setdefault("EVENT_LOG_URL", valkey.url(port, secrets.valkey, 0))
            environment.setdefault("TASKS_URL", valkey.url(port, secrets.valkey, 1))
            environment.setdefault("LIMITS_URL", valkey.url(port, secrets.valkey, 2))
        if "CACHE_URL" not in environment:
            port = self._assign_port("cache")
            specs.append(valkey.spec("cache", self.data / "cache", port, secrets.valkey, valkey.CACHE))
            environment["CACHE_URL"] = valkey.url(port, secrets.valkey)
        if "CLICKHOUSE_URL" not in environment:
            port = self._assign_port("olap")
            place = ["--data", str(self.data / "olap"), "--port", str(port)]
            specs.append(
                self._python(
                    "olap",
                    ["k8s.local.engines.clickhouse", *place, "--memory-bytes", str(_olap_memory_bytes())],
                    probe_url=f"http://127.0.0.1:{port}/ping",
                    environment={"CLICKHOUSE_USER": "touchline", "CLICKHOUSE_PASSWORD": secrets.clickhouse},
                    stop_last=True,
                )
            )
            environment["CLICKHOUSE_URL"] = clickhouse_url(port, secrets.clickhouse)

    def _plan_objects(self, secrets: credentials.Credentials, specs: list[ProcessSpec]) -> str:
        """Return the address of objects: a folder, or an S3 server once a lake was asked for."""
        data = self.data / "s3"
        if not (self._lake or data.is_dir()):
            return (self.data / "objects").absolute().as_uri()
        names = [*seaweedfs.PORTS, *(f"{name}-grpc" for name in seaweedfs.PORTS)]
        ports = {name: self._assign_port(f"objects-{name}") for name in names}
        specs.append(seaweedfs.spec(data, ports, secrets.objects))
        return seaweedfs.url(ports["s3"], secrets.objects)

    def _plan_source(self, specs: list[ProcessSpec], environment: dict[str, str]) -> None:
        """Plan the stand-in unless SOURCE_URL is set; it is ours and on loopback, so it has no rate limit."""
        rate = self._settings.get("SOURCE_REQUESTS_PER_SECOND", "")
        if "SOURCE_URL" not in environment:
            port = self._assign_port("standin")
            environment["SOURCE_URL"] = f"http://127.0.0.1:{port}"
            specs.append(
                self._python(
                    "standin",
                    ["k8s.local.standin", "--port", str(port), *self._standin.arguments()],
                    probe_url=f"http://127.0.0.1:{port}/health/ready",
                    stop_last=True,
                )
            )
            rate = rate or "0"
        if rate:
            environment["SOURCE_REQUESTS_PER_SECOND"] = rate

    def _plan_market(self, specs: list[ProcessSpec], environment: dict[str, str]) -> None:
        """Plan the stand-in market unless MARKET_URL is set."""
        if "MARKET_URL" not in environment:
            port = self._assign_port("market")
            environment["MARKET_URL"] = f"http://127.0.0.1:{port}"
            specs.append(
                self._python(
                    "market",
                    ["k8s.local.market", "--port", str(port)],
                    probe_url=f"http://127.0.0.1:{port}/health/ready",
                    stop_last=True,
                )
            )

    def _plan_payments(
        self, secrets: credentials.Credentials, specs: list[ProcessSpec], environment: dict[str, str]
    ) -> None:
        """Plan the stand-in payment provider unless the address of one is set."""
        given = {name: self._settings[name] for name in PAYMENTS if self._settings.get(name)}
        if given:
            environment |= given
            return
        port = self._assign_port("payments")
        url = f"http://127.0.0.1:{port}"
        environment |= {
            "STRIPE_URL": url,
            "STRIPE_KEY": "simulated",
            "STRIPE_WEBHOOK_SECRETS": secrets.payments_secret,
            "YOOKASSA_URL": url,
            "YOOKASSA_SHOP_ID": "simulated",
            "YOOKASSA_KEY": "simulated",
        }
        hooks_url = f"http://127.0.0.1:{self._port}/top-ups/webhooks"
        specs.append(
            self._python(
                "payments",
                ["k8s.local.payments", "--port", str(port), "--hooks-url", hooks_url],
                probe_url=f"{url}/health/ready",
                environment={"STRIPE_WEBHOOK_SECRETS": secrets.payments_secret},
            )
        )

    def _plan_platform(self, specs: list[ProcessSpec], environment: dict[str, str], urls: dict[str, str]) -> None:
        """Plan functions, eventing and the collection's workers, all with the same settings."""
        internal, eventing = self._assign_port("functions"), self._assign_port("eventing")
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
            ProcessSpec(
                name="worker",
                command=[
                    sys.executable, "-m", "celery", "-A", "functions.scrape_league.tasks", "worker", *pool, *modest
                ],
                probe=lambda: probes.check_worker(environment["TASKS_URL"]),
                environment=_QUIET | environment,
                after=stores,
                directory=ROOT,
                scratch=self._scratch("worker"),
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
        stop_last: bool = False,
    ) -> ProcessSpec:
        return ProcessSpec(
            name=name,
            command=[sys.executable, "-m", *module],
            probe=lambda: probes.check_http(probe_url),
            environment=_QUIET | dict(environment or {}),
            after=after,
            stop_last=stop_last,
            directory=ROOT,
            scratch=self._scratch(name),
        )

    def _scratch(self, name: str) -> Path:
        """Return the folder of a process's temporary files, such as the profiles of browsers."""
        return self.data / "tmp" / name

    def _assign_port(self, name: str) -> int:
        return state.assign_port(self._state, name)


def _olap_memory_bytes() -> int:
    """Return the memory limit of olap: at most a third of the machine's memory."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(_OLAP_MEMORY_BYTES, physical // 3)
