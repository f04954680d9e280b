"""SQL of analysts over HTTP: what may be asked, what is refused, and the limits; every attack by its name."""

from __future__ import annotations

import http.server
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from flask import Flask
from flask.testing import FlaskClient

from functions.query_stats import analyst_sql
from shared.adapters.clickhouse.client import ClickHouse
from shared.clock import SystemClock
from shared.domain.football import data_dictionary
from shared.security.tokens import Caller, Tokens
from shared.testing.small_league import store_all
from tests.support.engines.olap import Olap, migrated
from tests.support.functions.problems import assert_problem
from tests.support.reference import ROOT

KEYS = f"k1:{'one' * 12}"


@pytest.fixture(scope="module")
def warehouse(olap: Olap) -> Iterator[ClickHouse]:
    """The small league, and a posting of the ledger that no analyst may see."""
    url = migrated(olap)
    result = ClickHouse(url)
    store_all(result)
    result.command(
        "INSERT INTO ledger_postings (account_id, number, owner, name, currency, transaction_id, kind, amount) "
        "VALUES (1, 1, 'secret-owner', 'available', 'coins', 't', 'k', 7)"
    )
    result.url = url  # type: ignore[attr-defined]
    yield result
    result.close()


@pytest.fixture
def client(load_function: Callable[..., Flask], warehouse: ClickHouse) -> FlaskClient:
    """A client of the function with SQL enabled."""
    settings = {"CACHE_URL": "redis://127.0.0.1:1/0", "ANALYST_SQL": "true", "TOKEN_KEYS": KEYS}
    return load_function("query_stats", CLICKHOUSE_URL=warehouse.url, **settings).test_client()  # type: ignore[attr-defined]


def bearer(*roles: str) -> dict[str, str]:
    """Headers of a caller."""
    who = Caller(user_id="7b0e1c62-6a0e-4b6e-8f53-0a6f9a1d0001", username="ada", roles=roles, session_id="s1")
    return {"authorization": f"Bearer {Tokens([('k1', 'one' * 12)], SystemClock()).sign(who)}"}


def ask(client: FlaskClient, query: str, **query_string: str) -> Any:
    """The answer to an analyst."""
    return client.post("/stats/sql", json={"query": query}, headers=bearer("analyst"), query_string=query_string)


def rows(client: FlaskClient, query: str) -> list[dict[str, Any]]:
    """The rows of a query that is allowed."""
    answer = ask(client, query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_a_select_over_the_views(client: FlaskClient) -> None:
    assert rows(client, "SELECT name, country FROM stats_leagues ORDER BY name LIMIT 1;") == [
        {"name": "LaLiga", "country": "Spain"}
    ]
    joined = """
        WITH played AS (SELECT * FROM stats_matches WHERE status_type = 'finished') -- a comment
        SELECT s.year, count() AS matches, sum(home_goals) OVER () AS n
        FROM played JOIN stats_seasons AS s USING (season_id)
        WHERE season_id IN (SELECT season_id FROM stats_seasons WHERE preference = 1)
        GROUP BY s.year, home_goals ORDER BY matches DESC, n LIMIT 1
    """
    assert rows(client, joined)[0]["year"] == "2025/26"


def test_values_of_every_kind_are_json(client: FlaskClient) -> None:
    (row,) = rows(
        client, "SELECT starts_at, toDate(starts_at) AS day, nan AS x, [1, 2] AS l, NULL AS n FROM stats_matches "
        "WHERE match_id = 1"
    )  # fmt: skip
    assert row == {"starts_at": "2025-08-16T14:00:00Z", "day": "2025-08-16", "x": None, "l": [1, 2], "n": None}


def test_arrow_and_parquet(client: FlaskClient) -> None:
    query = "SELECT match_id FROM stats_matches ORDER BY match_id LIMIT 2"
    table = pa.ipc.open_file(io.BytesIO(ask(client, query, format="arrow").data)).read_all()
    assert table["match_id"].to_pylist() == [1, 2]
    assert ask(client, query, format="parquet").data.startswith(b"PAR1")


@pytest.mark.parametrize("view", data_dictionary.VIEWS, ids=lambda view: view.name)
def test_a_view_has_the_columns_that_the_dictionary_describes(warehouse: ClickHouse, view: Any) -> None:
    described = [(row["name"], row["type"]) for row in warehouse.query(f"DESCRIBE TABLE {view.name}")]
    assert described == [(column.name, column.type) for column in view.columns]
    assert all(column.description for column in view.columns)


def test_the_migration_is_made_of_the_dictionary() -> None:
    text = (ROOT / "shared/schema/clickhouse/0180_analyst_views.sql").read_text()
    assert text == data_dictionary.create_statements()


def test_the_schema_tells_every_column_and_its_unit(client: FlaskClient) -> None:
    views = client.get("/stats/schema").get_json()["views"]
    assert [view["name"] for view in views] == list(data_dictionary.BY_NAME)
    shots = next(view for view in views if view["name"] == "stats_shots")
    assert {"name": "x", "type": "Float64", "unit": "% of length",
            "description": "distance from the attacked goal line, 0 to 100"} in shots["columns"]  # fmt: skip


ATTACKS = {
    "url": "SELECT * FROM url('http://127.0.0.1:{port}/x', 'LineAsString', 'a String')",
    "url_in_a_subquery": "SELECT (SELECT a FROM url('http://127.0.0.1:{port}/x', 'LineAsString', 'a String'))",
    "file": "SELECT * FROM file('/etc/passwd', 'LineAsString', 'a String')",
    "file_function": "SELECT file('/etc/passwd')",
    "s3": "SELECT * FROM s3('http://127.0.0.1:{port}/b/k', 'CSV', 'a String')",
    "remote": "SELECT * FROM remote('127.0.0.1:{port}', 'system', 'one')",
    "python_function": "SELECT * FROM Python(os)",
    "merge": "SELECT * FROM merge(currentDatabase(), 'ledger.*')",
    "numbers": "SELECT * FROM numbers(10)",
    "system_tables": "SELECT name FROM system.tables",
    "system_tables_quoted": "SELECT name FROM `system`.`tables`",
    "system_closing_the_bracket": "SELECT 1) UNION ALL SELECT * FROM (SELECT name FROM system.tables",
    "comment_over_the_bracket": "SELECT name FROM stats_leagues) UNION ALL SELECT owner FROM ledger_postings --",
    "information_schema": "SELECT table_name FROM information_schema.tables",
    "another_table": "SELECT owner FROM ledger_postings",
    "another_table_of_football": "SELECT * FROM matches",
    "another_table_under_an_alias": "SELECT s.owner FROM ledger_postings AS s",
    "another_table_of_a_join": "SELECT * FROM stats_leagues JOIN ledger_postings ON 1 = 1",
    "another_table_in_a_with": "WITH c AS (SELECT owner FROM ledger_postings) SELECT * FROM c",
    "another_table_named_by_a_with": "WITH ledger_postings AS (SELECT 1 AS x) SELECT * FROM ledger_postings",
    "another_table_in_a_scalar": "SELECT toInt64((SELECT owner FROM ledger_postings LIMIT 1))",
    "another_table_on_the_right_of_in": "SELECT 1 FROM stats_leagues WHERE league_id IN ledger_postings",
    "another_table_with_its_database": "SELECT * FROM {database}.ledger_postings",
    "join_get": "SELECT joinGet('ledger_postings', 'owner', 1)",
    "dictionary": "SELECT dictGet('d', 'a', 1)",
    "column_in_table": "SELECT hasColumnInTable('127.0.0.1:{port}', 'u', 'p', 'd', 't', 'c')",
    "outfile": "SELECT 1 INTO OUTFILE '{outfile}'",
    "format": "SELECT 1 FORMAT CSV",
    "settings": "SELECT 1 SETTINGS max_execution_time = 1000",
    "settings_that_write": "SELECT 1 SETTINGS readonly = 0",
    "two_statements": "SELECT 1; DROP TABLE teams",
    "two_statements_in_a_comment": "SELECT 1 /* ; */",
    "insert": "INSERT INTO teams (team_id) VALUES (1)",
    "drop": "DROP TABLE teams",
    "create": "CREATE TABLE t (a Int8) ENGINE = Memory",
    "alter": "ALTER TABLE teams DELETE WHERE 1",
    "system": "SYSTEM FLUSH LOGS",
    "explain": "EXPLAIN SELECT * FROM stats_leagues",
    "explain_in_a_subquery": "SELECT * FROM (EXPLAIN SELECT owner FROM ledger_postings)",
    "show": "SHOW TABLES",
    "describe": "DESCRIBE TABLE teams",
    "use": "USE system",
    "set": "SET readonly = 0",
    "who": "SELECT currentUser()",
    "where": "SELECT hostName()",
    "setting": "SELECT getSetting('max_threads')",
    "wait": "SELECT sleep(3)",
    "sleep_each_row": "SELECT sleepEachRow(1) FROM stats_matches",
    "table_by_parameter": "SELECT * FROM {{t:Identifier}}",
    "nul": "SELECT 1\0",
    "nothing": " ; ",
    "empty": "--",
    "deep": "SELECT " + "(" * 2_000 + "1" + ")" * 2_000,
    "unknown": "SELECT nothing_such FROM stats_leagues",
    "syntax": "SELEC 1",
}
"""By name: each a query that must be refused."""


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(client: FlaskClient, warehouse: ClickHouse, name: str, tmp_path: Path) -> None:
    """Nobody is called, nothing is written, and no refusal tells of what may not be seen."""
    called: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)

        do_HEAD = do_POST = do_GET  # noqa: N815 - the names of the base class

    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    outfile = tmp_path / "out"
    places = {"port": server.server_address[1], "database": warehouse.database, "outfile": outfile}
    try:
        answer = ask(client, ATTACKS[name].format(**places) if "{" in ATTACKS[name] else ATTACKS[name])
    finally:
        server.shutdown()
        server.server_close()
    problem = assert_problem(answer, 400, "Invalid input")
    assert "secret" not in str(problem)
    assert not called
    assert not outfile.exists()
    assert warehouse.query("SELECT count() AS n FROM current_teams")[0]["n"] > 0


def test_a_query_that_takes_too_long_is_ended(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(analyst_sql.SETTINGS, "max_execution_time", 1)
    crossed = " CROSS JOIN ".join(f"stats_matches AS m{n}" for n in range(12))
    problem = assert_problem(
        ask(client, f"SELECT sum(m0.match_id * m11.match_id) AS s FROM {crossed}"), 400, "Invalid input"
    )
    assert problem["detail"].startswith("the query was ended")


def test_a_query_that_needs_too_much_memory_is_ended(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(analyst_sql.SETTINGS, "max_memory_usage", 20_000_000)
    query = "SELECT arrayMap(x -> toString(x), range(3000000)) AS a FROM stats_leagues"
    assert "memory" in assert_problem(ask(client, query), 400, "Invalid input")["detail"]


def test_a_query_with_too_many_rows_is_refused(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyst_sql, "MAX_ROWS", 3)
    problem = assert_problem(ask(client, "SELECT match_id FROM stats_matches"), 400, "Invalid input")
    assert "more than 3 rows" in problem["detail"]


def test_only_analysts_may_and_only_where_it_is_enabled(
    client: FlaskClient, load_function: Callable[..., Flask], warehouse: ClickHouse
) -> None:
    body = {"query": "SELECT 1 AS one"}
    assert_problem(client.post("/stats/sql", json=body), 401, "Not authenticated")
    assert_problem(client.post("/stats/sql", json=body, headers=bearer("operator")), 403, "Forbidden")
    settings = {"CACHE_URL": "redis://127.0.0.1:1/0", "ANALYST_SQL": "false"}
    plain = load_function("query_stats", CLICKHOUSE_URL=warehouse.url, **settings)  # type: ignore[attr-defined]
    off = plain.test_client().post("/stats/sql", json=body, headers=bearer("analyst"))
    assert "ANALYST_SQL=true" in assert_problem(off, 404, "Not found")["detail"]
