"""The whole platform: every process killed and brought back, its supervisor killed, its data intact, nothing left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import pytest

from k8s.local import credentials
from k8s.local.cli import touchline as cli
from k8s.local.engines import postgres
from k8s.local.platform import Platform, PortTaken
from k8s.local.running_platform import RunningPlatform
from k8s.local.supervisor import state_file as state
from k8s.local.supervisor.process import user_arguments
from k8s.local.supervisor.process_table import start_time
from shared.adapters.clickhouse.client import ClickHouse
from shared.events import cloudevents
from shared.events.envelope import Event
from tests.support.waiting import alive, eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("postgres", "bus", "cache", "olap", "standin", "market", "payments", "functions", "eventing", "worker")
READY_S = 90.0

RUN = """
import sys, time
from pathlib import Path
from k8s.local.platform import Platform
platform = Platform(Path(sys.argv[1]), port=0)
platform.start()
platform.wait_ready(timeout_s=90)
print("ready", flush=True)
time.sleep(600)
"""


def own_environment() -> dict[str, str]:
    """Without addresses that would replace an engine."""
    return {name: value for name, value in os.environ.items() if not name.endswith("_URL")}


def open_platform(data: Path) -> Platform:
    return Platform(data, port=0, environment=own_environment())


def command_line(process: psutil.Process) -> str:
    """Empty when it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def family(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A directory with a space in its name, below one that is closed to everybody else."""
    closed = Path(tempfile.mkdtemp(prefix="touchline-"))
    yield closed / "my data"
    shutil.rmtree(closed, ignore_errors=True)


@pytest.fixture(scope="module")
def platform(data: Path) -> Iterator[Platform]:
    with open_platform(data) as running:
        running.wait_ready(timeout_s=READY_S)
        yield running


def test_every_process_is_ready_and_answers_an_onlooker(
    platform: Platform, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = {process.name: process for process in RunningPlatform(data).processes()}
    assert set(seen) == set(NAMES)
    assert {name: process.problem for name, process in seen.items()} == dict.fromkeys(NAMES, "")
    assert cli.main(["--data", str(data.parent), "status"]) == 0
    assert capsys.readouterr().out.count(" ready") == len(NAMES)


def test_migrating_again_finds_all_in_place(
    platform: Platform, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.endswith("_URL")]:
        monkeypatch.delenv(name)
    assert cli.main(["--data", str(data.parent), "migrate"]) == 0
    assert "every migration was there" in capsys.readouterr().out


def test_public_address_serves_an_account(platform: Platform) -> None:
    username, password = platform.operator
    answer = httpx.post(
        f"{platform.urls['public']}/login", json={"username": username, "password": password}, timeout=20
    )
    assert answer.status_code == 200, answer.text


def test_postgres_fsyncs_and_wants_a_password(platform: Platform) -> None:
    import psycopg

    with psycopg.connect(platform.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    port = state.load(platform.data / "state.json").ports["postgres"]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=port, user=postgres.USER, dbname="postgres", password="wrong")


def test_bus_keeps_everything_and_cache_forgets(platform: Platform) -> None:
    import redis

    output = {}
    for name in ("EVENT_LOG_URL", "CACHE_URL"):
        with redis.Redis.from_url(platform.environment[name], decode_responses=True) as client:
            result = client.config_get("appendonly", "appendfsync", "maxmemory-policy")
            output[name] = (result["appendonly"], result["appendfsync"], result["maxmemory-policy"])
    assert output["EVENT_LOG_URL"] == ("yes", "always", "noeviction")
    assert (output["CACHE_URL"][0], output["CACHE_URL"][2]) == ("no", "allkeys-lru")


@pytest.mark.parametrize("name", NAMES)
def test_killed_process_is_brought_back_ready(platform: Platform, name: str) -> None:
    first = platform.supervisor.pid(name)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: platform.supervisor.is_ready(name) and platform.supervisor.pid(name) != first, within_s=60)
    assert platform.supervisor.restarts(name) == 1


def test_a_users_data_are_exported_and_erased_though_the_functions_are_killed(platform: Platform) -> None:
    """What other areas keep comes into the export over HTTP, and goes by `user.deleted`, which a kill only delays."""
    import psycopg

    public, name, password = platform.urls["public"], "leaver", "correct horse battery"
    login = {"username": name, "password": password}
    assert httpx.post(f"{public}/register", json=login, timeout=20).status_code == 201
    token = httpx.post(f"{public}/login", json=login, timeout=20).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    user_id = httpx.get(f"{public}/me", headers=headers, timeout=20).json()["id"]
    with psycopg.connect(platform.environment["DATABASE_URL"], autocommit=True) as connection:
        # Nothing of football is stored here, so that nothing could be liked by a request.
        connection.execute("INSERT INTO favourites VALUES (%s, 'team', 42, now())", (user_id,))
        export = httpx.get(f"{public}/me/export", headers=headers, timeout=20).json()
        assert [(each["kind"], each["id"]) for each in export["favourites"]] == [("team", 42)]
        assert export["missing"] == []
        connection.execute("UPDATE users SET deletion_due_at = now() WHERE id = %s", (user_id,))
        assert tick(platform, "erase").status_code == 202
        os.kill(platform.supervisor.pid("functions"), signal.SIGKILL)

        def is_erased() -> bool:
            left = connection.execute("SELECT count(*) FROM favourites WHERE user_id = %s", (user_id,)).fetchone()
            user = connection.execute("SELECT state FROM users WHERE id = %s", (user_id,)).fetchone()
            return (left, user) == ((0,), ("deleted",))

        eventually(is_erased, within_s=90)


def tick(platform: Platform, task: str) -> httpx.Response:
    """Wake the account function as its clock does."""
    port = state.load(platform.data / "state.json").ports["functions"]
    event = Event(id=task, source="/test", type="t", time=datetime.now(UTC), data=json.dumps({"task": task}).encode())
    headers, body = cloudevents.to_http(event)
    url = f"http://127.0.0.1:{port}/touchline/account/events/tick"
    return httpx.post(url, content=body, headers=headers, timeout=30)


def test_second_platform_on_the_same_port_is_told(platform: Platform, tmp_path: Path) -> None:
    platform.wait_ready(timeout_s=READY_S)  # a test before this one kills what listens there
    port = int(platform.urls["public"].rpartition(":")[2])
    with pytest.raises(PortTaken, match=rf"port {port} is in use; choose another with --port"):
        Platform(tmp_path, port=port, environment=own_environment()).start()


@pytest.fixture
def own_data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="touchline-"))
    yield folder / "state"
    shutil.rmtree(folder, ignore_errors=True)


def test_killed_supervisor_takes_all_along_and_the_next_finds_the_data_and_stops_in_order(own_data: Path) -> None:
    command = [sys.executable, "-c", RUN, str(own_data)]
    parent = subprocess.Popen(command, cwd=ROOT, env=own_environment(), stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        _write(own_data)
        children = family(parent.pid)
        assert len(children) >= len(NAMES)
    finally:
        parent.kill()
        parent.communicate()
    eventually(lambda: not alive(children))
    log = own_data / "logs" / "postgres.log"
    for n_stops in (1, 2):
        with open_platform(own_data) as platform:
            platform.wait_ready(timeout_s=READY_S)
            assert _read(own_data) == ("in Postgres", "in the log", "in ClickHouse")
            children = family(os.getpid())
            pids = {name: platform.supervisor.pid(name) for name in NAMES}
        assert not any(start_time(pid) for pid in pids.values())
        assert not alive([child for child in children if child.pid in pids.values()])
        assert not [child for child in children if str(own_data) in command_line(child)]
        assert state.load(own_data / "state.json").processes == {}
        assert log.read_text("utf-8").count("received fast shutdown request") == n_stops
    # Only the kill needed a recovery.
    assert log.read_text("utf-8").count("not properly shut down") == 1


def _urls(data: Path) -> tuple[str, str, str]:
    secrets, ports = credentials.load_or_create(data / "secrets.json"), state.load(data / "state.json").ports
    return (
        postgres.url(ports["postgres"], secrets.postgres),
        f"redis://:{secrets.valkey}@127.0.0.1:{ports['bus']}/0",
        f"http://touchline:{secrets.clickhouse}@127.0.0.1:{ports['olap']}/touchline",
    )


def _write(data: Path) -> None:
    import psycopg
    import redis

    database, log, clickhouse = _urls(data)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'in Postgres' AS word")
    with redis.Redis.from_url(log) as client:
        client.xadd("kept", {"word": "in the log"})
    warehouse = ClickHouse(clickhouse)
    warehouse.command("CREATE TABLE kept (word String) ENGINE = MergeTree ORDER BY word")
    warehouse.command("INSERT INTO kept VALUES ('in ClickHouse')")
    warehouse.close()


def _read(data: Path) -> tuple[str, ...]:
    import psycopg
    import redis

    database, log, clickhouse = _urls(data)
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT word FROM kept").fetchone()
    with redis.Redis.from_url(log, decode_responses=True) as client:
        (entry,) = client.xrange("kept")
    warehouse = ClickHouse(clickhouse)
    (stored,) = warehouse.query("SELECT word FROM kept")
    warehouse.close()
    assert row is not None
    return str(row[0]), str(entry[1]["word"]), str(stored["word"])


def run_command(data: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "k8s.local.cli.run", "--data", str(data), *options],
        cwd=ROOT,
        env=own_environment() | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_run_on_a_taken_port_names_it_and_ends_with_2(own_data: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        ended = run_command(own_data, "--once", "--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr == f"port {port} is in use; choose another with --port\n"


def python_for(user: str, folder: Path, environment: dict[str, str]) -> str:
    """A Python this user may run: ours, or a copy of it when it lies below root's closed home."""
    if not _may_run(user, sys.executable, environment):
        library = Path("lib", f"python3.{sys.version_info.minor}")
        unneeded = shutil.ignore_patterns("test", "site-packages", "__pycache__", "config-*", "idlelib", "ensurepip")
        shutil.copytree(Path(sys.base_prefix) / library, folder / library, ignore=unneeded)
        for shared in Path(sys.base_prefix, "lib").glob("libpython*"):
            shutil.copy(shared, folder / "lib")
        (folder / "bin").mkdir()
        copy = str(shutil.copy(Path(sys.executable).resolve(), folder / "bin" / "python3"))
        environment["LD_LIBRARY_PATH"] = str(folder / "lib")
        if not _may_run(user, copy, environment):
            pytest.skip(f"no Python that {user} may run")
        return copy
    return sys.executable


def _may_run(user: str, python: str, environment: dict[str, str]) -> bool:
    try:
        asked = subprocess.run(
            [python, "-c", "import ssl, redis, celery"], cwd="/", env=environment, check=False, **user_arguments(user)
        )
    except PermissionError:
        return False
    return asked.returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who becomes another user")
def test_ordinary_user_needs_no_change_of_user(own_data: Path) -> None:
    shutil.chown(own_data.parent, "nobody")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    environment = own_environment() | {"HOME": str(own_data.parent), "PYTHONPATH": os.pathsep.join(packages)}
    python = python_for("nobody", own_data.parent / "python", environment)
    with (own_data.parent / "stderr").open("w+") as stderr:
        parent = subprocess.Popen(
            [python, "-c", RUN, str(own_data)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            **user_arguments("nobody"),
        )
        try:
            assert parent.stdout is not None
            ready = parent.stdout.readline()
            children = family(parent.pid)
            owners = set()
            for child in children:
                with suppress(psutil.NoSuchProcess):  # Postgres has workers that come and go
                    owners.add(child.username())
        finally:
            parent.kill()
            parent.communicate()
        stderr.seek(0)
        assert ready == "ready\n", stderr.read()
    assert owners == {"nobody"}
    eventually(lambda: not alive(children))
