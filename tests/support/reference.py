"""Finds the reference material beside the repository; a test that needs it skips where it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared"


def reference(path: str) -> Path:
    """Return the file or folder of this name; skip the test if it is missing."""
    target = REFERENCE / path
    if not target.exists():
        pytest.skip(f"reference material {path!r} is not beside the repository")
    return target
