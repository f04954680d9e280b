"""Stories of a hostile site, by seed; `./scripts/bench faults` tells more and longer ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.adapters.postgres import Postgres
from tests import faults
from tests.postgres import _shared_database, emptied_database_url, postgres_server
from tests.scraping import Tables

__all__ = ["_shared_database", "emptied_database_url", "postgres_server"]


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def clean(_shared_database: str) -> Tables:
    """What an undisturbed run leads to."""
    database = Postgres(_shared_database)
    faults.empty(database)
    tables = faults.clean(database)
    assert not faults.is_incomplete(faults.completeness(database))
    database.close()
    assert len(tables) > 2000
    return tables


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("tricks", faults.STORIES)
def test_whatever_a_site_does_tables_are_right_or_reported_incomplete(
    database: Postgres, clean: Tables, tricks: str, seed: int
) -> None:
    assert list(faults.play(database, tricks, seed).faults(clean)) == []
