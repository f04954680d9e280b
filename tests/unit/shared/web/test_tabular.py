"""Rows as CSV, Parquet and Arrow: the same columns and values in each, whatever the rows hold."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import pyarrow as pa
import pytest
from pyarrow import parquet
from pydantic import BaseModel

from shared.web import tabular, tabular_schema
from shared.web.tabular_schema import ARROW, CSV, PARQUET


class Side(BaseModel):
    id: int
    name: str


@dataclass
class Score:
    home: int | None
    away: int | None


class Row(BaseModel):
    match_id: int
    starts_at: datetime
    day: date | None
    home: Side
    score: Score | None
    state: Literal["over", "open"]
    rating: float | None
    replaced: bool
    form: list[str]
    totals: dict[str, float]
    detail: dict[str, Any] | None


class Rows(BaseModel):
    league: str
    items: list[Row]
    next: str | None


class One(BaseModel):
    league: str
    items: list[str]
    sides: list[Side]


NAMES = [
    "match_id", "starts_at", "day", "home_id", "home_name", "score_home", "score_away", "state", "rating", "replaced",
    "form", "totals", "detail",
]  # fmt: skip
FULL: dict[str, Any] = {
    "match_id": 2**53 + 1, "starts_at": "2025-08-16T14:00:00.250000Z", "day": "2025-08-16",
    "home": {"id": 42, "name": 'Ñandú "A", B'}, "score": {"home": 2, "away": 0}, "state": "over", "rating": 8,
    "replaced": True, "form": ["W", "D"], "totals": {"shots": 3, "goals": 1.5}, "detail": {"a": [1, None]},
}  # fmt: skip
BARE = FULL | {"day": None, "score": None, "rating": None, "replaced": False, "form": [], "totals": {}, "detail": None}


def read(form: str, encoded: bytes) -> pa.Table:
    return parquet.read_table(pa.BufferReader(encoded)) if form == PARQUET else pa.ipc.open_stream(encoded).read_all()


def test_a_collection_is_an_answer_that_lists_rows() -> None:
    assert tabular_schema.collection(Rows) == ("items", Row)
    assert tabular_schema.collection(One) is None


@pytest.mark.parametrize("rows", [[], [FULL, BARE], [BARE]])
def test_every_form_has_the_same_columns(rows: list[dict[str, Any]]) -> None:
    header = next(csv.reader(io.StringIO(tabular.encode(CSV, Row, rows).decode())))
    assert header == NAMES
    schemas = [read(form, tabular.encode(form, Row, rows)).schema for form in (ARROW, PARQUET)]
    assert [schema.names for schema in schemas] == [NAMES, NAMES]
    output = {field.name: str(field.type) for field in schemas[0]}
    assert output == {
        "match_id": "int64", "starts_at": "timestamp[ms, tz=UTC]", "day": "date32[day]", "home_id": "int64",
        "home_name": "string", "score_home": "int64", "score_away": "int64", "state": "string", "rating": "double",
        "replaced": "bool", "form": "list<item: string>", "totals": "map<string, double>", "detail": "string",
    }  # fmt: skip


@pytest.mark.parametrize("form", [ARROW, PARQUET])
def test_values_come_back_with_their_types(form: str) -> None:
    first, second = read(form, tabular.encode(form, Row, [FULL, BARE])).to_pylist()
    assert first == {
        "match_id": 2**53 + 1, "starts_at": datetime(2025, 8, 16, 14, 0, 0, 250_000, tzinfo=UTC),
        "day": date(2025, 8, 16), "home_id": 42, "home_name": 'Ñandú "A", B', "score_home": 2, "score_away": 0,
        "state": "over", "rating": 8.0, "replaced": True, "form": ["W", "D"],
        "totals": [("goals", 1.5), ("shots", 3.0)], "detail": '{"a":[1,null]}',
    }  # fmt: skip
    gone = {name: second[name] for name in ("day", "score_home", "rating", "detail")}
    assert gone == dict.fromkeys(gone)


def test_csv_says_what_json_says() -> None:
    _, first, second = csv.reader(io.StringIO(tabular.encode(CSV, Row, [FULL, BARE]).decode()))
    assert first == [
        str(2**53 + 1), "2025-08-16T14:00:00.250000Z", "2025-08-16", "42", 'Ñandú "A", B', "2", "0", "over", "8",
        "true", '["W","D"]', '{"shots":3,"goals":1.5}', '{"a":[1,null]}',
    ]  # fmt: skip
    assert second[2] == second[5] == second[8] == second[12] == ""


@pytest.mark.parametrize("form", [CSV, ARROW, PARQUET])
def test_equal_rows_give_equal_bytes(form: str) -> None:
    assert tabular.encode(form, Row, [FULL]) == tabular.encode(form, Row, [FULL])


def test_columns_of_one_name_are_a_fault() -> None:
    class Twice(BaseModel):
        home: Side
        home_id: int

    with pytest.raises(LookupError, match="Twice"):
        tabular_schema.columns(Twice)


def test_a_text_of_a_stranger_drives_no_terminal_and_begins_no_line() -> None:
    row = {"id": 1, "name": "a\x1b[2J\nb,\u202ec \u2028 Ødegaard"}
    output = tabular.encode(CSV, Side, [row]).decode()
    assert output == 'id,name\r\n1,"a\\x1b[2J\\nb,\\u202ec \\u2028 Ødegaard"\r\n'
