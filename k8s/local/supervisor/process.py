"""One supervised process: in its own process group, killed with its supervisor, stopped by signal or by force."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from k8s.local.supervisor.orphan_guard import OrphanGuard

_PR_SET_PDEATHSIG = 1
_LOG_LIMIT_BYTES = 20_000_000
_libc = ctypes.CDLL(None, use_errno=True)
KERNEL_ENDS_ORPHANS = sys.platform == "linux"
"""Elsewhere an `OrphanGuard` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """How to run one process of the platform."""

    name: str
    command: Sequence[str]
    probe: Callable[[], None]
    """Returns if the process is ready, raises otherwise. Called from other threads."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the supervisor's environment."""
    after: tuple[str, ...] = ()
    """Processes that must be ready before this one is started."""
    stop_last: bool = False
    """Stop it after all others, which need it while they stop."""
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    """Signal that it gets when the supervisor is gone."""
    stop_timeout_s: float = 10.0
    user: str = ""
    """User to run as (only if we are root)."""
    directory: Path | None = None
    scratch: Path | None = None
    """Folder for its temporary files (TMPDIR), emptied before each start: what a killed process leaves is removed."""
    folder: Path | None = None
    """Folder that the child inherits open as `FOLDER` of its command, so that closed parents do not matter."""


FOLDER = "{folder}"
_PRIVATE = 0o700


class Child:
    """A running process of a `ProcessSpec`.

    Create it in a thread that lives as long as the supervisor: the kernel's parent-death signal follows the thread that
    started the child, not its process.
    """

    def __init__(self, spec: ProcessSpec, log_path: Path, guard: OrphanGuard | None = None) -> None:
        """Start the process; `guard` ends it when this process is gone, without one the kernel does (Linux)."""
        self.spec = spec
        self._guard = guard
        self._log_path = log_path
        supervisor = os.getpid()
        with _open_log(log_path) as log, inherited_folder(spec.folder) as (folder, handles):
            self._popen = subprocess.Popen(
                [part.replace(FOLDER, folder) for part in spec.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **spec.environment, **_empty_scratch(spec.scratch)},
                cwd=spec.directory,
                process_group=0,
                pass_fds=handles,
                preexec_fn=None if guard else lambda: die_with(supervisor, spec.death_signal),
                **user_arguments(spec.user),
            )
        self.started_s = time.monotonic()
        if guard is not None:
            guard.protect(self.pid, spec.death_signal)

    @property
    def pid(self) -> int:
        """Process id, also of its group."""
        return self._popen.pid

    def exit_status(self) -> int | None:
        """Return the exit status; None while it runs."""
        return self._popen.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, not to its group."""
        if self.exit_status() is None:
            self._popen.send_signal(number)

    def wait_or_kill(self, timeout_s: float) -> None:
        """Wait until it exits; after the time kill it and what is left of its group."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout_s)
        kill_group(self.pid)
        self._popen.wait()
        if self._guard is not None:
            self._guard.release(self.pid)

    def trim_log(self) -> None:
        """Move the content of a log above the limit aside while it is written; a few lines may be lost."""
        with contextlib.suppress(OSError):
            if self._log_path.stat().st_size > _LOG_LIMIT_BYTES:
                shutil.copyfile(self._log_path, self._log_path.with_suffix(".old"))
                os.truncate(self._log_path, 0)


def kill_group(pid: int) -> None:
    """Kill every process of a group; a group that does not exist is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def die_with(supervisor: int, number: signal.Signals) -> None:
    """Ask the kernel for the signal; runs between fork and exec, after a change of user, which would undo it."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != supervisor:
        os._exit(1)  # the supervisor was killed before prctl, so no signal will come


@contextlib.contextmanager
def inherited_folder(folder: Path | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield a path of a folder and descriptors to pass on, with which a child can use it below closed parents."""
    if folder is None:
        yield "", ()
        return
    if sys.platform != "linux":
        yield str(folder), ()  # descriptors of folders have no path elsewhere; only root on Linux needs one
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}", (handle,)
    finally:
        os.close(handle)


def user_arguments(user: str) -> dict[str, Any]:
    """Return arguments of `subprocess` that run a child as a user; none for the empty name."""
    if not user:
        return {}
    import pwd

    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _empty_scratch(folder: Path | None) -> dict[str, str]:
    """Empty the folder and return the variable that names it."""
    if folder is None:
        return {}
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    return {"TMPDIR": str(folder.absolute())}


def _open_log(path: Path) -> IO[bytes]:
    """Open the log to append; one above the limit is renamed first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
        os.replace(path, path.with_suffix(".old"))
    return path.open("ab")
