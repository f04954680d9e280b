"""What was measured, and when: the model reads it from here, so that the page is the same on every machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("figures.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one request, in milliseconds of processor time, by who spends it."""

    function_ms: float
    postgres_ms: float
    valkey_ms: float
    clickhouse_ms: float
    cv2: float
    """Squared coefficient of variation of how long it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that the model needs to know of our code."""

    machine: str
    measured_on: str
    functions: dict[str, Cost]
    """By the name of their Service."""
    dispatched_per_s: float
    """Events that one dispatcher delivers unordered."""
    ingested_rows_per_s: float
    """From the log into ClickHouse by one ingest-batch."""
    batches_of_a_match: float
    """On the log, its details included."""
    rows_of_a_match: float
    """In ClickHouse, its details included."""
    bytes_of_a_match: dict[str, float]
    """At rest, with its details: `clickhouse`, `log`, `objects`; one copy."""
    bytes_of_a_user: float
    """The row in Postgres with its indexes; one copy."""


def read(path: Path = FILE) -> Figures:
    """As last written by ``./scripts/bench capacity --measure``."""
    output: dict[str, Any] = json.loads(path.read_text("utf-8"))
    names = Cost.__dataclass_fields__
    costs = {
        name.replace("_", "-"): Cost(**{key: value for key, value in each.items() if key in names})
        for name, each in output.pop("functions").items()
    }
    return Figures(functions=costs, **output)
