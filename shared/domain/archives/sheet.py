"""Reads files of separated values, with the quirks of thirty years of them."""

from __future__ import annotations

import csv
import gzip
import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.archives.report import Reason, Report
from shared.errors import InvalidInput, TooLarge

LARGEST = 256 * 1024 * 1024
"""Largest unpacked size of a file, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Rows under one heading, each with its line in the file; cells are text, or typed where the file is."""

    document: str
    heading: tuple[str, ...]
    lines: Sequence[int]
    rows: Sequence[Sequence[object]]
    wide_lines: frozenset[int] = frozenset()
    """Lines of rows with more cells than the heading: whatever stands in the middle may belong to another column."""

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
            wide_lines=self.wide_lines,
        )


def unpacked(content: bytes) -> bytes:
    """Unpack a gzip file, return any other as it is; `InvalidInput` if damaged, `TooLarge` if it expands too far."""
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
    """Decode a file to composed text (NFC); bytes that are not UTF-8 are reported and read as Windows-1252."""
    plain = unpacked(content)
    if plain.startswith(_UTF16):
        try:
            return _composed(plain.decode("utf-16"))
        except UnicodeDecodeError as exc:
            raise InvalidInput(f"{document}: the file is marked as UTF-16 and is not") from exc
    plain = plain.removeprefix(b"\xef\xbb\xbf")
    try:
        return _composed(plain.decode())
    except UnicodeDecodeError:
        return _composed(_decode_lines(plain, document, report))


_UTF16 = (b"\xff\xfe", b"\xfe\xff")
"""Marks at the begin of a file."""


def _decode_lines(plain: bytes, document: str, report: Report) -> str:
    """Line by line, so that one stray byte changes no other line; where most lines with letters are not UTF-8, all."""
    lines = plain.split(b"\n")
    wrong = [number for number, line in enumerate(lines, start=1) if not _is_utf8(line)]
    n_marked = sum(not line.isascii() for line in lines)
    if 2 * len(wrong) > n_marked:
        report.note(document, Reason.ENCODING, "the file, taken for cp1252,")
        return plain.decode("cp1252", errors="replace")
    for number in wrong:
        report.note(document, Reason.ENCODING, "a byte of the line, taken for cp1252,", row=number)
    return "\n".join(map(_decode_with_strays, lines))


def _decode_with_strays(line: bytes) -> str:
    """UTF-8, and each byte that is none as the Windows letter of that number."""
    text = line.decode(errors="surrogateescape")
    return _STRAY.sub(lambda byte: bytes([ord(byte[0]) - 0xDC00]).decode("cp1252", errors="replace"), text)


def decoded(plain: bytes) -> tuple[str, str]:
    """Text and encoding: UTF-8 with or without a mark, or the Windows letters of older files."""
    plain = plain.removeprefix(b"\xef\xbb\xbf")
    try:
        return plain.decode(), "utf-8"
    except UnicodeDecodeError:
        return plain.decode("cp1252", errors="replace"), "cp1252"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def read(content: bytes, document: str, report: Report, *, renamed: Mapping[str, str] | None = None) -> Sheet:
    """All rows that hold anything, cut or filled to the width of the heading.

    Cells may be parted by commas, semicolons or tabs; a line ``sep=;`` and lines of title above the heading are passed
    over.

    Parameters
    ----------
    renamed : headings that some files have under another name.
    """
    lines = text(content, document, report).splitlines()
    first, separator = _heading_line(lines)
    rows_read = csv.reader(lines[first:], delimiter=separator)
    heading = [name.strip() for name in next(rows_read, [])]
    while heading and not heading[-1]:
        heading.pop()
    for old, new in (renamed or {}).items():
        if old in heading and new not in heading:
            heading[heading.index(old)] = new
    numbers, rows, wide_lines = [], [], set()
    for line, row in enumerate(rows_read, start=first + 2):
        if any(cell.strip() for cell in row[len(heading) :]):
            wide_lines.add(line)
        if (cells := _fitted(row, len(heading), line, document, report)) is not None:
            numbers.append(line)
            rows.append(cells)
    return Sheet(document=document, heading=tuple(heading), lines=numbers, rows=rows, wide_lines=frozenset(wide_lines))


_STRAY = re.compile("[\udc80-\udcff]")
_SEPARATORS = (",", ";", "\t")
_TITLE_LINES = 10
"""Above the heading, at most."""


def _heading_line(lines: Sequence[str]) -> tuple[int, str]:
    """Index of the line that has most cells among the first, and what parts them; of equals the first."""
    candidates = [
        (len(line.split(separator)), -index, separator)
        for index, line in enumerate(lines[:_TITLE_LINES])
        for separator in _SEPARATORS
        if not line.lower().startswith("sep=")
    ]
    if not candidates:
        return 0, ","
    widest = max(width for width, _, _ in candidates)
    # Rows may be wider than their heading, but no title is half as wide.
    index, separator = max((index, sep) for width, index, sep in candidates if 2 * width > widest)
    return -index, separator


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
    text = str(value)
    if text.isdecimal():
        return int(text)
    number = _float(text)
    if number is not None and number >= 0 and number.is_integer():
        return int(number)
    report.note(document, Reason.STRAY_TOKEN, f"{name} {text!r}", row=line)
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


def _float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value - value == 0 and "_" not in text else None
