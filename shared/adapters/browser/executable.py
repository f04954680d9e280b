"""Which browser collects: the one order of search that set-up, collector and tests share."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from shared.errors import Unavailable

PACKED = Path(__file__).resolve().parents[3] / ".cache" / "browser" / "chromium"
"""Where ./scripts/setup unpacks the npm-packed headless build."""

_SYSTEM = ("chromium-headless-shell", "chromium", "chromium-browser")
_PLAYWRIGHT = ("chromium_headless_shell", "chromium")
_PLAYWRIGHT_FILES = ("chrome-headless-shell", "headless_shell", "chrome", "Chromium")
_WHAT_TO_DO = (
    "run ./scripts/setup, install chromium-headless-shell (Debian: apt-get install chromium-headless-shell), "
    "or name one in BROWSER_PATH"
)


def find(setting: str = "") -> str:
    """The executable to drive: the setting, else chromium-headless-shell, chromium, Playwright's own, the packed build.

    Raises
    ------
    Unavailable : the setting names nothing executable, or there is no browser; says what to do.
    """
    if setting:
        found = shutil.which(os.path.expanduser(setting))
        if found is None:
            raise Unavailable(f"BROWSER_PATH names {setting!r}, which is not an executable file; {_WHAT_TO_DO}")
        return found
    for candidate in _candidates(os.environ):
        return candidate
    raise Unavailable(f"no browser was found; {_WHAT_TO_DO}")


def _candidates(env: Mapping[str, str]) -> Iterator[str]:
    for name in _SYSTEM:
        if (found := shutil.which(name)) is not None:
            yield found
    yield from (str(path) for path in _playwright(env) if _runs(path))
    if _runs(PACKED):
        yield str(PACKED)


def _playwright(env: Mapping[str, str]) -> Iterator[Path]:
    """What `playwright install` of the installed version leaves; asking its driver would take half a second."""
    spec = find_spec("playwright")
    if spec is None or spec.origin is None:
        return
    try:
        listed = json.loads((Path(spec.origin).parent / "driver" / "package" / "browsers.json").read_text("utf-8"))
        revisions = {browser["name"].replace("-", "_"): browser["revision"] for browser in listed["browsers"]}
    except (OSError, ValueError, KeyError, TypeError):
        return
    folder = _playwright_folder(env, Path(spec.origin).parent)
    for browser in _PLAYWRIGHT:
        place = folder / f"{browser}-{revisions.get(browser, '')}"
        # The folder inside is named for the platform (chrome-linux64, chrome-headless-shell-linux64, ...).
        for name in _PLAYWRIGHT_FILES:
            yield from sorted(place.glob(f"*/{name}"))


def _playwright_folder(env: Mapping[str, str], package: Path) -> Path:
    named = env.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named == "0":
        return package / "driver" / "package" / ".local-browsers"
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def main() -> int:
    """``python -m shared.adapters.browser.executable``: print the browser to drive, or exit 1 with a sentence."""
    try:
        print(find(os.environ.get("BROWSER_PATH", "")))
    except Unavailable as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
