"""Set-up on machines as people have them: without GNU's tools, npm, root or a browser, and twice at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.reference import ROOT

POSIX = (
    *("bash", "sh", "env", "cat", "cksum", "chmod", "cp", "cut", "date", "dirname", "head", "id", "ls", "mkdir"),
    *("mktemp", "mv", "od", "printf", "readlink", "rm", "sed", "sleep", "tar", "touch", "tr", "uname"),
)
"""All that is on the PATH: macOS has these too. There is no flock, sha512sum, realpath, npm, node or apt-get."""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with links to the tools of POSIX and to this Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in POSIX:
        path = shutil.which(name)
        assert path is not None, name
        (folder / name).symlink_to(path)
    (folder / "python3").symlink_to(Path(sys.executable).resolve())
    return folder


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with the scripts, the search for a browser, and locks that lock nothing."""
    tree = tmp_path / "a checkout"
    shutil.copytree(ROOT / "scripts", tree / "scripts")
    for path in ("shared/adapters/browser/executable.py", "shared/errors.py"):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tree / path)
    for name in ("requirements.lock", "requirements-dev.lock"):
        (tree / name).write_text("# nothing\n")
    return tree


Setup = Callable[..., "subprocess.Popen[str]"]
INSTALLING = "Installing Python packages (once; about a minute) ...\n"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without packages, made once: that takes seconds."""
    folder = tmp_path_factory.mktemp("environment") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


@pytest.fixture
def installed(tree: Path, environment: Path) -> Path:
    """The checkout, with its packages installed."""
    shutil.copytree(environment, tree / ".venv", symlinks=True)
    locks = b"".join((tree / name).read_bytes() for name in ("requirements.lock", "requirements-dev.lock"))
    digest = subprocess.run(["cksum"], input=locks, capture_output=True, check=True).stdout
    (tree / ".venv" / ".stamp-requirements.lock").write_bytes(digest)
    return tree


@pytest.fixture
def start(tree: Path, programs: Path, tmp_path: Path) -> Setup:
    """Start set-up with that PATH only."""

    def start(*options: str, script: Path = tree / "scripts" / "setup") -> subprocess.Popen[str]:
        variables = {"PATH": str(programs), "HOME": str(tmp_path), "PIP_NO_INDEX": "1"}
        return subprocess.Popen(
            [str(script), *options], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return start


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return exit code and standard error; standard output must be empty."""
    out, err = process.communicate(timeout=100)
    assert out == ""
    assert "not found" not in err.replace("no browser was found", "")
    return process.returncode, err


def make_browser(path: Path) -> None:
    path.write_text("#!/bin/sh\necho 'Google Chrome 150'\n")
    path.chmod(0o755)


@pytest.mark.slow
def test_packages_are_installed_once_for_each_lock_by_one_of_two_at_a_time(start: Setup, tree: Path) -> None:
    assert sorted(finish(process) for process in [start(), start()]) == [(0, ""), (0, INSTALLING)]
    assert (tree / ".venv" / "bin" / "python").exists()
    stamp = (tree / ".venv" / ".stamp-requirements.lock").stat()
    assert finish(start()) == (0, "")
    assert (tree / ".venv" / ".stamp-requirements.lock").stat().st_mtime_ns == stamp.st_mtime_ns
    (tree / "requirements.lock").write_text("# another lock\n")
    assert finish(start()) == (0, INSTALLING)


@pytest.mark.slow
def test_an_interrupted_installation_starts_again(start: Setup, tree: Path) -> None:
    process = start()
    while not (tree / ".venv" / ".unfinished").exists():
        time.sleep(0.01)
    process.kill()
    process.communicate()
    (tree / ".venv" / "leftover").touch()
    code, message = finish(start())
    assert (code, message.startswith("Installing")) == (0, True)
    assert not (tree / ".venv" / "leftover").exists()
    assert not (tree / ".venv" / ".unfinished").exists()


def test_a_link_to_a_script_works_from_anywhere(start: Setup, installed: Path, tmp_path: Path) -> None:
    link = tmp_path / "links" / "set-up"
    link.parent.mkdir()
    link.symlink_to(os.path.relpath(installed / "scripts" / "setup", link.parent))
    assert finish(start(script=link)) == (0, "")


@pytest.mark.parametrize("name", ["google-chrome", "chromium", "microsoft-edge"])
def test_an_installed_browser_is_used(start: Setup, installed: Path, programs: Path, name: str) -> None:
    make_browser(programs / name)
    assert finish(start("--browser")) == (0, "")


def test_without_any_way_to_a_browser_one_line_says_what_to_do(start: Setup) -> None:
    code, message = finish(start("--browser"))
    assert code == 1
    *progress, last = message.splitlines()
    assert progress == ["Installing Python packages (once; about a minute) ...", "Installing a browser (once) ..."]
    assert last.startswith(
        "no browser was found; run ./scripts/setup --browser, install Google Chrome, Chromium or Edge"
    )


def test_without_python_one_line_says_how_to_install_it(start: Setup, programs: Path) -> None:
    (programs / "python3").unlink()
    for fixed in ("/opt/homebrew/bin/python3", "/usr/local/bin/python3"):
        if Path(fixed).exists():
            pytest.skip(f"{fixed} is here, where set-up looks as well")
    code, message = finish(start())
    assert code == 1
    assert message.startswith("setup: Python 3.11 or newer with its venv module is missing; install it: ")
    assert message.count("\n") == 1


@pytest.mark.parametrize(("system", "machine"), [("Linux", "i686"), ("FreeBSD", "amd64"), ("MINGW64_NT", "x86_64")])
def test_a_machine_without_packages_is_named(start: Setup, programs: Path, system: str, machine: str) -> None:
    uname = programs / "uname"
    uname.unlink()
    uname.write_text(f'#!/bin/sh\n[ "$1" = -s ] && echo {system} || echo {machine}\n')
    uname.chmod(0o755)
    code, message = finish(start())
    assert code == 1
    assert message.startswith(f"setup: there are no packages for {system} on {machine}")


def test_an_unknown_option_is_a_wrong_command_line(start: Setup) -> None:
    assert finish(start("--fast")) == (2, "usage: ./scripts/setup [--dev] [--browser]\n")
