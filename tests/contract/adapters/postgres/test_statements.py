"""The named statements of a store, over a real Postgres: on a connection, on the database, and their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.adapters.named_queries import queries
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.statements import Statements

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection

STATEMENTS = """-- name: numbers
SELECT n, 'x' || n AS name FROM generate_series(1, %(at_most)s) n;

-- name: count
INSERT INTO counted SELECT n FROM generate_series(1, %(at_most)s) n ON CONFLICT DO NOTHING;

-- name: add
INSERT INTO counted VALUES (%(n)s);

-- name: total
SELECT sum(n)::int FROM counted;
"""


@dataclass(frozen=True, slots=True)
class Row:
    n: int
    name: str


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, max_connections=2)
    with database.connection() as connection:
        connection.execute("CREATE TABLE counted (n int PRIMARY KEY)")
    yield database
    with database.connection() as connection:
        connection.execute("DROP TABLE counted")
    database.close()


@pytest.fixture
def statements(tmp_path: Path) -> Statements:
    (tmp_path / "queries.sql").write_text(STATEMENTS)
    return Statements(tmp_path / "queries.sql")


def test_rows_become_dataclasses_or_dicts(database: Postgres, statements: Statements) -> None:
    assert statements.rows(database, Row, "numbers", at_most=2) == [Row(1, "x1"), Row(2, "x2")]
    assert statements.rows(database, dict, "numbers", at_most=1) == [{"n": 1, "name": "x1"}]
    assert statements.row(database, Row, "numbers", at_most=2) == Row(1, "x1")
    assert statements.row(database, Row, "numbers", at_most=0) is None
    assert statements.read(database, Row, "numbers", at_most=1) == [Row(1, "x1")]


def test_values_are_the_first_column(database: Postgres, statements: Statements) -> None:
    assert statements.values(database, "numbers", at_most=3) == [1, 2, 3]
    assert statements.value(database, "numbers", at_most=3) == 1
    assert statements.value(database, "numbers", at_most=0) is None


def test_a_change_tells_how_many_rows_it_changed(database: Postgres, statements: Statements) -> None:
    assert statements.execute(database, "count", at_most=3) == 3
    assert statements.execute(database, "count", at_most=4) == 1
    statements.execute_many(database, "add", [{"n": 5}, {"n": 6}])
    assert statements.value(database, "total") == 21


def test_on_a_connection_a_statement_is_part_of_its_transaction(database: Postgres, statements: Statements) -> None:

    def add_and_fail(connection: Connection) -> None:
        statements.execute(connection, "add", n=1)
        assert statements.value(connection, "total") == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.transaction(add_and_fail)
    assert statements.value(database, "total") is None


def test_statements_of_several_files_are_one_set(tmp_path: Path, database: Postgres) -> None:
    (tmp_path / "a.sql").write_text("-- name: one\nSELECT 1")
    (tmp_path / "b.sql").write_text("-- name: two\nSELECT 2")
    both = Statements(tmp_path / "a.sql", tmp_path / "b.sql")
    assert [both.value(database, name) for name in ("one", "two")] == [1, 2]


def test_files_are_read_when_a_statement_is_first_needed(tmp_path: Path) -> None:
    later = Statements(tmp_path / "not_there_yet.sql")
    (tmp_path / "not_there_yet.sql").write_text("-- name: one\nSELECT 1")
    assert later.text("one") == "SELECT 1"


def test_named_queries_are_read_from_their_file(tmp_path: Path) -> None:
    path = tmp_path / "some.sql"
    path.write_text("-- a file\n-- name: one\n-- why\nSELECT 1;\n\n-- name: two\nSELECT 2\n")
    assert queries(path) == {"one": "-- why\nSELECT 1;", "two": "SELECT 2"}
    path.write_text("-- name: one\nSELECT 1\n-- name: one\nSELECT 2\n")
    with pytest.raises(ValueError, match="twice"):
        queries(path)
