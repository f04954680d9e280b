"""A request is taken apart as ClickHouse takes it."""

from __future__ import annotations

import pytest

from k8s.local.engines.clickhouse.statement import InvalidRequest, Statement, parse_request


def test_a_query_may_stand_in_the_body_or_the_address_or_both() -> None:
    assert parse_request({}, {}, b"SELECT 1").sql == "SELECT 1"
    assert parse_request({"query": "SELECT 1"}, {}, b"").sql == "SELECT 1"
    assert parse_request({"query": "SELECT 1"}, {}, b"WHERE 2").sql == "SELECT 1\nWHERE 2"


def test_arguments_are_transport_parameters_or_settings() -> None:
    arguments = {"query_id": "x", "session_id": "y", "param_n": "3", "max_threads": "1", "a_setting": "b", "user": "u"}
    statement = parse_request(arguments, {}, b"SELECT {n:Int64}")
    assert statement.settings == (("a_setting", "b"), ("max_threads", "1"))
    assert statement.parameters == {"n": "3"}


def test_the_database_comes_from_the_address_then_the_header() -> None:
    assert parse_request({}, {}, b"SELECT 1").database == "default"
    assert parse_request({}, {"x-clickhouse-database": "h"}, b"SELECT 1").database == "h"
    assert parse_request({"database": "a"}, {"x-clickhouse-database": "h"}, b"SELECT 1").database == "a"


@pytest.mark.parametrize(
    ("sql", "output_format"),
    [
        ("SELECT 1", ""),
        ("SELECT 1 FORMAT JSON", "JSON"),
        ("SELECT 1\nformat Native ; ", "Native"),
        ("SELECT 1 FORMAT CSV SETTINGS max_threads = 1, x = 'it'", "CSV"),
        ("SELECT 'FORMAT JSON'", ""),
        ("SELECT 1 AS format_x", ""),
    ],
)
def test_the_output_format_is_the_one_the_statement_ends_with(sql: str, output_format: str) -> None:
    assert parse_request({}, {}, sql.encode()).output_format == output_format


def test_the_default_format_holds_where_the_statement_names_none() -> None:
    assert parse_request({"default_format": "CSV"}, {}, b"SELECT 1").output_format == "CSV"
    assert parse_request({}, {"x-clickhouse-format": "TSV"}, b"SELECT 1").output_format == "TSV"
    assert parse_request({"default_format": "CSV"}, {}, b"SELECT 1 FORMAT JSON").output_format == "JSON"


@pytest.mark.parametrize(
    "head",
    [
        "INSERT INTO t",
        "insert into table db.t (a, b)",
        "INSERT INTO `odd ( table`.`t``` (`a)`, `b`)".replace("``", "\\`"),
        'INSERT INTO "t" ("a", b)',
        "INSERT INTO t (a) SETTINGS async_insert = 0, x = 'FORM'",
    ],
)
def test_an_insert_is_parted_from_its_data(head: str) -> None:
    expected = Statement(sql=head, data=b"\x00\xff\n1", input_format="Native")
    assert parse_request({}, {}, head.encode() + b" FORMAT Native\n\x00\xff\n1") == expected
    assert parse_request({"query": f"{head} FORMAT Native"}, {}, b"\x00\xff\n1") == expected


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1, 'FORMAT CSV')",
        "INSERT INTO t (a) VALUES (1)",
        "INSERT INTO t SELECT a FROM u",
        "INSERT INTO t (a) SELECT a AS format FROM u",
        "SELECT 'INSERT INTO t FORMAT CSV'",
    ],
)
def test_what_has_no_data_of_its_own_is_left_whole(sql: str) -> None:
    statement = parse_request({}, {}, sql.encode())
    assert (statement.sql, statement.data) == (sql, None)


def test_ddl_is_told_apart() -> None:
    for sql in ("CREATE TABLE t (a Int8)", "  drop table t", "ALTER TABLE t ADD COLUMN b Int8", "OPTIMIZE TABLE t"):
        assert Statement(sql=sql).is_ddl
    for sql in ("SELECT create_time FROM t", "INSERT INTO t", "SHOW CREATE TABLE t"):
        assert not Statement(sql=sql).is_ddl


@pytest.mark.parametrize(
    ("arguments", "body", "words"),
    [
        ({}, b" \n", "no statement"),
        ({}, b"\xff\xfe", "not UTF-8"),
        ({"a; DROP TABLE t": "1"}, b"SELECT 1", "name of a setting"),
    ],
)
def test_what_is_no_statement_is_refused(arguments: dict[str, str], body: bytes, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        parse_request(arguments, {}, body)
