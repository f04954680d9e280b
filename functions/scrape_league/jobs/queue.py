"""The queue of record in Postgres, as workers use it: units under lease, and results of chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from functions.scrape_league.jobs.model import CRON, KnownMatch, Sizes, SliceState
from functions.scrape_league.jobs.store import SQL, PostgresJobs, add_units
from functions.scrape_league.jobs.units import LEASE_S, Chunk, ChunkResult, ProfileState, Unit
from functions.scrape_league.quarantine import store as quarantine_store
from functions.scrape_league.source.endpoints import SOURCE
from shared.adapters.postgres.database import to_jsonb, to_rows

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection


class PostgresQueue(PostgresJobs):
    """Implementation of `collect.ports.Queue`; a worker dispatches stalled jobs as well, so it is a `Jobs` too."""

    def claim(self, job_id: str, *, owner: str, prefer: str, sizes: Sizes, at_most: int) -> Chunk | None:
        """Lease the next units of one kind, league and season to `owner`; None if no unit is free."""
        rows = SQL.rows(
            self._database,
            dict,
            "claim",
            job_id=job_id,
            owner=owner,
            prefer=prefer,
            n_rounds=sizes.rounds_per_chunk,
            n_matches=sizes.matches_per_chunk,
            at_most=at_most,
            source=SOURCE,
            lease_s=LEASE_S,
            cron=CRON,
        )
        return _chunk(job_id, owner, rows) if rows else None

    def count_pending(self, job_id: str) -> int:
        """Return how many units of the job have not ended."""
        return int(SQL.value(self._database, "count_pending", job_id=job_id))

    def renew(self, owners: Sequence[str]) -> None:
        """Renew the leases of these owners."""
        SQL.execute(self._database, "renew", owners=list(owners), lease_s=LEASE_S)

    def release(self, chunk: Chunk, *, wait_s: float, fault: str = "") -> None:
        """Return the units of a chunk undone; the job shows the fault until a chunk succeeds."""
        with self._database.connection() as connection:
            SQL.execute(connection, "release", owner=chunk.owner, wait_s=wait_s)
            if fault:
                SQL.execute(connection, "store_fault", job_id=chunk.job_id, fault=fault[:500])

    def commit(self, chunk: Chunk, result: ChunkResult) -> str:
        """Store the result of a chunk, all or nothing; return the state of the job afterwards."""

        def work(connection: Connection) -> str:
            job = SQL.row(connection, dict, "lock_job", job_id=chunk.job_id)
            if job and job["fault"]:
                SQL.execute(connection, "store_fault", job_id=chunk.job_id, fault="")
            _store_state(connection, result)
            quarantine_store.resolve(connection, result.passed)
            quarantine_store.store_items(connection, result.quarantined)
            add_units(connection, chunk.job_id, to_rows(result.new_units))
            rows = [row | {"reason": row["reason"][:500]} for row in to_rows(result.units)]
            SQL.execute(connection, "end_units", rows=to_jsonb(rows), owner=chunk.owner)
            ended = SQL.row(connection, dict, "end_job", job_id=chunk.job_id)
            return str((ended or job or {"state": "gone"})["state"])

        return self._database.transaction(work)

    def get_matches(self, ids: Sequence[int]) -> dict[int, KnownMatch]:
        """Return known matches by id."""
        matches = SQL.rows(self._database, KnownMatch, "get_matches", source=SOURCE, ids=list(ids))
        return {match.match_id: match for match in matches}

    def get_slices(self, ids: Sequence[int]) -> dict[int, dict[str, SliceState]]:
        """Return the states of the slices of matches, by match and slice."""
        states: dict[int, dict[str, SliceState]] = {}
        for state in SQL.rows(self._database, SliceState, "get_slices", source=SOURCE, ids=list(ids)):
            states.setdefault(state.match_id, {})[state.slice] = state
        return states

    def get_profiles(self, ids: Sequence[int]) -> dict[int, ProfileState]:
        """Return the states of players' profiles by player; players whose profile was never requested are left out."""
        states = SQL.rows(self._database, ProfileState, "get_profiles", source=SOURCE, ids=list(ids))
        return {state.player_id: state for state in states}


def _chunk(job_id: str, owner: str, rows: Sequence[dict[str, Any]]) -> Chunk:
    first = rows[0]
    names = Unit.__dataclass_fields__
    units = [Unit(**{name: row[name] for name in names}) for row in rows]
    return Chunk(
        job_id=job_id,
        owner=owner,
        is_manual=first["is_manual"],
        seasons=tuple(first["seasons"]),
        refresh=first["refresh"],
        units=tuple(sorted(units, key=lambda unit: unit.id)),
    )


def _store_state(connection: Connection, result: ChunkResult) -> None:
    _store(connection, "store_matches", to_rows(result.matches))
    _store(connection, "store_slices", to_rows(result.slices))
    _store(connection, "store_lists", to_rows(result.lists))
    # Line-ups of one chunk name the same players many times.
    _store(connection, "store_players", to_rows(dict.fromkeys(result.players)))
    _store(connection, "store_profiles", to_rows(result.profiles))


def _store(connection: Connection, query: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        SQL.execute(connection, query, source=SOURCE, rows=to_jsonb(rows))
