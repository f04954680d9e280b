"""An image without Docker: its packages in an environment of their own, its files alone, its command, nothing writable.

The locks are installed by uv, which also keeps them for the next time; an environment is named for what is in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
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
_COMPILE = "python -m compileall -q --invalidation-mode unchecked-hash"
_UNDERSTOOD = (
    r"python -m venv --without-pip /venv",
    r"pip --python /venv/bin/python install .*--only-binary :all: --require-hashes -r /requirements\.txt",
    rf"{_COMPILE} (/venv/lib|/app)",
    r"apt-get update && apt-get install .* chromium-headless-shell && .*",  # here it is the machine's own browser
)
"""What is done here when the Dockerfile runs it."""
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
        return {name: self._here(value) for name, value in self.config.environment.items()} | dict(given)

    def size_bytes(self) -> int:
        """Of packages and files, without the base image."""
        return sum(path.lstat().st_size for top in (self.venv, self.app) for path in top.rglob("*") if path.is_file())

    def _here(self, value: str) -> str:
        return ":".join(re.sub(r"^/(venv|app)\b", lambda found: str(getattr(self, found[1])), each)
                        for each in value.split(":"))  # fmt: skip


def lay_out(image: Image, folder: Path) -> Place:
    """Put an image's files into a new folder, and its packages into an environment.

    Raises
    ------
    BadDockerfile : it does something that is not rehearsed here.
    """
    read = dockerfile.read()
    told = contents(read, image.target, image.build_args)
    for command in told.commands:
        if not any(re.fullmatch(known, command) for known in _UNDERSTOOD):
            raise BadDockerfile(f"RUN {command}: is not rehearsed")
    app = folder / "app"
    for place, path in told.files.items():
        target = folder / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _compile(app)
    return Place(venv=environment(image.lock), app=app, config=read.config(image.target))


def environment(lock: Path) -> Path:
    """A virtual environment that holds a lock and nothing else; made once."""
    digest = hashlib.sha256((ROOT / lock).read_bytes() + sys.version.encode()).hexdigest()[:12]
    name = lock.with_suffix("").as_posix().replace("/", "-")
    venv = CACHE / f"{name}-{digest}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (venv / "complete").exists():
            for older in CACHE.glob(f"{name}-{'?' * 12}"):
                shutil.rmtree(older)
            _uv("venv", "--no-project", "--python", sys.executable, str(venv))
            _uv("pip", "install", "--only-binary", ":all:", "--require-hashes", "--python", str(venv / "bin/python"),
                "-r", str(ROOT / lock))  # fmt: skip
            _compile(venv / "lib")
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
    """What starts a command where nothing can be written to, and the variables it needs; nothing where that is not
    possible here."""
    mounts = sorted({"/", _mount_of(place.app), _mount_of(place.venv)})
    own_tmp = "yes" if place.config.environment["TMPDIR"] == "/tmp" else ""
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


def _compile(folder: Path) -> None:
    subprocess.run([sys.executable, *_COMPILE.split()[1:], "-j", "0", str(folder)], check=True)


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *arguments], check=True)
