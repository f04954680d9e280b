"""A table is an address: pandas, polars and DuckDB read it from a running server as they would any file."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import httpx
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from fsspec.implementations.http import HTTPFileSystem
from pyarrow import parquet

from shared.adapters.clickhouse.client import ClickHouse
from shared.testing.small_league import store_all
from shared.testing.valkey_process import ValkeyProcess
from tests.support.engines.olap import Olap, migrated
from tests.support.functions.server import served

MATCHES = "/stats/leagues/england/matches"
SEASON = "?season=2025-26"


@pytest.fixture(scope="module")
def url(olap: Olap, cache_server: ValkeyProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The public address of a server over the small league."""
    database = migrated(olap)
    warehouse = ClickHouse(database)
    store_all(warehouse)
    warehouse.close()
    environment = {"CLICKHOUSE_URL": database, "CACHE_URL": cache_server.url}
    with served(environment, tmp_path_factory.mktemp("server")) as address:
        yield address


def test_pandas_reads_parquet(url: str) -> None:
    frame = pd.read_parquet(f"{url}{MATCHES}.parquet{SEASON}")
    assert frame["match_id"].tolist() == [1, 2, 3, 4, 5]
    assert str(frame["starts_at"].dtype) == "datetime64[ms, UTC]"


def test_polars_reads_and_scans_parquet(url: str) -> None:
    address = f"{url}{MATCHES}.parquet{SEASON}"
    assert pl.read_parquet(address)["match_id"].to_list() == [1, 2, 3, 4, 5]
    lazy = pl.scan_parquet(address).filter(pl.col("home_name") == "Nordhafen").select("match_id", "score_home")
    assert lazy.collect().rows() == [(1, 2)]


class Http(HTTPFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """fsspec's file system of HTTP, which asks for ranges, with the one method more that DuckDB calls."""

    def modified(self, path: str) -> datetime:
        """A time that never changes: DuckDB then relies on the file's length and content."""
        return datetime.fromtimestamp(0, UTC)


def test_duckdb_selects_from_an_address(url: str) -> None:
    """DuckDB's own HTTP is an extension that it downloads; fsspec's file system reads the same ranges."""
    connection = duckdb.connect()
    connection.register_filesystem(Http(block_size=1024))
    address = f"{url}{MATCHES}.parquet{SEASON}"
    rows = connection.execute(
        f"SELECT home_name, score_home FROM '{address}' WHERE score_home > 0 ORDER BY 1"  # nosec B608
    ).fetchall()
    assert rows == [("Nordhafen", 2), ("Suedstadt", 3)]


def test_every_format_holds_the_same_rows(url: str) -> None:
    """Also pandas' and polars' own readers of each format."""
    address = f"{url}{MATCHES}"
    ids = pd.read_parquet(f"{address}.parquet{SEASON}")["match_id"].tolist()
    assert pd.read_csv(f"{address}.csv{SEASON}")["match_id"].tolist() == ids
    assert pd.read_json(f"{address}.jsonl{SEASON}", lines=True)["match_id"].tolist() == ids
    assert pd.read_feather(f"{address}.arrow{SEASON}")["match_id"].tolist() == ids
    assert pd.read_excel(f"{address}.xlsx{SEASON}")["match_id"].tolist() == ids
    assert pl.read_csv(f"{address}.csv{SEASON}")["match_id"].to_list() == ids
    assert pl.read_ipc(f"{address}.arrow{SEASON}")["match_id"].to_list() == ids


def test_the_whole_equals_the_pages(url: str) -> None:
    pages = httpx.get(f"{url}{MATCHES}{SEASON}&limit=500").json()["items"]
    lines = httpx.get(f"{url}{MATCHES}.jsonl{SEASON}").text.splitlines()
    assert [json.loads(line) for line in lines] == pages
    paged = httpx.get(f"{url}{MATCHES}{SEASON}&limit=500&format=parquet").content
    whole = httpx.get(f"{url}{MATCHES}.parquet{SEASON}").content
    assert parquet.read_table(pa.BufferReader(whole)).equals(parquet.read_table(pa.BufferReader(paged)))
    assert httpx.get(f"{url}{MATCHES}.csv{SEASON}").text == httpx.get(f"{url}{MATCHES}{SEASON}&format=csv").text


@pytest.mark.parametrize("extension", ["parquet", "csv", "arrow", "jsonl", "xlsx"])
def test_head_tells_what_get_sends(url: str, extension: str) -> None:
    address = f"{url}{MATCHES}.{extension}{SEASON}"
    head, whole = httpx.head(address), httpx.get(address)
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(whole.content)
    same = ("etag", "content-type", "content-disposition", "accept-ranges", "content-length", "cache-control")
    assert {name: head.headers[name] for name in same} == {name: whole.headers[name] for name in same}
    assert head.headers["content-disposition"] == f'attachment; filename="england-matches-2025-26.{extension}"'
    assert "content-encoding" not in whole.headers
    assert "content-range" not in whole.headers


def test_parts_of_a_file_join_to_the_whole(url: str) -> None:
    address = f"{url}{MATCHES}.parquet{SEASON}"
    whole = httpx.get(address)
    size = len(whole.content)
    first = httpx.get(address, headers={"range": "bytes=0-99"})
    rest = httpx.get(address, headers={"range": "bytes=100-", "if-range": whole.headers["etag"]})
    last = httpx.get(address, headers={"range": "bytes=-8"})
    assert (first.status_code, first.headers["content-range"]) == (206, f"bytes 0-99/{size}")
    assert first.content + rest.content == whole.content
    assert last.content[-4:] == b"PAR1"
    assert httpx.head(address, headers={"range": "bytes=0-99"}).status_code == 200
    assert httpx.get(address, headers={"range": "bytes=100-", "if-range": '"other"'}).content == whole.content
    beyond = httpx.get(address, headers={"range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-type"]) == (416, "application/problem+json")


def test_an_unchanged_file_is_not_sent_again(url: str) -> None:
    address = f"{url}{MATCHES}.parquet{SEASON}"
    etag = httpx.get(address).headers["etag"]
    again = httpx.get(address, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert httpx.get(address, headers={"if-match": '"other"'}).status_code == 412


def test_matches_of_all_leagues_are_one_table(url: str) -> None:
    frame = pd.read_parquet(f"{url}/stats/matches.parquet")
    assert sorted(frame["match_id"]) == [1, 2, 3, 4, 5, 101, 201]
    assert pd.read_csv(f"{url}/stats/matches.csv?league=spain")["match_id"].tolist() == [201]
    days = pd.read_json(f"{url}/stats/matches.jsonl?date_from=2025-08-30&date_to=2025-09-10", lines=True)
    assert sorted(days["match_id"]) == [3, 4]
    one = next(item for item in httpx.get(f"{url}/stats/matches?date=2025-08-16").json()["items"])
    assert days.columns.tolist() == list(one)


@pytest.mark.parametrize(("part", "n_rows"), [("shots", 1), ("lineups", 6), ("incidents", 3), ("statistics", 3)])
def test_the_parts_of_all_matches_of_a_season_are_a_table(url: str, part: str, n_rows: int) -> None:
    frame = pd.read_parquet(f"{url}/stats/leagues/england/{part}.parquet{SEASON}")
    assert len(frame) == n_rows
    assert frame["match_id"].iloc[0] == 1
    of_match = pd.read_parquet(f"{url}/stats/matches/1/{part}.parquet")
    assert set(of_match.columns) < set(frame.columns)


def test_a_table_without_rows_keeps_its_columns(url: str) -> None:
    frame = pd.read_parquet(f"{url}/stats/leagues/england/odds.parquet{SEASON}&closing=true")
    assert len(frame) == 0
    assert {"bookmaker", "decimal"} <= set(frame.columns)


def test_a_sheet_holds_text_times_and_ids_as_they_are(url: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(httpx.get(f"{url}{MATCHES}.xlsx{SEASON}").content))
    header, first, *_ = book.active.iter_rows(values_only=True)
    row = dict(zip(header, first, strict=True))
    assert (row["home_name"], row["score_home"], str(row["starts_at"])) == ("Nordhafen", 2, "2025-08-16 14:00:00")


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        (f"{MATCHES}.parquet?limit=5", 400, "limit"),
        (f"{MATCHES}.parquet?cursor=abc", 400, "cursor"),
        (f"{MATCHES}.parquet?format=csv", 400, "format"),
        ("/stats/matches.csv?date_from=yesterday", 400, "date_from"),
        ("/stats/leagues/nowhere/matches.parquet", 404, None),
        (f"{MATCHES}.parquet?season=1950/51", 404, None),
        ("/stats/matches/999/shots.csv", 404, None),
        ("/stats/teams/999/players.csv", 404, None),
        (f"{MATCHES}.doc", 404, None),
        ("/stats/leagues/england.parquet", 404, None),
    ],
)
def test_what_is_no_table_is_a_problem(url: str, path: str, status: int, field: str | None) -> None:
    answer = httpx.get(f"{url}{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert list(problem.get("errors", [None])) == [field]
