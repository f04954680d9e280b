"""What is known of a file's address outlives the process, and the file itself comes back as it came."""

from __future__ import annotations

from pathlib import Path

from shared.adapters.arrow import raw_pack
from shared.adapters.objects import FileObjects
from shared.adapters.postgres.database import Postgres
from shared.adapters.sources.downloads import Edition
from shared.adapters.sources.source_files import PostgresEditions, giver, keeper
from shared.testing.clock import HandClock

ADDRESS = "https://example.org/E0.csv"


def test_an_edition_is_remembered_and_replaced_by_the_next(emptied_database_url: str, tmp_path: Path) -> None:
    database, clock = Postgres(emptied_database_url), HandClock()
    objects = FileObjects(tmp_path)
    editions = PostgresEditions(database, "footballdata")
    assert editions.known(ADDRESS) is None
    for number, content in enumerate((b"first", b"J\xe9r\xf4me")):
        edition = Edition(
            etag=f'"{number}"',
            last_modified="",
            version=1_700_000_000_000 + number,
            sha256=f"{number:064x}",
            object=keeper(objects, "footballdata", clock)(ADDRESS, content),
        )
        editions.remember(ADDRESS, edition, n_bytes=len(content), read_at=clock.now())
        assert editions.known(ADDRESS) == edition
        (body,) = raw_pack.unpack(objects.get(edition.object))
        assert (body.path, body.content) == (ADDRESS, content)
        assert giver(objects)(edition.object) == content
    assert PostgresEditions(database, "openfootball").known(ADDRESS) is None
    database.close()
