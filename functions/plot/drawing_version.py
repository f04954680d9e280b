"""The version of the drawing code: another version draws the same picture differently."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

_DRAWING = Path(__file__).with_name("drawing")


@cache
def drawing_version() -> str:
    """Return a digest of the drawing code; nobody has to remember to change a number."""
    code = b"".join(path.read_bytes() for path in sorted(_DRAWING.glob("*.py")))
    return sha256(code).hexdigest()[:16]
