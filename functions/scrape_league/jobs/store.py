"""Jobs in Postgres: opened, listed and dispatched by the HTTP function; `jobs.queue` adds what workers need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from functions.scrape_league.jobs.model import (
    JOBS_KEPT,
    REQUESTS_KEPT,
    Fault,
    Job,
    JobRequest,
    KnownList,
    KnownMatch,
    KnownPlayer,
    MatchCount,
    Progress,
    StalledJob,
    UnitCount,
)
from functions.scrape_league.jobs.policy import CONFIRM_AFTER, CORRECTION_WINDOW, RECHECK_EVERY
from functions.scrape_league.source.endpoints import SOURCE, XG_SLICES, Slice
from shared.adapters.postgres.database import to_jsonb
from shared.adapters.postgres.statements import Statements
from shared.domain.catalogue.leagues import by_slug
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

SQL = Statements(Path(__file__).with_name("queries.sql"))

_EXPECTED_SLICES = {"n_slices": len(Slice), "xg_slices": [str(part) for part in XG_SLICES]}


class PostgresJobs:
    """Implementation of `Jobs`; shared by all threads."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def open_job(self, request: JobRequest, requested_by: str, key: str, *, task: str = "") -> str:
        """Open a job, unless one of the same request, or of the same `task`, runs already; return the id of the job."""

        def work(connection: Connection) -> str:
            params = {"user_id": requested_by, "key": key, "digest": request.digest}
            if key and (row := SQL.row(connection, dict, "find_request", **params)):
                return _job_of_request(row, request, key)
            job_id = _open_job(connection, request, requested_by, task)
            if key and not SQL.execute(connection, "store_request", **params, job_id=job_id):
                row = SQL.row(connection, dict, "find_request", **params)
                return _job_of_request(row or {"digest": "", "job_id": ""}, request, key)
            return job_id

        return self._database.transaction(work)

    def get_job(self, job_id: str) -> Job:
        """Return a job, or raise `NotFound`."""
        job = SQL.row(self._database, _Job, "get_job", job_id=job_id)
        if job is None:
            raise NotFound(f"there is no job {job_id}")
        return job

    def list_jobs(self, after: tuple[datetime, str] | None, limit: int) -> list[Job]:
        """Return jobs, the newest first, after a position."""
        after_at, after_id = after or (None, None)
        return list(SQL.rows(self._database, _Job, "list_jobs", after_at=after_at, after_id=after_id, limit=limit))

    def get_progress(self, job_id: str) -> Progress:
        """Return the progress of a job."""
        params = {"job_id": job_id, "source": SOURCE, **_EXPECTED_SLICES}
        with self._database.connection() as connection:
            pace = SQL.row(connection, dict, "pace", **params) or {}
            return Progress(
                units=SQL.rows(connection, UnitCount, "unit_counts", **params),
                matches=SQL.rows(connection, MatchCount, "match_counts", **params),
                matches_per_s=pace["n_recent"] / max(1.0, pace["span_s"]) if pace.get("n_recent") else 0.0,
                faults=SQL.rows(connection, Fault, "faults", **params),
            )

    def is_running(self, task: str) -> bool:
        """Tell whether a job of this scheduled task has not ended."""
        return bool(SQL.value(self._database, "count_running", task=task))

    def leagues_in_progress(self) -> set[int]:
        """Return the leagues whose lists a running job has yet to read."""
        return set(SQL.values(self._database, "leagues_in_progress"))

    def list_stalled(self, quiet_s: float) -> list[StalledJob]:
        """Return running jobs with unclaimed units, not dispatched within `quiet_s`; end jobs without pending units."""
        with self._database.connection() as connection:
            for job_id in SQL.values(connection, "list_finished"):
                SQL.execute(connection, "end_job", job_id=job_id)
            return [
                StalledJob(job_id=str(row["job_id"]), n_free=row["n_free"], n_working=row["n_working"])
                for row in SQL.rows(connection, dict, "list_stalled", quiet_s=quiet_s, source=SOURCE)
            ]

    def mark_dispatched(self, job_id: str, quiet_s: float) -> bool:
        """Record a dispatch; False if another process has dispatched the job within `quiet_s`."""
        return bool(SQL.execute(self._database, "mark_dispatched", job_id=job_id, quiet_s=quiet_s))

    def get_lists(self, league_id: int, season_id: int) -> list[KnownList]:
        """Return the lists of a season; season 0 holds the lists of the league itself."""
        return SQL.rows(self._database, KnownList, "get_lists", **_season(league_id, season_id))

    def get_season_matches(self, league_id: int, season_id: int) -> list[KnownMatch]:
        """Return the matches of a season."""
        return SQL.rows(self._database, KnownMatch, "get_season_matches", **_season(league_id, season_id))

    def get_newest_seasons(self, league_ids: Sequence[int]) -> dict[int, int]:
        """Return the newest known season by league."""
        rows = SQL.rows(self._database, dict, "get_newest_seasons", source=SOURCE, league_ids=list(league_ids))
        return {row["league_id"]: row["season_id"] for row in rows}

    def list_due_matches(self, now: datetime) -> list[KnownMatch]:
        """Return finished matches that lack a slice and may be tried now, or that may have been corrected."""
        times = {
            "now": now,
            "confirm_after": CONFIRM_AFTER,
            "correction_window": CORRECTION_WINDOW,
            "recheck_every": RECHECK_EVERY,
        }
        return SQL.rows(self._database, KnownMatch, "list_due_matches", source=SOURCE, **times, **_EXPECTED_SLICES)

    def list_due_players(self, now: datetime, limit: int) -> list[KnownPlayer]:
        """Return players whose profiles were never read, or long ago."""
        return SQL.rows(self._database, KnownPlayer, "list_due_players", source=SOURCE, now=now, limit=limit)

    def forget_requests(self) -> int:
        """Delete Idempotency-Keys older than `REQUESTS_KEPT`; return how many."""
        return SQL.execute(self._database, "forget_requests", max_age=REQUESTS_KEPT)

    def forget_jobs(self, limit: int) -> int:
        """Delete at most `limit` jobs that ended more than `JOBS_KEPT` ago; return how many."""
        return SQL.execute(self._database, "forget_jobs", max_age=JOBS_KEPT, limit=limit)


class _Job(Job):
    """A job whose id comes as the driver's UUID."""

    def __init__(self, *, id: UUID, **fields: Any) -> None:
        super().__init__(id=str(id), **fields)


def _open_job(connection: Connection, request: JobRequest, requested_by: str, task: str) -> str:
    params = {
        "digest": request.digest,
        "requested_by": requested_by,
        "leagues": list(request.leagues),
        "seasons": list(request.seasons),
        "refresh": request.refresh,
        "task": task,
    }
    for _ in range(3):
        if job_id := SQL.value(connection, "insert_job", **params):
            add_units(connection, str(job_id), _first_units(request))
            return str(job_id)
        if job_id := SQL.value(connection, "find_running_job", **params):
            return str(job_id)
        # The running job of the same request ended between the two statements.
    raise Conflict("jobs of the same request kept starting and ending; try again")


def _first_units(request: JobRequest) -> list[dict[str, Any]]:
    if request.matches or request.players:
        matches = [
            {"kind": "match", "league_id": match.league_id, "season_id": match.season_id}
            | {"ref": str(match.match_id), "version": match.version}
            for match in request.matches
        ]
        return matches + [
            {"kind": "player", "league_id": player.league_id, "season_id": player.season_id}
            | {"ref": str(player.player_id), "version": 0}
            for player in request.players
        ]
    return [
        {"kind": "plan", "league_id": by_slug(slug).id, "season_id": 0, "ref": "seasons", "version": 0}
        for slug in request.leagues
    ]


def add_units(connection: Connection, job_id: str, units: list[dict[str, Any]]) -> None:
    """Add units to a job; those that it has already are left as they are."""
    if units:
        SQL.execute(connection, "add_units", job_id=job_id, rows=to_jsonb(units))


def _job_of_request(row: Mapping[str, Any], request: JobRequest, key: str) -> str:
    if row["digest"] != request.digest:
        raise Conflict(f"Idempotency-Key {key!r} was used for another request; use a new key")
    return str(row["job_id"])


def _season(league_id: int, season_id: int) -> dict[str, Any]:
    return {"source": SOURCE, "league_id": league_id, "season_id": season_id}
