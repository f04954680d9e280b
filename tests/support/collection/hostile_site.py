"""Collection from a hostile site: whatever it does, tables are right or reported incomplete, never wrong.

A case is one job against a site whose faults follow from a seed, with an operator who resumes the source after a
refusal, and then the same job and the details tick against the site without faults.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from functions.scrape_league import service
from functions.scrape_league.completeness.store import PostgresCompletenessStore
from functions.scrape_league.jobs.model import JobRequest
from functions.scrape_league.source.circuit_store import PostgresSourceGuard
from functions.scrape_league.source.endpoints import SOURCE
from k8s.local.standin.faults.fault_plan import CorruptedResponse, FaultPlan, parse
from k8s.local.standin.site.json_interface import JsonInterface
from k8s.local.standin.world.leagues import SIMULATED, League
from k8s.local.standin.world.simulated_world import SimulatedWorld
from shared.adapters.postgres.database import Postgres
from shared.domain.accounts.audit import Actor
from shared.domain.football.completeness import Season
from shared.domain.football.records import MatchDetail, PlayerProfile, Record
from shared.errors import Blocked
from shared.events.envelope import Event
from shared.ports.collection import PageRequest, PageResponse
from tests.support.collection.collector import InProcessWorker, Tables, http_deps, newest_rows
from tests.support.collection.doubles import NOW, RUSSIA, MemorySite
from tests.support.engines.postgres import run

FAULTS = (
    "errors=0.15,cut=0.05",
    "truncated=0.1",
    "poisoned=0.2",
    "moved=0.25",
    "renamed=0.2",
    "challenge=0.02,after=40",
    "limited=0.05",
    "errors=0.1,truncated=0.05,poisoned=0.1,renamed=0.1,moved=0.1,limited=0.01",
)
"""Faults of a site, alone and combined."""

N_TEAMS = 4
"""Teams of the league: twelve matches, some hundred responses."""

_FIELDS_OF_OTHER_RESPONSES = ("home_formation", "away_formation", "home_manager_id", "away_manager_id")
"""Fields of a match's detail that come from other responses than its own page."""

_MAX_RESUMES = 6
"""Number of times that an operator resumes the source."""

_ROUNDS_WITHOUT_FAULTS = 3
"""Rounds of job and ticks after which a site without faults must be collected."""


class HostileSite(MemorySite):
    """A small league with the faults of the stand-in over HTTP, and the refusals of the browser adapter."""

    def __init__(self, *, n_teams: int = N_TEAMS, faults: FaultPlan | None = None) -> None:
        super().__init__()
        self._interface = JsonInterface(SimulatedWorld(1, leagues=(_small(n_teams),)), self.clock, 1)
        self.faults = faults or FaultPlan()

    def fetch_many(self, requests: Sequence[PageRequest]) -> list[PageResponse]:
        """Return a response per request; raises `Blocked` where the browser adapter would."""
        responses = [
            self._corrupt(request, response)
            for request, response in zip(requests, super().fetch_many(requests), strict=True)
        ]
        for response in responses:
            if response.status == 403:
                raise Blocked(f"the source refuses us: {response.text}")
        return responses

    def _corrupt(self, request: PageRequest, response: PageResponse) -> PageResponse:
        corrupted = self.faults.corrupt(request.path, response.status, response.text.encode())
        return response if corrupted is None else _to_response(corrupted, response)


def _to_response(corrupted: CorruptedResponse, response: PageResponse) -> PageResponse:
    """Return the response as the browser adapter would."""
    if corrupted.cut_at is not None:
        return PageResponse(status=0, text="TypeError: network error")
    if corrupted.status == response.status and corrupted.body == response.text.encode():
        return response
    wait_s = float(corrupted.retry_after) if corrupted.retry_after else None
    return PageResponse(status=corrupted.status, text=corrupted.body.decode("utf-8", "replace"), retry_after_s=wait_s)


def _small(n_teams: int) -> League:
    (russia,) = (league for league in SIMULATED if league.ut == RUSSIA)
    return replace(russia, n_teams=n_teams, n_relegated=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """The result of a case: with the faults of the site, and after they have ended."""

    with_faults: Tables
    report: Sequence[Season]
    n_resumed: int
    without_faults: Tables
    final_report: Sequence[Season]

    def find_errors(self, expected: Tables) -> Iterator[str]:
        """Return what is wrong, compared with the tables of a run without faults."""
        yield from wrong_rows(self.with_faults, expected)
        if not is_incomplete(self.report):
            yield from (
                f"{kind} {key} is missing and not reported" for kind, key in _missing(self.with_faults, expected)
            )
        yield from (f"afterwards {fault}" for fault in wrong_rows(self.without_faults, expected))
        yield from (f"afterwards {kind} {key} is missing" for kind, key in expected.keys() - self.without_faults.keys())
        yield from (f"afterwards {why}" for season in self.final_report for why in season.why)


def run_case(database: Postgres, faults: str, seed: int, *, n_teams: int = N_TEAMS) -> CaseResult:
    """Run one case on an emptied database."""
    worker = InProcessWorker(database, site=HostileSite(n_teams=n_teams, faults=parse(faults, seed=seed)))
    n_resumed = _collect(worker)
    with_faults, report = newest_rows(worker.memory), read_report(database)
    assert isinstance(worker.site, HostileSite)
    worker.site.faults = FaultPlan()
    for _ in range(_ROUNDS_WITHOUT_FAULTS):
        _age_records(database)
        _collect(worker)
        _tick(worker)
    return CaseResult(
        with_faults=with_faults,
        report=report,
        n_resumed=n_resumed,
        without_faults=newest_rows(worker.memory),
        final_report=read_report(database),
    )


def collect_cleanly(database: Postgres, *, n_teams: int = N_TEAMS) -> Tables:
    """Return the rows of a run without faults."""
    worker = InProcessWorker(database, site=HostileSite(n_teams=n_teams))
    _collect(worker)
    _tick(worker)
    return newest_rows(worker.memory)


def delete_collected(database: Postgres) -> None:
    """Delete everything that was collected."""
    run(
        database,
        "TRUNCATE scrape_jobs, scrape_matches, scrape_lists, match_slices, scrape_players, source_state, raw_answers, "
        "quarantine CASCADE",
    )


def read_report(database: Postgres) -> list[Season]:
    """Return the completeness report of the league."""
    return PostgresCompletenessStore(database).read_seasons([RUSSIA], now=NOW)


def is_incomplete(report: Sequence[Season]) -> bool:
    """Tell whether the report names something missing; an empty report is incomplete too."""
    return not report or any(season.state == "incomplete" for season in report)


def wrong_rows(rows: Tables, expected: Tables) -> Iterator[str]:
    """Return rows that a run without faults has not, or has with other values."""
    for (kind, key), row in rows.items():
        genuine = expected.get((kind, key))
        if genuine is None:
            yield f"{kind} {key} does not exist"
        elif not _agree(row, genuine):
            yield f"{kind} {key} is {row}, not {genuine}"


def _missing(rows: Tables, expected: Tables) -> Iterator[tuple[str, Any]]:
    """Return rows that are missing. Profiles are read by a scheduled task, not by a job."""
    yield from ((kind, key) for kind, key in expected.keys() - rows.keys() if kind != PlayerProfile.TABLE)


def _agree(row: Record, genuine: Record) -> bool:
    """Tell whether a row has the right values, apart from fields of responses that are still missing.

    Formations come from line-ups, managers from a page of their own.
    """
    if isinstance(row, MatchDetail) and isinstance(genuine, MatchDetail):
        empty = {name: getattr(row, name) for name in _FIELDS_OF_OTHER_RESPONSES if not getattr(row, name)}
        genuine = replace(genuine, **empty)
    return replace(row, version=0) == replace(genuine, version=0)


def _collect(worker: InProcessWorker) -> int:
    """Run a whole job; return how often an operator had to resume the source."""
    job_id = worker.queue.open_job(JobRequest(leagues=("russia",), seasons=("previous",)), "u1", "")
    for n_resumed in range(_MAX_RESUMES):
        if worker.finish(job_id).state != "blocked":
            return n_resumed
        PostgresSourceGuard(worker.database, SOURCE).resume(Actor(kind="operator"), "a test case", now=NOW)
    run(worker.database, "UPDATE scrape_jobs SET state = 'failed', ended_at = now() WHERE ended_at IS NULL")
    return _MAX_RESUMES


def _tick(worker: InProcessWorker) -> None:
    """Run the scheduled tasks to their end."""
    service.tick(_ping("details"), http_deps(worker, leagues=("russia",)))
    for job in worker.queue.list_jobs(None, 5):
        if not job.ended_at:
            worker.finish(job.id)


def _age_records(database: Postgres) -> None:
    """Let two days pass: failed and absent slices may be requested again."""
    run(
        database,
        "UPDATE match_slices SET asked_at = asked_at - interval '2 days', read_at = read_at - interval '2 days'",
    )
    run(database, "UPDATE scrape_lists SET read_at = read_at - interval '2 days'")
    run(database, "UPDATE scrape_players SET due_at = due_at - interval '2 days'")


def _ping(task: str) -> Event:
    data: Any = f'{{"task": "{task}"}}'.encode()
    return Event(id="1", source="/ping", type="dev.knative.sources.ping", time=NOW, data=data)
