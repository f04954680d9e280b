"""football-data.co.uk: results with match statistics and prices, a file per division and season, or per country.

The files of the main divisions name teams, goals, statistics and dozens of prices in columns that come and go with the
years; those of further countries hold all seasons in one file under shorter headings. Both are read here, as rows of a
sheet, whatever they were stored as.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from shared.domain.archives import checks, footballdata_counts, price_columns, seasons, sheet, wall_time
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

_GOALS = ("FTHG", "FTAG")
_FIXTURES = re.compile(r"fixtures\.csv(?:\.gz)?$")
"""The file of matches to come has no columns of goals."""

_KNOWN = frozenset(
    {"Div", "Season", "Country", "League", "Time", "FTR", "Res", "HTHG", "HTAG", "HTR", "Referee", "Attendance"}
    | set(NEEDED)
    | price_columns.COUNTS
    | {side + letters for side in "HA" for letters in footballdata_counts.STATISTICS}
)
_LATEST = (8, 10)
"""Month and day after which no season goes on that began the year before; that of 2019/20 ended in August."""
_ROWS_TO_JUDGE = 4
"""Of fewer rows nobody can say which date is the odd one."""
_ROWS_TO_DOUBT_ONE = 10
"""Of a season, to take a single row of another for a slip."""
_PAUSE = timedelta(days=14)
"""Between two seasons at least."""
_USUAL_START = 7
"""Month in which a season begins at the earliest."""
_FAR_DAYS, _NEAR_DAYS = 200, 60
"""From the rows around it: a date with another year, and the same with the right one."""
_MEETINGS_BY_MISTAKE = 2
_RESCHEDULED_WITHIN = timedelta(days=60)
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
    needed = [name for name in NEEDED if name not in _GOALS or not _FIXTURES.search(rows.document)]
    if missing := [name for name in needed if name not in rows.heading]:
        raise InvalidInput(f"{rows.document}: no column {', '.join(missing)}")
    priced = {column.name for column in price_columns.columns(rows.heading)}
    for name in rows.heading:
        if name not in _KNOWN and name not in priced and not price_columns.is_line(name):
            report.note(rows.document, Reason.UNKNOWN_COLUMN, name or "a column without a name")
    for (division, label), indices in _parts(rows, report).items():
        season_competition = competition or find_competition(NAME, division, document=rows.document, report=report)
        yield from _seasons(rows.picked(indices), season_competition, label, version, source, report)


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


def _parts(rows: Sheet, report: Report) -> dict[tuple[str, str], list[int]]:
    """Indices of the rows of each division and told season, in the file's order; a row must name its teams."""
    parts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, line in enumerate(rows.lines):
        cells = rows.cells(index)
        if not (sheet.word(cells, "HomeTeam") and sheet.word(cells, "AwayTeam")):
            text = " ".join(str(cell) for cell in cells.values() if cell)
            report.note(rows.document, Reason.UNREADABLE, f"{text[:80]!r}, a row without both teams,", row=line)
            continue
        division = cells.get("Div") or " ".join(
            filter(None, (sheet.word(cells, "Country"), sheet.word(cells, "League")))
        )
        parts[str(division), sheet.word(cells, "Season")].append(index)
    return parts


def _seasons(
    rows: Sheet, competition: Competition, label: str, version: int, source: str, report: Report
) -> Iterator[Season]:
    """The season that a column names; without such a column those that the days of all rows tell."""
    days = [day(value) for value in rows.column("Date")]
    if not any(days):
        report.note(rows.document, Reason.UNREADABLE, f"{competition.name} {label}: no row with a date")
        return
    if match := _SEASON.match(label):
        years = {(int(match[1]), not match[2]): list(range(len(days)))}
    else:
        years = {(year, False): indices for year, indices in _by_year(rows, days, report).items()}
    for (year, calendar_year), indices in years.items():
        key = SeasonKey(
            source=source,
            competition=competition,
            starts_in=year,
            label=seasons.label(year, calendar_year=calendar_year),
            version=version,
        )
        if season := _season(rows.picked(indices), [days[index] for index in indices], key, calendar_year, report):
            yield season


def _by_year(rows: Sheet, days: Sequence[date | None], report: Report) -> dict[int, list[int]]:
    """Indices of the rows of each season by its first year; a year typed wrong decides nothing.

    Seasons turn at the end of June; one that goes on in July without a pause, as that of 2019/20, ends when it pauses.
    """
    strays = _year_typos(days) | _strangers(days)
    for index in sorted(strays):
        cells, on = rows.cells(index), days[index]
        what = f"{sheet.word(cells, 'HomeTeam')} - {sheet.word(cells, 'AwayTeam')} of {on}"
        report.note(rows.document, Reason.OTHER_SEASON, what, row=rows.lines[index])
    played = sorted({on for index, on in enumerate(days) if on and index not in strays})
    turns = {year: _last_of_spring(played, year) for year in {on.year for on in played}}
    years: dict[int, list[int]] = defaultdict(list)
    for index, on in enumerate(days):
        if on and index not in strays:
            years[on.year if on > turns[on.year] else on.year - 1].append(index)
    most = max(map(len, years.values()))
    for year in [year for year, indices in years.items() if len(indices) == 1 and most >= _ROWS_TO_DOUBT_ONE]:
        (index,) = years.pop(year)
        what = f"the only row of {seasons.label(year)}"
        report.note(rows.document, Reason.OTHER_SEASON, what, row=rows.lines[index])
    for index, on in enumerate(days):
        if on is None:  # told by `_season`, as a row of the season that most rows are of
            years[max(years, key=lambda year: len(years[year]))].append(index)
    if len(years) > 1:
        summary = ", ".join(f"{seasons.label(year)} ({len(indices)} rows)" for year, indices in sorted(years.items()))
        report.note(rows.document, Reason.SEVERAL_SEASONS, f"the file ({summary})")
    return dict(sorted(years.items()))


def _last_of_spring(played: Sequence[date], year: int) -> date:
    """The last day of the season that began the year before: June's, unless matches go on without a pause."""
    last = date(year, _USUAL_START, 1) - timedelta(days=1)
    if not any(last - _PAUSE <= on <= last for on in played):
        return last
    for on in played:
        if last < on <= date(year, *_LATEST) and on - last <= _PAUSE:
            last = on
    return last


def _year_typos(days: Sequence[date | None]) -> set[int]:
    """Indices of rows that lie months away from the rows around them, and near if their year were another.

    Of the first and the last row nobody can say: they may be all that a file has of a season.
    """
    known = [(index, on) for index, on in enumerate(days) if on]
    if len(known) < _ROWS_TO_JUDGE:
        return set()
    strays = set()
    for at, (index, on) in list(enumerate(known))[1:-1]:
        around = [other for _, other in known[max(0, at - 2) : at] + known[at + 1 : at + 3]]
        others = sorted(around)
        middle = others[len(others) // 2]
        if abs((on - middle).days) > _FAR_DAYS and abs((_in_year_of(on, middle) - middle).days) <= _NEAR_DAYS:
            strays.add(index)
    # Where as many rows say so as not, they are a season of their own.
    return strays if 3 * len(strays) <= len(known) else set()


def _strangers(days: Sequence[date | None]) -> set[int]:
    """Of a file with few rows, those that are not of the season of its first day."""
    known = [on for on in days if on]
    if len(known) >= _ROWS_TO_JUDGE:
        return set()
    first = min(known)
    year = first.year if first.month >= _USUAL_START else first.year - 1
    return {index for index, on in enumerate(days) if on and not _is_within(on, year, calendar_year=False)}


def _is_within(on: date, year: int, *, calendar_year: bool) -> bool:
    return (date(year, 1, 1) if calendar_year else date(year, 6, 1)) <= on <= date(year + 1, *_LATEST)


def _in_year_of(on: date, other: date) -> date:
    """The same day of the year that brings it nearest to another day."""
    candidates = [date(year, on.month, min(on.day, 28)) for year in (other.year - 1, other.year, other.year + 1)]
    return min(candidates, key=lambda candidate: abs((candidate - other).days))


def _season(
    rows: Sheet, days: Sequence[date | None], key: SeasonKey, calendar_year: bool, report: Report
) -> Season | None:
    matches: dict[int, ArchivedMatch] = {}
    seen: set[tuple[object, ...]] = set()
    edition = datetime.fromtimestamp(key.version / 1000, UTC)
    for index, (line, on) in enumerate(zip(rows.lines, days, strict=True)):
        cells = rows.cells(index)
        if why := _fault(cells, on, key.starts_in, calendar_year, seen):
            report.note(rows.document, *why, row=line)
        elif on:
            matches[index] = _match(cells, line, on, edition, rows.document, report)
    for index in _listed_twice(matches):
        match = matches.pop(index)
        what = f"{match.home} - {match.away} of {match.starts_at:%Y-%m-%d}"
        report.note(rows.document, Reason.LISTED_TWICE, what, row=match.row)
    if not matches:
        return None
    season = seasons.season(key, matches.values(), document=rows.document, report=report, names=NAME)
    match_rows = rows.picked(list(matches))
    season.more = footballdata_counts.read(season, match_rows, report)
    season.prices = price_columns.prices(match_rows, report)
    season.price_matches = [season.match_ids[line] for line in match_rows.lines]
    return season


def _listed_twice(matches: Mapping[int, ArchivedMatch]) -> list[int]:
    """Indices of rows that repeat a later one: the same pair at the same ground and the same score within weeks.

    A rescheduled match is listed by some files under both days; the later one is the day it was played. Where many
    pairs meet twice at a ground it is how the league is played, and nothing is taken for a repetition.
    """
    later: dict[tuple[str, str], ArchivedMatch] = {}
    repeated, n_met_again = [], 0
    for index, match in sorted(matches.items(), key=lambda each: each[1].starts_at, reverse=True):
        following = later.get((match.home, match.away))
        n_met_again += following is not None
        is_same = following is not None and match.score is not None and following.score == match.score
        if is_same and following and following.starts_at - match.starts_at <= _RESCHEDULED_WITHIN:
            repeated.append(index)
        later[match.home, match.away] = match
    return repeated if n_met_again <= _MEETINGS_BY_MISTAKE else []


def _fault(
    cells: Mapping[str, object], on: date | None, year: int, calendar_year: bool, seen: set[tuple[object, ...]]
) -> tuple[Reason, str] | None:
    """Why a row cannot be used."""
    home, away = sheet.word(cells, "HomeTeam"), sheet.word(cells, "AwayTeam")
    if on is None:
        return Reason.UNREADABLE, f"Date {cells['Date']!r}"
    if not _is_within(on, year, calendar_year=calendar_year):
        return Reason.OTHER_SEASON, f"{home} - {away} of {on}"
    if home == away:
        return Reason.UNREADABLE, f"{home} against itself"
    if (on, home, away) in seen:
        return Reason.REPEATED, f"{home} - {away} of {on}"
    seen.add((on, home, away))
    return None


def _match(
    cells: Mapping[str, object], line: int, on: date, edition: datetime, document: str, report: Report
) -> ArchivedMatch:
    clock = sheet.word(cells, "Time")
    if clock and wall_time.parse_clock(clock) is None:
        report.note(document, Reason.STRAY_CLOCK, f"Time {clock!r}", row=line)
    starts_at = wall_time.kick_off(on, clock)
    score = checks.possible(_goals(cells, "FT", line, document, report), line, document, report)
    fate = "played" if score else _fate_without_score(cells, starts_at, edition)
    if score is None and not (fate == "coming" and _FIXTURES.search(document)):
        report.note(document, Reason.NO_RESULT, "the match", row=line)
    letter = sheet.word(cells, "FTR") or sheet.word(cells, "Res")
    if score and letter and letter != _letter(score):
        report.note(document, Reason.CONTRADICTION, f"result {letter!r}", row=line, done=Done.EMPTIED)
    half_time = _goals(cells, "HT", line, document, report)
    if half_time and score and (half_time[0] > score[0] or half_time[1] > score[1]):
        report.note(document, Reason.CONTRADICTION, "the half-time score above the final one", row=line)
        half_time = None
    red = [sheet.whole(cells, name, line, document, report) or 0 for name in ("HR", "AR")]
    return ArchivedMatch(
        row=line,
        starts_at=starts_at,
        day_only=wall_time.parse_clock(clock) is None,
        home=sheet.word(cells, "HomeTeam"),
        away=sheet.word(cells, "AwayTeam"),
        fate=fate,
        score=_awarded_score(cells) if fate == "awarded" else score,
        half_time=half_time if score else None,
        red_cards=(red[0], red[1]),
    )


def _fate_without_score(cells: Mapping[str, object], starts_at: datetime, edition: datetime) -> str:
    """A match without a final score is still to come when its file was made before it, or else was not played."""
    if starts_at > edition - timedelta(hours=3):
        return "coming"
    return "awarded" if _awarded_score(cells) else "postponed"


def _awarded_score(cells: Mapping[str, object]) -> tuple[int, int] | None:
    """Of a match that was awarded some files give only the half-time columns, 3:0 or 0:3 and the letter."""
    text = sheet.word(cells, "HTHG"), sheet.word(cells, "HTAG")
    score = {("3", "0"): (3, 0), ("0", "3"): (0, 3)}.get(text)
    return score if score and sheet.word(cells, "HTR") == _letter(score) else None


def _goals(cells: Mapping[str, object], when: str, line: int, document: str, report: Report) -> tuple[int, int] | None:
    home = sheet.whole(cells, f"{when}HG", line, document, report)
    away = sheet.whole(cells, f"{when}AG", line, document, report)
    return None if home is None or away is None else (home, away)


def _letter(score: tuple[int, int]) -> str:
    return "D" if score[0] == score[1] else "H" if score[0] > score[1] else "A"
