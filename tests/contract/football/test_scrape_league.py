"""The HTTP function scrape-league over a real Postgres; the dispatcher is a list."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from functions.scrape_league import ports, wiring
from functions.scrape_league.completeness.store import PostgresCompletenessStore
from functions.scrape_league.jobs.queue import PostgresQueue
from functions.scrape_league.quarantine import store as quarantine_store
from functions.scrape_league.quarantine.model import UNREADABLE, QuarantineItem, Subject
from functions.scrape_league.quarantine.store import PostgresQuarantine
from functions.scrape_league.raw.index import PostgresIndex
from functions.scrape_league.raw.model import NewRawResponse
from functions.scrape_league.source import endpoints
from functions.scrape_league.source.circuit_store import PostgresSourceGuard
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.domain.sofascore.invariants import Violation
from shared.errors import Unavailable
from shared.security.tokens import Caller, Tokens
from tests.support.engines import postgres
from tests.support.functions.problems import assert_problem

KEYS = (("one", "0123456789abcdef0123456789abcdef"),)


class RecordedDispatches:
    """A dispatcher that records its messages; `is_down` makes it fail."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, int]] = []
        self.is_down = False

    def __call__(self, job_id: str, kind: str, n: int) -> None:
        if self.is_down:
            raise Unavailable("the task broker does not answer")
        self.sent.append((job_id, kind, n))


class Api:
    """A client of the function."""

    def __init__(
        self, app: Flask, deps: ports.Deps, dispatches: RecordedDispatches, queue: PostgresQueue, database: Postgres
    ) -> None:
        self.client = app.test_client()
        self.deps, self.dispatches, self.queue, self.database = deps, dispatches, queue, database

    def token(self, *roles: str) -> dict[str, str]:
        tokens = Tokens(KEYS, SystemClock())
        who = Caller(user_id="01990000-0000-7000-8000-00000000000a", username="ada", roles=roles)
        return {"Authorization": f"Bearer {tokens.sign(who)}"}

    def start(self, payload: Any = None, **headers: str) -> Any:
        return self.client.post("/scrape", json=payload or {}, headers=self.token("operator") | headers)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.token())

    def tick(self, task: Any, data: bytes | None = None) -> Any:
        headers = {
            "ce-specversion": "1.0",
            "ce-id": str(uuid.uuid4()),
            "ce-source": "/apis/v1/namespaces/touchline/pingsources/results",
            "ce-type": "dev.knative.sources.ping",
            "content-type": "application/json",
        }
        body = json.dumps({"task": task}).encode() if data is None else data
        return self.client.post("/events/tick", data=body, headers=headers)


@pytest.fixture
def api(
    emptied_database_url: str, monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask]
) -> Iterator[Api]:
    database, dispatches = Postgres(emptied_database_url), RecordedDispatches()
    queue = PostgresQueue(database)
    deps = ports.Deps(
        jobs=queue,
        source=PostgresSourceGuard(database, endpoints.SOURCE),
        completeness=PostgresCompletenessStore(database),
        quarantine=PostgresQuarantine(database),
        dispatcher=dispatches,
        tokens=Tokens(KEYS, SystemClock()),
        clock=SystemClock(),
        probes={"postgres": database.probe},
        leagues=(),
        rate_per_s=0,
    )
    monkeypatch.setattr(wiring, "build", lambda settings: deps)
    app = load_function(
        "scrape_league",
        DATABASE_URL="postgresql://nowhere/db",
        TASKS_URL="redis://nowhere:1/0",
        TOKEN_KEYS=f"{KEYS[0][0]}:{KEYS[0][1]}",
    )
    yield Api(app, deps, dispatches, queue, database)
    database.close()


def test_a_job_is_accepted_and_can_be_watched(api: Api) -> None:
    answer = api.start({"leagues": ["russia", "england"], "seasons": ["previous", "2023/24"]})
    assert answer.status_code == 202
    job = answer.json
    assert answer.headers["Location"] == f"/scrape/jobs/{job['id']}"
    assert (job["state"], job["percent"], job["eta_s"]) == ("running", 0.0, None)
    assert [row["league"] for row in job["leagues"]] == ["russia", "england"]
    assert job["leagues"][0]["units"] == {"plan": {"pending": 1}}
    assert job["leagues"][0]["matches"] == {"expected": 0, "with_details": 0}
    assert api.get(answer.headers["Location"]).json == job
    assert api.dispatches.sent == [(job["id"], "plan", 2)]


def test_an_empty_request_collects_the_current_seasons_of_the_nine_leagues(api: Api) -> None:
    job: Any = api.client.post("/scrape", headers=api.token("operator")).json
    assert len(job["leagues"]) == 9
    assert job["seasons"] == ["current"]


def test_the_same_request_while_its_job_runs_leads_to_the_same_job(api: Api) -> None:
    first = api.start({"leagues": ["russia", "spain"]}).json
    second = api.start({"leagues": ["spain", "russia"], "seasons": ["current"]}).json
    other = api.start({"leagues": ["russia"]}).json
    assert first["id"] == second["id"] != other["id"]


def test_one_key_leads_to_one_job_even_after_it_has_ended(api: Api) -> None:
    first = api.start({"leagues": ["russia"]}, **{"Idempotency-Key": "k1"}).json
    end(api, first["id"])
    second = api.start({"leagues": ["russia"]}, **{"Idempotency-Key": "k1"}).json
    new = api.start({"leagues": ["russia"]}, **{"Idempotency-Key": "k2"}).json
    assert first["id"] == second["id"] != new["id"]
    assert_problem(api.start({"leagues": ["spain"]}, **{"Idempotency-Key": "k1"}), 409, "Conflict")
    assert_problem(api.start({}, **{"Idempotency-Key": "k" * 201}), 400, "Invalid input")


def test_an_unreachable_broker_only_delays_a_job(api: Api) -> None:
    api.dispatches.is_down = True
    job = api.start({"leagues": ["russia"]}).json
    api.dispatches.is_down = False
    assert api.tick("resume").status_code == 202
    assert [job_id for job_id, _, _ in api.dispatches.sent] == [job["id"]]


def test_a_resume_tick_forgets_keys_after_a_day_and_keeps_younger_ones(api: Api) -> None:
    first = api.start({"leagues": ["russia"]}, **{"Idempotency-Key": "old"}).json
    end(api, first["id"])
    young = api.start({"leagues": ["spain"]}, **{"Idempotency-Key": "young"}).json
    run(api, "UPDATE scrape_requests SET created_at = now() - interval '25 hours' WHERE key = 'old'")
    api.tick("resume")
    assert run(api, "SELECT key, job_id::text FROM scrape_requests") == [("young", young["id"])]
    assert api.start({"leagues": ["russia"]}, **{"Idempotency-Key": "old"}).json["id"] != first["id"]


def test_a_resume_tick_forgets_jobs_that_ended_a_month_ago_with_their_units(api: Api) -> None:
    ids = [api.start({"leagues": [slug]}).json["id"] for slug in ("russia", "spain", "italy", "france")]
    old, young, blocked, running = ids
    for job_id in (old, young):
        end(api, job_id)
    run(api, "UPDATE scrape_jobs SET ended_at = now() - interval '31 days' WHERE id = %s::uuid", old)
    run(api, "UPDATE scrape_jobs SET ended_at = now() - interval '29 days' WHERE id = %s::uuid", young)
    run(api, "UPDATE scrape_jobs SET state = 'blocked' WHERE id = %s::uuid", blocked)
    run(api, "UPDATE scrape_jobs SET created_at = now() - interval '90 days'")
    api.tick("resume")
    left = {young, blocked, running}
    assert {row[0] for row in run(api, "SELECT id::text FROM scrape_jobs")} == left
    assert {row[0] for row in run(api, "SELECT DISTINCT job_id::text FROM scrape_units")} == left


def test_the_last_failure_of_a_list_is_not_forgotten_until_the_list_is_tried_again(api: Api) -> None:
    for n in range(2):
        job_id = api.start({"leagues": ["russia"]}, **{"Idempotency-Key": f"k{n}"}).json["id"]
        end(api, job_id)
        run(api, "UPDATE scrape_units SET state = 'failed', reason = 'status 500', ended_at = now()")
        run(api, "UPDATE scrape_jobs SET ended_at = now() - interval '31 days' WHERE id = %s::uuid", job_id)
    api.tick("resume")
    assert [row[0] for row in run(api, "SELECT id::text FROM scrape_jobs")] == [job_id]


def test_requests_of_many_days_leave_those_of_one_day_in_the_table(api: Api) -> None:
    job_id = api.start({"leagues": ["russia"]}).json["id"]
    run(
        api,
        "INSERT INTO scrape_requests (user_id, key, digest, job_id, created_at) "
        "SELECT 'u', n::text, 'd', %s, now() - make_interval(hours => n) FROM generate_series(1, 1000) AS n",
        job_id,
    )
    api.tick("resume")
    assert run(api, "SELECT count(*) FROM scrape_requests WHERE user_id = 'u'") == [(23,)]


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"leagues": ["atlantis"]}, "leagues.atlantis"),
        ({"seasons": ["next"]}, "seasons.next"),
        ({"leagues": "russia"}, "leagues"),
        ({"refresh": "yes"}, "refresh"),
        ({"league": ["russia"]}, "league"),
        ({"leagues": [3]}, "leagues.0"),
    ],
)
def test_unknown_leagues_seasons_and_members_are_named(api: Api, payload: dict[str, Any], field: str) -> None:
    problem = assert_problem(api.start(payload), 400, "Invalid input")
    assert field in problem["errors"]


def test_only_operators_start_and_resume_and_only_callers_read(api: Api) -> None:
    assert_problem(api.client.post("/scrape", json={}), 401, "Not authenticated")
    assert_problem(api.client.post("/scrape", json={}, headers=api.token()), 403, "Forbidden")
    assert_problem(api.client.post("/scrape/source/resume", headers=api.token("reader")), 403, "Forbidden")
    assert_problem(api.client.get("/scrape/jobs"), 401, "Not authenticated")
    assert_problem(api.client.get(f"/scrape/jobs/{uuid.uuid4()}"), 401, "Not authenticated")
    assert api.get("/scrape/jobs").status_code == 200


def test_unknown_jobs_and_routes_are_not_found(api: Api) -> None:
    assert_problem(api.get(f"/scrape/jobs/{uuid.uuid4()}"), 404, "Not found")
    assert_problem(api.get("/scrape/jobs/not-an-id"), 404, "Not found")
    assert_problem(api.client.put("/scrape"), 405, "Method not allowed")


def test_malformed_bodies_are_refused(api: Api) -> None:
    headers = api.token("operator") | {"Content-Type": "application/json"}
    assert_problem(api.client.post("/scrape", data=b"{", headers=headers), 400, "Invalid input")
    assert_problem(api.client.post("/scrape", data=b"[]", headers=headers), 400, "Invalid input")
    big = b'{"leagues": ["' + b"x" * 2_000_000 + b'"]}'
    assert_problem(api.client.post("/scrape", data=big, headers=headers), 413, "Too large")


def test_jobs_are_paged_newest_first(api: Api) -> None:
    ids = [api.start({"leagues": [slug]}).json["id"] for slug in ("russia", "spain", "italy")]
    first = api.get("/scrape/jobs?limit=2").json
    assert [job["id"] for job in first["items"]] == [ids[2], ids[1]]
    second = api.get(f"/scrape/jobs?limit=2&cursor={first['next']}").json
    assert [job["id"] for job in second["items"]] == [ids[0]]
    assert second["next"] is None
    assert_problem(api.get("/scrape/jobs?cursor=nonsense"), 400, "Invalid input")
    assert_problem(api.get("/scrape/jobs?limit=0"), 400, "Invalid input")


def test_a_blocked_source_stops_jobs_until_an_operator_resumes_it(api: Api) -> None:
    job = api.start({"leagues": ["russia"]}).json
    assert api.get("/scrape/source").json["health"] == "ok"
    guard: PostgresSourceGuard = api.deps.source  # type: ignore[assignment]
    guard.block(guard.acquire_slot(0), "403 challenge")
    blocked = api.get(f"/scrape/jobs/{job['id']}").json
    assert (blocked["state"], blocked["fault"]) == ("blocked", "403 challenge")
    problem = assert_problem(api.start({"leagues": ["spain"]}), 503, "Unavailable")
    assert "403 challenge" in problem["detail"]
    api.tick("results")
    api.tick("resume")
    assert len(api.dispatches.sent) == 1
    seen = api.get("/scrape/source").json
    assert (seen["health"], seen["reason"]) == ("blocked", "403 challenge")
    decided = {"reason": "they said yes"}
    resumed: Any = api.client.post("/scrape/source/resume", json=decided, headers=api.token("operator")).json
    assert (resumed["health"], resumed["resumed"]) == ("ok", [job["id"]])
    with api.queue._database.connection() as connection:
        trail = connection.execute("SELECT actor_kind, detail ->> 'reason', address IS NOT NULL FROM audit_trail")
        assert trail.fetchall() == [("operator", "they said yes", True)]
    assert api.get(f"/scrape/jobs/{job['id']}").json["state"] == "running"
    assert len(api.dispatches.sent) == 2


def test_a_results_tick_starts_no_second_job_while_one_runs(api: Api) -> None:
    assert api.tick("results").status_code == 202
    assert api.tick("results").status_code == 202
    jobs = api.get("/scrape/jobs").json["items"]
    assert [(job["requested_by"], job["seasons"]) for job in jobs] == [("cron", ["current"])]


def test_a_scheduled_job_runs_beside_others_but_leaves_out_their_leagues(api: Api) -> None:
    api.start({"leagues": ["russia"]})
    api.tick("results")
    (job, _) = api.get("/scrape/jobs").json["items"]
    assert job["requested_by"] == "cron"
    assert "russia" not in job["leagues"]
    assert len(job["leagues"]) == 8


@pytest.mark.parametrize("task", ["results", "details"])
def test_ticks_at_the_same_time_start_one_job(api: Api, task: str) -> None:
    add_finished_matches(api, 20)
    with ThreadPoolExecutor(8) as clocks:
        assert set(clocks.map(lambda _: api.tick(task).status_code, range(16))) == {202}
    assert len(api.get("/scrape/jobs").json["items"]) == 1


def test_a_details_tick_leaves_out_matches_that_a_running_job_will_fetch(api: Api) -> None:
    job = api.start({"leagues": ["russia"]}).json
    add_finished_matches(api, 3)
    unit = "INSERT INTO scrape_units (job_id, kind, league_id, season_id, ref) VALUES (%s, 'match', 203, 5, '2')"
    run(api, unit, job["id"])
    api.tick("details")
    refs = "SELECT ref FROM scrape_units u JOIN scrape_jobs j ON j.id = u.job_id WHERE j.task = 'details' ORDER BY ref"
    assert run(api, refs) == [("1",), ("3",)]


def test_a_details_tick_without_matches_does_nothing(api: Api) -> None:
    assert api.tick("details").status_code == 202
    assert api.get("/scrape/jobs").json["items"] == []


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"task": "dance"}', b'{"task": []}', b"3"])
def test_an_unknown_task_is_refused_and_not_retried(api: Api, data: bytes) -> None:
    answer = api.tick(None, data)
    assert answer.status_code == 400
    assert_problem(answer, 400, "Invalid input")


def test_the_page_holds_no_data_and_allows_only_its_own_script(api: Api) -> None:
    page = api.client.get("/scrape")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert all(mark not in page.text for mark in ("{style}", "{script}"))
    assert "default-src 'none'; style-src 'sha256-" in page.headers["Content-Security-Policy"]


def test_readiness_checks_postgres(api: Api) -> None:
    assert api.client.get("/health/ready").status_code == 200


def test_the_completeness_report_names_what_is_missing_of_each_season(api: Api) -> None:
    job_id = api.start({"leagues": ["russia"]}).json["id"]
    add_finished_matches(api, 3)
    run(
        api,
        "INSERT INTO match_slices (source, match_id, slice, outcome, confirmations, version) "
        "SELECT 'sofascore', m, s, 'present', 0, 1 FROM generate_series(1, 2) AS m, unnest(%s::text[]) AS s",
        [str(part) for part in endpoints.SLICE_PATHS],
    )
    run(api, "UPDATE match_slices SET outcome = 'failed' WHERE match_id = 2 AND slice = 'lineups'")
    run(api, "UPDATE match_slices SET outcome = 'absent', confirmations = 2 WHERE match_id = 2 AND slice = 'shotmap'")
    run(api, "UPDATE match_slices SET version = 0 WHERE match_id = 2 AND slice = 'incidents'")
    run(
        api,
        "INSERT INTO quarantine (source, league_id, season_id, kind, ref, part, version, violations, evidence) "
        "VALUES ('sofascore', 203, 5, 'match', '2', 'statistics', 1, '[]', '{}')",
    )
    run(
        api,
        "UPDATE scrape_units SET kind = 'round', season_id = 5, ref = 'round/7', state = 'absent', ended_at = now() "
        "WHERE job_id = %s",
        job_id,
    )
    answer = api.get("/scrape/completeness?league=russia").json
    (season,) = answer["items"]
    assert (answer["state"], season["league"], season["season_id"]) == ("incomplete", "russia", 5)
    assert season["matches"] == {
        "fixtures": 3,
        "fixtures_expected": 12,
        "finished": 3,
        "complete": 1,
        "overdue": 0,
    }
    slices = {
        name: {of: n for of, n in part.items() if n and of != "expected"} for name, part in season["slices"].items()
    }
    assert slices["detail"] == slices["managers"] == {"present": 2, "missing": 1}
    assert slices["lineups"] == {"present": 1, "failed": 1, "missing": 1}
    assert slices["shotmap"] == {"present": 1, "denied": 1, "missing": 1}
    assert slices["incidents"] == {"present": 1, "missing": 2}
    assert slices["statistics"] == {"present": 1, "quarantined": 1, "missing": 1}
    assert season["gaps"] == [{"ref": "round/7", "state": "absent", "reason": ""}]
    assert "round/7 absent" in season["why"]
    assert api.get("/scrape/completeness?season=1999").json == {"state": "complete", "items": []}
    assert_problem(api.get("/scrape/completeness?league=atlantis"), 404, "Not found")


def run(api: Api, statement: str, *values: Any) -> list[Any]:
    return postgres.run(api.queue._database, statement, *values)


def end(api: Api, job_id: str) -> None:
    with api.queue._database.connection() as connection:
        connection.execute("UPDATE scrape_jobs SET state = 'done', ended_at = now() WHERE id = %s", [job_id])


def add_finished_matches(api: Api, n: int) -> None:
    """Add finished matches of the Russian league without details, with ids from 1."""
    with api.queue._database.connection() as connection:
        connection.execute(
            "INSERT INTO scrape_matches "
            "SELECT 'sofascore', n, 203, 5, 'round/1', n, n + 1, now(), 100, true, true, true, 1 "
            "FROM generate_series(1, %s) AS n",
            [n],
        )


# --- the quarantine


def quarantine(
    api: Api, ref: str = "7", *, rule: str = "goals_equal_score", league_id: int = 203, seen: str = "3"
) -> int:
    """Add an entry as a worker does; return its id."""
    subject = Subject(kind="match", league_id=league_id, season_id=5, ref=ref, part="incidents")
    violation = Violation(rule=rule, match_id=7, part="incidents", expected="2 goals", seen=seen)
    raw = NewRawResponse(
        path=f"/api/v1/event/{ref}/incidents",
        status=200,
        etag="",
        fetched_at=SystemClock().now(),
        league_id=league_id,
        season_id=5,
        fetch_id="r",
        object="raw/sofascore/2026-11-21/ab",
        index_in_pack=3,
        n_bytes=10,
        sha256="ab" * 32,
    )
    evidence = tuple(PostgresIndex(api.database).add([raw]))
    with api.database.connection() as connection:
        quarantine_store.store_items(
            connection, [QuarantineItem(subject=subject, version=1000, violations=(violation,), evidence=evidence)]
        )
    return max(entry.id for entry in api.deps.quarantine.list_entries(state="", league_id=None, after=0, limit=99))


def list_entries(api: Api, path: str, **query: Any) -> Any:
    return api.client.get(path, query_string=query, headers=api.token("operator"))


def release(api: Api, entry_id: int, payload: Any) -> Any:
    path = f"/scrape/quarantine/{entry_id}/release"
    return api.client.post(path, json=payload, headers=api.token("operator"))


def test_the_quarantine_is_listed_page_by_page_with_the_broken_rules(api: Api) -> None:
    ids = [quarantine(api, ref) for ref in ("7", "8", "9")] + [quarantine(api, "10", league_id=17)]
    page = list_entries(api, "/scrape/quarantine", league="russia", limit=2).json
    rest = list_entries(api, "/scrape/quarantine", league="russia", limit=2, cursor=page["next"]).json
    assert [entry["id"] for entry in page["items"] + rest["items"]] == ids[:3]
    assert rest["next"] is None
    assert page["items"][0]["violations"] == [{"rule": "goals_equal_score", "expected": "2 goals", "seen": "3"}]
    assert len(list_entries(api, "/scrape/quarantine").json["items"]) == 4
    assert list_entries(api, "/scrape/quarantine", state="released").json["items"] == []
    shown = list_entries(api, f"/scrape/quarantine/{ids[0]}").json
    (evidence,) = shown["evidence"]
    assert (evidence["path"], evidence["place"]) == ("/api/v1/event/7/incidents", 3)


def test_a_released_entry_is_stored_by_a_job_and_audited(api: Api) -> None:
    entry_id = quarantine(api)
    answer = release(api, entry_id, {"note": "the report says so"})
    assert answer.status_code == 202
    assert (answer.json["state"], answer.json["note"]) == ("released", "the report says so")
    job = api.get(answer.headers["Location"]).json
    assert job["leagues"][0]["units"] == {"release": {"pending": 1}}
    assert api.dispatches.sent == [(job["id"], "release", 1)]
    with api.database.connection() as connection:
        (noted,) = connection.execute("SELECT action FROM audit_trail").fetchall()
    assert noted == ("quarantine.release",)
    assert_problem(release(api, entry_id, {"note": "once more"}), 409, "Conflict")


def test_only_operators_see_and_release_the_quarantine(api: Api) -> None:
    entry_id = quarantine(api)
    for path in ("/scrape/quarantine", f"/scrape/quarantine/{entry_id}"):
        assert_problem(api.get(path), 403, "Forbidden")
    path = f"/scrape/quarantine/{entry_id}/release"
    assert_problem(api.client.post(path, json={"note": "me too"}, headers=api.token()), 403, "Forbidden")
    assert_problem(release(api, entry_id, {"note": ""}), 400, "Invalid input")
    assert_problem(release(api, entry_id, {}), 400, "Invalid input")
    for unknown in (entry_id + 1, 2**63, 2**70):
        assert_problem(release(api, unknown, {"note": "which one?"}), 404, "Not found")
    assert_problem(list_entries(api, "/scrape/quarantine", league="atlantis"), 404, "Not found")
    assert_problem(list_entries(api, "/scrape/quarantine", cursor="x"), 400, "Invalid input")
    assert_problem(release(api, quarantine(api, "9", rule=UNREADABLE), {"note": "cut off"}), 409, "Conflict")


def test_characters_that_postgres_cannot_store_are_replaced(api: Api) -> None:
    entry = list_entries(api, f"/scrape/quarantine/{quarantine(api, seen='3' + chr(0))}").json
    assert entry["violations"][0]["seen"] == "3\ufffd"


def test_the_tables_of_a_season_count_as_read_or_as_definitively_absent(api: Api) -> None:
    add_finished_matches(api, 1)
    reading = (
        "INSERT INTO scrape_lists (source, path, league_id, season_id, ref, etag, read_at, confirmations) "
        "VALUES ('sofascore', %s, 203, 5, %s, '', now(), %s) "
        "ON CONFLICT (source, path) DO UPDATE SET confirmations = excluded.confirmations"
    )
    counted = []
    for ref, n_confirmations in (("standings", 0), ("standings/home", 1), ("standings/home", 2), ("standings/away", 0)):
        run(api, reading, ref, ref, n_confirmations)
        (season,) = api.get("/scrape/completeness?league=russia").json["items"]
        counted.append((season["lists"]["expected"], season["lists"]["read"]))
    assert counted == [(3, 1), (3, 1), (3, 2), (3, 3)]
