"""Migrations over a real Postgres and the olap process; the files themselves; the first operator."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import bcrypt
import pytest

from shared.adapters.postgres.database import Postgres
from shared.errors import Conflict, InvalidSettings, Unavailable
from shared.migrate import runner
from shared.migrate.clickhouse import split_statements
from shared.migrate.files import SQL, Migration, MigrationFailed, find_missing, read_migrations
from tests.support.engines.olap import Olap
from tests.support.engines.postgres import Server

OPERATOR = {
    "FIRST_OPERATOR_USERNAME": "Root.Op",
    "FIRST_OPERATOR_PASSWORD": "correct horse battery",
    "BCRYPT_COST": "4",
}
_numbers = itertools.count()


@pytest.fixture
def empty_url(postgres_server: Server) -> Iterator[str]:
    """A database without any table."""
    import psycopg

    name = f"empty_{next(_numbers)}"
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield postgres_server.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def sql(tmp_path: Path) -> Path:
    """A folder of migrations to play with."""
    (tmp_path / "postgres").mkdir()
    (tmp_path / "clickhouse").mkdir()
    write(tmp_path, "postgres/0001_one.sql", "CREATE TABLE one (n int); INSERT INTO one VALUES (1);")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def test_every_file_is_applied_once_and_recorded(empty_url: str) -> None:
    files = tuple(file.name for file in read_migrations(SQL / "postgres"))
    assert files[0] == "0001_accounts.sql"
    assert runner.run({"DATABASE_URL": empty_url}).postgres == files
    assert runner.run({"DATABASE_URL": empty_url}).postgres == ()
    assert tuple(row[0] for row in ask(empty_url, "SELECT name FROM schema_migrations ORDER BY name")) == files


def test_nothing_to_do_takes_less_than_100_ms(empty_url: str) -> None:
    env = {"DATABASE_URL": f"{empty_url}?max_connections=3", **OPERATOR}
    runner.run(env)
    assert min(runner.run(env).elapsed_ms for _ in range(5)) < 100


def test_many_at_once_apply_each_file_once(empty_url: str, sql: Path) -> None:
    write(sql, "postgres/0002_two.sql", "SELECT pg_sleep(0.1); INSERT INTO one VALUES (2);")
    with ThreadPoolExecutor(6) as threads:
        reports = list(threads.map(lambda _: runner.run({"DATABASE_URL": empty_url}, sql=sql), range(6)))
    assert sorted(report.postgres for report in reports) == [()] * 5 + [("0001_one.sql", "0002_two.sql")]
    assert ask(empty_url, "SELECT n FROM one ORDER BY n") == [(1,), (2,)]


def test_a_file_that_fails_leaves_nothing_and_is_named(empty_url: str, sql: Path) -> None:
    write(sql, "postgres/0002_two.sql", "INSERT INTO one VALUES (2); SELEC 1;")
    with pytest.raises(MigrationFailed, match=r"0002_two\.sql: syntax error"):
        runner.run({"DATABASE_URL": empty_url}, sql=sql)
    assert ask(empty_url, "SELECT n FROM one") == [(1,)]
    write(sql, "postgres/0002_two.sql", "INSERT INTO one VALUES (2);")
    assert runner.run({"DATABASE_URL": empty_url}, sql=sql).postgres == ("0002_two.sql",)


def test_a_changed_applied_file_is_refused_before_anything_is_done(empty_url: str, sql: Path) -> None:
    runner.run({"DATABASE_URL": empty_url}, sql=sql)
    write(sql, "postgres/0001_one.sql", "CREATE TABLE one (n bigint);")
    write(sql, "postgres/0002_two.sql", "INSERT INTO one VALUES (2);")
    with pytest.raises(Conflict, match=r"changed after they were applied: 0001_one\.sql"):
        runner.run({"DATABASE_URL": empty_url}, sql=sql)
    assert ask(empty_url, "SELECT n FROM one") == [(1,)]


def test_numbers_may_have_gaps_and_a_lower_one_may_come_later(empty_url: str, sql: Path) -> None:
    write(sql, "postgres/0040_betting.sql", "INSERT INTO one VALUES (40);")
    assert runner.run({"DATABASE_URL": empty_url}, sql=sql).postgres == ("0001_one.sql", "0040_betting.sql")
    write(sql, "postgres/0030_money.sql", "INSERT INTO one VALUES (30);")
    write(sql, "postgres/0050_shop.sql", "INSERT INTO one VALUES (50);")
    assert runner.run({"DATABASE_URL": empty_url}, sql=sql).postgres == ("0030_money.sql", "0050_shop.sql")
    assert ask(empty_url, "SELECT n FROM one ORDER BY n") == [(1,), (30,), (40,), (50,)]
    assert runner.run({"DATABASE_URL": empty_url}, sql=sql).postgres == ()


def test_what_a_newer_release_applied_is_left_alone(empty_url: str, sql: Path) -> None:
    write(sql, "postgres/0002_two.sql", "INSERT INTO one VALUES (2);")
    runner.run({"DATABASE_URL": empty_url}, sql=sql)
    (sql / "postgres" / "0002_two.sql").unlink()
    assert runner.run({"DATABASE_URL": empty_url}, sql=sql).postgres == ()


def test_line_endings_do_not_change_a_file(empty_url: str, sql: Path) -> None:
    write(sql, "postgres/0002_two.sql", "SELECT 1;\nSELECT 2;\n")
    runner.run({"DATABASE_URL": empty_url}, sql=sql)
    (sql / "postgres" / "0002_two.sql").write_bytes(b"SELECT 1;\r\nSELECT 2;\r\n")
    assert runner.run({"DATABASE_URL": empty_url}, sql=sql).postgres == ()


@pytest.mark.parametrize("name", ["two.sql", "2_two.sql", "0002-two.sql", "0002_Two.sql", "0001_again.sql"])
def test_a_file_without_a_number_of_its_own_is_refused(sql: Path, name: str) -> None:
    write(sql, f"postgres/{name}", "SELECT 1")
    with pytest.raises(Conflict, match=name):
        read_migrations(sql / "postgres")


def test_missing_says_what_is_not_recorded() -> None:
    one, two = Migration(name="0001_a.sql", text="A"), Migration(name="0002_b.sql", text="B")
    assert find_missing({}, (one, two)) == [one, two]
    assert find_missing({one.name: one.sha256}, (one, two)) == [two]
    with pytest.raises(Conflict):
        find_missing({one.name: one.sha256}, (replace(one, text="A "), two))


def test_a_silent_database_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        runner.run({"DATABASE_URL": "postgresql://touchline@127.0.0.1:1/db"})


def test_the_first_operator_is_made_once(empty_url: str) -> None:
    assert runner.run({"DATABASE_URL": empty_url, **OPERATOR}).operator == "Root.Op"
    other = {"DATABASE_URL": empty_url, **OPERATOR, "FIRST_OPERATOR_USERNAME": "another"}
    assert runner.run(other).operator == ""
    ((username, folded, hashed, roles),) = ask(
        empty_url, "SELECT username, username_folded, password_hash, roles FROM users"
    )
    assert (username, folded, roles) == ("Root.Op", "root.op", ["operator"])
    assert bcrypt.checkpw(OPERATOR["FIRST_OPERATOR_PASSWORD"].encode(), str(hashed).encode())


def test_many_at_once_make_one_operator(empty_url: str) -> None:
    runner.run({"DATABASE_URL": empty_url})
    envs = [{"DATABASE_URL": empty_url, **OPERATOR, "FIRST_OPERATOR_USERNAME": f"op-{n}"} for n in range(6)]
    with ThreadPoolExecutor(6) as threads:
        operators = [report.operator for report in threads.map(runner.run, envs) if report.operator]
    assert len(operators) == 1
    assert ask(empty_url, "SELECT username FROM users") == [(operators[0],)]


def test_without_a_name_no_operator_is_made(empty_url: str) -> None:
    assert runner.run({"DATABASE_URL": empty_url}).operator == ""
    assert ask(empty_url, "SELECT count(*) FROM users") == [(0,)]


def test_a_registered_name_never_becomes_operator(empty_url: str) -> None:
    from shared.adapters.postgres.accounts import PostgresUsers
    from shared.domain.accounts import usernames

    runner.run({"DATABASE_URL": empty_url})
    database = Postgres(empty_url)
    hashed = bcrypt.hashpw(b"somebody else's", bcrypt.gensalt(4)).decode()
    PostgresUsers(database).add(usernames.validate_new("root.op"), password_hash=hashed)
    database.close()
    with pytest.raises(Conflict, match=r"Root\.Op"):
        runner.run({"DATABASE_URL": empty_url, **OPERATOR})
    assert ask(empty_url, "SELECT roles FROM users") == [([],)]


@pytest.mark.parametrize(
    "changed",
    [
        {"FIRST_OPERATOR_PASSWORD": ""},
        {"FIRST_OPERATOR_USERNAME": ""},
        {"FIRST_OPERATOR_PASSWORD": "short"},
        {"FIRST_OPERATOR_PASSWORD": "password123"},
        {"FIRST_OPERATOR_USERNAME": "a b"},
    ],
)
def test_an_operator_is_named_in_full_and_by_the_rules(empty_url: str, changed: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings, match="FIRST_OPERATOR") as caught:
        runner.run({"DATABASE_URL": empty_url, **OPERATOR, **changed})
    assert OPERATOR["FIRST_OPERATOR_PASSWORD"] not in str(caught.value)


def test_the_command_says_what_it_did(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CLICKHOUSE_URL", raising=False)
    for name, value in {"DATABASE_URL": empty_url, **OPERATOR}.items():
        monkeypatch.setenv(name, value)
    assert runner.main() == 0
    assert runner.main() == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "postgres 0001_accounts.sql" in first
    assert "operator Root.Op" in first
    assert second.startswith("migrate: nothing to do")
    monkeypatch.setenv("DATABASE_URL", "postgresql://touchline:hunter2@127.0.0.1:1/db")
    assert runner.main() == 1
    error = capsys.readouterr().err
    assert error.startswith("migrate: the database does not answer: ")
    assert "hunter2" not in error


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ;;\n-- only a comment;\n;", []),
        ("A; B", ["A", "B"]),
        ("A ';' -- no; end\nB; C", ["A ';' -- no; end\nB", "C"]),
        ("A 'it''s; x' \"q;\" `b;` /* ; \n ; */ ;B", ["A 'it''s; x' \"q;\" `b;` /* ; \n ; */", "B"]),
        ("A 'a\\';' ; B", ["A 'a\\';'", "B"]),
    ],
)
def test_statements_end_at_semicolons_outside_quotes_and_comments(text: str, expected: list[str]) -> None:
    assert split_statements(text) == expected


def test_clickhouse_files_can_be_applied_twice() -> None:
    """There is no transaction around them, so a crash in the middle means: again from the start."""
    for file in read_migrations(SQL / "clickhouse"):
        for statement in split_statements(file.text):
            head = " ".join(line for line in statement.splitlines() if not line.strip().startswith("--")).upper()
            if head.lstrip().startswith(("CREATE", "DROP", "ALTER")):
                assert any(
                    word in head for word in ("IF NOT EXISTS", "IF EXISTS", "OR REPLACE", " MATERIALIZE ", " MODIFY ")
                ), f"{file.name}: {statement}"


def test_clickhouse_is_migrated_once_recorded_and_checked(empty_url: str, sql: Path, olap: Olap) -> None:
    url = olap.url(f"migrated_{next(_numbers)}")
    env = {"DATABASE_URL": empty_url, "CLICKHOUSE_URL": url}
    write(
        sql, "clickhouse/0001_a.sql", "-- a; b\nCREATE TABLE IF NOT EXISTS t (n Int32) ENGINE = MergeTree ORDER BY n;"
    )
    assert runner.run(env, sql=sql).clickhouse == ("0001_a.sql",)
    assert runner.run(env, sql=sql).clickhouse == ()
    write(sql, "clickhouse/0002_b.sql", "INSERT INTO t SELECT 1; INSERT INTO missing SELECT 1;")
    with pytest.raises(MigrationFailed, match=r"0002_b\.sql: .*missing"):
        runner.run(env, sql=sql)
    write(sql, "clickhouse/0002_b.sql", "CREATE TABLE IF NOT EXISTS missing (n Int32) ENGINE = MergeTree ORDER BY n;")
    assert runner.run(env, sql=sql).clickhouse == ("0002_b.sql",)
    write(sql, "clickhouse/0001_a.sql", "SELECT 1")
    with pytest.raises(Conflict, match=r"0001_a\.sql"):
        runner.run(env, sql=sql)


def test_many_at_once_migrate_clickhouse_once(empty_url: str, sql: Path, olap: Olap) -> None:
    env = {"DATABASE_URL": empty_url, "CLICKHOUSE_URL": olap.url(f"migrated_{next(_numbers)}")}
    write(sql, "clickhouse/0001_a.sql", "CREATE TABLE IF NOT EXISTS t (n Int32) ENGINE = MergeTree ORDER BY n;")
    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(lambda _: runner.run(env, sql=sql), range(4)))
    assert sorted(report.clickhouse for report in reports) == [(), (), (), ("0001_a.sql",)]


def test_a_silent_clickhouse_is_unavailable(empty_url: str, sql: Path) -> None:
    write(sql, "clickhouse/0001_a.sql", "SELECT 1")
    with pytest.raises(Unavailable, match="ClickHouse does not answer"):
        runner.run({"DATABASE_URL": empty_url, "CLICKHOUSE_URL": "http://127.0.0.1:1/db"}, sql=sql)
