"""openfootball: its JSON files, and Parquet made of many of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.adapters.sources import parquet
from shared.domain.archives import openfootball
from shared.domain.archives.report import Report
from shared.domain.archives.seasons import Season
from shared.ports.collection import Document


class OpenFootball:
    """Results with rounds, a file per league and season."""

    name = openfootball.NAME
    in_bulk = False

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """The file's season, or those of a Parquet file; `InvalidInput` for what is no such file."""
        if not document.content.startswith(parquet.MAGIC):
            yield from openfootball.read(
                document.content, document=document.name, version=document.version, report=report
            )
            return
        for key, table in parquet.parts(parquet.opened(document.content, document.name), ["season", "code"]):
            season, code = map(str, key)
            yield from openfootball.season(
                map(_match, table.to_pylist()),
                code=code,
                starts_in=int(season[:4]),
                calendar_year="-" not in season,
                document=f"{document.name}:{season}/{code}",
                version=document.version,
                report=report,
            )


def _match(row: dict[str, Any]) -> dict[str, Any]:
    """A flat row in the form of the JSON files."""
    scores = {name: [row[f"{name}1"], row[f"{name}2"]] for name in ("ft", "ht", "et", "p")}
    return {**row, "score": scores}


SOURCES = {"openfootball": OpenFootball()}
