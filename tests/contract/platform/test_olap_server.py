"""The olap process does for the ordinary ClickHouse client what a server does."""

from __future__ import annotations

import gzip
import http.client
import signal
import socket
import subprocess
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from shared.adapters.clickhouse.client import ClickHouse
from tests.support.engines.olap import PASSWORD, Olap, emptied, migrated, new_olap
from tests.support.waiting import eventually

TABLE = """
CREATE TABLE players (id Int64, name String, born Nullable(Date32), seen DateTime64(3, 'UTC'), tags Array(String),
                      stats Map(String, Float64), active Bool)
ENGINE = ReplacingMergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100
"""
SEEN = datetime(2026, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)
ROWS = [
    (1, "José O'Neil\n\t\\", date(1999, 12, 31), SEEN, ["a", "b'c"], {"goals": 2.0}, True),
    (2, "", None, SEEN, [], {}, False),
]


@pytest.fixture
def connect(olap: Olap) -> Iterator[Callable[..., Client]]:
    """Clients of a fresh database, closed afterwards."""
    name = f"contract_{uuid.uuid4().hex}"
    clients: list[Client] = []

    def make(**options: Any) -> Client:
        place = {
            "host": "127.0.0.1",
            "port": olap.port,
            "username": "touchline",
            "password": PASSWORD,
            "database": name,
        }
        client = clickhouse_connect.get_client(**{**place, "tz_mode": "aware", **options})
        clients.append(client)
        return client

    make(database="default").command(f"CREATE DATABASE {name}")
    yield make
    clients[0].command(f"DROP DATABASE {name}")
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    """An ordinary client, every option as it comes, but for aware times."""
    made = connect()
    made.command(TABLE)
    return made


def request(olap: Olap, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """What one plain request is answered; the right password unless headers say otherwise."""
    named = {"X-ClickHouse-User": "touchline", "X-ClickHouse-Key": PASSWORD}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", olap.port, timeout=30)
    try:
        connection.request("POST" if body else "GET", path, body or None, named)
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())
    finally:
        connection.close()


# --- what the client offers


def test_rows_come_back_as_they_were_inserted(client: Client) -> None:
    summary = client.insert("players", ROWS, column_names=["id", "name", "born", "seen", "tags", "stats", "active"])
    assert summary.written_rows == 2
    result = client.query("SELECT * FROM players ORDER BY id")
    assert result.result_rows == ROWS
    assert result.column_names == ("id", "name", "born", "seen", "tags", "stats", "active")
    assert result.summary["read_rows"] == "2"


def test_arrow_goes_in_and_out(client: Client) -> None:
    columns = {"id": [3, 4], "name": ["x", "y"], "seen": pa.array([SEEN, SEEN], pa.timestamp("ms", "UTC"))}
    client.insert_arrow("players", pa.table(columns))
    back = client.query_arrow("SELECT id, name, seen FROM players ORDER BY id")
    assert back.to_pydict() == {"id": [3, 4], "name": ["x", "y"], "seen": [SEEN, SEEN]}
    nothing = client.query_arrow("SELECT id, name FROM players WHERE id < 0")
    assert (nothing.num_rows, nothing.column_names) == (0, ["id", "name"])


@pytest.mark.parametrize("compress", [False, True, "lz4", "zstd", "gzip"])
def test_every_compression_of_the_client_is_understood(connect: Callable[..., Client], compress: bool | str) -> None:
    client = connect(compress=compress)
    client.command("CREATE TABLE t (a Int64, s String) ENGINE = MergeTree ORDER BY a")
    client.insert("t", [[n, "text" * 50] for n in range(1000)], column_names=["a", "s"])
    client.insert_arrow("t", pa.table({"a": range(1000, 2000), "s": ["text"] * 1000}))
    assert client.query("SELECT count(), sum(a) FROM t").result_rows == [(2000, 1_999_000)]


def test_data_frames_go_in_and_out(client: Client) -> None:
    pandas = pytest.importorskip("pandas")
    client.insert_df("players", pandas.DataFrame({"id": [7, 8], "name": ["p", "q"]}))
    frame = client.query_df("SELECT id, name FROM players ORDER BY id")
    assert frame.to_dict("list") == {"id": [7, 8], "name": ["p", "q"]}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Int64", -(2**63)),
        ("String", "it's \\ a\ttab\nand 'quotes' – ž"),
        ("Nullable(String)", None),
        ("Array(String)", ["a'b", "c\\d", ""]),
        ("Array(UInt32)", []),
        ("Float64", 0.1),
        ("Bool", True),
        ("Date32", date(1987, 6, 24)),
        ("DateTime64(3, 'UTC')", SEEN),
        ("Decimal(10, 2)", Decimal("12.34")),
    ],
)
def test_parameters_are_bound_by_the_server(client: Client, kind: str, value: Any) -> None:
    result = client.query(f"SELECT {{value:{kind}}} AS value", parameters={"value": value})
    assert result.result_rows == [(value,)]


def test_parameters_too_long_for_an_address_travel_in_a_form(client: Client) -> None:
    long = "é'" * 100_000
    assert client.query("SELECT {long:String} AS long", parameters={"long": long}).result_rows == [(long,)]
    ids = list(range(50_000))
    assert client.command("SELECT length({ids:Array(UInt32)})", parameters={"ids": ids}) == 50_000


def test_settings_hold_for_one_statement(client: Client) -> None:
    ask = "SELECT value FROM system.settings WHERE name = 'max_threads'"
    usual = client.query(ask).result_rows
    assert client.query(ask, settings={"max_threads": 1}).result_rows == [("1",)]
    assert client.query(ask).result_rows == usual


def test_settings_of_a_client_hold_for_all_its_statements(connect: Callable[..., Client]) -> None:
    client = connect(settings={"max_block_size": 7})
    with client.query_row_block_stream("SELECT number FROM numbers(20)") as blocks:
        assert sum(len(block) for block in blocks) == 20
    assert client.command("SELECT value FROM system.settings WHERE name = 'max_block_size'") == 7


def test_the_same_insert_token_stores_once(client: Client) -> None:
    for number in (1, 1, 2):
        client.insert(
            "players", [[number, "a"]], column_names=["id", "name"], settings={"insert_deduplication_token": "t"}
        )
    assert client.command("SELECT count() FROM players") == 1
    client.insert("players", [[3, "a"]], column_names=["id", "name"], settings={"insert_deduplication_token": "u"})
    assert client.command("SELECT count() FROM players") == 2


def test_results_are_streamed_in_blocks_and_rows(client: Client) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(300000)") as blocks:
        assert sum(len(block) for block in blocks) == 300_000
    with client.query_rows_stream("SELECT number FROM numbers(100000)") as rows:
        assert sum(row[0] for row in rows) == 4_999_950_000
    with client.query_arrow_stream("SELECT number FROM numbers(100000)") as batches:
        assert sum(batch.num_rows for batch in batches) == 100_000
    with client.raw_stream("SELECT number FROM numbers(10)", fmt="CSV") as raw:
        assert raw.read().split() == [str(n).encode() for n in range(10)]


def test_columns_are_told_without_rows(client: Client) -> None:
    result = client.query("SELECT id, name FROM players LIMIT 0")
    assert (result.column_names, result.result_rows) == (("id", "name"), [])


def test_a_command_tells_a_result_from_none(client: Client) -> None:
    assert client.command("SELECT 1") == 1
    assert client.command("SELECT 'a', 'b'") == ["a", "b"]
    assert client.command("EXISTS players") == 1
    assert client.command("SELECT name FROM players WHERE id < 0") == ""
    made = client.command("CREATE TABLE IF NOT EXISTS more (a Int64) ENGINE = MergeTree ORDER BY a")
    assert not isinstance(made, str | int)
    assert client.query("SHOW TABLES").result_rows == [("more",), ("players",)]


def test_insert_select_values_and_optimize_work(client: Client) -> None:
    client.command("INSERT INTO players (id, name) VALUES (1, 'a FORMAT b'), (2, 'FORMAT CSV')")
    client.command("INSERT INTO players (id, name) SELECT id + 10, name FROM players")
    client.command("OPTIMIZE TABLE players FINAL")
    assert client.query("SELECT id, name FROM players ORDER BY id").result_rows == [
        (1, "a FORMAT b"), (2, "FORMAT CSV"), (11, "a FORMAT b"), (12, "FORMAT CSV"),
    ]  # fmt: skip


def test_text_formats_can_be_asked_for_and_sent(client: Client) -> None:
    client.raw_insert("players", ["id", "name"], '{"id":5,"name":"j"}\n{"id":6,"name":"k"}\n', fmt="JSONEachRow")
    client.raw_insert("players", ["id", "name"], b'7,"c,d"\n', fmt="CSV")
    assert client.raw_query("SELECT id, name FROM players ORDER BY id", fmt="CSV") == b'5,"j"\n6,"k"\n7,"c,d"\n'


def test_the_database_of_a_request_is_not_that_of_another(connect: Callable[..., Client], client: Client) -> None:
    elsewhere = connect(database="default")
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        elsewhere.query("SELECT * FROM players")
    assert client.command("SELECT count() FROM players") == 0


# --- errors have ClickHouse's codes


@pytest.mark.parametrize(
    ("statement", "settings", "code", "name"),
    [
        ("SELEC 1", {}, 62, "SYNTAX_ERROR"),
        ("SELECT * FROM absent", {}, 60, "UNKNOWN_TABLE"),
        ("SELECT absent FROM players", {}, 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT throwIf(1)", {}, 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
        ("SELECT sleep(3)", {"max_execution_time": 1}, 159, "TIMEOUT_EXCEEDED"),
        ("SELECT groupArray(number) FROM numbers(9e6)", {"max_memory_usage": 1_000_000}, 241, "MEMORY_LIMIT_EXCEEDED"),
        ("SELECT toInt64('x')", {}, 6, "CANNOT_PARSE_TEXT"),
    ],
)  # fmt: skip
def test_refusals_carry_code_and_name(
    client: Client, statement: str, settings: dict[str, Any], code: int, name: str
) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.query(statement, settings=settings)
    assert (caught.value.code, caught.value.name) == (code, name)
    assert client.command("SELECT 1") == 1


def test_a_garbled_insert_is_refused_and_stores_nothing(client: Client) -> None:
    for fmt, data in (("Arrow", b"no arrow"), ("ArrowStream", b"\xff" * 40), ("Native", b"\x01"), ("CSV", b"x,y\n")):
        with pytest.raises(DatabaseError) as caught:
            client.raw_insert("players", ["id", "name"], data, fmt=fmt)
        assert caught.value.code
    with pytest.raises(DatabaseError, match="NO_SUCH_COLUMN_IN_TABLE"):
        client.insert_arrow("players", pa.table({"absent": [1]}))
    assert client.command("SELECT count() FROM players") == 0


def test_the_servers_memory_is_bounded(connect: Callable[..., Client]) -> None:
    limit = connect().command("SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'")
    assert limit == 2_000_000_000


def test_inserts_are_synced_to_disk_by_default(connect: Callable[..., Client]) -> None:
    result = connect().query(
        "SELECT name, value FROM system.merge_tree_settings WHERE name LIKE 'fsync%' ORDER BY name"
    )
    assert result.result_rows == [("fsync_after_insert", "1"), ("fsync_part_directory", "1")]


@pytest.mark.parametrize(("user", "password"), [("touchline", "wrong"), ("someone", PASSWORD), ("", "")])
def test_others_are_refused(connect: Callable[..., Client], user: str, password: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        connect(username=user or "default", password=password)
    assert caught.value.code == 516


# --- plain requests


def test_it_says_it_lives(olap: Olap) -> None:
    for path in ("/ping", "/replicas_status", "/"):
        assert request(olap, path)[:2] == (200, b"Ok.\n")


def test_the_password_may_come_in_headers_or_the_address(olap: Olap) -> None:
    assert request(olap, "/?query=SELECT%201")[:2] == (200, b"1\n")
    address = f"/?query=SELECT%201&user=touchline&password={PASSWORD}"
    connection = http.client.HTTPConnection("127.0.0.1", olap.port, timeout=30)
    connection.request("GET", address)
    assert connection.getresponse().read() == b"1\n"
    connection.close()
    assert request(olap, "/?query=SELECT%201", Authorization="Basic !!!")[0] == 403


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "words"),
    [
        ("/", b" ", {}, 400, b"contains no statement"),
        ("/", b"\xff\xfe SELECT", {}, 400, b"not UTF-8"),
        ("/?1;DROP=x", b"SELECT 1", {}, 400, b"is not a valid name of a setting"),
        ("/?nosuch=1", b"SELECT 1", {}, 400, b"UNKNOWN_SETTING"),
        ("/?database=absent", b"SELECT 1", {}, 404, b"UNKNOWN_DATABASE"),
        ("/elsewhere", b"SELECT 1", {}, 404, b"no handle"),
        ("/", b"SELECT 1", {"Content_Encoding": "gzip"}, 400, b"not gzip"),
        ("/", b"SELECT 1", {"Content_Encoding": "zstd"}, 400, b"not zstd"),
        ("/", b"SELECT 1", {"Content_Encoding": "br"}, 415, b"not among"),
        ("/", b"SELECT 1", {"Content_Type": "multipart/form-data; boundary=x"}, 400, b"no statement"),
    ],
)
def test_malformed_requests_are_refused_in_words(
    olap: Olap, path: str, body: bytes, headers: dict[str, str], status: int, words: bytes
) -> None:
    result, text, answered = request(olap, path, body, **headers)
    assert (result, words in text) == (status, True), text
    assert int(answered["X-ClickHouse-Exception-Code"]) > 0
    assert b"Traceback" not in text


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "lz4", "zstd"])
def test_compressed_statements_are_read(olap: Olap, encoding: str) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "lz4": lambda data: bytes(import_module("lz4.frame").compress(data)),
        "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    }
    assert request(olap, "/", packers[encoding](b"SELECT 41 + 1"), Content_Encoding=encoding)[:2] == (200, b"42\n")


def test_statement_and_data_may_come_apart(olap: Olap) -> None:
    table = f"apart_{uuid.uuid4().hex}"
    request(olap, "/", f"CREATE TABLE {table} (a Int64, `odd (name)` String) ENGINE = Memory".encode())
    statement = f"INSERT%20INTO%20{table}%20(a,%20%60odd%20(name)%60)%20FORMAT%20CSV"
    assert request(olap, f"/?query={statement}", b"1,x\n2,y\n")[0] == 200
    in_body = f"insert into {table} (a, `odd (name)`) SETTINGS max_block_size = 10 format JSONEachRow\n".encode()
    assert request(olap, "/", in_body + b'{"a": 3, "odd (name)": "z"}')[0] == 200
    result = request(olap, "/?default_format=CSV", f"SELECT * FROM {table} ORDER BY a".encode())
    assert result[1] == b'1,"x"\n2,"y"\n3,"z"\n'
    request(olap, "/", f"DROP TABLE {table}".encode())


def test_chunked_bodies_are_read(olap: Olap) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", olap.port, timeout=30)
    login = {"X-ClickHouse-User": "touchline", "X-ClickHouse-Key": PASSWORD}
    connection.request("POST", "/", iter([b"SELECT ", b"1 +", b" 1"]), login, encode_chunked=True)
    assert connection.getresponse().read() == b"2\n"
    connection.request("POST", "/", b"SELECT 3", login)
    assert connection.getresponse().read() == b"3\n"
    connection.close()


# --- many at once


def test_many_threads_insert_and_query_at_once(connect: Callable[..., Client], client: Client) -> None:
    clients = [connect(autogenerate_session_id=False) for _ in range(10)]
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for batch in range(6):
                if number < 5:
                    ids = [number * 1_000_000 + batch * 1_000 + n for n in range(1_000)]
                    clients[number].insert_arrow("players", pa.table({"id": ids, "name": ["n"] * 1_000}))
                else:
                    clients[number].query(
                        "SELECT count(), max(id) FROM players FINAL WHERE id > {n:Int64}", {"n": batch}
                    )
        except BaseException as exc:
            faults.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert client.query("SELECT count(), uniqExact(id) FROM players").result_rows == [(30_000, 30_000)]


def test_one_client_without_session_serves_many_threads(connect: Callable[..., Client]) -> None:
    shared = connect(autogenerate_session_id=False)
    result: list[Any] = []
    ask = "SELECT sum(number) FROM numbers({n:UInt32})"
    threads = [
        threading.Thread(target=lambda n=n: result.append(shared.command(ask, parameters={"n": n})))
        for n in range(2, 22)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result) == [n * (n - 1) // 2 for n in range(2, 22)]


def test_more_statements_than_handles_wait() -> None:
    small = new_olap("--max-handles", "2")
    small.start()
    try:
        answers: list[tuple[int, bytes]] = []

        def ask(number: int) -> None:
            answers.append(request(small, f"/?max_block_size={number + 10}", b"SELECT sleep(0.1)")[:2])

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [(200, b"0\n")] * 8
    finally:
        small.remove()


def test_it_answers_a_ping_while_every_handle_is_busy() -> None:
    small = new_olap("--max-handles", "1")
    small.start()

    def answered_meanwhile() -> bool:
        busy = threading.Thread(target=request, args=(small, "/", b"SELECT sleep(2)"))
        busy.start()
        busy.join(0.3)
        assert request(small, "/ping")[:2] == (200, b"Ok.\n")
        meanwhile = busy.is_alive()
        busy.join()
        return meanwhile

    try:
        eventually(answered_meanwhile)  # a machine may stall for as long as the statement takes
    finally:
        small.remove()


def test_rows_can_be_updated_and_deleted(client: Client) -> None:
    client.insert("players", [[n, "a"] for n in range(10)], column_names=["id", "name"])
    client.command("ALTER TABLE players UPDATE name = 'b' WHERE id < 5", settings={"mutations_sync": 1})
    client.command("DELETE FROM players WHERE id >= 8")
    result = client.query("SELECT name, count() FROM players GROUP BY name ORDER BY name").result_rows
    assert result == [("a", 3), ("b", 5)]


# --- start, stop, death


@pytest.fixture
def own_olap() -> Iterator[Olap]:
    """A process of this test alone."""
    process = new_olap()
    process.start()
    yield process
    process.remove()


def plain_client(olap: Olap) -> Client:
    return clickhouse_connect.get_client(
        host="127.0.0.1", port=olap.port, username="touchline", password=PASSWORD, autogenerate_session_id=False
    )


def test_what_was_acknowledged_before_a_kill_is_found_after_it(own_olap: Olap) -> None:
    client = plain_client(own_olap)
    client.command("CREATE DATABASE kept")
    client.command(
        "CREATE TABLE kept.t (a Int64, s String) ENGINE = ReplacingMergeTree ORDER BY a "
        "SETTINGS non_replicated_deduplication_window = 100"
    )
    acknowledged: list[int] = []
    for _ in range(3):
        writers = [threading.Thread(target=_insert_until_it_dies, args=(own_olap, acknowledged, n)) for n in range(3)]
        for writer in writers:
            writer.start()
        target = len(acknowledged) + 40
        while len(acknowledged) < target:
            writers[0].join(0.01)
        own_olap.stop(signal.SIGKILL)
        for writer in writers:
            writer.join()
        own_olap.start()
        result = plain_client(own_olap).query(
            "SELECT intDiv(a, 100) AS batch, count() FROM kept.t FINAL GROUP BY batch"
        )
        stored: dict[Any, Any] = {row[0]: row[1] for row in result.result_rows}
        assert {batch: stored.get(batch, 0) for batch in acknowledged} == dict.fromkeys(acknowledged, 100)
        assert set(stored.values()) == {100}, "a batch is stored whole or not at all"


def _insert_until_it_dies(olap: Olap, acknowledged: list[int], number: int) -> None:
    client = None  # the kill may come before it
    try:
        client = plain_client(olap)
        while True:
            batch = number * 1_000_000 + len(acknowledged)
            rows = pa.table({"a": range(batch * 100, batch * 100 + 100), "s": ["text"] * 100})
            client.insert_arrow("t", rows, database="kept", settings={"insert_deduplication_token": str(batch)})
            acknowledged.append(batch)
    except (OperationalError, DatabaseError):
        return
    finally:
        if client is not None:
            client.close()


def test_a_token_whose_rows_were_lost_in_a_crash_does_not_bar_them(own_olap: Olap) -> None:
    """The engine writes a token down before the rows are in place; killed between the two it would drop them later."""
    client = plain_client(own_olap)
    client.command("CREATE DATABASE kept")
    client.command(
        "CREATE TABLE kept.t (a Int64) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100"
    )
    insert = {"settings": {"insert_deduplication_token": "t"}, "database": "kept", "column_names": ["a"]}
    client.insert("t", [[1]], **insert)  # type: ignore[arg-type]
    part = client.command("SELECT path FROM system.parts WHERE database = 'kept' AND active")
    client.close()
    own_olap.stop(signal.SIGKILL)
    subprocess.run(["rm", "-r", str(part)], check=True)  # as if the kill had come a moment earlier
    own_olap.start()
    client = plain_client(own_olap)
    assert client.command("SELECT count() FROM kept.t") == 0
    client.insert("t", [[1]], **insert)  # type: ignore[arg-type]
    assert client.command("SELECT count() FROM kept.t") == 1
    client.close()


def test_tokens_are_remembered_over_an_orderly_restart(own_olap: Olap) -> None:
    client = plain_client(own_olap)
    client.command("CREATE DATABASE kept")
    client.command(
        "CREATE TABLE kept.t (a Int64) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100"
    )
    for restart in (False, True):
        if restart:
            assert own_olap.stop() == 0
            own_olap.start()
        insert = {"settings": {"insert_deduplication_token": "t"}, "database": "kept", "column_names": ["a"]}
        plain_client(own_olap).insert("t", [[1]], **insert)  # type: ignore[arg-type]
    assert plain_client(own_olap).command("SELECT count() FROM kept.t") == 1


def test_it_stops_on_sigterm_after_what_is_running(own_olap: Olap) -> None:
    answers: list[tuple[int, bytes]] = []
    running = b"SELECT count() FROM system.processes WHERE query = 'SELECT sleep(1)'"

    def begun() -> bool:
        slow = threading.Thread(target=lambda: answers.append(request(own_olap, "/", b"SELECT sleep(1)")[:2]))
        slow.start()
        while slow.is_alive():
            if request(own_olap, "/", running)[1] == b"1\n":
                return True
        answers.clear()
        return False

    eventually(begun)
    assert own_olap.stop() == 0
    eventually(lambda: answers)
    assert answers == [(200, b"0\n")]


def test_a_second_process_on_the_same_data_says_so_and_leaves_the_first_alone(own_olap: Olap) -> None:
    command = own_olap.command()
    command[command.index("--port") + 1] = "0"
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "is in use by another olap process" in second.stderr
    assert "Traceback" not in second.stderr
    assert request(own_olap, "/ping")[0] == 200


def test_a_port_in_use_is_told(own_olap: Olap) -> None:
    command = own_olap.command()
    command[command.index("--data") + 1] += "-other"
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"port {own_olap.port} of 127.0.0.1 cannot be used" in second.stderr


def test_a_large_body_is_bounded(olap: Olap) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", olap.port, timeout=30)
    connection.putrequest("POST", "/")
    connection.putheader("X-ClickHouse-User", "touchline")
    connection.putheader("X-ClickHouse-Key", PASSWORD)
    connection.putheader("Content-Length", str(2**40))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\x16\x03\x01\x00\xa5\x01\x00\r\n\r\n", b"400"),
        (b"SELECT 1\r\n\r\n", b"400"),
        (b"PUT / HTTP/1.1\r\n\r\n", b"501"),
        (b"GET /" + b"x" * 1_100_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET /ping HTTP/1.1\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"POST /?user=touchline&password=kept-by-tests HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"413"),
        (b"POST /?user=touchline&password=kept-by-tests HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (
            b"POST /?user=touchline&password=kept-by-tests HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
            b"400",
        ),
    ],
)
def test_what_is_hardly_http_is_refused_in_words(olap: Olap, raw: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", olap.port), timeout=10) as connection:
        connection.sendall(raw)
        answer = bytearray()
        with suppress(ConnectionResetError):  # it closes without reading all of an endless address
            while piece := connection.recv(65_536):
                answer += piece
    assert status in bytes(answer).partition(b"\r\n")[0] or b"DB::Exception" in answer
    assert b"Traceback" not in answer
    assert b"Traceback" not in (olap.folder / "stderr").read_bytes()
    assert request(olap, "/ping")[0] == 200


def test_a_database_that_was_used_is_emptied_to_a_fresh_one(olap: Olap) -> None:
    """Or else a test would find what another one left."""
    warehouse = ClickHouse(migrated(olap))
    token = "SETTINGS insert_deduplication_token = 'the-same'"
    for _ in range(2):
        for season in (1, 2):  # of which the second is not stored, as its token is known
            warehouse.command(f"INSERT INTO seasons (season_id) {token} VALUES ({season})")
        assert warehouse.query("SELECT season_id FROM current_seasons") == [{"season_id": 1}]
        assert emptied(olap, warehouse)
        assert warehouse.query("SELECT season_id FROM current_seasons") == []
    warehouse.command("ALTER TABLE seasons DROP COLUMN year")
    assert not emptied(olap, warehouse)
    warehouse.command(f"DROP DATABASE {warehouse.database}")
    warehouse.close()
