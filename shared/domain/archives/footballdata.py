"""football-data.co.uk: results with match statistics and prices, a file per division and season, or per country.

The files of the main divisions name teams, goals, statistics and dozens of prices in columns that come and go with the
years; those of further countries hold all seasons in one file under shorter headings. Both are read here, as rows of a
sheet, whatever they were stored as.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from shared.domain.archives import footballdata_counts, price_columns, seasons, sheet, wall_time
from shared.domain.archives.competition_lookup import find_competition
from shared.domain.archives.report import Done, Reason, Report
from shared.domain.archives.seasons import ArchivedMatch, Season, SeasonKey
from shared.domain.archives.sheet import Sheet
from shared.domain.catalogue.competitions import Competition
from shared.errors import InvalidInput

NAME = "footballdata"

RENAMED = {"HT": "HomeTeam", "AT": "AwayTeam", "Home": "HomeTeam", "Away": "AwayTeam", "HG": "FTHG", "AG": "FTAG"}
"""Headings of the Greek files of 2000 to 2005, and of the countries' files."""

NEEDED = ("Date", "HomeTeam", "AwayTeam", "FTHG", "FTAG")

_KNOWN = frozenset(
    {"Div", "Season", "Country", "League", "Time", "FTR", "Res", "HTHG", "HTAG", "HTR", "Referee", "Attendance"}
    | set(NEEDED)
    | price_columns.COUNTS
    | {side + letters for side in "HA" for letters in footballdata_counts.STATISTICS}
)
_LATEST = (8, 10)
"""Month and day after which no season goes on that began the year before; that of 2019/20 ended in August."""
_SEASON = re.compile(r"(\d{4})(?:[-/](\d{2}|\d{4}))?")


def read(content: bytes, *, document: str, version: int, report: Report) -> Iterator[Season]:
    """The seasons of a CSV file, plain or packed.

    Raises
    ------
    InvalidInput : the file is damaged, or its heading is not of this format.
    """
    yield from of_sheet(sheet.read(content, document, report, renamed=RENAMED), version=version, report=report)


def of_sheet(
    rows: Sheet, *, version: int, report: Report, source: str = NAME, competition: Competition | None = None
) -> Iterator[Season]:
    """The seasons of a sheet under football-data's headings.

    Parameters
    ----------
    competition : of all rows, where no column tells it.
    """
    if missing := [name for name in NEEDED if name not in rows.heading]:
        raise InvalidInput(f"{rows.document}: no column {', '.join(missing)}")
    priced = {column.name for column in price_columns.columns(rows.heading)}
    for name in rows.heading:
        if name not in _KNOWN and name not in priced and not price_columns.is_line(name):
            report.note(rows.document, Reason.UNKNOWN_COLUMN, name or "a column without a name")
    for (division, told), indices in _parts(rows, report).items():
        found = competition or find_competition(NAME, division, document=rows.document, report=report)
        if part := _season(rows.picked(indices), found, told, version, source, report):
            yield part


def day(value: object) -> date | None:
    """dd/mm/yy, dd/mm/yyyy or yyyy-mm-dd; two digits below 70 are of this century."""
    if isinstance(value, date):
        return value
    parts = str(value).split("/")
    try:
        if len(parts) != 3:
            return date.fromisoformat(str(value))
        number, month, year = map(int, parts)
        if len(parts[2]) == 2:
            year += 2000 if year < 70 else 1900
        return date(year, month, number)
    except ValueError:
        return None


def starts_in(first: date) -> int:
    """The year in which the season of a division begins that has a match on this day."""
    return first.year if first.month >= 7 else first.year - 1


def _parts(rows: Sheet, report: Report) -> dict[tuple[str, str], list[int]]:
    """Indices of the rows of each division and told season, in the file's order; a row must name its teams."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, line in enumerate(rows.lines):
        cells = rows.cells(index)
        if not (sheet.word(cells, "HomeTeam") and sheet.word(cells, "AwayTeam")):
            held = " ".join(str(cell) for cell in cells.values() if cell)
            report.note(rows.document, Reason.UNREADABLE, f"{held[:80]!r}, a row without both teams,", row=line)
            continue
        division = cells.get("Div") or " ".join(
            filter(None, (sheet.word(cells, "Country"), sheet.word(cells, "League")))
        )
        found[str(division), sheet.word(cells, "Season")].append(index)
    return found


def _season(
    rows: Sheet, competition: Competition, told: str, version: int, source: str, report: Report
) -> Season | None:
    days = [day(value) for value in rows.column("Date")]
    known = [found for found in days if found]
    if not known:
        report.note(rows.document, Reason.UNREADABLE, f"{competition.name} {told}: no row with a date")
        return None
    year, calendar_year = _year(told, min(known))
    key = SeasonKey(
        source=source,
        competition=competition,
        starts_in=year,
        label=seasons.label(year, calendar_year=calendar_year),
        version=version,
    )
    matches: dict[int, ArchivedMatch] = {}
    seen: set[tuple[object, ...]] = set()
    for index, (line, on) in enumerate(zip(rows.lines, days, strict=True)):
        cells = rows.cells(index)
        if why := _fault(cells, on, year, calendar_year, seen):
            report.note(rows.document, *why, row=line)
        elif on:
            matches[index] = _match(cells, line, on, rows.document, report)
    if not matches:
        return None
    made = seasons.season(key, matches.values(), document=rows.document, report=report, names=NAME)
    kept = rows.picked(list(matches))
    made.more = footballdata_counts.read(made, kept, report)
    made.prices = price_columns.prices(kept, report)
    made.price_matches = [made.match_ids[line] for line in kept.lines]
    return made


def _year(told: str, first: date) -> tuple[int, bool]:
    """First year, and whether it is the only one; from the first match where no column tells."""
    if found := _SEASON.match(told):
        return int(found[1]), not found[2]
    return starts_in(first), False


def _fault(
    cells: Mapping[str, object], on: date | None, year: int, calendar_year: bool, seen: set[tuple[object, ...]]
) -> tuple[Reason, str] | None:
    """Why a row cannot be used."""
    home, away = sheet.word(cells, "HomeTeam"), sheet.word(cells, "AwayTeam")
    if on is None:
        return Reason.UNREADABLE, f"Date {cells['Date']!r}"
    if not (date(year, 1, 1) if calendar_year else date(year, 6, 1)) <= on <= date(year + 1, *_LATEST):
        return Reason.OTHER_SEASON, f"{home} - {away} of {on}"
    if home == away:
        return Reason.UNREADABLE, f"{home} against itself"
    if (on, home, away) in seen:
        return Reason.REPEATED, f"{home} - {away} of {on}"
    seen.add((on, home, away))
    return None


def _match(cells: Mapping[str, object], line: int, on: date, document: str, report: Report) -> ArchivedMatch:
    score = _goals(cells, "FT", line, document, report)
    if score is None:
        report.note(document, Reason.NO_RESULT, "the match", row=line)
    told = sheet.word(cells, "FTR") or sheet.word(cells, "Res")
    if score and told and told != _letter(score):
        report.note(document, Reason.CONTRADICTION, f"result {told!r}", row=line, done=Done.EMPTIED)
    half_time = _goals(cells, "HT", line, document, report)
    if half_time and score and (half_time[0] > score[0] or half_time[1] > score[1]):
        report.note(document, Reason.CONTRADICTION, "the half-time score above the final one", row=line)
        half_time = None
    red = [sheet.whole(cells, name, line, document, report) or 0 for name in ("HR", "AR")]
    return ArchivedMatch(
        row=line,
        starts_at=wall_time.kick_off(on, sheet.word(cells, "Time")),
        home=sheet.word(cells, "HomeTeam"),
        away=sheet.word(cells, "AwayTeam"),
        fate="played" if score else "postponed",
        score=score,
        half_time=half_time if score else None,
        red_cards=(red[0], red[1]),
    )


def _goals(cells: Mapping[str, object], when: str, line: int, document: str, report: Report) -> tuple[int, int] | None:
    home = sheet.whole(cells, f"{when}HG", line, document, report)
    away = sheet.whole(cells, f"{when}AG", line, document, report)
    return None if home is None or away is None else (home, away)


def _letter(score: tuple[int, int]) -> str:
    return "D" if score[0] == score[1] else "H" if score[0] > score[1] else "A"
