"""Collection from a hostile site: whatever it does, tables are right or reported incomplete, never wrong.

A story is one job against a site that misbehaves by a seed, a person who resumes it where it was refused, and, once the
site behaves again, the same job and the details tick once more.
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
from tests.support.collection.collector import Instantly, Tables, edge_of, newest
from tests.support.collection.doubles import NOW, RUSSIA, SiteInMemory
from tests.support.engines.postgres import run

STORIES = (
    "errors=0.15,cut=0.05",
    "truncated=0.1",
    "poisoned=0.2",
    "moved=0.25",
    "renamed=0.2",
    "challenge=0.02,after=40",
    "limited=0.05",
    "errors=0.1,truncated=0.05,poisoned=0.1,renamed=0.1,moved=0.1,limited=0.01",
)
"""What a site does, alone and together."""

N_TEAMS = 4
"""Of the league: twelve matches, some hundred answers."""

_LATER = ("home_formation", "away_formation", "home_manager_id", "away_manager_id")
"""Fields of a match's detail that other answers than its own page tell."""

_PATIENCE = 6
"""Times a person resumes a source that refuses again."""

_CALM_AFTER = 3
"""Rounds of a job, details tick and results that a site which behaves again needs at most."""


class HostileSite(SiteInMemory):
    """A small league, spoilt as the stand-in would over HTTP, and refused as the browser's adapter would."""

    def __init__(self, *, n_teams: int = N_TEAMS, hostility: FaultPlan | None = None) -> None:
        super().__init__()
        self._answers = JsonInterface(SimulatedWorld(1, leagues=(_small(n_teams),)), self.clock, 1)
        self.hostility = hostility or FaultPlan()

    def fetch_many(self, requests: Sequence[PageRequest]) -> list[PageResponse]:
        """One answer per ask; `Blocked` where the browser would raise it."""
        responses = [
            self._spoilt(request, response)
            for request, response in zip(requests, super().fetch_many(requests), strict=True)
        ]
        for response in responses:
            if response.status == 403:
                raise Blocked(f"the source refuses us: {response.text}")
        return responses

    def _spoilt(self, request: PageRequest, response: PageResponse) -> PageResponse:
        spoilt = self.hostility.corrupt(request.path, response.status, response.text.encode())
        return response if spoilt is None else _as_seen(spoilt, response)


def _as_seen(spoilt: CorruptedResponse, response: PageResponse) -> PageResponse:
    """What the browser's adapter would hand on."""
    if spoilt.cut_at is not None:
        return PageResponse(status=0, text="TypeError: network error")
    if spoilt.status == response.status and spoilt.body == response.text.encode():
        return response
    wait_s = float(spoilt.retry_after) if spoilt.retry_after else None
    return PageResponse(status=spoilt.status, text=spoilt.body.decode("utf-8", "replace"), retry_after_s=wait_s)


def _small(n_teams: int) -> League:
    (russia,) = (league for league in SIMULATED if league.ut == RUSSIA)
    return replace(russia, n_teams=n_teams, n_relegated=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a story ended while the site was hostile, and after it behaved again."""

    hostile: Tables
    report: Sequence[Season]
    n_resumed: int
    calm: Tables
    calm_report: Sequence[Season]

    def faults(self, expected: Tables) -> Iterator[str]:
        """What is not as promised, given the tables of an undisturbed run."""
        yield from wrong(self.hostile, expected)
        if not is_incomplete(self.report):
            yield from (f"{kind} {key} is missing and not reported" for kind, key in _missing(self.hostile, expected))
        yield from (f"afterwards {fault}" for fault in wrong(self.calm, expected))
        yield from (f"afterwards {kind} {key} is missing" for kind, key in expected.keys() - self.calm.keys())
        yield from (f"afterwards {why}" for season in self.calm_report for why in season.why)


def play(database: Postgres, tricks: str, seed: int, *, n_teams: int = N_TEAMS) -> Ending:
    """One story on an emptied database."""
    worker = Instantly(database, site=HostileSite(n_teams=n_teams, hostility=parse(tricks, seed=seed)))
    n_resumed = _collect(worker)
    hostile, report = newest(worker.memory), completeness(database)
    assert isinstance(worker.site, HostileSite)
    worker.site.hostility = FaultPlan()
    for _ in range(_CALM_AFTER):
        _time_passes(database)
        _collect(worker)
        _tick(worker)
    return Ending(
        hostile=hostile,
        report=report,
        n_resumed=n_resumed,
        calm=newest(worker.memory),
        calm_report=completeness(database),
    )


def clean(database: Postgres, *, n_teams: int = N_TEAMS) -> Tables:
    """What an undisturbed run leads to."""
    worker = Instantly(database, site=HostileSite(n_teams=n_teams))
    _collect(worker)
    _tick(worker)
    return newest(worker.memory)


def empty(database: Postgres) -> None:
    """Forget whatever was collected."""
    run(
        database,
        "TRUNCATE scrape_jobs, scrape_matches, scrape_lists, match_slices, scrape_players, source_state, raw_answers, "
        "quarantine CASCADE",
    )


def completeness(database: Postgres) -> list[Season]:
    """The report on the league."""
    return PostgresCompletenessStore(database).read_seasons([RUSSIA], now=NOW)


def is_incomplete(report: Sequence[Season]) -> bool:
    """Whether something is said to be missing; nothing known is not nothing missing."""
    return not report or any(season.state == "incomplete" for season in report)


def wrong(found: Tables, expected: Tables) -> Iterator[str]:
    """Rows that an undisturbed run has not, or has otherwise."""
    for (kind, key), row in found.items():
        genuine = expected.get((kind, key))
        if genuine is None:
            yield f"{kind} {key} does not exist"
        elif not _agree(row, genuine):
            yield f"{kind} {key} is {row}, not {genuine}"


def _missing(found: Tables, expected: Tables) -> Iterator[tuple[str, Any]]:
    """Rows that are not there. Profiles come with the clock, not with a job."""
    yield from ((kind, key) for kind, key in expected.keys() - found.keys() if kind != PlayerProfile.TABLE)


def _agree(row: Record, genuine: Record) -> bool:
    """Equal, but for what stands in for an answer that is still missing.

    Formations come from line-ups, managers from a page of their own. What many answers repeat (teams, players) is of
    the newest of those that were read.
    """
    if isinstance(row, MatchDetail) and isinstance(genuine, MatchDetail):
        told = {name: getattr(row, name) for name in _LATER if not getattr(row, name)}
        genuine = replace(genuine, **told)
    return replace(row, version=0) == replace(genuine, version=0)


def _collect(worker: Instantly) -> int:
    """The whole job; how often a person had to resume it."""
    job_id = worker.queue.open_job(JobRequest(leagues=("russia",), seasons=("previous",)), "u1", "")
    for n_resumed in range(_PATIENCE):
        if worker.finish(job_id).state != "blocked":
            return n_resumed
        PostgresSourceGuard(worker.database, SOURCE).resume(Actor(kind="operator"), "a story", now=NOW)
    run(worker.database, "UPDATE scrape_jobs SET state = 'failed', ended_at = now() WHERE ended_at IS NULL")
    return _PATIENCE


def _tick(worker: Instantly) -> None:
    """What the clock would start, until it ends."""
    service.tick(_ping("details"), edge_of(worker, leagues=("russia",)))
    for job in worker.queue.list_jobs(None, 5):
        if not job.ended_at:
            worker.finish(job.id)


def _time_passes(database: Postgres) -> None:
    """Two days: what failed has rested, what was said to be absent may be asked again."""
    run(
        database,
        "UPDATE match_slices SET asked_at = asked_at - interval '2 days', read_at = read_at - interval '2 days'",
    )
    run(database, "UPDATE scrape_lists SET read_at = read_at - interval '2 days'")
    run(database, "UPDATE scrape_players SET due_at = due_at - interval '2 days'")


def _ping(task: str) -> Event:
    data: Any = f'{{"task": "{task}"}}'.encode()
    return Event(id="1", source="/ping", type="dev.knative.sources.ping", time=NOW, data=data)
