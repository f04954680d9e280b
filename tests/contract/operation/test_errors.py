"""Errors through its real edge: envelopes of real and hand-made SDKs, issues, what operators decide."""

from __future__ import annotations

import gzip
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sentry_sdk
from flask import Flask
from werkzeug.serving import make_server

from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.clock import SystemClock
from shared.domain.accounts.users import OPERATOR
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.events.operation import IssueOpened, IssueRegressed
from shared.security.tokens import Caller, Tokens
from tests.support.engines.fixtures import PATIENTLY
from tests.support.engines.postgres import run
from tests.support.functions.problems import assert_problem

KEY = "public-key"
KEYS = (("k1", "one" * 12),)
ENVELOPE = "/api/1/envelope/"


@dataclass
class Room:
    """The function over empty stores."""

    app: Flask
    database: Postgres
    tokens: Tokens

    def report(self, *events: dict[str, Any], key: str = KEY, **headers: str) -> Any:
        """Send events in one envelope."""
        items = [b'{"type":"event"}\n' + json.dumps({"event_id": uuid.uuid4().hex, **each}).encode() for each in events]
        auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}"} if key else {}
        return self.send(b"\n".join([b"{}", *items]), **auth, **headers)

    def send(self, envelope: bytes, **headers: str) -> Any:
        kind = {"Content-Type": "application/x-sentry-envelope"}
        return self.app.test_client().post(ENVELOPE, data=envelope, headers=kind | headers)

    def ask(self, method: str, path: str, *roles: str, **sent: Any) -> Any:
        token = self.tokens.sign(Caller(user_id=str(uuid.uuid4()), username="op", roles=roles))
        headers = {"Authorization": f"Bearer {token}"}
        return self.app.test_client().open(f"/errors/{path}", method=method, headers=headers, **sent)

    def issues(self, query: str = "") -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.ask("GET", f"issues{query}", OPERATOR).get_json()["items"]
        return items

    def waiting(self) -> list[tuple[str, int]]:
        """Type and turn of the events in the outbox."""
        rows = run(self.database, "SELECT type, (data ->> 'number')::int FROM outbox ORDER BY position")
        return [(str(row[0]), int(row[1])) for row in rows]


@pytest.fixture
def room(
    emptied_database_url: str, clickhouse_url: str, bus_url: str, load_function: Callable[..., Flask]
) -> Iterator[Room]:
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    environment = {
        "DATABASE_URL": emptied_database_url,
        "CLICKHOUSE_URL": clickhouse_url,
        "LIMITS_URL": bus_url + PATIENTLY,
        "TOKEN_KEYS": ",".join(f"{kid}:{text}" for kid, text in KEYS),
        "ERRORS_KEYS": f"other,{KEY}",
        "K_SINK": "",
    }
    yield Room(load_function("errors", **environment), database, Tokens(KEYS, SystemClock()))
    database.close()


def bug(name: str, value: str = "x", revision: str = "merch-00001") -> dict[str, Any]:
    frame = {"module": f"functions.{name}.service", "function": "work", "in_app": True, "lineno": 3}
    values = [{"type": "ValueError", "value": value, "stacktrace": {"frames": [frame]}}]
    return {"exception": {"values": values}, "release": revision, "tags": {"function": name}}


def test_many_events_of_three_bugs_are_three_issues_and_three_alerts(room: Room) -> None:
    n_each = 40
    for number in range(n_each):
        events = [bug(name, f"match {number} of {uuid.uuid4()}") for name in ("merch", "coins", "bets")]
        assert room.report(*events).status_code == 200
    assert sorted((issue["function"], issue["n_events"]) for issue in room.issues()) == [
        ("bets", n_each), ("coins", n_each), ("merch", n_each),
    ]  # fmt: skip
    assert room.waiting() == [(IssueOpened.TYPE, 0)] * 3


def test_the_same_event_again_counts_once(room: Room) -> None:
    event = {**bug("merch"), "event_id": "ab" * 16}
    assert [room.report(event).get_json() for _ in range(3)] == [{"id": "ab" * 16}] * 3
    (issue,) = room.issues()
    assert issue["n_events"] == 1
    assert len(room.ask("GET", f"issues/{issue['id']}/events", OPERATOR).get_json()["items"]) == 1


def test_events_of_one_bug_at_one_time_are_one_issue(room: Room) -> None:
    threads = [threading.Thread(target=lambda: room.report(bug("merch"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (issue,) = room.issues()
    assert issue["n_events"] == 8
    assert room.waiting() == [(IssueOpened.TYPE, 0)]


def test_a_resolved_issue_comes_back_as_regressed_once(room: Room) -> None:
    room.report(bug("merch"))
    (issue,) = room.issues()
    path = f"issues/{issue['id']}/state"
    assert room.ask("PUT", path, OPERATOR, json={"state": "resolved", "resolved_in": "merch-00002"}).status_code == 200
    room.report(bug("merch", revision="merch-00001"))
    assert room.issues("?state=resolved")
    for _ in range(3):
        room.report(bug("merch", revision="merch-00002"))
    (again,) = room.issues("?state=unresolved")
    assert (again["n_events"], again["n_regressions"], again["resolved_in"]) == (5, 1, "")
    assert room.waiting() == [(IssueOpened.TYPE, 0), (IssueRegressed.TYPE, 1)]


def test_a_muted_issue_makes_no_event(room: Room) -> None:
    room.report(bug("merch"))
    (issue,) = room.issues()
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"state": "muted", "muted_until": until, "note": "known"}
    assert room.ask("PUT", f"issues/{issue['id']}/state", OPERATOR, json=body).get_json()["note"] == "known"
    room.report(bug("merch"))
    assert room.waiting() == [(IssueOpened.TYPE, 0)]
    past = body | {"muted_until": "2020-01-01T00:00:00Z"}
    assert_problem(room.ask("PUT", f"issues/{issue['id']}/state", OPERATOR, json=past), 400, "Invalid input")


def test_an_issue_shows_its_last_event_without_variables(room: Room) -> None:
    event = bug("merch", "password=hunter2")
    event["exception"]["values"][0]["stacktrace"]["frames"][0]["vars"] = {"card": "4111 1111"}
    room.report(event)
    (issue,) = room.issues()
    shown = room.ask("GET", f"issues/{issue['id']}", OPERATOR)
    assert shown.get_json()["last_event"]["exceptions"][0]["frames"][0]["module"] == "functions.merch.service"
    assert shown.get_json()["culprit"] == "functions.merch.service in work"
    stored = run(room.database, "SELECT row_to_json(i)::text FROM error_issues i")[0][0]
    for text in (shown.get_data(as_text=True), stored):
        assert "hunter2" not in text
        assert "4111" not in text


def test_pages_go_through_all_issues(room: Room) -> None:
    names = [f"area{number}" for number in range(5)]
    for name in names:
        room.report(bug(name))
    first = room.ask("GET", "issues?limit=3", OPERATOR).get_json()
    second = room.ask("GET", f"issues?limit=3&cursor={first['next']}", OPERATOR).get_json()
    assert sorted(each["function"] for each in first["items"] + second["items"]) == names
    assert second["next"] is None


def test_unknown_items_are_skipped(room: Room) -> None:
    envelope = b'{}\n{"type":"profile_from_the_future","length":3}\n\x00\n\xff\n{"type":"session"}\n{}\n'
    answer = room.send(envelope, **{"X-Sentry-Auth": f"Sentry sentry_key={KEY}"})
    assert (answer.status_code, answer.get_json()) == (200, {"id": ""})
    assert room.issues() == []


def test_a_wrong_key_is_forbidden_and_the_right_one_comes_in_three_ways(room: Room) -> None:
    assert_problem(room.report(bug("merch"), key="wrong"), 403, "Forbidden")
    assert_problem(room.report(bug("merch"), key=""), 403, "Forbidden")
    client = room.app.test_client()
    assert client.post(f"{ENVELOPE}?sentry_key={KEY}", data=b"{}").status_code == 200
    assert room.send(f'{{"dsn":"http://{KEY}@host/1"}}'.encode()).status_code == 200


def test_a_body_may_be_compressed_and_its_size_is_bounded(room: Room) -> None:
    auth = {"X-Sentry-Auth": f"Sentry sentry_key={KEY}", "Content-Encoding": "gzip"}
    envelope = b'{}\n{"type":"event"}\n' + json.dumps({"event_id": "cd" * 16, **bug("merch")}).encode()
    assert room.send(gzip.compress(envelope), **auth).get_json() == {"id": "cd" * 16}
    assert_problem(room.send(gzip.compress(b"{}\n" + b" " * 3_000_000), **auth), 413, "Too large")
    assert_problem(room.send(gzip.compress(envelope)[:-5], **auth), 400, "Invalid input")
    assert_problem(room.send(b"no gzip", **auth), 400, "Invalid input")
    large = bug("merch", "y" * 1_100_000)
    assert_problem(room.report(large), 400, "Invalid input")


def test_only_operators_see_and_change_issues(room: Room) -> None:
    room.report(bug("merch"))
    (issue,) = room.issues()
    paths = [("GET", "issues"), ("GET", f"issues/{issue['id']}"), ("GET", f"issues/{issue['id']}/events")]
    for method, path in paths:
        assert_problem(room.ask(method, path), 403, "Forbidden")
    change = {"state": "resolved"}
    assert_problem(room.ask("PUT", f"issues/{issue['id']}/state", "manager", json=change), 403, "Forbidden")
    assert_problem(room.ask("PUT", "issues/999/state", OPERATOR, json=change), 404, "Not found")


def test_ids_are_forgotten_by_the_clock_and_not_before(room: Room) -> None:
    room.report(bug("merch"))
    tick = Event(
        id="t", source="/t", type="dev.knative.sources.ping", time=datetime.now(UTC), data=b'{"task":"forget"}'
    )
    headers, body = cloudevents.to_http(tick)
    assert room.app.test_client().post("/events/tick", headers=headers, data=body).status_code == 202
    assert run(room.database, "SELECT count(*) FROM error_event_ids") == [(1,)]
    run(room.database, "UPDATE error_event_ids SET received_at = now() - interval '3 days'")
    assert room.app.test_client().post("/events/tick", headers=headers, data=body).status_code == 202
    assert run(room.database, "SELECT count(*) FROM error_event_ids") == [(0,)]


def test_events_of_errors_go_after_thirty_days(room: Room, clickhouse_url: str) -> None:
    (table,) = ClickHouse(clickhouse_url).query("SHOW CREATE TABLE error_events")
    assert "TTL toDateTime(received_at) + toIntervalDay(30)" in table["statement"]


def test_the_real_sdk_reports_to_it(room: Room) -> None:
    server = make_server("127.0.0.1", 0, room.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        client = sentry_sdk.Client(
            dsn=f"http://{KEY}@127.0.0.1:{server.server_port}/1",
            default_integrations=False,
            release="merch-00003",
            in_app_include=["tests"],
        )
        with sentry_sdk.isolation_scope() as scope:
            scope.set_client(client)
            scope.set_tag("function", "merch")
            try:
                raise LookupError("league 4711 is not stored")
            except LookupError as exc:
                sentry_sdk.capture_exception(exc)
        client.close(timeout=10)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    (issue,) = room.issues()
    assert (issue["title"], issue["function"], issue["last_revision"], issue["grouped_by"]) == (
        "LookupError: league 4711 is not stored", "merch", "merch-00003", "stack",
    )  # fmt: skip
