"""An image without Docker: its packages in an environment of their own, its files alone, its command, nothing writable.

What the Dockerfile runs is run here too, in other folders; packages once installed are kept for the next time.
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
from k8s.images.contents import contents
from k8s.images.dockerfile import BadDockerfile, Config

CACHE = ROOT / ".cache" / "images"
_PROGRAMS = {"python": [sys.executable], "pip": [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]}
"""Of the Dockerfile's commands; apt-get's browser is the machine's own here."""
_UNWRITABLE = """
for folder in $READ_ONLY; do mount -o remount,bind,ro "$folder" || exit 125; done
[ -z "$OWN_TMP" ] || mount -t tmpfs tmpfs /tmp || exit 125
unset READ_ONLY OWN_TMP
exec "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an image's two folders lie on this machine, and how it runs."""

    venv: Path
    app: Path
    config: Config

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """The image's variables with its folders as they are here, and what the container is given."""
        folders = {"/venv": self.venv, "/app": self.app}
        here = {
            name: ":".join(_moved(part, folders) for part in value.split(":"))
            for name, value in self.config.environment.items()
        }
        return here | dict(given)

    def size_bytes(self) -> int:
        """Of packages and files, without the base image."""
        return sum(path.lstat().st_size for top in (self.venv, self.app) for path in top.rglob("*") if path.is_file())


def lay_out(image: Image, folder: Path) -> Place:
    """Put an image's files into a new folder, and its packages into an environment.

    Raises
    ------
    BadDockerfile : it does something that is not rehearsed here.
    """
    read = dockerfile.read()
    told = contents(read, image.target, image.build_args)
    app = folder / "app"
    for place, path in told.files.items():
        target = folder / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    commands = [each for each in told.commands if not each.startswith("apt-get ")]
    venv = environment(image.lock, [each for each in commands if "/venv" in each])
    for command in commands:
        if "/venv" not in command:
            _run(command, {"/app": app})
    return Place(venv=venv, app=app, config=read.config(image.target))


def environment(lock: Path, commands: Sequence[str]) -> Path:
    """A virtual environment that holds a lock and nothing else, by the Dockerfile's commands; made once."""
    digest = hashlib.sha256((ROOT / lock).read_bytes() + "\n".join([*commands, sys.version]).encode()).hexdigest()[:12]
    name = lock.with_suffix("").as_posix().replace("/", "-")
    venv = CACHE / f"{name}-{digest}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (venv / "complete").exists():
            for older in CACHE.glob(f"{name}-{'?' * 12}"):
                shutil.rmtree(older)
            for command in commands:
                _run(command, {"/venv": venv, "/requirements.txt": ROOT / lock})
            (venv / "complete").touch()
    return venv


@contextmanager
def started(place: Place, given: Mapping[str, str], log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The image's own command, as its user where that can be, and with nothing to write to but /dev/shm."""
    variables = place.environment(given)
    program = shutil.which(place.config.command[0], path=variables["PATH"])
    if program is None:
        raise FileNotFoundError(f"{place.config.command[0]} is not among the image's packages")
    command = [program, *place.config.command[1:], *arguments]
    wrap, extra = unwritable(place)
    with log.open("ab") as out:
        process = subprocess.Popen([*wrap, *command], cwd=place.app, env={**variables, **extra}, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.send_signal(getattr(signal, place.config.stop_signal))
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def unwritable(place: Place) -> tuple[Sequence[str], Mapping[str, str]]:
    """What starts a command where nothing can be written to, and its variables; nothing where that cannot be here."""
    mounts = sorted({"/", _mount_of(place.app), _mount_of(place.venv)})
    own_tmp = "yes" if place.config.environment["TMPDIR"] == "/tmp" else ""  # nosec B108 -- mounted anew
    extra = {"READ_ONLY": " ".join(mounts), "OWN_TMP": own_tmp}
    return next(((wrap, extra) for wrap in _wraps(place.config.user) if _works(wrap, place.venv, mounts[-1])), ((), {}))


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
    """Whether the same Python starts; one that cannot read its own libraries may find another release's."""
    asked = [*wrap, str(venv / "bin/python"), "-c", "import sys; print(sys.version, end='')"]
    variables = {"PATH": os.environ["PATH"], "READ_ONLY": mount, "OWN_TMP": ""}
    try:
        told = subprocess.run(asked, capture_output=True, env=variables, text=True)
    except FileNotFoundError:
        return False
    return told.stdout == sys.version


def _mount_of(path: Path) -> str:
    return str(next(each for each in (path, *path.parents) if each.is_mount()))


def _run(command: str, folders: Mapping[str, Path]) -> None:
    """A command of the Dockerfile, with its folders as they are here; what was downloaded before is not again."""
    program, *words = shlex.split(command)
    if program not in _PROGRAMS:
        raise BadDockerfile(f"RUN {command}: {program} is not rehearsed")
    here = [_moved(word, folders) for word in words if word != "--no-cache-dir"]
    subprocess.run([*_PROGRAMS[program], *here], check=True)


def _moved(path: str, folders: Mapping[str, Path]) -> str:
    """A path of the image as it is here."""
    top = next((top for top in folders if f"{path}/".startswith(f"{top}/")), "")
    return f"{folders[top]}{path.removeprefix(top)}" if top else path
