"""Migrations that were released are never changed: a platform that has applied one refuses to start with another."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.support.reference import ROOT

RELEASED: dict[str, str] = json.loads((ROOT / "tests/data/released_migrations.json").read_text())
"""SHA-256 by file below ``shared/schema``. A release adds its new files."""


@pytest.mark.parametrize("name", RELEASED)
def test_a_released_migration_is_as_it_was(name: str) -> None:
    content = (ROOT / "shared" / "schema" / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == RELEASED[name], "comments count, too: write a new migration instead"
