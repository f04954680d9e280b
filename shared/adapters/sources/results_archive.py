"""A large archive of results in one Parquet file: leagues, cups and national teams of four collections since 1871.

It tells days but no seasons (`shared.domain.archives.season_breaks` finds them), and every match under the collection
it was taken from, which is the source of its records. So many seasons come out of it that they are stored in bulk.
Where a collection does not say whether a score is that of 90 minutes (national teams, English cups), it is taken as
such.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from shared.adapters.sources import parquet
from shared.domain.archives import checks, season_breaks, seasons, wall_time
from shared.domain.archives.report import Reason, Report
from shared.domain.archives.season_breaks import Span
from shared.domain.archives.seasons import ArchivedMatch, Goals, Season, SeasonKey
from shared.domain.catalogue import competitions
from shared.domain.catalogue.competitions import Competition
from shared.ports.collection import Document

if TYPE_CHECKING:
    import pyarrow as pa

CALENDAR = date(1900, 1, 1)
"""The store's begins here."""
_BY = ["source", "competition", "tier", "level"]
_COLUMNS = [*_BY, "date", "home", "away", "home_ident", "away_ident", "gh", "ga", "full_time"]
_KEYS = {
    "UEFA CL": "europe/champions-league",
    "UEFA EL": "europe/europa-league",
    "FA Cup": "england/fa-cup",
    "League Cup": "england/league-cup",
}
"""Of cups, by the archive's names."""
_WORLDWIDE = frozenset({"schochastics", "martj42"})
"""Collections whose names of teams say which one in the world is meant."""


class ResultsArchive:
    """Results of every country, one row per match."""

    name = "results"
    in_bulk = True

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """Season by season, one competition in memory at a time; `InvalidInput` for what is no Parquet file."""
        file = parquet.opened(document.content, document.name)
        edition = datetime.fromtimestamp(document.version / 1000, UTC)
        for key, table in parquet.parts(file, _BY, columns=_COLUMNS):
            source, name, tier, level = key
            competition = _competition(str(name), tier, str(level))
            for span, matches in _seasons(_matches(table, document.name, edition, report)):
                season = SeasonKey(
                    source=str(source),
                    competition=competition,
                    starts_in=span.starts_in,
                    label=seasons.label(span.starts_in, calendar_year=span.calendar_year),
                    version=document.version,
                )
                yield seasons.season(
                    season, matches, document=document.name, report=report, worldwide=source in _WORLDWIDE
                )


def _competition(name: str, tier: object, level: str) -> Competition:
    if level == "national":
        return of_country(name, int(str(tier or 1)))
    return competitions.by_key(_KEYS.get(name, f"{level}/{name}"), name=name)


def of_country(name: str, tier: int) -> Competition:
    """The league of a country by the archive's name of it (``united-states``)."""
    country = name.replace("-", " ").title()
    return competitions.by_key(f"{name}/{tier}", name=f"{country} {tier}", country=country)


def _seasons(matches: list[ArchivedMatch]) -> Iterator[tuple[Span, list[ArchivedMatch]]]:
    """The matches of one competition by season, as their days tell where one ends."""
    spans = season_breaks.spans([(match.starts_at.date(), match.home, match.away) for match in matches])
    firsts = [span.first for span in spans]
    by_span: dict[Span, list[ArchivedMatch]] = defaultdict(list)
    for match in matches:
        by_span[spans[bisect_right(firsts, match.starts_at.date()) - 1]].append(match)
    yield from by_span.items()


def _matches(table: pa.Table, document: str, edition: datetime, report: Report) -> list[ArchivedMatch]:
    """In order of days; those before the store's calendar are reported."""
    matches = []
    names = ("home_ident", "away_ident") if table["home_ident"].null_count == 0 else ("home", "away")
    columns = (parquet.ROW, "date", *names, "gh", "ga", "full_time")
    batches = table.select(columns).to_batches(max_chunksize=10_000)
    rows: Iterator[tuple[Any, ...]] = chain.from_iterable(
        zip(*(column.to_pylist() for column in batch.columns), strict=True) for batch in batches
    )
    for row, day, home, away, home_goals, away_goals, end in rows:
        if day is None or not home or not away:
            report.note(document, Reason.UNREADABLE, "a match without a day or a team", row=row)
            continue
        if day < CALENDAR:
            report.note(document, Reason.BEFORE_1900, "the match", row=row)
            continue
        score: Goals | None = None
        if home_goals is not None and away_goals is not None:
            score = checks.possible((home_goals, away_goals), row, document, report)
        if score is None:
            report.note(document, Reason.NO_RESULT, "the match", row=row)
        starts_at = datetime.combine(day, wall_time.UNTOLD, UTC)
        matches.append(
            ArchivedMatch(
                row=row,
                starts_at=starts_at,
                day_only=True,
                home=home,
                away=away,
                fate="played" if score else "coming" if starts_at > edition else "postponed",
                score=None if end in ("E", "P") else score,
                after_extra_time=score if end == "E" else None,
                with_shoot_out=score if end == "P" else None,
            )
        )
    matches.sort(key=lambda match: match.starts_at)
    return matches


SOURCES = {"results": ResultsArchive()}
