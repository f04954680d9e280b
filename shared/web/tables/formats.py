"""The formats of table files, by the extension of their address."""

from __future__ import annotations

from collections.abc import Mapping

from shared.web.tabular_schema import CSV, PARQUET

ARROW_FILE = "application/vnd.apache.arrow.file"
JSON_LINES = "application/jsonl"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MEDIA_TYPES: Mapping[str, str] = {
    "parquet": PARQUET,
    "csv": CSV,
    "arrow": ARROW_FILE,
    "jsonl": JSON_LINES,
    "xlsx": XLSX,
}
"""By extension. ``.arrow`` is the file format, which readers can seek in; pages come as an Arrow stream."""

CONTENT_TYPES: Mapping[str, str] = {
    **MEDIA_TYPES,
    "csv": "text/csv; charset=utf-8; header=present",
}

CONVERTER = f"any({', '.join(MEDIA_TYPES)})"
"""The converter of the extension in a route."""
