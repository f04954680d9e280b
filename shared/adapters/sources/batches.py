"""A season of an archive as Arrow tables, one per kind of record, in the order in which they should arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shared.adapters.arrow import record_batches
from shared.domain.archives.seasons import Season
from shared.domain.football.records import Odds

if TYPE_CHECKING:
    import pyarrow as pa


def tables(season: Season) -> Iterator[tuple[str, pa.Table]]:
    """Every kind with its rows; what names leagues and clubs comes before what refers to them."""
    import pyarrow as pa

    for kind, records in season.records().items():
        yield kind, record_batches.to_table(kind, records)
    if pieces := list(prices(season)):
        yield Odds.TABLE, pa.concat_tables(pieces)


def prices(season: Season) -> Iterator[pa.Table]:
    """Rows of odds, a table for each column of prices: there are millions, so no record is made of each."""
    import pyarrow as pa

    schema = record_batches.schema(Odds.TABLE)
    for price_column in season.prices:
        column, n = price_column.column, len(price_column.decimals)
        known = {
            "source": season.key.source,
            "version": season.key.version,
            "league_id": season.key.league_id,
            "season_id": season.key.season_id,
            "match_id": season.price_matches,
            "bookmaker": column.bookmaker,
            "market": column.market,
            "line": price_column.lines,
            "outcome": column.outcome,
            "is_closing": column.is_closing,
            "decimal": price_column.decimals,
        }
        columns = [
            pa.array(value, field.type) if isinstance(value, list) else pa.repeat(pa.scalar(value, field.type), n)
            for field, value in ((field, known[field.name]) for field in schema)
        ]
        yield pa.table(columns, schema=schema).drop_null()
