"""Reads football-data.co.uk result files, plain or gzipped, with the quirks twenty-five years have left in them.

Known quirks: a byte order mark, cp1252 next to UTF-8, CRLF, years of two or four digits, rows wider than their heading,
blank lines, empty columns at the end, stray tokens where a number should be.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from k8s.local.standin.replay.archive import ArchivedResult, BadArchive, Reading, season_year
from k8s.local.standin.world.leagues import BY_DIVISION, League
from shared.domain.archives import footballdata, sheet, wall_time

_PEEKED_BYTES = 8_192
_NEEDED = ("Div", "Date", "HomeTeam", "AwayTeam", "FTHG", "FTAG")


@dataclass(frozen=True, slots=True)
class FootballDataFile:
    """A file of this format and what its first row says about it."""

    path: Path
    league: League
    year: int

    def read(self) -> Reading:
        """Read all matches of the file."""
        return _read(self)


def recognise(path: Path) -> FootballDataFile:
    """Look at the head of a file.

    Raises
    ------
    BadArchive : the file is of another format, of a division the site does not show, or has no readable row.
    """
    head = _bytes(path, _PEEKED_BYTES)
    lines = sheet.decoded(head)[0].splitlines()
    rows = csv.reader(lines[:-1] if len(head) == _PEEKED_BYTES else lines)
    heading = [name.strip() for name in next(rows, [])]
    missing = [name for name in _NEEDED if name not in heading]
    if missing:
        raise BadArchive(f"no football-data.co.uk division file: no column {', '.join(missing)}")
    for row in rows:
        cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        day = footballdata.day(cells.get("Date", ""))
        if day is None:
            continue
        league = BY_DIVISION.get(cells["Div"])
        if league is None:
            raise BadArchive(f"division {cells['Div']!r} is none of those shown")
        return FootballDataFile(path, league, season_year(day))
    raise BadArchive("no row with a date")


def _bytes(path: Path, limit: int = -1) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(limit)
    except (OSError, EOFError, zlib.error) as exc:
        raise BadArchive(f"cannot be read: {exc}") from exc


def _read(file: FootballDataFile) -> Reading:
    reading = Reading(source=file.path.name)
    text, encoding = sheet.decoded(_bytes(file.path))
    if encoding == "cp1252":
        reading.notes["file in cp1252"] += 1
    rows = csv.reader(text.splitlines())
    heading = [name.strip() for name in next(rows)]
    seen: set[tuple[str, str, str]] = set()
    for line, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            reading.notes["blank line"] += 1
            continue
        if any(cell.strip() for cell in row[len(heading) :]):
            reading.notes["row wider than the heading, cut to it"] += 1
        cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        why = next(_faults(cells, file, seen), None)
        if why is not None:
            reading.skipped.append((line, why))
            continue
        reading.results.append(_result(cells, line, reading))
    return reading


def _faults(cells: dict[str, str], file: FootballDataFile, seen: set[tuple[str, str, str]]) -> Iterator[str]:
    """Yield why a row cannot be used."""
    for name in _NEEDED:
        if not cells.get(name):
            yield f"no {name}"
    if BY_DIVISION.get(cells["Div"]) is not file.league:
        yield f"division {cells['Div']!r} in a file of {file.league.country}"
    day = footballdata.day(cells["Date"])
    if day is None:
        yield f"date {cells['Date']!r}"
    elif not date(file.year, 6, 1) <= day < date(file.year + 1, 9, 1):
        yield f"date {cells['Date']!r} outside the season {file.year}/{(file.year + 1) % 100:02d}"
    for name in ("FTHG", "FTAG"):
        if not cells[name].isdecimal():
            yield f"{name} is {cells[name]!r}, no number of goals"
    if cells["HomeTeam"] == cells["AwayTeam"]:
        yield f"{cells['HomeTeam']} against itself"
    key = (cells["Date"], cells["HomeTeam"], cells["AwayTeam"])
    if key in seen:
        yield f"the match {cells['HomeTeam']} - {cells['AwayTeam']} of {cells['Date']} again"
    seen.add(key)


def _result(cells: dict[str, str], line: int, reading: Reading) -> ArchivedResult:
    score = int(cells["FTHG"]), int(cells["FTAG"])
    return ArchivedResult(
        line=line,
        start=_start(cells),
        home=cells["HomeTeam"],
        away=cells["AwayTeam"],
        score=score,
        half_time=_half_time(cells, score, reading),
    )


def _half_time(cells: dict[str, str], score: tuple[int, int], reading: Reading) -> tuple[int, int] | None:
    texts = cells.get("HTHG", ""), cells.get("HTAG", "")
    if not all(text.isdecimal() for text in texts):
        reading.notes[
            "no half-time score" if not any(texts) else f"half-time score unreadable ({texts[0]}:{texts[1]})"
        ] += 1
        return None
    half_time = int(texts[0]), int(texts[1])
    if half_time[0] > score[0] or half_time[1] > score[1]:
        reading.notes["half-time score above the final score, left out"] += 1
        return None
    return half_time


def _start(cells: dict[str, str]) -> int:
    """Seconds since 1970; `Time` is told in British time."""
    day = footballdata.day(cells["Date"])
    assert day is not None, "rows without a date were skipped"
    return int(wall_time.kick_off(day, cells.get("Time", "")).timestamp())
