"""Results by division with statistics and prices: football-data.co.uk's CSV, datahub's, and Parquet made of either."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shared.adapters.sources import parquet
from shared.domain.archives import footballdata, sheet
from shared.domain.archives.competition_lookup import find_competition
from shared.domain.archives.report import Report
from shared.domain.archives.seasons import Season
from shared.domain.archives.sheet import Sheet
from shared.ports.collection import Document

if TYPE_CHECKING:
    import pyarrow as pa


class FootballData:
    """football-data.co.uk: the files of divisions and of further countries."""

    name = footballdata.NAME
    in_bulk = False

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """Season by season; `InvalidInput` for what is no such file."""
        if not document.content.startswith(parquet.MAGIC):
            yield from footballdata.read(
                document.content, document=document.name, version=document.version, report=report
            )
            return
        for _, table in parquet.parts(parquet.opened(document.content, document.name), ["Div", "Season"]):
            rows = _sheet(table, document.name)
            yield from footballdata.of_sheet(rows, version=document.version, report=report)


class DataHub:
    """datahub.io's copy of five leagues: a folder per league, a file per season, or all in one Parquet file."""

    name = "datahub"
    in_bulk = False

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """Season by season; `InvalidInput` for what is no such file."""
        if not document.content.startswith(parquet.MAGIC):
            league = document.name.replace("\\", "/").rsplit("/", 2)[-2:][0]
            yield from self._of(league, sheet.read(document.content, document.name, report), document, report)
            return
        for key, table in parquet.parts(parquet.opened(document.content, document.name), ["League", "Season"]):
            rows = _sheet(table.drop_columns(["League"]), document.name)
            yield from self._of(str(key[0]), rows, document, report)

    def _of(self, league: str, rows: Sheet, document: Document, report: Report) -> Iterator[Season]:
        competition = find_competition(self.name, league, document=document.name, report=report)
        yield from footballdata.of_sheet(
            rows, version=document.version, report=report, source=self.name, competition=competition
        )


def _sheet(table: pa.Table, document: str) -> Sheet:
    """A table's rows; columns without any value are not in its heading."""
    lines = table[parquet.ROW].to_pylist()
    used_columns = [
        name for name in table.column_names if name != parquet.ROW and table[name].null_count < table.num_rows
    ]
    return Sheet(
        document=document,
        heading=tuple(footballdata.RENAMED.get(name, name) for name in used_columns),
        lines=lines,
        rows=list(zip(*(table[name].to_pylist() for name in used_columns), strict=True)),
    )


SOURCES = {"footballdata": FootballData(), "datahub": DataHub()}
