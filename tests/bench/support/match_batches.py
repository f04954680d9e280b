"""Many matches as Arrow: the volume data of the reference folder where it is there, generated rows elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.adapters.arrow import record_batches

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

LARGE = Path(__file__).resolve().parents[4] / "shared" / "football" / "large" / "matches_1871_2025.parquet"
GENERATED_ROWS = 1_420_685
"""As many as the real ones, so that figures compare."""

_VERSION = 1_750_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """The matches of one league and season id, as one table of the kind ``matches``."""

    league_id: int
    season_id: int
    table: pa.Table


def seasons(limit: int = 0) -> tuple[str, list[Season]]:
    """Where the matches come from, and all of them or the first `limit`, by competition.

    A competition's whole history is one season here: the batches of a real season would be a tenth of what an event
    may carry, and the benchmark one of round trips (`--batch-rows` of the benchmark makes it that).
    """
    origin, rows = raw(limit)
    table = as_matches(rows)
    result = []
    for league_id, start, length in _runs(table["league_id"]):
        result.append(Season(league_id=league_id, season_id=league_id, table=table.slice(start, length)))
    return origin, result


def raw(limit: int = 0) -> tuple[str, pa.Table]:
    """Where the matches come from, and the rows as they stand there, by competition and date."""
    origin, rows = ("large/matches_1871_2025.parquet", _real()) if LARGE.exists() else ("generated", _generated())
    return origin, rows.slice(0, limit) if limit else rows


def _real() -> pa.Table:
    import pyarrow.parquet as pq

    columns = ["competition", "tier", "date", "home", "away", "gh", "ga", "full_time"]
    return pq.read_table(LARGE, columns=columns).sort_by([("competition", "ascending"), ("date", "ascending")])


def _generated() -> pa.Table:
    """Leagues of 20 clubs, a round a week, two rounds of everyone against everyone a season."""
    import numpy as np
    import pyarrow as pa

    number = np.arange(GENERATED_ROWS)
    league, of_league = number // 14_000, number % 14_000
    random = np.random.default_rng(20260321)
    return pa.table(
        {
            "competition": pa.array([f"League {n}" for n in league]),
            "tier": pa.nulls(GENERATED_ROWS, pa.int8()),
            "date": pa.array((of_league // 10 * 7 - 20_000).astype("int32"), pa.date32()),
            "home": pa.array([f"Club {n}" for n in league * 20 + of_league % 20]),
            "away": pa.array([f"Club {n}" for n in league * 20 + (of_league * 7 + 3) % 20]),
            "gh": pa.array(random.poisson(1.5, GENERATED_ROWS), pa.int8()),
            "ga": pa.array(random.poisson(1.2, GENERATED_ROWS), pa.int8()),
            "full_time": pa.array(["F"] * GENERATED_ROWS),
        }
    )


def as_matches(raw: pa.Table) -> pa.Table:
    """Each row as a `Match`: finished, ids by stable hash of the names, kick-off at midnight."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    n = raw.num_rows
    # ClickHouse's days begin with 1900; the few thousand older matches are moved there.
    days = np.maximum(raw["date"].cast(pa.int32()).to_numpy(), -25_567)
    leagues, homes, aways = (_ids(raw[name]) for name in ("competition", "home", "away"))
    home_goals, away_goals = raw["gh"].cast(pa.int32()), raw["ga"].cast(pa.int32())
    winner = pc.if_else(
        pc.greater(home_goals, away_goals), 1, pc.if_else(pc.greater(away_goals, home_goals), 2, 3)
    ).cast(pa.int32())
    match_ids = mixed(leagues, days.astype("int64"), homes, aways, np.arange(n))
    known: dict[str, Any] = {
        "source": pa.repeat("bench", n),
        "version": pa.repeat(pa.scalar(_VERSION, pa.int64()), n),
        "league_id": leagues,
        "season_id": leagues,
        "match_id": match_ids,
        "custom_id": pa.array([f"{number:x}" for number in match_ids]),
        "tournament_id": leagues,
        "starts_at": pa.array(days.astype("int64") * 86_400_000).cast(pa.timestamp("ms", "UTC")),
        "status_code": np.full(n, 100),
        "status_type": pa.repeat("finished", n),
        "home_id": homes,
        "away_id": aways,
        "home_name": raw["home"].cast(pa.string()),
        "away_name": raw["away"].cast(pa.string()),
        "home_goals": home_goals,
        "away_goals": away_goals,
        "home_goals_display": home_goals,
        "away_goals_display": away_goals,
        "winner": winner,
    }
    columns = [column(field, known.get(field.name), n) for field in record_batches.schema("matches")]
    return pa.table(columns, schema=record_batches.schema("matches")).combine_chunks()


def column(field: pa.Field, values: Any, n: int) -> Any:
    """The values in the column's type; nothing known means null, or the type's empty value."""
    import pyarrow as pa

    if values is None:
        empty = {pa.string(): "", pa.bool_(): False}.get(field.type, 0)
        return pa.nulls(n, field.type) if field.nullable else pa.repeat(pa.scalar(empty, field.type), n)
    made = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    return made.cast(field.type)


def _ids(names: pa.ChunkedArray) -> np.ndarray:
    """A positive id per name, the same in every run."""
    import numpy as np

    coded = names.combine_chunks().dictionary_encode()
    hashed = [
        int.from_bytes(hashlib.blake2b(str(name).encode(), digest_size=4).digest()) + 1 for name in coded.dictionary
    ]
    ids: np.ndarray = np.array(hashed, dtype="int64")[coded.indices.to_numpy()]
    return ids


def mixed(*parts: np.ndarray) -> np.ndarray:
    """One positive 62-bit id out of several numbers (odd multipliers, as hash tables use)."""
    import numpy as np

    mixed = np.zeros(len(parts[0]), dtype="uint64")
    for part in parts:
        mixed = (mixed ^ part.astype("uint64")) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return (mixed & np.uint64(2**62 - 1)).astype("int64") | 1


def _runs(column: pa.ChunkedArray) -> list[tuple[int, int, int]]:
    """Value, start and length of each stretch of equal values."""
    import numpy as np

    values = column.to_numpy()
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    ends = np.append(starts[1:], len(values))
    return [(int(values[start]), int(start), int(end - start)) for start, end in zip(starts, ends, strict=True)]
