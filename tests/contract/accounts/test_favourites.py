"""Favourites, through their real edge, over the stores in memory and over Postgres; names from a real ClickHouse."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from functions.favourites.store import ClickHouseNames
from shared.adapters.clickhouse.client import ClickHouse
from shared.domain.accounts import favourites
from shared.domain.accounts.favourites import Kind
from shared.domain.accounts.lifecycle import GRACE
from shared.domain.accounts.users import State
from shared.events import cloudevents
from shared.events.users import UserBlocked, UserDeleted
from shared.security.tokens import Caller
from shared.testing.batches import LEAGUE
from shared.testing.small_league import NORDHAFEN, store_all
from tests.contract.accounts.test_account import tick
from tests.support.accounts.account_functions import Person, World, stores, world
from tests.support.accounts.log_search import PASSWORD, logs
from tests.support.functions.problems import assert_problem

__all__ = ["logs", "stores", "world"]
PATH = "/favourites"


def ask(world: World, method: str, path: str, who: Person | None = None, **sent: Any) -> Any:
    return world.ask(method, f"{PATH}{path}", who, function="favourites", **sent)


def liked(world: World, who: Person, kind: str = "") -> list[tuple[str, int, str]]:
    answer = ask(world, "GET", kind, who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return [(each["kind"], each["id"], each["name"]) for each in answer.json["items"]]


@pytest.fixture(autouse=True)
def football(world: World) -> None:
    world.names.known = {
        (Kind.TEAM, 42): "Nordhafen",
        (Kind.TEAM, 43): "Suedstadt",
        (Kind.PLAYER, 42): "N. Namesake",
        (Kind.LEAGUE, 17): "Premier League",
        (Kind.MANAGER, 1): "A. Trainer",
        **{(Kind.PLAYER, n): f"P. {n}" for n in range(1000, 1010)},
    }


def test_what_is_liked_is_listed_by_kind_with_its_name(world: World) -> None:
    ada = world.person()
    for path in ("/team/43", "/player/42", "/team/42", "/league/17", "/manager/1"):
        made = ask(world, "PUT", path, ada)
        assert made.status_code == 201, made.text
        world.clock.move(1)
    assert liked(world, ada) == [
        ("league", 17, "Premier League"), ("manager", 1, "A. Trainer"), ("player", 42, "N. Namesake"),
        ("team", 43, "Suedstadt"), ("team", 42, "Nordhafen"),
    ]  # fmt: skip
    assert liked(world, ada, "/team") == [("team", 43, "Suedstadt"), ("team", 42, "Nordhafen")]


def test_liking_twice_changes_nothing(world: World) -> None:
    ada = world.person()
    first = ask(world, "PUT", "/team/42", ada)
    world.clock.move(minutes=1)
    second = ask(world, "PUT", "/team/42", ada)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert set(first.json) == {"kind", "id", "name", "added_at"}


def test_what_is_removed_is_gone_and_may_be_removed_again(world: World) -> None:
    ada = world.person()
    ask(world, "PUT", "/team/42", ada)
    ask(world, "PUT", "/player/42", ada)
    for _ in range(2):
        answer = ask(world, "DELETE", "/team/42", ada)
        assert (answer.status_code, answer.data) == (204, b"")
    assert liked(world, ada) == [("player", 42, "N. Namesake")]


def test_each_has_their_own(world: World) -> None:
    ada, bob = world.person("ada"), world.person("bob")
    ask(world, "PUT", "/team/42", ada)
    assert liked(world, bob) == []
    ask(world, "DELETE", "/team/42", bob)
    assert liked(world, ada) == [("team", 42, "Nordhafen")]


def test_what_is_stored_no_more_stays_without_a_name(world: World) -> None:
    ada = world.person()
    ask(world, "PUT", "/team/42", ada)
    del world.names.known[Kind.TEAM, 42]
    assert liked(world, ada) == [("team", 42, "")]


@pytest.mark.parametrize(
    "path", ["/team/44", "/league/42", "/referee/42", "/team/-1", "/team/x", "/team/42/x", "/team/0"]
)
def test_what_is_not_there_cannot_be_liked(world: World, path: str) -> None:
    ada = world.person()
    assert_problem(ask(world, "PUT", path, ada), 404, "Not found")
    assert liked(world, ada) == []


def test_an_id_no_column_holds_leads_nowhere(world: World) -> None:
    ada = world.person()
    for method in ("PUT", "DELETE"):
        assert_problem(ask(world, method, f"/team/{2**63}", ada), 404, "Not found")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/team"), ("PUT", "/team/42"), ("DELETE", "/team/42")]
)
def test_a_stranger_has_none(world: World, method: str, path: str) -> None:
    assert_problem(ask(world, method, path), 401, "Not authenticated")


def test_who_is_blocked_likes_nothing_more(world: World) -> None:
    ada = world.person(state=State.BLOCKED)
    assert_problem(ask(world, "PUT", "/team/42", ada), 403, "Forbidden")


def test_there_is_a_bound_that_many_at_once_keep_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("functions.favourites.store", "shared.testing.memory_favourites"):
        monkeypatch.setattr(f"{module}.MAX_FAVOURITES", 3)
    ada = world.person()
    ask(world, "PUT", "/player/1000", ada)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: ask(world, "PUT", f"/player/{n}", ada), range(1001, 1007)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]
    assert len(liked(world, ada)) == 3
    assert_problem(ask(world, "PUT", "/player/1007", ada), 409, "Conflict")
    assert ask(world, "PUT", "/player/1000", ada).status_code == 200
    assert favourites.MAX_FAVOURITES == 500


def test_they_are_exported_with_the_account(world: World) -> None:
    ada, bob = world.person("ada"), world.person("bob")
    ask(world, "PUT", "/team/42", ada)
    ask(world, "PUT", "/team/43", bob)
    answer = world.ask("GET", "/me/export", ada, function="account")
    (exported,) = json.loads(answer.data)["favourites"]
    assert (exported["kind"], exported["id"]) == ("team", 42)


def test_they_are_erased_with_the_account(world: World) -> None:
    ada, bob = world.person("ada"), world.person("bob")
    for who in (ada, bob):
        ask(world, "PUT", "/team/42", who)
    world.ask("PUT", "/me/deletion", ada, function="account", json={"password": PASSWORD})
    assert len(world.stores.favourites.list_of_user(ada.id)) == 1
    world.clock.move(GRACE.total_seconds())
    tick(world, "erase")
    assert len(world.stores.favourites.list_of_user(ada.id)) == 1
    for _ in range(2):  # a second delivery changes nothing
        assert deliver_user_deleted(world).status_code == 202
        assert world.stores.favourites.list_of_user(ada.id) == []
        assert len(world.stores.favourites.list_of_user(bob.id)) == 1
    # Her token lives a little longer than she does.
    token = world.tokens.sign(Caller(user_id=ada.id, username="ada", roles=(), session_id="another"))
    assert_problem(ask(world, "PUT", "/team/42", replace(ada, token=token)), 403, "Forbidden")


def deliver_user_deleted(world: World) -> Any:
    (event,) = [event for event in world.sink.events if event.type == UserDeleted.TYPE]
    headers, body = cloudevents.to_http(event)
    client = world.app("favourites").test_client()
    with client.post("/events/user-deleted", data=body, headers=headers) as answer:
        return answer


def test_an_event_of_another_kind_erases_nothing(world: World) -> None:
    ada = world.person("ada")
    ask(world, "PUT", "/team/42", ada)
    event = UserBlocked(user_id=ada.id, occurred_at=world.clock.now()).to_event()
    headers, body = cloudevents.to_http(event)
    answer = world.app("favourites").test_client().post("/events/user-deleted", data=body, headers=headers)
    assert_problem(answer, 400, "Invalid input")
    assert len(world.stores.favourites.list_of_user(ada.id)) == 1


def test_names_are_those_of_records_or_of_matches(clickhouse_url: str) -> None:
    warehouse = ClickHouse(clickhouse_url)
    store_all(warehouse)
    names = ClickHouseNames(warehouse)
    assert names.names(Kind.TEAM, [NORDHAFEN, 31337]) == {NORDHAFEN: "Nordhafen"}
    assert names.names(Kind.LEAGUE, [LEAGUE]) == {LEAGUE: "Premier League"}
    assert list(names.names(Kind.PLAYER, [1])) == [1]
    assert names.names(Kind.MANAGER, [1]) == {}
    warehouse.close()
