"""The files that pages load: their digests are in their addresses, so they may be kept for a year."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}

_IMPORT = re.compile(r'"\./([a-z]+\.js)"')
"""The specifier of a module beside this one."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file with its media type."""

    body: bytes
    media_type: str
    digest: str


@cache
def all_assets() -> dict[str, Asset]:
    """Return the files by name; a module's imports name the addresses of other modules."""
    assets: dict[str, Asset] = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in _TYPES:
            _add(path, assets)
    return assets


def _add(path: Path, assets: dict[str, Asset]) -> Asset:
    if path.name not in assets:
        text = path.read_text("utf-8")
        text = _IMPORT.sub(lambda match: f'"{_address(match[1], _add(FOLDER / match[1], assets))}"', text)
        body = text.encode()
        assets[path.name] = Asset(body, _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:8])
    return assets[path.name]


def _address(name: str, asset: Asset) -> str:
    return f"/static/{asset.digest}-{name}"


def address(name: str) -> str:
    """Return the path of a file."""
    return _address(name, all_assets()[name])


def find(file: str) -> Asset | None:
    """Return the file of a path's last element; None where the digest is not its present one."""
    digest, _, name = file.partition("-")
    asset = all_assets().get(name)
    return asset if asset is not None and asset.digest == digest else None


@cache
def version() -> str:
    """Return a digest of everything that decides how a page looks: templates, texts, code and files."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in (".html", ".xml", ".py", ".po", *_TYPES):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
