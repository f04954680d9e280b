"""Two collections of results as they were published, a Parquet file each: engsoccerdata and the 2023 challenge's.

The large archive (`results_archive`) holds parts of both, under the same leagues, teams and, where it found the same
seasons in the days of its matches, the same ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from shared.adapters.sources import parquet, results_archive
from shared.domain.archives import checks, seasons, wall_time
from shared.domain.archives.report import Reason, Report
from shared.domain.archives.seasons import ArchivedMatch, Season, SeasonKey
from shared.domain.catalogue import competitions
from shared.domain.catalogue.competitions import Competition
from shared.errors import InvalidInput
from shared.ports.collection import Document

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_COUNTRIES = {"holland": "netherlands", "england5": "england", "england_nonleague": "england"}
"""Of engsoccerdata's tables that are not called by their country."""

_TWICE = ("england_nonleague", "5")
"""Table and tier of engsoccerdata that another of its tables holds, too: ``england5``, which goes on further."""

_CODES = {
    "ARG": "argentina", "AUS": "australia", "AUT": "austria", "BEL": "belgium", "BRA": "brazil", "CHE": "switzerland",
    "CHL": "chile", "CHN": "china-pr", "DNK": "denmark", "DZA": "algeria", "ECU": "ecuador", "ENG": "england",
    "FIN": "finland", "FRA": "france", "GER": "germany", "GRE": "greece", "HOL": "netherlands", "ISR": "israel",
    "ITA": "italy", "JPN": "japan", "KOR": "korea-republic", "MAR": "morocco", "MEX": "mexico", "NOR": "norway",
    "NZL": "new-zealand", "POR": "portugal", "RUS": "russia", "SCO": "scotland", "SPA": "spain", "SWE": "sweden",
    "TUN": "tunisia", "USA": "united-states", "VEN": "venezuela", "ZAF": "south-africa",
}  # fmt: skip
"""Countries of the challenge's league codes, under the large archive's names."""


class EngSoccerData:
    """The leagues of the R package engsoccerdata: England from its first season on, ten other countries."""

    name = "engsoccerdata"
    in_bulk = True

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """Season by season, under the year it is said to begin in; `InvalidInput` for what is no such file."""
        by = ["table", "tier", "Season"]
        columns = [*by, "Date", "home", "visitor", "hgoal", "vgoal"]
        for (table, tier, starts_in), rows in _parts(document, by, columns):
            if (table, tier) == _TWICE:
                _note_all(rows, document, report, Reason.REPEATED, f"{table} of tier {tier}, as england5,")
                continue
            country = _COUNTRIES.get(str(table), str(table))
            key = SeasonKey(
                source=self.name,
                competition=results_archive.of_country(country, int(str(tier))),
                starts_in=int(str(starts_in)),
                label=seasons.label(int(str(starts_in))),
                version=document.version,
            )
            matches = _matches(rows, columns[3:], document, report)
            if matches:
                yield seasons.season(key, matches, document=document.name, report=report)


class Spc2023:
    """The training set of the 2023 Soccer Prediction Challenge: 51 leagues since 2000."""

    name = "spc2023"
    in_bulk = True

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """League by league; `InvalidInput` for what is no such file.

        It writes every season as two years. A league most of whose seasons lie within the first of them is one of
        calendar years.
        """
        columns = ["Sea", "Lge", "Date", "HT", "AT", "HS", "AS"]
        for (code,), rows in _parts(document, ["Lge"], columns):
            competition = _of_code(str(code), document, report)
            of_season = _by_season(rows, columns[2:], document, report)
            by_year = sum(
                {match.starts_at.year for match in matches} == {starts_in} for starts_in, matches in of_season.items()
            )
            for starts_in, matches in of_season.items():
                key = SeasonKey(
                    source=self.name,
                    competition=competition,
                    starts_in=starts_in,
                    label=seasons.label(starts_in, calendar_year=2 * by_year > len(of_season)),
                    version=document.version,
                )
                yield seasons.season(key, matches, document=document.name, report=report)


def _parts(document: Document, by: list[str], columns: list[str]) -> Iterator[tuple[tuple[object, ...], pa.Table]]:
    file: pq.ParquetFile = parquet.opened(document.content, document.name)
    if missing := set(columns) - set(file.schema_arrow.names):
        raise InvalidInput(f"{document.name}: has no column {', '.join(sorted(missing))}")
    return parquet.parts(file, by, columns=columns)


def _by_season(
    rows: pa.Table, columns: list[str], document: Document, report: Report
) -> dict[int, list[ArchivedMatch]]:
    """The matches of one league by the first year of what the file calls their season."""
    labels = dict(zip(rows[parquet.ROW].to_pylist(), rows["Sea"].to_pylist(), strict=True))
    by_year: dict[int, list[ArchivedMatch]] = defaultdict(list)
    for match in _matches(rows, columns, document, report):
        first, _, last = str(labels[match.row]).partition("-")
        if not (len(first) == len(last) == 2 and first.isdecimal() and last.isdecimal()):
            raise InvalidInput(
                f"{document.name}: row {match.row}: Sea {labels[match.row]!r} is no season such as 00-01"
            )
        by_year[2000 + int(first)].append(match)
    return by_year


def _of_code(code: str, document: Document, report: Report) -> Competition:
    country = _CODES.get(code[:3])
    if country is None or not code[3:].isdigit():
        report.note(document.name, Reason.UNKNOWN_COMPETITION, code or "no code")
        return competitions.by_key(f"spc2023/{code}", name=code)
    return results_archive.of_country(country, int(code[3:]))


def _matches(rows: pa.Table, columns: list[str], document: Document, report: Report) -> list[ArchivedMatch]:
    """In order of days; those without a day, or before the store's calendar, are reported."""
    matches = []
    for row, day, home, away, home_goals, away_goals in zip(
        *(rows[name].to_pylist() for name in (parquet.ROW, *columns)), strict=True
    ):
        if day is None:
            report.note(document.name, Reason.UNREADABLE, "a match without a day,", row=row)
        elif not home or not away:
            report.note(document.name, Reason.UNREADABLE, "a match without both teams,", row=row)
        elif day < results_archive.CALENDAR:
            report.note(document.name, Reason.BEFORE_1900, "the match", row=row)
        elif home_goals is None or away_goals is None:
            report.note(document.name, Reason.NO_RESULT, "the match", row=row)
            matches.append(_match(row, day, home, away, None))
        else:
            score = checks.possible((home_goals, away_goals), row, document.name, report)
            matches.append(_match(row, day, home, away, score))
    matches.sort(key=lambda match: match.starts_at)
    return matches


def _match(row: int, day: date, home: str, away: str, score: tuple[int, int] | None) -> ArchivedMatch:
    fate = "played" if score else "canceled"
    return ArchivedMatch(
        row=row,
        starts_at=datetime.combine(day, wall_time.UNTOLD, UTC),
        day_only=True,
        home=home,
        away=away,
        score=score,
        fate=fate,
    )


def _note_all(rows: pa.Table, document: Document, report: Report, reason: Reason, what: str) -> None:
    for row in rows[parquet.ROW].to_pylist():
        report.note(document.name, reason, what, row=row)


SOURCES = {"engsoccerdata": EngSoccerData(), "spc2023": Spc2023()}
