"""A warehouse's worth of football: the matches of `matches` filed by league and season, and generated appearances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.adapters.arrow import record_batches
from tests.bench.support import match_batches as matches

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from shared.adapters.clickhouse.client import ClickHouse

N_APPEARANCES = 1_500_000
_ELEVEN, _RESERVES = (0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3), (0, 1, 1, 2, 2, 3, 3)
"""Lines of a match's squad: goal, defence, midfield, attack."""
SQUAD, STARTERS, BENCH = 26, 11, 7
"""Players of a club's season, and of one match's squad."""
STATISTICS = {
    "goals": 0.11, "goalAssist": 0.08, "onTargetScoringAttempt": 0.4, "shotOffTarget": 0.4, "keyPass": 0.9,
    "totalPass": 38.0, "accuratePass": 31.0, "totalTackle": 1.5, "interceptionWon": 0.9, "duelWon": 4.5,
    "duelLost": 4.4, "touches": 52.0, "fouls": 1.0, "wasFouled": 0.9,
}  # fmt: skip
"""The source's names, and how often a player of 90 minutes does it."""
KNOWN = {
    "england 1": 17, "spain": 8, "germany": 35, "italy": 23, "france": 34, "netherlands": 37, "portugal": 238,
    "turkey": 52, "russia": 203, "belgium": 38, "scotland": 36,
}  # fmt: skip
"""Competitions of the file that the catalogue knows, by its ids."""
_CHUNK = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What is stored."""

    origin: str
    matches: pa.Table
    appearances: pa.Table


def volume(n_matches: int = 0, n_appearances: int = N_APPEARANCES, seed: int = 11) -> Volume:
    """All matches (or the first so many), the newest of the known leagues with squads, always the same for a seed."""
    origin, table = _matches(n_matches)
    return Volume(origin=origin, matches=table, appearances=_appearances(table, n_appearances, seed))


def store(volume: Volume, warehouse: ClickHouse) -> None:
    """Insert everything, as many batches would have, with leagues, seasons, clubs and players."""
    for kind, table in (("matches", volume.matches), ("appearances", volume.appearances)):
        for start in range(0, table.num_rows, _CHUNK):
            warehouse.insert(kind, table.slice(start, _CHUNK), token=f"{kind}-{start}")
    for sql in _DERIVED:
        warehouse.command(sql)


_DERIVED = (
    "INSERT INTO leagues (source, version, league_id, name, country) "
    "SELECT 'bench', 1, league_id, concat('League ', league_id), '' FROM matches GROUP BY league_id",
    "INSERT INTO seasons (source, version, league_id, season_id, name, year, starts_in) "
    "SELECT 'bench', 1, league_id, season_id, '', "
    "concat(season_id % 10000, '/', leftPad(toString((season_id + 1) % 100), 2, '0')), season_id % 10000 "
    "FROM matches GROUP BY league_id, season_id",
    "INSERT INTO teams (source, version, team_id, name, short_name, code, country) "
    "SELECT 'bench', 1, team, any(name), '', '', '' FROM ("
    "SELECT home_id AS team, home_name AS name FROM matches UNION ALL SELECT away_id, away_name FROM matches) "
    "GROUP BY team",
    "INSERT INTO players (source, version, player_id, name, short_name, position, country) "
    "SELECT 'bench', 1, player_id, any(player_name), '', any(position), '' FROM appearances GROUP BY player_id",
)


def _matches(limit: int) -> tuple[str, pa.Table]:
    import numpy as np
    import pyarrow as pa

    origin, raw = matches.raw(limit)
    competition = np.array(
        [
            f"{name} {tier}" if tier else str(name)
            for name, tier in zip(*_lists(raw, "competition", "tier"), strict=True)
        ]
    )
    raw = raw.set_column(raw.column_names.index("competition"), "competition", pa.array(competition))
    table = matches.as_matches(raw)
    league = table["league_id"].to_numpy().copy()
    for name, league_id in KNOWN.items():
        league[competition == name] = league_id
    starts_in = _season_starts(table)
    table = _with(table, league_id=league, season_id=league * 10_000 + starts_in)
    table = table.sort_by([("league_id", "ascending"), ("season_id", "ascending"), ("starts_at", "ascending")])
    return origin, _with(table, round=_rounds(table))


def _season_starts(table: pa.Table) -> np.ndarray:
    """The year a season begins in: they roll over in July."""
    months = table["starts_at"].to_numpy().astype("datetime64[M]").astype("int64") + 1970 * 12
    starts: np.ndarray = (months - 6) // 12
    return starts


def _rounds(table: pa.Table) -> np.ndarray:
    """Ten matches a round within each season, in their order."""
    import numpy as np

    season = table["season_id"].to_numpy()
    first = np.flatnonzero(np.concatenate(([True], season[1:] != season[:-1])))
    within = np.arange(len(season)) - np.repeat(first, np.diff(np.append(first, len(season))))
    rounds: np.ndarray = np.minimum(within // 10 + 1, 200)
    return rounds


def _appearances(table: pa.Table, n_rows: int, seed: int) -> pa.Table:
    """Squads for the newest matches of the known leagues."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    random = np.random.default_rng(seed)
    known = table.filter(pc.is_in(table["league_id"], pa.array(KNOWN.values(), pa.int64())))
    known = known.sort_by([("starts_at", "descending")]).slice(0, -(-n_rows // (2 * (STARTERS + BENCH))))
    known = known.sort_by([("league_id", "ascending"), ("season_id", "ascending"), ("match_id", "ascending")])
    side = STARTERS + BENCH
    n = known.num_rows * 2 * side
    of_match = np.repeat(np.arange(known.num_rows), 2 * side)
    is_home = np.tile(np.repeat([True, False], side), known.num_rows)
    place = np.tile(np.arange(side), 2 * known.num_rows)
    home, away = (known[name].to_numpy()[of_match] for name in ("home_id", "away_id"))
    team = np.where(is_home, home, away)
    # Each match a run of the squad that begins elsewhere; a fifth of the squad is new every season.
    start = random.integers(0, SQUAD, known.num_rows * 2)[np.repeat(np.arange(known.num_rows * 2), side)]
    starts_in = known["season_id"].to_numpy()[of_match] % 10_000
    member = (start + place) % SQUAD
    generation = (starts_in + member % 5) // 5
    player = 1 + (matches.mixed(team, member, generation) % (2**40))
    minutes = np.where(place < STARTERS, random.integers(60, 91, n), random.integers(-60, 31, n).clip(0))
    values = {name: random.poisson(rate * minutes / 90).astype("float64") for name, rate in STATISTICS.items()}
    made = {
        "source": pa.repeat("bench", n),
        "version": known["version"].to_numpy()[of_match],
        **{name: known[name].to_numpy()[of_match] for name in ("league_id", "season_id", "match_id")},
        "player_id": player,
        "player_name": pa.array([f"Player {number:x}" for number in player]),
        "team_id": team,
        "is_home": is_home,
        "position": pa.array(np.array(list("GDMF"))[[*_ELEVEN, *_RESERVES]][place]),
        "starter": place < STARTERS,
        "minutes": pa.array(minutes, mask=minutes == 0),
        "rating": pa.array(random.normal(6.8, 0.6, n).clip(3, 10).round(1), mask=minutes < 10),
        "statistics": _maps(values),
    }
    columns = [matches.column(field, made.get(field.name), n) for field in record_batches.schema("appearances")]
    return pa.table(columns, schema=record_batches.schema("appearances")).slice(0, n_rows)


def _maps(values: dict[str, np.ndarray]) -> pa.Array:
    """One map a row, without its zeros, as the source leaves them out."""
    import numpy as np
    import pyarrow as pa

    names, table = np.array(sorted(values)), np.stack([values[name] for name in sorted(values)], axis=1)
    row, column = np.nonzero(table)
    offsets = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(table)))))
    expected = record_batches.schema("appearances").field("statistics").type
    keys = pa.array(names).take(pa.array(column))
    return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), keys, pa.array(table[row, column])).cast(expected)


def _with(table: pa.Table, **columns: Any) -> pa.Table:
    """The table with other values in some columns."""
    import pyarrow as pa

    for name, values in columns.items():
        field = table.schema.field(name)
        table = table.set_column(table.column_names.index(name), field, pa.array(values).cast(field.type))
    return table


def _lists(table: pa.Table, *names: str) -> list[list[Any]]:
    return [table[name].to_pylist() for name in names]
