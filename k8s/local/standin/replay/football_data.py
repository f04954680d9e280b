"""Reads football-data.co.uk result files, plain or gzipped, with the oddities of twenty-five years.

Known oddities: a byte order mark, cp1252 next to UTF-8, CRLF, years of two or four digits, rows wider than the
heading, blank lines, empty columns at the end, stray tokens where a number should be.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from k8s.local.standin.replay.archive import ArchivedResult, InvalidArchive, ParsedFile, season_year
from k8s.local.standin.world.leagues import BY_DIVISION, League
from shared.domain.archives import footballdata, sheet, wall_time

_PEEKED_BYTES = 8_192
_NEEDED = ("Div", "Date", "HomeTeam", "AwayTeam", "FTHG", "FTAG")


@dataclass(frozen=True, slots=True)
class FootballDataFile:
    """A file of this format, with league and year from its first row."""

    path: Path
    league: League
    year: int

    def read(self) -> ParsedFile:
        """Read all matches of the file."""
        return _parse(self)


def recognise(path: Path) -> FootballDataFile:
    """Look at the head of a file.

    Raises
    ------
    InvalidArchive : the file is of another format, of a division the site does not show, or has no readable row.
    """
    head = _bytes(path, _PEEKED_BYTES)
    lines = sheet.decoded(head)[0].splitlines()
    rows = csv.reader(lines[:-1] if len(head) == _PEEKED_BYTES else lines)
    heading = [name.strip() for name in next(rows, [])]
    missing = [name for name in _NEEDED if name not in heading]
    if missing:
        raise InvalidArchive(f"no football-data.co.uk division file: no column {', '.join(missing)}")
    for row in rows:
        cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        day = footballdata.day(cells.get("Date", ""))
        if day is None:
            continue
        league = BY_DIVISION.get(cells["Div"])
        if league is None:
            raise InvalidArchive(f"division {cells['Div']!r} is not one of the divisions shown")
        return FootballDataFile(path, league, season_year(day))
    raise InvalidArchive("no row with a date")


def _bytes(path: Path, limit: int = -1) -> bytes:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(limit)
    except (OSError, EOFError, zlib.error) as exc:
        raise InvalidArchive(f"cannot be read: {exc}") from exc


def _parse(file: FootballDataFile) -> ParsedFile:
    parsed = ParsedFile(source=file.path.name)
    text, encoding = sheet.decoded(_bytes(file.path))
    if encoding == "cp1252":
        parsed.notes["file in cp1252"] += 1
    rows = csv.reader(text.splitlines())
    heading = [name.strip() for name in next(rows)]
    matches_seen: set[tuple[str, str, str]] = set()
    for line, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            parsed.notes["blank line"] += 1
            continue
        if any(cell.strip() for cell in row[len(heading) :]):
            parsed.notes["row wider than the heading, cut to it"] += 1
        cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        why = next(_faults(cells, file, matches_seen), None)
        if why is not None:
            parsed.skipped.append((line, why))
            continue
        parsed.results.append(_result(cells, line, parsed))
    return parsed


def _faults(cells: dict[str, str], file: FootballDataFile, matches_seen: set[tuple[str, str, str]]) -> Iterator[str]:
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
    if key in matches_seen:
        yield f"the match {cells['HomeTeam']} - {cells['AwayTeam']} of {cells['Date']} is there twice"
    matches_seen.add(key)


def _result(cells: dict[str, str], line: int, parsed: ParsedFile) -> ArchivedResult:
    score = int(cells["FTHG"]), int(cells["FTAG"])
    return ArchivedResult(
        line=line,
        start=_start(cells),
        home=cells["HomeTeam"],
        away=cells["AwayTeam"],
        score=score,
        half_time=_half_time(cells, score, parsed),
    )


def _half_time(cells: dict[str, str], score: tuple[int, int], parsed: ParsedFile) -> tuple[int, int] | None:
    texts = cells.get("HTHG", ""), cells.get("HTAG", "")
    if not all(text.isdecimal() for text in texts):
        parsed.notes[
            "no half-time score" if not any(texts) else f"half-time score unreadable ({texts[0]}:{texts[1]})"
        ] += 1
        return None
    half_time = int(texts[0]), int(texts[1])
    if half_time[0] > score[0] or half_time[1] > score[1]:
        parsed.notes["half-time score above the final score, left out"] += 1
        return None
    return half_time


def _start(cells: dict[str, str]) -> int:
    """Return seconds since 1970; `Time` is British time."""
    day = footballdata.day(cells["Date"])
    assert day is not None, "rows without a date were skipped"
    return int(wall_time.kick_off(day, cells.get("Time", "")).timestamp())
