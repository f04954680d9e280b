"""A file of comma-separated values, read as a person would who has met thirty years of them."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.archives.report import Reason, Report
from shared.errors import InvalidInput, TooLarge

LARGEST = 256 * 1024 * 1024
"""Bytes that one file may expand to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Rows under one heading, each with its line in the file; cells are texts, or typed where the file is."""

    document: str
    heading: tuple[str, ...]
    lines: Sequence[int]
    rows: Sequence[Sequence[object]]

    def cells(self, index: int) -> dict[str, object]:
        """One row by column."""
        return dict(zip(self.heading, self.rows[index], strict=True))

    def column(self, name: str) -> list[object]:
        """All cells of a column."""
        at = self.heading.index(name)
        return [row[at] for row in self.rows]

    def picked(self, indices: Sequence[int]) -> Sheet:
        """Some of the rows."""
        return Sheet(
            document=self.document,
            heading=self.heading,
            lines=[self.lines[index] for index in indices],
            rows=[self.rows[index] for index in indices],
        )


def unpacked(content: bytes) -> bytes:
    """The file itself, if it came as gzip; `InvalidInput` when it is damaged, `TooLarge` when it is a trap."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        stream = zlib.decompressobj(wbits=31)
        plain = stream.decompress(content, LARGEST)
    except zlib.error as exc:
        raise InvalidInput(f"the file is damaged: {exc}") from exc
    if stream.unconsumed_tail:
        raise TooLarge(f"the file expands beyond {LARGEST} bytes")
    if not stream.eof:
        raise InvalidInput("the file is cut off")
    return plain if not stream.unused_data else gzip.decompress(content)


def text(content: bytes, document: str, report: Report) -> str:
    """Its text; letters that are not UTF-8 are reported."""
    found, encoding = decoded(unpacked(content))
    if encoding != "utf-8":
        report.note(document, Reason.ENCODING, f"the file, taken for {encoding},")
    return found


def decoded(plain: bytes) -> tuple[str, str]:
    """Text and encoding: UTF-8 with or without a mark, or the Windows letters of older files."""
    plain = plain.removeprefix(b"\xef\xbb\xbf")
    try:
        return plain.decode(), "utf-8"
    except UnicodeDecodeError:
        return plain.decode("cp1252", errors="replace"), "cp1252"


def read(content: bytes, document: str, report: Report, *, renamed: Mapping[str, str] | None = None) -> Sheet:
    """All rows that hold anything, cut or filled to the width of the heading.

    Parameters
    ----------
    renamed : headings that some files have under another name.
    """
    told = csv.reader(text(content, document, report).splitlines())
    heading = [name.strip() for name in next(told, [])]
    while heading and not heading[-1]:
        heading.pop()
    for old, new in (renamed or {}).items():
        if old in heading and new not in heading:
            heading[heading.index(old)] = new
    lines, rows = [], []
    for line, row in enumerate(told, start=2):
        if (cells := _fitted(row, len(heading), line, document, report)) is not None:
            lines.append(line)
            rows.append(cells)
    return Sheet(document=document, heading=tuple(heading), lines=lines, rows=rows)


def _fitted(row: list[str], width: int, line: int, document: str, report: Report) -> list[object] | None:
    """A row of exactly `width` cells; None for a blank one."""
    cells: list[object] = [cell.strip() for cell in row]
    if not any(cells):
        report.note(document, Reason.BLANK_ROW, "the row", row=line)
        return None
    if any(cells[width:]):
        report.note(document, Reason.WIDE_ROW, "the row, cut to it,", row=line)
    if len(cells) < width:
        report.note(document, Reason.NARROW_ROW, "the row", row=line)
    return cells[:width] + [""] * (width - len(cells))


def whole(cells: Mapping[str, object], name: str, line: int, document: str, report: Report) -> int | None:
    """A count; None where the cell is empty or, which is reported, no count."""
    value = cells.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, int):
        return value
    told = str(value)
    if told.isdecimal():
        return int(told)
    number = _float(told)
    if number is not None and number >= 0 and number.is_integer():
        return int(number)
    report.note(document, Reason.STRAY_TOKEN, f"{name} {told!r}", row=line)
    return None


def word(cells: Mapping[str, object], name: str) -> str:
    """A cell as text; empty where there is none."""
    value = cells.get(name)
    return "" if value is None else str(value).strip()


def decimal(value: object) -> float | None:
    """A finite number; None where the cell is empty or no number."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    return None if value is None or value == "" else _float(str(value))


def _float(told: str) -> float | None:
    try:
        value = float(told)
    except ValueError:
        return None
    return value if value - value == 0 and "_" not in told else None
