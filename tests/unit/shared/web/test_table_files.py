"""Written tables: kept by key within bounds, written once, readable to the end; every format holds the same values."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet
from pydantic import BaseModel

from shared.errors import InvalidInput
from shared.web import tabular
from shared.web.tables import writers
from shared.web.tables.files import TableFiles
from shared.web.tables.formats import MEDIA_TYPES
from shared.web.tables.responses import file_name
from shared.web.tabular_schema import columns
from tests.unit.shared.web.test_tabular import BARE, FULL, Row

TABLE = tabular.to_table(columns(Row), [FULL, BARE])


class Name(BaseModel):
    name: str
    number: int


# --- files


def writing(text: str, count: list[str]) -> Any:
    """A writer of a text, which notes that it ran."""

    def write(path: Path) -> None:
        count.append(text)
        path.write_text(text)

    return write


def test_a_table_is_written_once_and_read_often() -> None:
    files, count = TableFiles(), list[str]()
    for _ in range(3):
        opened = files.open("key", writing("abc", count))
        with opened.file:
            assert (opened.file.read(), opened.n_bytes) == (b"abc", 3)
    assert count == ["abc"]


def test_concurrent_callers_share_one_writing() -> None:
    files, begun, go = TableFiles(), list[Path](), threading.Event()

    def write(path: Path) -> None:
        begun.append(path)
        go.wait(10)
        path.write_bytes(b"abc")

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(files.open, "key", write) for _ in range(4)]
        go.set()
        opened = [each.result() for each in waiting]
    assert [each.file.read() for each in opened] == [b"abc"] * 4
    assert len(begun) == 1
    for each in opened:
        each.file.close()


def test_the_least_recently_used_leaves_first_and_stays_readable() -> None:
    files, count = TableFiles(max_bytes=7), list[str]()
    first = files.open("first", writing("abc", count))
    for key in ("second", "first", "third"):
        files.open(key, writing("abc", count)).file.close()
    files.open("first", writing("abc", count)).file.close()
    assert len(count) == 3  # the second left, not the first
    files.open("large", writing("abcdefgh", count)).file.close()
    files.open("first", writing("abc", count)).file.close()
    assert len(count) == 5
    with first.file:
        assert first.file.read() == b"abc"


def test_a_forgotten_table_is_written_again_and_stays_readable() -> None:
    files, count = TableFiles(), list[str]()
    first = files.open("key", writing("abc", count))
    files.forget("key")
    with first.file, files.open("key", writing("abc", count)).file as second:
        assert (first.file.read(), second.read()) == (b"abc", b"abc")
    assert count == ["abc", "abc"]


def test_the_number_of_files_is_bounded() -> None:
    files, count = TableFiles(max_files=2), list[str]()
    for key in ("first", "second", "third", "first"):
        files.open(key, writing("abc", count)).file.close()
    assert len(count) == 4


def test_readers_of_one_table_have_positions_of_their_own() -> None:
    files, count = TableFiles(), list[str]()
    one, other = (files.open("key", writing("abcdef", count)).file for _ in range(2))
    with one, other:
        one.seek(-2, io.SEEK_END)
        assert (other.read(3), one.read(), other.read(), one.tell()) == (b"abc", b"ef", b"def", 6)


def test_a_failure_leaves_nothing_behind() -> None:
    files, count = TableFiles(), list[str]()

    def fail(path: Path) -> None:
        path.write_text("half")
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        files.open("key", fail)
    with files.open("key", writing("whole", count)).file as file:
        assert file.read() == b"whole"


# --- formats


def written(extension: str, path: Path, chunks: list[Any], model: type = Row) -> bytes:
    """The bytes of a table."""
    writers.write(extension, path / f"t.{extension}", model, chunks)
    return (path / f"t.{extension}").read_bytes()


@pytest.mark.parametrize("extension", MEDIA_TYPES)
def test_equal_rows_give_equal_bytes(tmp_path: Path, extension: str) -> None:
    assert written(extension, tmp_path, [[FULL], [BARE]]) == written(extension, tmp_path, [[FULL], [BARE]])


@pytest.mark.parametrize("extension", ["csv", "jsonl", "parquet", "arrow"])
def test_rows_and_arrow_give_the_same_table(tmp_path: Path, extension: str) -> None:
    of_rows = written(extension, tmp_path, [[FULL, BARE]])
    of_arrow = written(extension, tmp_path, [TABLE])
    if extension == "jsonl":
        assert [_json_row(line) for line in of_arrow.splitlines()] == [_json_row(line) for line in of_rows.splitlines()]
    elif extension == "csv":
        spelled = of_arrow.decode().replace('{""goals"":1.5,""shots"":3.0}', '{""shots"":3,""goals"":1.5}')
        assert spelled.replace(",8.0,", ",8,") == of_rows.decode()  # as JSON has them: members and whole floats
    else:
        assert of_arrow == of_rows


def _json_row(line: bytes) -> dict[str, Any]:
    """A row without what a column of JSON text cannot tell from text."""
    row: dict[str, Any] = json.loads(line)
    return {name: value for name, value in row.items() if name not in ("detail", "score")}


def test_chunks_are_row_groups(tmp_path: Path) -> None:
    written("parquet", tmp_path, [[FULL], TABLE, []])
    file = parquet.ParquetFile(tmp_path / "t.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)][:2] == [1, 2]
    assert file.read()["match_id"].to_pylist() == [FULL["match_id"]] * 3


@pytest.mark.parametrize("extension", MEDIA_TYPES)
def test_a_table_without_rows_has_its_columns(tmp_path: Path, extension: str) -> None:
    content = written(extension, tmp_path, [])
    names = [column.name for column in columns(Row)]
    if extension == "parquet":
        assert parquet.read_schema(tmp_path / f"t.{extension}").names == names
    elif extension == "arrow":
        assert pa.ipc.open_file(content).schema.names == names
    elif extension == "csv":
        assert content.decode() == ",".join(names) + "\r\n"
    elif extension == "xlsx":
        sheet = openpyxl.load_workbook(tmp_path / f"t.{extension}").active
        assert [cell.value for cell in sheet[1]] == names
    else:
        assert content == b""


def test_a_sheet_runs_no_formula_and_rounds_no_id(tmp_path: Path) -> None:
    rows = [{"name": "=HYPERLINK(1)", "number": 2**53 + 1}, {"name": "@x", "number": 7}]
    written("xlsx", tmp_path, [rows], Name)
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    cells = [(cell.value, cell.data_type) for row in sheet.iter_rows(min_row=2) for cell in row]
    assert cells == [("=HYPERLINK(1)", "s"), (str(2**53 + 1), "s"), ("@x", "s"), (7, "n")]


def test_a_sheet_that_is_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "XLSX_ROWS", 1)
    with pytest.raises(InvalidInput, match="parquet"):
        written("xlsx", tmp_path, [[{"name": "a", "number": 1}] * 2], Name)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("england", "matches", "2024/25"), "england-matches-2024-25"),
        (("", None, "shots"), "shots"),
        (('a"\r\nx: y',), "a-x-y"),
        (("..",), "table"),
    ],
)
def test_a_file_name_holds_letters_digits_and_hyphens(parts: tuple[Any, ...], name: str) -> None:
    assert file_name(*parts) == name
