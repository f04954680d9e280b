"""One supervised process: started in its own group, dying with its supervisor, ended politely and then not."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
_LOG_LIMIT_BYTES = 20_000_000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """How to run one process of the platform."""

    name: str
    command: Sequence[str]
    probe: Callable[[], None]
    """Returns when the process serves, raises otherwise. Asked from other threads."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the supervisor's own."""
    after: tuple[str, ...] = ()
    """Processes that must be ready before this one is started."""
    stop_last: bool = False
    """Others need it while they end, so that it is ended after all that are not."""
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    """What the kernel sends it when the supervisor is gone."""
    stop_timeout_s: float = 10.0
    user: str = ""
    """Run as this user (only as root)."""
    directory: Path | None = None
    folder: Path | None = None
    """Handed over open, and reached as `FOLDER` in the command: also by a user who may not pass its parents."""


FOLDER = "{folder}"


class Child:
    """A running process of a `ProcessSpec`.

    Must be made by a thread that lives as long as the supervisor: the kernel's parent-death signal follows the thread
    that started the child, not its process.
    """

    def __init__(self, spec: ProcessSpec, log_path: Path) -> None:
        self.spec = spec
        self._log_path = log_path
        supervisor = os.getpid()
        with _open_log(log_path) as log, inherited_folder(spec.folder) as (folder, handles):
            self._popen = subprocess.Popen(
                [part.replace(FOLDER, folder) for part in spec.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **spec.environment},
                cwd=spec.directory,
                process_group=0,
                pass_fds=handles,
                preexec_fn=lambda: _die_with(supervisor, spec.death_signal),
                **user_arguments(spec.user),
            )
        self.started_s = time.monotonic()

    @property
    def pid(self) -> int:
        """Process id, also of its group."""
        return self._popen.pid

    def exit_status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._popen.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send to the process alone."""
        if self.exit_status() is None:
            self._popen.send_signal(number)

    def wait_or_kill(self, timeout_s: float) -> None:
        """Wait for its end; when the time is up, kill it and whatever is left of its group."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout_s)
        kill_group(self.pid)
        self._popen.wait()

    def trim_log(self) -> None:
        """Set an overgrown log aside while it is written; a few lines may be lost, the disk is not filled."""
        with contextlib.suppress(OSError):
            if self._log_path.stat().st_size > _LOG_LIMIT_BYTES:
                shutil.copyfile(self._log_path, self._log_path.with_suffix(".old"))
                os.truncate(self._log_path, 0)


def start_time(pid: int) -> int:
    """When a process was started, kernel clock ticks since boot (proc(5), stat field 22); 0 when none runs."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return 0
    # The second field is the name in parentheses and may itself hold any character.
    fields = text.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[19])


def kill_group(pid: int) -> None:
    """End every process of a group at once; no such group is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _die_with(supervisor: int, number: signal.Signals) -> None:
    """Runs between fork and exec, after a change of user, which would undo it."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != supervisor:
        os._exit(1)  # it was killed in between, so that no signal will come


@contextlib.contextmanager
def inherited_folder(folder: Path | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A folder's name for a child that is given these descriptors, however closed the folder's parents are to it."""
    if folder is None:
        yield "", ()
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}", (handle,)
    finally:
        os.close(handle)


def user_arguments(user: str) -> dict[str, Any]:
    """Arguments of `subprocess` that run a child as a user and nobody else; none for the empty name."""
    if not user:
        return {}
    import pwd

    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _open_log(path: Path) -> IO[bytes]:
    """Append to the log; an overgrown one is set aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
        os.replace(path, path.with_suffix(".old"))
    return path.open("ab")
