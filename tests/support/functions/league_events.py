"""`league.updated` as a broker delivers it, and what every function that takes it must answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from shared.events import cloudevents
from shared.events.envelope import Event
from shared.events.football import LeagueUpdated
from shared.testing.batches import LEAGUE, SEASON, batch, match
from tests.support.functions.problems import assert_problem

PATH = "/events/league-updated"


def league_updated(**changes: Any) -> Event:
    """The event of a batch of matches."""
    made = LeagueUpdated(
        league_id=LEAGUE, season_id=SEASON, records="matches", n_rows=1, batch_id="b1",
        updated_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    return replace(made, **changes).to_event()


def deliver(client: FlaskClient, event: Event) -> Any:
    """Post an event in binary mode."""
    headers, body = cloudevents.to_http(event)
    return client.post(PATH, data=body, headers=headers)


def assert_only_the_right_events_are_taken(client: FlaskClient) -> None:
    """What is no `league.updated` is refused for ever; other methods have no business here."""
    refused = [
        batch([match(1)]),
        replace(league_updated(), data=b"no json"),
        replace(league_updated(), data=b'{"league_id": 17}'),
        replace(league_updated(), data=b"[" * 50_000),
        replace(league_updated(), data=b'{"league_id": "seventeen"}'),
    ]
    for event in refused:
        assert_problem(deliver(client, event), 400, "Invalid input")
    assert_problem(client.post(PATH, data=b"garbage", content_type="text/plain"), 400, "Invalid input")
    for call in (client.get, client.put, client.delete):
        answer = call(PATH)
        assert_problem(answer, 405, "Method not allowed")
        assert answer.headers["Allow"] == "POST"
