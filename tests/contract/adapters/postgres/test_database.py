"""The pool, its transactions and the greeting, over a real Postgres that is stopped and started."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from shared.adapters.postgres.database import TRANSACTION_TRIES, Postgres, split_pool_size
from shared.errors import Contended, InvalidSettings, Overloaded, Unavailable
from tests.support.engines.postgres import Server, empty, is_away
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, max_connections=3, acquire_timeout_s=20)
    yield database
    database.close()


def counted(database: Postgres) -> int:
    with database.connection() as connection:
        row = connection.execute("SELECT sum(n) FROM counter").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def counter(database: Postgres) -> Iterator[Postgres]:
    with database.connection() as connection:
        connection.execute("CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL)")
        connection.execute("INSERT INTO counter VALUES (1, 0), (2, 0)")
    yield database
    with database.connection() as connection:
        connection.execute("DROP TABLE counter")


def test_nothing_is_opened_before_the_first_use() -> None:
    Postgres("postgresql://nobody@host.invalid:1/db")


def test_times_come_back_in_utc(database: Postgres) -> None:
    with database.connection() as connection:
        row = connection.execute("SELECT '2026-03-01 12:00:00+03'::timestamptz").fetchone()
        assert row is not None
        assert row[0].isoformat() == "2026-03-01T09:00:00+00:00"


def test_each_statement_is_a_transaction_of_its_own(counter: Postgres) -> None:
    def add_and_fail() -> None:
        with counter.connection() as connection:
            connection.execute("UPDATE counter SET n = n + 1 WHERE id = 1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    assert counted(counter) == 1


def test_a_transaction_that_fails_leaves_nothing(counter: Postgres) -> None:
    def work(connection: Connection) -> None:
        connection.execute("UPDATE counter SET n = n + 1")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        counter.transaction(work)
    assert counted(counter) == 0


def test_a_statement_at_fault_passes_unchanged_and_the_pool_stays_whole(database: Postgres) -> None:
    from psycopg.errors import SyntaxError as PostgresSyntaxError

    for _ in range(5):
        with pytest.raises(PostgresSyntaxError), database.connection() as connection:
            connection.execute("SELEC 1")
    database.probe()


def test_lost_races_are_run_again_until_all_are_counted(counter: Postgres) -> None:
    def work(connection: Connection) -> None:
        row = connection.execute("SELECT n FROM counter WHERE id = 1").fetchone()
        assert row is not None
        connection.execute("UPDATE counter SET n = %s WHERE id = 1", (row[0] + 1,))

    def add(_: int) -> None:
        while True:
            try:
                counter.transaction(work, isolation="repeatable read")
            except Overloaded:
                continue
            return

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(add, range(30)))
    assert counted(counter) == 30


def test_a_deadlock_is_run_again(counter: Postgres) -> None:
    both = threading.Barrier(2)
    first_time = {1: True, 2: True}

    def add(first: int) -> None:
        def work(connection: Connection) -> None:
            connection.execute("SET LOCAL deadlock_timeout TO '50ms'")
            connection.execute("UPDATE counter SET n = n + 1 WHERE id = %s", (first,))
            if first_time[first]:
                first_time[first] = False
                both.wait(30)
            connection.execute("UPDATE counter SET n = n + 1 WHERE id = %s", (3 - first,))

        counter.transaction(work)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(add, (1, 2)))
    assert counted(counter) == 4


def test_a_transaction_that_never_wins_gives_up(emptied_database_url: str) -> None:
    from psycopg.errors import SerializationFailure

    waits_s: list[float] = []
    database = Postgres(emptied_database_url, sleep=waits_s.append)

    def work(_: Connection) -> None:
        raise SerializationFailure("always")

    with pytest.raises(Contended, match="lost 6 races"):
        database.transaction(work)
    assert len(waits_s) == TRANSACTION_TRIES
    assert all(0 <= wait_s <= 0.005 * 2**n for n, wait_s in enumerate(waits_s))
    database.close()


def test_an_isolation_level_is_one_of_three(database: Postgres) -> None:
    with pytest.raises(ValueError, match="no isolation level"):
        database.transaction(lambda _: None, isolation="chaos; DROP TABLE users")


def test_a_busy_pool_is_overloaded_not_unavailable(emptied_database_url: str) -> None:
    database = Postgres(f"{emptied_database_url}?max_connections=1", acquire_timeout_s=20)
    with database.connection(), pytest.raises(Overloaded, match="busy"), database.connection(timeout_s=0.2):
        pass
    with database.connection():
        pass
    database.close()


def test_many_threads_share_few_connections(database: Postgres) -> None:
    def ask(n: int) -> int:
        with database.connection() as connection:
            row = connection.execute("SELECT %s::int, pg_backend_pid()", (n,)).fetchone()
            assert row is not None
            pids.add(row[1])
            return int(row[0])

    pids: set[int] = set()
    with ThreadPoolExecutor(40) as threads:
        assert list(threads.map(ask, range(400))) == list(range(400))
    assert len(pids) <= 3


def test_connections_broken_by_a_restart_are_replaced_before_they_are_lent(frail_server: Server) -> None:
    database = Postgres(frail_server.url(), max_connections=4, acquire_timeout_s=5)
    together = threading.Barrier(4)

    def ask(_: int) -> int:
        with database.connection() as connection:
            together.wait(30)
            row = connection.execute("SELECT 1").fetchone()
            assert row is not None
            return int(row[0])

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(4))) == [1] * 4
        frail_server.stop(signal.SIGKILL)
        frail_server.start()
        assert list(threads.map(ask, range(4))) == [1] * 4
    database.close()


def test_a_silent_server_is_unavailable_and_comes_back(frail_server: Server) -> None:
    database = Postgres(frail_server.url(), acquire_timeout_s=0.5)
    eventually(lambda: answers(database))
    with database.connection(timeout_s=20):
        database.probe()
    frail_server.stop()
    for ask in (database.probe, lambda: database.transaction(lambda connection: connection.execute("SELECT 1"))):
        began_s = time.monotonic()
        eventually(partial(is_away, ask))
        assert time.monotonic() - began_s < 10
    frail_server.start()
    eventually(lambda: answers(database))
    database.close()


def answers(database: Postgres) -> bool:
    """Whether it does within the second that a probe waits."""
    try:
        database.probe()
    except (Unavailable, Overloaded):
        return False
    return True


def test_a_connection_lost_in_the_middle_is_unavailable(frail_server: Server) -> None:
    database, admin = (Postgres(frail_server.url(), acquire_timeout_s=20) for _ in range(2))

    def lose_it() -> None:
        with database.connection() as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            with admin.connection() as other:
                other.execute("SELECT pg_terminate_backend(%s)", row)
            connection.execute("SELECT 1")

    with pytest.raises(Unavailable, match="went away"):
        lose_it()
    database.probe()
    database.close()
    admin.close()


def test_a_child_process_opens_a_pool_of_its_own(database: Postgres) -> None:
    with database.connection() as connection:
        parent = connection.execute("SELECT pg_backend_pid()").fetchone()
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with database.connection() as connection:
                os.write(writable, repr(connection.execute("SELECT pg_backend_pid()").fetchone()).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writable)
    with os.fdopen(readable) as answer:
        assert answer.read() not in ("", repr(parent))
    database.probe()


def test_a_closed_pool_opens_again(database: Postgres) -> None:
    database.probe()
    database.close()
    with database.connection() as connection:
        connection.execute("SELECT 1")


@pytest.mark.parametrize(
    ("url", "rest", "size"),
    [
        ("postgresql://h/db", "postgresql://h/db", 0),
        ("postgresql://h/db?max_connections=3", "postgresql://h/db", 3),
        ("postgresql://h/db?sslmode=require&max_connections=3", "postgresql://h/db?sslmode=require", 3),
    ],
)
def test_the_pool_size_is_taken_out_of_the_url(url: str, rest: str, size: int) -> None:
    assert split_pool_size(url) == (rest, size)


@pytest.mark.parametrize("size", ["0", "-1", "x", ""])
def test_a_pool_without_connections_is_refused(size: str) -> None:
    with pytest.raises(InvalidSettings, match="max_connections"):
        Postgres(f"postgresql://h/db?max_connections={size}")


def test_the_first_probe_only_connects_and_the_second_logs_in(postgres_server: Server) -> None:
    database = Postgres(postgres_server.url("no_such_database"), acquire_timeout_s=20)
    database.probe()
    with pytest.raises(Unavailable):
        database.probe()
    database.close()


def test_a_database_that_is_away_fails_the_first_probe() -> None:
    with pytest.raises(Unavailable, match="nothing listens at"):
        Postgres("postgresql://touchline@127.0.0.1:1/db").probe()


def test_a_database_that_was_used_is_emptied(emptied_database_url: str) -> None:
    """Or else a test would find what another one left, be it in a table that others refer to or in one that refers."""
    import psycopg

    user = (
        "INSERT INTO users (username, username_folded, username_skeleton, password_hash, roles, state) "
        f"VALUES ('somebody', 'somebody', 'somebody', '$2b$04${'a' * 53}', '{{}}', 'active')"
    )
    times = "created_at, last_used_at, expires_at"
    session = f"INSERT INTO sessions (user_id, {times}) SELECT id, now(), now(), now() + interval '1 day' FROM users"
    count = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM sessions)"
    with psycopg.connect(emptied_database_url, autocommit=True) as connection:
        for tables in ((user, session), (user,), (user, session)):
            for statement in tables:
                connection.execute(statement.encode())
            empty(emptied_database_url)
            assert connection.execute(count).fetchone() == (0, 0)
