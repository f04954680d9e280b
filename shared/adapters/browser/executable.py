"""Finds the browser to drive: one order of search for set-up, collector and tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from shared.errors import Unavailable

_FOLDER = Path(__file__).resolve().parents[3] / ".cache" / "browser"
PACKED = _FOLDER / "chromium"
"""The headless build of an npm package, as ./scripts/setup unpacks it."""
INSTALLED = _FOLDER / "playwright"
"""PLAYWRIGHT_BROWSERS_PATH of ./scripts/setup."""
APPLICATIONS = (Path("/Applications"), Path.home() / "Applications")
"""Folders of applications on macOS, which are not on the PATH."""

_SYSTEM = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome-stable", "google-chrome", "chrome", "microsoft-edge-stable", "microsoft-edge"),
)
_MAC_NAMES = ("Google Chrome", "Chromium", "Microsoft Edge")
_PLAYWRIGHT = ("chromium_headless_shell", "chromium")
_PLAYWRIGHT_FILES = (
    *("chrome-headless-shell", "headless_shell", "chrome"),
    "Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
    "Chromium.app/Contents/MacOS/Chromium",
)
_WHAT_TO_DO = (
    "run ./scripts/setup --browser, install Google Chrome, Chromium or Edge "
    "(Debian: apt-get install chromium-headless-shell), or set BROWSER_PATH"
)
_VERSION_WITHIN_S = 30


def find_executable(setting: str = "") -> str:
    """Return the executable to drive: the setting, an installed browser, Playwright's own, or the packed build.

    Raises
    ------
    Unavailable : the setting is not an executable file, or there is no browser; says what to do.
    """
    if setting:
        path = shutil.which(os.path.expanduser(setting))
        if path is None:
            raise Unavailable(f"BROWSER_PATH names {setting!r}, which is not an executable file; {_WHAT_TO_DO}")
        return path
    for candidate in _candidates(os.environ):
        return candidate
    raise Unavailable(f"no browser was found; {_WHAT_TO_DO}")


def check(path: str) -> None:
    """Start the browser for its version; `Unavailable` holds the end of its error, such as a missing library."""
    try:
        completed = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=_VERSION_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise Unavailable(f"the browser {path} does not start: {exc}; {_WHAT_TO_DO}") from exc
    if completed.returncode:
        error = (completed.stderr.strip().splitlines() or [f"exit status {completed.returncode}"])[-1]
        raise Unavailable(f"the browser {path} does not start: {error}; {_WHAT_TO_DO}")


def _candidates(env: Mapping[str, str]) -> Iterator[str]:
    for name in _SYSTEM:
        if (path := shutil.which(name)) is not None and not _is_snap(path):
            yield path
    if sys.platform == "darwin":
        for folder in APPLICATIONS:
            yield from (str(path) for path in map(folder.joinpath, map(_mac_path, _MAC_NAMES)) if _is_executable(path))
    yield from (str(path) for path in _playwright(env) if _is_executable(path))
    if _is_executable(PACKED):
        yield str(PACKED)


def _mac_path(name: str) -> str:
    return f"{name}.app/Contents/MacOS/{name}"


def _is_snap(path: str) -> bool:
    """Return whether this is a browser in a snap, or Ubuntu's script that only asks to install one.

    A snap has a /tmp of its own, so that it does not see the profile that Playwright makes for it.
    """
    if os.path.realpath(path) == "/usr/bin/snap":
        return True
    with open(path, "rb") as file:
        start = file.read(4096)
    return start.startswith(b"#!") and b"/snap/bin" in start


def _playwright(env: Mapping[str, str]) -> Iterator[Path]:
    """Yield browsers that `playwright install` of this version left; asking its driver would take half a second."""
    spec = find_spec("playwright")
    if spec is None or spec.origin is None:
        return
    try:
        listing = json.loads((Path(spec.origin).parent / "driver" / "package" / "browsers.json").read_text("utf-8"))
        revisions = {browser["name"].replace("-", "_"): browser["revision"] for browser in listing["browsers"]}
    except (OSError, ValueError, KeyError, TypeError):
        return
    for folder in (_playwright_folder(env, Path(spec.origin).parent), INSTALLED):
        for browser in _PLAYWRIGHT:
            revision = folder / f"{browser}-{revisions.get(browser, '')}"
            # The folder inside is named for the platform (chrome-linux64, chrome-headless-shell-mac-arm64, ...).
            for name in _PLAYWRIGHT_FILES:
                yield from sorted(revision.glob(f"*/{name}"))


def _playwright_folder(env: Mapping[str, str], package: Path) -> Path:
    setting = env.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if setting == "0":
        return package / "driver" / "package" / ".local-browsers"
    if setting:
        return Path(setting)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def main() -> int:
    """Print the browser to drive if it starts; else exit 1 with a message."""
    try:
        path = find_executable(os.environ.get("BROWSER_PATH", ""))
        check(path)
    except Unavailable as exc:
        print(exc, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
