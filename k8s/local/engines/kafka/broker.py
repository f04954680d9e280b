"""Fetches, starts, stops one Apache Kafka in KRaft combined mode. Standard library only; needs Java 17 and Maven."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from k8s.local.supervisor.state_file import free_port

HERE = Path(__file__).parent
CACHE = Path(__file__).resolve().parents[4] / ".cache" / "kafka"
LEAST_JAVA = 17
FETCH_WITHIN_S = 300
READY_WITHIN_S = 60
STOP_WITHIN_S = 20
LOG_LIMIT_BYTES = 20_000_000
"""Above it the broker's log is renamed at the next start; one renamed log is kept."""

_JVM = ("-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
# Asks the kernel for SIGKILL when the parent exits (prctl 1), then executes the command that follows.
_DIE_WITH_PARENT = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])"
_LOGS = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")


_children: dict[int, subprocess.Popen[bytes]] = {}


class KafkaAbsent(Exception):
    """Kafka is not available here; the message says why."""


class KafkaFailed(Exception):
    """Kafka did not start; the message ends with its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running broker, as in the state file of its data directory."""

    pid: int
    port: int

    @property
    def bootstrap_servers(self) -> str:
        """Address for clients."""
        return f"127.0.0.1:{self.port}"


def version() -> str:
    """Return the version that pom.xml pins."""
    running = re.search(
        r"<artifactId>kafka_2\.13</artifactId>\s*<version>([^<]+)</version>", (HERE / "pom.xml").read_text()
    )
    if not running:
        raise KafkaAbsent("pom.xml does not contain kafka_2.13")
    return running[1]


def jars() -> Path:
    """Return the folder of the broker's jars; Maven downloads them on first use.

    Raises
    ------
    KafkaAbsent : Java or Maven is missing or too old, or the download failed.
    """
    _check_java()
    # One folder per pom.xml.
    folder = CACHE / f"jars-{version()}-{crc32((HERE / 'pom.xml').read_bytes()):08x}"
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaAbsent("Maven (mvn) is not installed and the jars are not in the cache")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        fetched = Path(scratch) / "jars"
        try:
            completed = subprocess.run(
                [
                    *(maven, "-B", "-q", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"),
                    *("-DincludeScope=runtime", f"-DoutputDirectory={fetched}"),
                ],
                capture_output=True,
                text=True,
                timeout=FETCH_WITHIN_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise KafkaAbsent(f"Maven did not download Kafka {version()} within {FETCH_WITHIN_S} s") from None
        if completed.returncode != 0 or not list(fetched.glob("kafka_2.13-*.jar")):
            raise KafkaAbsent(
                f"Maven could not download Kafka {version()}: {(completed.stdout + completed.stderr).strip()[-600:]}"
            )
        # Renamed when complete, so that an interrupted download leaves nothing behind.
        if not folder.is_dir():
            fetched.rename(folder)
    delete_other_jars(folder)
    return folder


def delete_other_jars(folder: Path) -> None:
    """Delete the jars of other versions."""
    for other in CACHE.glob("jars-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def _check_java() -> None:
    java = shutil.which("java")
    if java is None:
        raise KafkaAbsent("Java is not installed")
    record = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    running = re.search(r'version "(\d+)', record)
    if not running or int(running[1]) < LEAST_JAVA:
        raise KafkaAbsent(f"Java {LEAST_JAVA} or newer is needed, found: {record.strip().splitlines()[:1]}")


def start(data: Path, port: int = 0, *, with_parent: bool = False) -> Running:
    """Start a broker on a data directory and return once it is ready; a running one is left as it is.

    Parameters
    ----------
    data : state of the broker, kept over restarts.
    port : port for clients; 0 = the port it had before, else a free one.
    with_parent : let the kernel kill it when this process exits (Linux), for tests.

    Raises
    ------
    KafkaAbsent : it is not available here.
    KafkaFailed : it did not become ready.
    """
    if (running := status(data)) is not None:
        return running
    classpath = f"{jars()}/*"
    data.mkdir(parents=True, exist_ok=True)
    port = port or _former_port(data) or free_port()
    _configure(data, port)
    log = data / "broker.log"
    if not (data / "logs" / "meta.properties").exists():
        _format(data, classpath, log)
    launcher = [sys.executable, "-c", _DIE_WITH_PARENT] if with_parent and sys.platform == "linux" else []
    rotate(log)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*launcher, "java", *_JVM, *_LOGS, "-cp", classpath, "kafka.Kafka", str(data / "server.properties")],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=not with_parent,
        )
    _children[process.pid] = process
    running = Running(pid=process.pid, port=port)
    (data / "running.json").write_text(json.dumps({"pid": running.pid, "port": running.port}))
    deadline = time.monotonic() + READY_WITHIN_S
    while not is_ready(port):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(data)
            raise KafkaFailed(f"Kafka {version()} did not become ready: {log.read_text(errors='replace')[-1500:]}")
        time.sleep(0.05)
    return running


def rotate(log: Path) -> None:
    """Rename a log above the limit."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".old"))


def stop(data: Path) -> bool:
    """Stop the broker of a data directory; False if none was running."""
    if (running := status(data)) is None:
        return False
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN_S
    while status(data) is not None:
        if time.monotonic() > deadline:
            os.kill(running.pid, signal.SIGKILL)
        time.sleep(0.05)
    return True


def status(data: Path) -> Running | None:
    """Return the broker that runs on a data directory; None if there is none."""
    try:
        record = json.loads((data / "running.json").read_text())
        running = Running(pid=int(record["pid"]), port=int(record["port"]))
    except (OSError, ValueError, KeyError):
        return None
    return running if _is_broker_of(running.pid, data) else None


def _is_broker_of(pid: int, data: Path) -> bool:
    """Return whether this process is the broker of that directory; pids are reused."""
    # A child of ours that has exited stays visible until it is waited for.
    if pid in _children and _children[pid].poll() is not None:
        return False
    ps = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "kafka.Kafka" in ps.stdout and str(data / "server.properties") in ps.stdout


def _former_port(data: Path) -> int:
    try:
        return int(json.loads((data / "running.json").read_text())["port"])
    except (OSError, ValueError, KeyError):
        return 0


def _configure(data: Path, port: int) -> None:
    """Write server.properties: one node as broker and controller, internal topics with one replica."""
    controller = free_port([port])
    lines = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": str(data / "logs"),
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        # A cluster waits for more members before it assigns partitions; here every test would wait.
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
    }
    (data / "server.properties").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))


def _format(data: Path, classpath: str, log: Path) -> None:
    cluster = "-"
    while cluster.startswith("-"):
        # A leading dash would be read as an option.
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    with log.open("ab") as out:
        completed = subprocess.run(
            [
                *("java", *_JVM, "-cp", classpath, "kafka.tools.StorageTool", "format", "--ignore-formatted"),
                *("-t", cluster, "-c", str(data / "server.properties")),
            ],
            stdout=out,
            stderr=out,
            check=False,
        )
    if completed.returncode != 0:
        raise KafkaFailed(f"the storage could not be formatted: {log.read_text(errors='replace')[-1500:]}")


def is_ready(port: int) -> bool:
    """Return whether a broker processes requests: sends ApiVersions (request 18, version 0)."""
    correlation = 4711
    request = struct.pack(">hhih", 18, 0, correlation, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as peer:
            peer.sendall(struct.pack(">i", len(request)) + request)
            head = b""
            while len(head) < 8 and (more := peer.recv(8 - len(head))):
                head += more
    except OSError:
        return False
    return len(head) == 8 and struct.unpack(">ii", head)[1] == correlation
