"""Which edition of the drawings this is: another one draws the same picture another way."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

_DRAWING = Path(__file__).with_name("drawing")


@cache
def edition() -> str:
    """A digest of the code that draws; a number kept by hand would be forgotten."""
    code = b"".join(path.read_bytes() for path in sorted(_DRAWING.glob("*.py")))
    return sha256(code).hexdigest()[:16]
