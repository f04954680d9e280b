"""Finds the reference material beside the repository; a test that needs it skips where it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared"


def reference(path: str) -> Path:
    """The file or folder of this name, or a skip that says what is missing."""
    found = REFERENCE / path
    if not found.exists():
        pytest.skip(f"reference material {path!r} is not beside the repository")
    return found
