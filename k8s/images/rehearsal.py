"""Runs an image without Docker: its packages in an environment, only its files, its command, a read-only file system.

The commands of the Dockerfile run here too, in other folders; installed packages are kept for the next time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from k8s.images import dockerfile
from k8s.images.catalogue import ROOT, Image
from k8s.images.contents import read_contents
from k8s.images.dockerfile import ImageConfig, InvalidDockerfile

CACHE = ROOT / ".cache" / "images"
_PROGRAMS = {"python": [sys.executable], "pip": [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]}
"""Programs of the Dockerfile's commands; apt-get's browser is the machine's own here."""
_UNWRITABLE = """
for folder in $READ_ONLY; do mount -o remount,bind,ro "$folder" || exit 125; done
[ -z "$OWN_TMP" ] || mount -t tmpfs tmpfs /tmp || exit 125
unset READ_ONLY OWN_TMP
exec "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The two folders of an image on this machine, and its configuration."""

    venv: Path
    app: Path
    config: ImageConfig

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The image's variables with its folders as they are here, and the container's own settings."""
        folders = {"/venv": self.venv, "/app": self.app}
        here = {
            name: ":".join(_moved(part, folders) for part in value.split(":"))
            for name, value in self.config.environment.items()
        }
        return here | dict(variables)

    def size_bytes(self) -> int:
        """Return the size of packages and files, without the base image."""
        return sum(path.lstat().st_size for top in (self.venv, self.app) for path in top.rglob("*") if path.is_file())


def lay_out(image: Image, folder: Path) -> Layout:
    """Put an image's files into a new folder, and its packages into an environment.

    Raises
    ------
    InvalidDockerfile : it does something that is not supported in a rehearsal.
    """
    file = dockerfile.load()
    contents = read_contents(file, image.target, image.build_args)
    app = folder / "app"
    for place, path in contents.files.items():
        target = folder / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    commands = [each for each in contents.commands if not each.startswith("apt-get ")]
    venv = environment(image.lock, [each for each in commands if "/venv" in each])
    for command in commands:
        if "/venv" not in command:
            _run(command, {"/app": app})
    return Layout(venv=venv, app=app, config=file.config(image.target))


def environment(lock: Path, commands: Sequence[str]) -> Path:
    """Create a virtual environment with exactly a lock, by the Dockerfile's commands; once per lock."""
    digest = hashlib.sha256((ROOT / lock).read_bytes() + "\n".join([*commands, sys.version]).encode()).hexdigest()[:12]
    name = lock.with_suffix("").as_posix().replace("/", "-")
    venv = CACHE / f"{name}-{digest}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        if not (venv / "complete").exists():
            for older in CACHE.glob(f"{name}-{'?' * 12}"):
                shutil.rmtree(older)
            for command in commands:
                _run(command, {"/venv": venv, "/requirements.txt": ROOT / lock})
            (venv / "complete").touch()
    return venv


@contextmanager
def run_image(
    layout: Layout, settings: Mapping[str, str], log: Path, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the image's command, as its user if possible, with a read-only file system except /dev/shm."""
    variables = layout.environment(settings)
    program = shutil.which(layout.config.command[0], path=variables["PATH"])
    if program is None:
        raise FileNotFoundError(f"{layout.config.command[0]} is not among the image's packages")
    command = [program, *layout.config.command[1:], *arguments]
    wrap, extra = read_only_wrapper(layout)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*wrap, *command], cwd=layout.app, env={**variables, **extra}, stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        process.send_signal(getattr(signal, layout.config.stop_signal))
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def read_only_wrapper(layout: Layout) -> tuple[Sequence[str], Mapping[str, str]]:
    """Return the prefix and variables of a command on a read-only file system; empty if that is not possible here."""
    mounts = sorted({"/", _mount_of(layout.app), _mount_of(layout.venv)})
    own_tmp = "yes" if layout.config.environment["TMPDIR"] == "/tmp" else ""  # nosec B108 -- mounted anew
    extra = {"READ_ONLY": " ".join(mounts), "OWN_TMP": own_tmp}
    wraps = (wrap for wrap in _wraps(layout.config.user) if _works(wrap, layout.venv, mounts[-1]))
    return next(((wrap, extra) for wrap in wraps), ((), {}))


def _wraps(user: str) -> Iterator[tuple[str, ...]]:
    script = ("sh", "-c", _UNWRITABLE, "sh")
    if os.geteuid() == 0:
        uid, gid = user.split(":")
        powerless = ("setpriv", "--no-new-privs", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all")
        yield ("unshare", "--mount", *script, *powerless, f"--reuid={uid}", f"--regid={gid}")
        yield ("unshare", "--mount", *script, *powerless)  # that user cannot reach this machine's Python
    else:
        yield ("unshare", "--user", "--map-current-user", "--keep-caps", "--mount", *script)


@cache
def _works(wrap: tuple[str, ...], venv: Path, mount: str) -> bool:
    """Return whether the same Python starts; one that cannot read its libraries may find those of another release."""
    command = [*wrap, str(venv / "bin/python"), "-c", "import sys; print(sys.version, end='')"]
    variables = {"PATH": os.environ["PATH"], "READ_ONLY": mount, "OWN_TMP": ""}
    try:
        completed = subprocess.run(command, capture_output=True, env=variables, text=True)
    except FileNotFoundError:
        return False
    return completed.stdout == sys.version


def _mount_of(path: Path) -> str:
    return str(next(each for each in (path, *path.parents) if each.is_mount()))


def _run(command: str, folders: Mapping[str, Path]) -> None:
    """Run a command of the Dockerfile with its folders as they are here, using the cache of downloads."""
    program, *words = shlex.split(command)
    if program not in _PROGRAMS:
        raise InvalidDockerfile(f"RUN {command}: {program} is not supported in a rehearsal")
    here = [_moved(word, folders) for word in words if word != "--no-cache-dir"]
    subprocess.run([*_PROGRAMS[program], *here], check=True)


def _moved(path: str, folders: Mapping[str, Path]) -> str:
    """Return a path of the image as it is here."""
    top = next((top for top in folders if f"{path}/".startswith(f"{top}/")), "")
    return f"{folders[top]}{path.removeprefix(top)}" if top else path
