"""A snapshot of all football as Parquet files with a data dictionary and provenance, and a warehouse made of one.

A folder holds a file for each kind of record, `dictionary.json` (each column with its type and, where analysts' views
have it, its unit and meaning) and `provenance.json` (when and from what it was made, rows and SHA-256 of each file,
sources with their terms). Import checks the digests first; a second import stores nothing again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.arrow import record_batches
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.archives import open_data
from shared.domain.football import data_dictionary
from shared.domain.football.records import KINDS
from shared.errors import InvalidInput, NotFound
from shared.rfc3339 import format_moment

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
PART_ROWS = 100_000
_PROVENANCE, _DICTIONARY = "provenance.json", "dictionary.json"
_VIEW_OF = {"matches": "stats_matches", "shots": "stats_shots", "odds": "stats_odds", "teams": "stats_teams"} | {
    kind: f"stats_{kind}" for kind in ("leagues", "seasons", "players", "team_statistics", "appearances", "incidents")
}


def export(warehouse: ClickHouse, folder: Path, *, now: datetime) -> dict[str, int]:
    """Write everything that is stored; return the rows of each kind.

    Parameters
    ----------
    folder : made if missing; files of an earlier snapshot in it are replaced.

    Raises
    ------
    Unavailable : the warehouse does not answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {kind: _export_kind(warehouse, kind, folder) for kind in KINDS}
    sources = sorted(row["source"] for row in warehouse.query("SELECT DISTINCT source FROM current_seasons"))
    provenance = {
        "format": FORMAT,
        "made_at": format_moment(now),
        "tables": files,
        "sources": [_terms(source) for source in sources],
    }
    _write_json(folder / _DICTIONARY, {kind: _describe(kind) for kind in KINDS})
    _write_json(folder / _PROVENANCE, provenance)
    return {kind: file["rows"] for kind, file in files.items()}


def load(warehouse: ClickHouse, folder: Path) -> dict[str, int]:
    """Store a snapshot's records; return the rows of each kind.

    Raises
    ------
    NotFound : the folder holds no snapshot.
    InvalidInput : a file is not what was exported, or of a later format.
    Unavailable : the warehouse does not answer; the same again stores the rest.
    """
    from pyarrow import parquet

    tables = _read_provenance(folder)
    for kind, described in tables.items():
        if _sha256(folder / f"{kind}.parquet") != described["sha256"]:
            raise InvalidInput(f"{folder / kind}.parquet is not the file that was exported")
    for kind, described in tables.items():
        with parquet.ParquetFile(folder / f"{kind}.parquet") as file:
            for number in range(file.num_row_groups):
                part = file.read_row_group(number)
                if part.num_rows:
                    warehouse.insert(kind, part, token=f"snapshot-{described['sha256']}-{number}")
    return {kind: described["rows"] for kind, described in tables.items()}


def leagues_of(folder: Path) -> dict[int, tuple[int, int]]:
    """Return the newest season of each league of a snapshot, and the number of its matches."""
    from pyarrow import parquet

    seasons = parquet.read_table(folder / "seasons.parquet", columns=["league_id", "season_id", "starts_in"])
    newest: dict[int, tuple[int, int]] = {}
    for row in seasons.to_pylist():
        newest[row["league_id"]] = max(newest.get(row["league_id"], (0, 0)), (row["starts_in"], row["season_id"]))
    return {league_id: (season_id, 1) for league_id, (_, season_id) in newest.items()}


def _export_kind(warehouse: ClickHouse, kind: str, folder: Path) -> dict[str, Any]:
    from pyarrow import parquet

    path, n_rows = folder / f"{kind}.parquet", 0
    schema = _schema(kind)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in _parts(warehouse, kind, schema):
            writer.write_table(part)
            n_rows += part.num_rows
    return {"rows": n_rows, "bytes": path.stat().st_size, "sha256": _sha256(path)}


def _parts(warehouse: ClickHouse, kind: str, schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the current rows of a kind, some leagues at a time, in the order of their key."""
    order = ", ".join(KINDS[kind].KEY)
    select = f"SELECT {', '.join(schema.names)} FROM current_{kind}"  # nosec B608 - the columns are our own record's
    if "league_id" not in schema.names:
        yield warehouse.query_arrow(f"{select} ORDER BY {order}").cast(schema)
        return
    for first, last in _ranges(warehouse, kind):
        place = {"first": first, "last": last}
        where = "WHERE league_id >= {first:Int64} AND league_id <= {last:Int64}"
        yield warehouse.query_arrow(f"{select} {where} ORDER BY {order}", place).cast(schema)


def _ranges(warehouse: ClickHouse, kind: str) -> Iterator[tuple[int, int]]:
    """Yield ranges of leagues with some `PART_ROWS` rows each."""
    sql = f"SELECT league_id, count() AS n FROM {kind} GROUP BY league_id ORDER BY league_id"  # nosec B608
    first = last = None
    n_rows = 0
    for row in warehouse.query(sql):
        if first is not None and last is not None and n_rows + row["n"] > PART_ROWS:
            yield first, last
            first, n_rows = None, 0
        first = row["league_id"] if first is None else first
        last, n_rows = row["league_id"], n_rows + row["n"]
    if first is not None and last is not None:
        yield first, last


def _schema(kind: str) -> pa.Schema:
    import pyarrow as pa

    return record_batches.schema(kind).append(pa.field("fetched_at", pa.timestamp("ms", "UTC")))


def _describe(kind: str) -> dict[str, Any]:
    """Return the columns of a kind; what analysts' views say of them is said here, too."""
    view = data_dictionary.BY_NAME.get(_VIEW_OF.get(kind, ""))
    known = {each.expression: each for each in view.columns} if view else {}
    columns = [
        {
            "name": field.name,
            "type": str(field.type),
            "nullable": field.nullable,
            "unit": known[field.name].unit if field.name in known else "",
            "description": known[field.name].description if field.name in known else "",
        }
        for field in _schema(kind)
    ]
    text = (KINDS[kind].__doc__ or "").strip().splitlines()
    return {"description": text[0] if text else "", "key": list(KINDS[kind].KEY), "columns": columns}


def _terms(source: str) -> dict[str, str]:
    licence = open_data.LICENCE_OF.get(source)
    return asdict(licence) if licence else {"source": source, "licence": "not known"}


def _read_provenance(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        provenance = json.loads((folder / _PROVENANCE).read_text("utf-8"))
        tables: dict[str, dict[str, Any]] = provenance["tables"]
        made_as = provenance["format"]
    except FileNotFoundError:
        raise NotFound(f"{folder} holds no snapshot: there is no {_PROVENANCE}") from None
    except (ValueError, KeyError, TypeError) as exc:
        raise InvalidInput(f"{folder / _PROVENANCE} cannot be read") from exc
    if made_as != FORMAT or not tables.keys() <= KINDS.keys():
        raise InvalidInput(f"{folder} is a snapshot of another version of this program")
    return tables


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
