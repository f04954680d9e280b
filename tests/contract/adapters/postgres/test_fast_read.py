"""A read in one call answers as psycopg's cursor does, row for row and failure for failure, over a real Postgres."""

from __future__ import annotations

import gc
import signal
import socket
import threading
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors as pg

from shared.adapters.postgres import fast_read
from shared.adapters.postgres.database import STATEMENT_TIMEOUT_S, Postgres, to_jsonb
from shared.adapters.postgres.fast_read import Connection
from shared.adapters.postgres.statements import fetch_all
from shared.errors import Overloaded, Unavailable
from tests.support.engines.postgres import Server, is_away
from tests.support.waiting import eventually

ADA = uuid.UUID("01990000-0000-7000-8000-00000000000a")
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)


@dataclass(frozen=True, slots=True)
class Row:
    n: int


@pytest.fixture
def database(emptied_database_url: str) -> Iterator[Postgres]:
    database = Postgres(emptied_database_url, max_connections=4, acquire_timeout_s=20)
    yield database
    database.close()


@pytest.fixture
def connection(database: Postgres) -> Iterator[Connection]:
    with database.connection() as connection:
        assert isinstance(connection, Connection)
        yield connection


def by_cursor(connection: Connection, query: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    return fetch_all(connection, dict, query, params)


def by_fast_read(connection: Connection, query: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    return connection.read(dict, query, params)


def agree(connection: Connection, query: str, **params: Any) -> list[dict[str, Any]]:
    """The rows, which are the same both ways, in value and in type, asked for the first and for the second time."""
    expected = by_cursor(connection, query, params)
    for _ in range(2):
        assert repr(by_fast_read(connection, query, params)) == repr(expected)
    return expected


def failure(ask: Callable[[], object]) -> tuple[type[BaseException], str | None, str | None]:
    """What it fails with: the class, the SQLSTATE and the server's words."""
    with pytest.raises(psycopg.Error) as caught:
        ask()
    return type(caught.value), caught.value.sqlstate, caught.value.diag.message_primary


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("SELECT 1 AS n", {}),
        ("SELECT 1 AS n WHERE false", {}),
        ("SELECT n FROM generate_series(1, %(n)s) n", {"n": 300}),
        ("SELECT %(a)s + %(b)s + %(a)s AS n", {"a": 1, "b": 2}),
        ("SELECT 10 %% 3 AS n, 'ä %%(x)s' AS t;", {}),
        ("SELECT %(v)s::text AS v, %(v)s::text IS NULL AS nothing", {"v": None}),
        ("SELECT %(id)s::uuid AS id, (%(id)s::uuid)::text AS t", {"id": ADA}),
        ("SELECT %(id)s::uuid AS id", {"id": str(ADA)}),
        ("SELECT %(at)s::timestamptz AS at, '2026-03-01 12:00+03'::timestamptz AS there", {"at": NOON}),
        ("SELECT %(at)s AS at", {"at": NOON.astimezone(timezone(timedelta(hours=3)))}),
        ("SELECT %(day)s AS day, %(span)s AS span", {"day": date(2026, 3, 1), "span": timedelta(days=1, seconds=2)}),
        ("SELECT %(all)s::text[] AS all_of, 'b' = ANY (%(all)s::text[]) AS any_of", {"all": ["a", "b", None, '",{}']}),
        ("SELECT %(all)s::int[] AS empty", {"all": []}),
        ("SELECT %(all)s::bigint[] AS grown", {"all": [1, 2**40]}),
        ("SELECT %(doc)s::jsonb AS doc", {"doc": to_jsonb({"a": [1, None, "é"], "b": {"c": 1.5}})}),
        ("SELECT 1.50::numeric AS n, 1.5::float8 AS f, 'x'::bytea AS b, true AS yes", {}),
        ("SELECT 1 AS a, 2 AS b, NULL::timestamptz AS c, ARRAY[]::text[] AS d", {}),
        ("SELECT username, roles, created_at FROM users WHERE id = %(id)s", {"id": str(ADA)}),
    ],
)
def test_rows_are_the_cursors(connection: Connection, query: str, params: dict[str, Any]) -> None:
    agree(connection, query, **params)


NO_NUL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
VALUES = {
    "text": NO_NUL,
    "numeric": st.integers(-(2**70), 2**70),
    "float8": st.floats(allow_nan=False),
    "bool": st.booleans(),
    "uuid": st.uuids(),
    "bytea": st.binary(max_size=20),
    "date": st.dates(),
    "timestamptz": st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC)),
    "text[]": st.lists(st.none() | NO_NUL, max_size=4),
    "bigint[]": st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4),
    "jsonb": st.recursive(
        st.none() | st.booleans() | st.integers(-(2**40), 2**40) | NO_NUL,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NO_NUL, inner, max_size=3),
    ).map(to_jsonb),
}


@pytest.mark.parametrize("kind", VALUES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_comes_back_as_by_the_cursor(connection: Connection, kind: str, data: st.DataObject) -> None:
    value = data.draw(st.none() | VALUES[kind])
    agree(connection, f"SELECT %(value)s::{kind} AS value", value=value)


@pytest.mark.parametrize(
    ("query", "params", "expected"),
    [
        ("SELECT 1 / %(n)s AS n", {"n": 0}, pg.DivisionByZero),
        ("SELEC %(n)s", {"n": 0}, pg.SyntaxError),
        ("SELECT 1; SELECT %(n)s", {"n": 0}, pg.SyntaxError),
        ("SELECT * FROM no_such_table", {}, pg.UndefinedTable),
        ("SELECT no_such_column FROM users", {}, pg.UndefinedColumn),
        ("SELECT %(id)s::uuid AS id", {"id": "no id"}, pg.InvalidTextRepresentation),
        ("SELECT %(at)s::timestamptz AS at", {"at": "never"}, pg.InvalidDatetimeFormat),
        ("SELECT %(text)s::text AS text", {"text": "a\0b"}, psycopg.DataError),
        ("SELECT %(thing)s AS thing", {"thing": object()}, psycopg.ProgrammingError),
        ("SELECT %(n)s AS n FROM pg_sleep(10)", {"n": 1}, pg.QueryCanceled),
        ("SELECT lowrite(1, %(b)s) AS n", {"b": b""}, pg.UndefinedObject),
        ("WITH a AS (INSERT INTO users DEFAULT VALUES RETURNING *) SELECT * FROM a", {}, pg.NotNullViolation),
        ("DO $$ BEGIN RAISE EXCEPTION 'own' USING ERRCODE = 'ZZ999'; END $$", {}, psycopg.DatabaseError),
        ("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$", {}, pg.SerializationFailure),
        ("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53300'; END $$", {}, pg.TooManyConnections),
        ("SET search_path TO public", {}, psycopg.ProgrammingError),
    ],
)
def test_failures_are_the_cursors_and_the_connection_goes_on(
    connection: Connection, query: str, params: dict[str, Any], expected: type[Exception]
) -> None:
    if expected is pg.QueryCanceled:
        connection.execute("SET statement_timeout TO '100ms'")
    try:
        failures = [failure(lambda: by_fast_read(connection, query, params)) for _ in range(2)]
        assert failures == [failure(lambda: by_cursor(connection, query, params))] * 2
        assert issubclass(failures[0][0], expected)
    finally:
        connection.execute(f"SET statement_timeout TO '{STATEMENT_TIMEOUT_S}s'".encode())
    agree(connection, "SELECT %(n)s AS n", n=1)


@pytest.mark.parametrize("query", ["SELECT %s", "SELECT %(n)d", "SELECT 1 % 2", "SELECT 'what %'"])
def test_a_placeholder_is_a_name_in_parentheses(connection: Connection, query: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        connection.read(Row, query, {"n": 1})


def test_it_refuses_to_be_part_of_a_transaction(connection: Connection) -> None:
    with connection.transaction(), pytest.raises(psycopg.ProgrammingError, match="transaction"):
        connection.read(Row, "SELECT 1 AS n", {})
    assert connection.read(Row, "SELECT 1 AS n", {}) == [Row(1)]


def test_a_table_that_changes_its_shape_is_read_in_the_new_one(connection: Connection) -> None:
    connection.execute("CREATE TEMP TABLE changing AS SELECT 1 AS n")
    query = "SELECT * FROM changing WHERE n = %(n)s"
    assert by_fast_read(connection, query, {"n": 1}) == [{"n": 1}]
    for change in ("ADD COLUMN name text DEFAULT 'x'", "ALTER COLUMN n TYPE text", "DROP COLUMN name"):
        connection.execute(f"ALTER TABLE changing {change}".encode())
        value = 1 if change.startswith("ADD") else "1"
        assert by_fast_read(connection, query, {"n": value}) == by_cursor(connection, query, {"n": value})
    connection.execute("DROP TABLE changing")
    assert failure(lambda: by_fast_read(connection, query, {"n": "1"}))[0] is pg.UndefinedTable


@pytest.mark.parametrize("statement", ["DISCARD ALL", "DEALLOCATE ALL", "DROP TABLE IF EXISTS nothing"])
def test_statements_the_server_forgot_are_answered_all_the_same(connection: Connection, statement: str) -> None:
    for _ in range(8):
        agree(connection, "SELECT %(n)s AS n", n=1)  # prepared by the cursor, too, which then forgets all
    connection.execute(statement.encode())
    assert by_fast_read(connection, "SELECT %(n)s AS n", {"n": 1}) == [{"n": 1}]


def test_a_pooler_may_hand_one_session_to_several(connection: Connection) -> None:
    for _ in range(2):
        assert by_fast_read(connection, "SELECT %(n)s::int AS n", {"n": 1}) == [{"n": 1}]
        connection._plans.clear()  # as another client, who finds that the name is given in this session
        assert by_fast_read(connection, "SELECT %(n)s::int AS n", {"n": 1}) == [{"n": 1}]
    assert prepared(connection) == 1


def test_one_text_with_values_of_other_types_is_another_statement(connection: Connection) -> None:
    for value in (1, 2**40, "a", None, ADA, NOON, [1], ["a"], 1, "b"):
        agree(connection, "SELECT %(value)s AS value", value=value)


def test_a_connection_keeps_a_bounded_number_of_plans(connection: Connection) -> None:
    for n in range(fast_read.MAX_PREPARED + 20):
        assert connection.read(Row, f"SELECT {n} AS n", {}) == [Row(n)]
    assert prepared(connection) == fast_read.MAX_PREPARED


def test_nothing_is_kept_of_a_connection_that_is_gone(emptied_database_url: str) -> None:
    connection = Connection.connect(emptied_database_url, autocommit=True)
    connection.read(Row, "SELECT 1 AS n", {})
    connection.close()
    gone = weakref.ref(connection)
    del connection
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("ask", [by_cursor, by_fast_read])
@pytest.mark.parametrize("asked_before", [False, True])
def test_a_lost_server_is_an_operational_error_and_closes_the_connection(
    frail_server: Server, ask: Callable[..., object], asked_before: bool
) -> None:
    with closing(Connection.connect(frail_server.url(), autocommit=True)) as lost:
        if asked_before:
            ask(lost, "SELECT %(n)s AS n", {"n": 1})
        with psycopg.connect(frail_server.url(), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (lost.info.backend_pid,))
        for _ in range(2):
            with pytest.raises(psycopg.OperationalError):
                ask(lost, "SELECT %(n)s AS n", {"n": 1})
            assert lost.closed


def test_a_server_killed_while_it_answers_is_noticed_at_once(frail_server: Server) -> None:
    with (
        closing(Connection.connect(frail_server.url(), autocommit=True)) as lost,
        ThreadPoolExecutor(1) as threads,
    ):
        reading = threads.submit(by_fast_read, lost, "SELECT 1 AS n FROM pg_sleep(20)", {})
        with psycopg.connect(frail_server.url(), autocommit=True) as admin:
            asleep = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            eventually(lambda: admin.execute(asleep.encode()).fetchone())
        frail_server.stop(signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            reading.result(10)
        assert lost.closed
    frail_server.start()


def test_reads_find_out_dead_connections_themselves(frail_server: Server) -> None:
    database = Postgres(frail_server.url(), max_connections=4, acquire_timeout_s=5)
    together = threading.Barrier(4)

    def warm(_: int) -> None:
        with database.connection() as connection:
            together.wait(30)
            connection.execute("SELECT 1")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(warm, range(4)))
        frail_server.stop(signal.SIGKILL)
        frail_server.start()
        answers = list(threads.map(lambda _: database.read(Row, "SELECT 1 AS n", {}), range(8)))
    assert answers == [[Row(1)]] * 8
    database.close()


def test_a_read_that_dies_under_way_is_made_again_once(frail_server: Server) -> None:
    database = Postgres(frail_server.url(), acquire_timeout_s=5)
    own_end = "SELECT 1 AS n FROM pg_terminate_backend(pg_backend_pid(), 5000)"
    with pytest.raises(Unavailable, match="went away"):
        database.read(Row, own_end, {})
    with ThreadPoolExecutor(1) as threads, psycopg.connect(frail_server.url(), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(1)")
        reading = threads.submit(database.read, Row, "SELECT 1 AS n FROM pg_advisory_lock(1)", {})
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'advisory'"
        eventually(lambda: admin.execute(ended.encode()).fetchone())
        admin.execute("SELECT pg_advisory_unlock(1)")
        assert reading.result(20) == [Row(1)]
    database.close()


def test_a_silent_server_is_unavailable_to_reads(frail_server: Server) -> None:
    database = Postgres(frail_server.url(), acquire_timeout_s=0.5)
    with database.connection(timeout_s=20):
        pass
    assert database.read(Row, "SELECT %(n)s AS n", {"n": 1}) == [Row(1)]
    frail_server.stop()
    try:
        for _ in range(2):
            eventually(lambda: is_away(lambda: database.read(Row, "SELECT 1 AS n", {})))
    finally:
        frail_server.start()
    database.close()


def test_a_fault_of_the_statement_passes_unchanged_and_the_pool_stays_whole(database: Postgres) -> None:
    for _ in range(8):
        with pytest.raises(pg.DivisionByZero):
            database.read(Row, "SELECT 1 / %(n)s AS n", {"n": 0})
    database.probe()
    database.probe()


def test_a_read_from_a_busy_pool_is_overloaded(emptied_database_url: str) -> None:
    database = Postgres(emptied_database_url, max_connections=1, acquire_timeout_s=0.2)
    with database.connection(timeout_s=20), pytest.raises(Overloaded, match="busy"):
        database.read(Row, "SELECT 1 AS n", {})
    assert database.read(Row, "SELECT 1 AS n", {}) == [Row(1)]
    database.close()


def test_many_threads_read_over_few_connections(database: Postgres) -> None:
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda n: database.read(Row, "SELECT %(n)s::int AS n", {"n": n}), range(400)))
    assert answers == [[Row(n)] for n in range(400)]


def test_a_host_that_vanished_is_given_up(emptied_database_url: str) -> None:
    for query, expected_ms in (("", 30_000), ("?tcp_user_timeout=7000", 7000)):
        database = Postgres(f"{emptied_database_url}{query}")
        with database.connection() as connection, socket.socket(fileno=connection.fileno()) as heard:
            assert heard.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == expected_ms
            assert heard.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
            assert heard.detach() == connection.fileno()
        database.close()


def prepared(connection: Connection) -> int:
    """How many of our statements the server keeps for this session."""
    row = connection.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'touchline%'").fetchone()
    assert row is not None
    return int(row[0])
