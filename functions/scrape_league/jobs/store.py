"""The queue of record in Postgres: jobs, units under lease, what the source answered, and its shared bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from functions.scrape_league.jobs.model import (
    Fault,
    Job,
    JobRequest,
    KnownList,
    KnownMatch,
    KnownPlayer,
    MatchCount,
    Progress,
    Sizes,
    SliceState,
    StalledJob,
    UnitCount,
)
from functions.scrape_league.jobs.policy import CONFIRM_AFTER, CORRECTIONS, RECHECK
from functions.scrape_league.quarantine import store as quarantine_store
from functions.scrape_league.source.endpoints import SOURCE
from shared import lazy
from shared.adapters.postgres.database import jsonb, plain
from shared.adapters.postgres.statements import Statements
from shared.domain.catalogue.leagues import by_slug
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from functions.scrape_league.jobs import units
    from functions.scrape_league.quarantine.model import QuarantineEntry, Waiver
    from shared.adapters.postgres.database import Connection, Postgres
else:
    # Records, which only workers handle: callers' cold start does without them.
    units = lazy.Module("functions.scrape_league.jobs.units", warm=False)

_SQL = Statements(Path(__file__).with_name("queries.sql"))


class PostgresQueue:
    """Answers both sides: `service.Jobs` for those who ask for work, `worker.Queue` for those who do it."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    # --- those who ask

    def open(self, wish: JobRequest, requested_by: str, key: str, *, task: str = "") -> str:
        """A new job with its first units, or the one that is there already."""

        def work(connection: Connection) -> str:
            request = {"user_id": requested_by, "key": key, "digest": wish.digest}
            if key and (found := _SQL.row(connection, dict, "find_request", **request)):
                return _same(found, wish, key)
            job_id = _open_job(connection, wish, requested_by, task)
            if key and not _SQL.execute(connection, "take_request", **request, job_id=job_id):
                found = _SQL.row(connection, dict, "find_request", **request)
                return _same(found or {"digest": "", "job_id": ""}, wish, key)
            return job_id

        return self._database.transaction(work)

    def job(self, job_id: str) -> Job:
        """The job, or `NotFound`."""
        found = _SQL.rows(self._database, _Job, "job", job_id=job_id)
        if not found:
            raise NotFound(f"job {job_id} is not known")
        return found[0]

    def jobs(self, after: tuple[datetime, str] | None, limit: int) -> list[Job]:
        """Jobs, newest first, after a position."""
        after_at, after_id = after or (None, None)
        return list(_SQL.rows(self._database, _Job, "jobs", after_at=after_at, after_id=after_id, limit=limit))

    def progress(self, job_id: str) -> Progress:
        """Where it stands."""
        named = {"job_id": job_id, "source": SOURCE}
        with self._database.connection() as connection:
            pace = _SQL.row(connection, dict, "pace", **named) or {}
            return Progress(
                units=_SQL.rows(connection, UnitCount, "unit_counts", **named),
                matches=_SQL.rows(connection, MatchCount, "match_counts", **named),
                matches_per_s=pace["n_lately"] / max(1.0, pace["over_s"]) if pace.get("n_lately") else 0.0,
                faults=_SQL.rows(connection, Fault, "faults", **named),
            )

    def is_running(self, task: str) -> bool:
        """Whether a job of this schedule has not ended."""
        return bool(_SQL.value(self._database, "running_task", task=task))

    def leagues_under_way(self) -> set[int]:
        """Leagues whose lists some job is still to read."""
        return set(_SQL.values(self._database, "leagues_under_way"))

    def list_stalled(self, quiet_s: float) -> list[StalledJob]:
        """Running jobs with free work, not invited lately; ends those that have none left."""
        with self._database.connection() as connection:
            for job_id in _SQL.values(connection, "idle_jobs"):
                _SQL.execute(connection, "end_job", job_id=job_id)
            return [
                StalledJob(job_id=str(row["job_id"]), n_free=row["n_free"], n_working=row["n_working"])
                for row in _SQL.rows(connection, dict, "due_jobs", quiet_s=quiet_s, source=SOURCE)
            ]

    def mark_dispatched(self, job_id: str, quiet_s: float) -> bool:
        """Whether it is ours to invite now."""
        return bool(_SQL.execute(self._database, "mark_dispatched", job_id=job_id, quiet_s=quiet_s))

    def newest_seasons(self, league_ids: Sequence[int]) -> dict[int, int]:
        """Newest season read, by league."""
        found = _SQL.rows(self._database, dict, "known_seasons", source=SOURCE, league_ids=list(league_ids))
        return {row["league_id"]: row["season_id"] for row in found}

    def due_matches(self, now: datetime) -> list[KnownMatch]:
        """Finished matches that lack a slice and may be tried (again), or may have been corrected."""
        waits = {"confirm_after": CONFIRM_AFTER, "corrections": CORRECTIONS, "recheck": RECHECK}
        return _SQL.rows(self._database, KnownMatch, "due_matches", source=SOURCE, now=now, **waits)

    def due_players(self, now: datetime, limit: int) -> list[KnownPlayer]:
        """Players whose profiles were never asked for, or long ago."""
        return _SQL.rows(self._database, KnownPlayer, "due_players", source=SOURCE, now=now, limit=limit)

    # --- both

    def lists(self, league_id: int, season_id: int) -> list[KnownList]:
        """What was read of a season; season 0 holds the league's own lists."""
        return _SQL.rows(self._database, KnownList, "season_lists", **_season(league_id, season_id))

    def season_matches(self, league_id: int, season_id: int) -> list[KnownMatch]:
        """Matches of a season."""
        return _SQL.rows(self._database, KnownMatch, "season_matches", **_season(league_id, season_id))

    # --- those who work

    def claim(self, job_id: str, *, owner: str, prefer: str, sizes: Sizes, at_most: int) -> units.Chunk | None:
        """The next units of one kind, league and season, leased to `owner`; None when nothing is free."""
        wanted = {
            "job_id": job_id,
            "owner": owner,
            "prefer": prefer,
            "n_rounds": sizes.rounds_per_chunk,
            "n_matches": sizes.matches_per_chunk,
            "at_most": at_most,
            "source": SOURCE,
            "lease_s": units.LEASE_S,
        }
        claimed = sorted(_SQL.rows(self._database, units.Unit, "claim", **wanted), key=lambda unit: unit.id)
        if not claimed:
            return None
        job = self.job(job_id)
        return units.Chunk(
            job_id=job_id,
            owner=owner,
            asked=job.requested_by != "cron",
            seasons=tuple(job.seasons),
            refresh=job.refresh,
            units=tuple(claimed),
        )

    def n_pending(self, job_id: str) -> int:
        """Units of the job that have not ended."""
        return int(_SQL.value(self._database, "n_pending", job_id=job_id))

    def renew(self, owners: Sequence[str]) -> None:
        """These are alive."""
        _SQL.execute(self._database, "renew", owners=list(owners), lease_s=units.LEASE_S)

    def release(self, chunk: units.Chunk, *, wait_s: float, trouble: str = "") -> None:
        """Give units back untouched; the job tells the trouble until something succeeds."""
        with self._database.connection() as connection:
            _SQL.execute(connection, "release", owner=chunk.owner, wait_s=wait_s)
            if trouble:
                _SQL.execute(connection, "note_trouble", job_id=chunk.job_id, fault=trouble[:500])

    def commit(self, chunk: units.Chunk, result: units.ChunkResult) -> str:
        """Store what the chunk led to and how its units ended, all or nothing; the job's state afterwards."""

        def work(connection: Connection) -> str:
            locked = _SQL.row(connection, dict, "lock_job", job_id=chunk.job_id)
            if locked and locked["fault"]:
                _SQL.execute(connection, "note_trouble", job_id=chunk.job_id, fault="")
            _store(connection, "store_matches", plain(result.matches))
            _store(connection, "store_slices", plain(result.slices))
            _store(connection, "store_lists", plain(result.lists))
            # A chunk of matches names the same players many times.
            _store(connection, "see_players", plain(dict.fromkeys(result.players)))
            _store(connection, "store_profiles", plain(result.profiles))
            quarantine_store.resolve(connection, result.passed)
            quarantine_store.store_items(connection, result.quarantined)
            _add_units(connection, chunk.job_id, plain(result.new_units))
            rows = [row | {"reason": row["reason"][:500]} for row in plain(result.units)]
            _SQL.execute(connection, "end_units", rows=jsonb(rows), owner=chunk.owner)
            finished = _SQL.row(connection, dict, "end_job", job_id=chunk.job_id)
            return str((finished or locked or {"state": "gone"})["state"])

        return self._database.transaction(work)

    def matches(self, ids: Sequence[int]) -> dict[int, KnownMatch]:
        """Matches by id."""
        found = _SQL.rows(self._database, KnownMatch, "matches", source=SOURCE, ids=list(ids))
        return {match.match_id: match for match in found}

    def slices(self, ids: Sequence[int]) -> dict[int, dict[str, SliceState]]:
        """What is known of their slices, by match and slice."""
        known: dict[int, dict[str, SliceState]] = {}
        for state in _SQL.rows(self._database, SliceState, "slices", source=SOURCE, ids=list(ids)):
            known.setdefault(state.match_id, {})[state.slice] = state
        return known

    def waived(self, kind: str, season_id: int, refs: Sequence[str]) -> dict[str, set[Waiver]]:
        """Rules that a person let pass, by what was read."""
        return quarantine_store.PostgresQuarantine(self._database).get_waivers(kind, season_id, refs)

    def entry(self, entry_id: int) -> QuarantineEntry:
        """What is held back, or `NotFound`."""
        return quarantine_store.PostgresQuarantine(self._database).get_entry(entry_id)

    def profiles(self, ids: Sequence[int]) -> dict[int, units.ProfileState]:
        """What is known of players' profiles, of those that were asked for."""
        found = _SQL.rows(self._database, units.ProfileState, "profiles", source=SOURCE, ids=list(ids))
        return {state.player_id: state for state in found}


class _Job(Job):
    """A job whose id comes as the driver's UUID."""

    def __init__(self, *, id: UUID, **fields: Any) -> None:
        super().__init__(id=str(id), **fields)


def _open_job(connection: Connection, wish: JobRequest, requested_by: str, task: str) -> str:
    fields = {
        "digest": wish.digest,
        "requested_by": requested_by,
        "leagues": list(wish.leagues),
        "seasons": list(wish.seasons),
        "refresh": wish.refresh,
        "task": task,
    }
    for _ in range(3):
        if opened := _SQL.row(connection, dict, "open_job", **fields):
            _add_units(connection, str(opened["id"]), _first_units(wish))
            return str(opened["id"])
        if alike := _SQL.row(connection, dict, "alike_job", **fields):
            return str(alike["id"])
        # The alike one ended between the two statements.
    raise Conflict("jobs that wish the same come and go too fast")


def _first_units(wish: JobRequest) -> list[dict[str, Any]]:
    if wish.matches or wish.players:
        matches = [
            {"kind": "match", "league_id": match.league_id, "season_id": match.season_id}
            | {"ref": str(match.match_id), "version": match.version}
            for match in wish.matches
        ]
        return matches + [
            {"kind": "player", "league_id": player.league_id, "season_id": player.season_id}
            | {"ref": str(player.player_id), "version": 0}
            for player in wish.players
        ]
    return [
        {"kind": "plan", "league_id": by_slug(slug).id, "season_id": 0, "ref": "seasons", "version": 0}
        for slug in wish.leagues
    ]


def _same(found: Mapping[str, Any], wish: JobRequest, key: str) -> str:
    if found["digest"] != wish.digest:
        raise Conflict(f"Idempotency-Key {key!r} was used for another request")
    return str(found["job_id"])


def _add_units(connection: Connection, job_id: str, units: list[dict[str, Any]]) -> None:
    if units:
        _SQL.execute(connection, "add_units", job_id=job_id, rows=jsonb(units))


def _store(connection: Connection, query: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        _SQL.execute(connection, query, source=SOURCE, rows=jsonb(rows))


def _season(league_id: int, season_id: int) -> dict[str, Any]:
    return {"source": SOURCE, "league_id": league_id, "season_id": season_id}
