"""The named SQL statements of a store: what each store needs to run them and to read their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shared import lazy
from shared.adapters.named_queries import queries
from shared.adapters.postgres.database import Postgres

if TYPE_CHECKING:
    from psycopg import rows

    from shared.adapters.postgres.database import Connection, Params
else:
    rows = lazy.Module("psycopg.rows")

T = TypeVar("T")


class Statements:
    """The statements of one or several ``.sql`` files, each run by its name with its parameters as keywords.

    Each method takes either a connection, for a statement inside the caller's transaction, or the database, for a
    statement that is a transaction of its own::

        _SQL = Statements(Path(__file__).with_name("queries.sql"))

        _SQL.rows(self._database, FavouriteRow, "list_favourites", user_id=user_id)
        _SQL.execute(connection, "add_favourite", user_id=user_id, kind=kind, id=id)

    The files are read when the first statement runs: a cold start does without them.
    """

    def __init__(self, *paths: Path) -> None:
        self._paths = paths
        self._texts: dict[str, str] = {}

    def text(self, name: str) -> str:
        """The text of a statement."""
        if not self._texts:
            self._texts = {name: text for path in self._paths for name, text in queries(path).items()}
        return self._texts[name]

    def rows(self, target: Connection | Postgres, kind: type[T], name: str, /, **params: Any) -> list[T]:
        """Return the rows, each as an instance of a dataclass whose fields are named like the columns, or as a dict."""
        with _connection(target) as connection:
            return fetch_all(connection, kind, self.text(name), params)

    def row(self, target: Connection | Postgres, kind: type[T], name: str, /, **params: Any) -> T | None:
        """Return the first row, or None."""
        with _connection(target) as connection, connection.cursor(row_factory=rows.class_row(kind)) as cursor:
            return cursor.execute(self.text(name).encode(), params).fetchone()

    def values(self, target: Connection | Postgres, name: str, /, **params: Any) -> list[Any]:
        """Return the first column of every row."""
        with _connection(target) as connection:
            return [row[0] for row in connection.execute(self.text(name).encode(), params).fetchall()]

    def value(self, target: Connection | Postgres, name: str, /, **params: Any) -> Any:
        """Return the first column of the first row, or None when there is no row."""
        with _connection(target) as connection:
            row = connection.execute(self.text(name).encode(), params).fetchone()
        return None if row is None else row[0]

    def execute(self, target: Connection | Postgres, name: str, /, **params: Any) -> int:
        """Run a statement; the number of rows it changed or returned."""
        with _connection(target) as connection:
            return connection.execute(self.text(name).encode(), params).rowcount

    def execute_many(self, target: Connection | Postgres, name: str, params: Sequence[Mapping[str, Any]], /) -> None:
        """Run a statement once for each set of parameters, in one round trip."""
        with _connection(target) as connection, connection.cursor() as cursor:
            cursor.executemany(self.text(name).encode(), params)

    def read(self, database: Postgres, kind: type[T], name: str, /, **params: Any) -> list[T]:
        """Return the rows of a short read that runs very often; see `Postgres.read`."""
        return database.read(kind, self.text(name), params)


def fetch_all(connection: Connection, kind: type[T], query: str, params: Params = ()) -> list[T]:
    """Return the rows of a statement given as text, each as an instance of `kind`."""
    with connection.cursor(row_factory=rows.class_row(kind)) as cursor:
        return cursor.execute(query.encode(), params).fetchall()


@contextmanager
def _connection(target: Connection | Postgres) -> Iterator[Connection]:
    if isinstance(target, Postgres):
        with target.connection() as connection:
            yield connection
    else:
        yield target
