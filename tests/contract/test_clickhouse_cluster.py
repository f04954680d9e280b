"""What migrations become on a cluster is ClickHouse's own language: the engine reads every statement."""

from __future__ import annotations

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from shared import migrate
from shared.adapters.clickhouse import ClickHouse
from shared.clickhouse_cluster import Cluster, spread


def test_the_engine_reads_every_statement(clickhouse_url: str) -> None:
    server = ClickHouse(clickhouse_url)
    try:
        for file in migrate.migrations(migrate.SQL / "clickhouse"):
            for statement in migrate.statements(file.text):
                for each in spread(statement, Cluster("football", "touchline")):
                    assert server.query(f"EXPLAIN AST {each}")
        with pytest.raises(DatabaseError, match="SYNTAX_ERROR"):
            server.query("EXPLAIN AST ALTER TABLE shots EVERYWHERE ADD COLUMN minute Int32")
    finally:
        server.close()
