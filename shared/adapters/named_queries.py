"""SQL kept as SQL: files of named, commented statements, for any engine."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


def queries(path: Path) -> dict[str, str]:
    """Read the named queries of a file: each starts with ``-- name: find_user`` and ends where the next begins."""
    parts = _NAME.split(path.read_text("utf-8"))
    by_name = dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True))
    if len(by_name) * 2 != len(parts) - 1:
        raise ValueError(f"{path.name}: a query's name is used twice")
    return by_name
