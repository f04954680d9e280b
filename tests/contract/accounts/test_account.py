"""Account, through its real edge, over the stores in memory and over Postgres and Valkey."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from functions.account.service import EXPORTS_PER_DAY, Parts
from shared.domain.accounts import usernames
from shared.domain.accounts.lifecycle import DELIVERED_RETENTION, GRACE
from shared.domain.accounts.users import ACCESS_LIFETIME, State
from shared.events import cloudevents
from shared.events.envelope import Event
from shared.testing.memory_limits import MemoryLimits
from tests.support.accounts.account_functions import HASH, Person, World, stores, world
from tests.support.accounts.log_search import PASSWORD, logs
from tests.support.functions.problems import assert_problem

__all__ = ["logs", "stores", "world"]
NEW = "another horse battery"


def ask(world: World, method: str, path: str, who: Person | None = None, **sent: Any) -> Any:
    world.logs.keep_secret(NEW)
    return world.ask(method, path, who, function="account", **sent)


def tick(world: World, task: str) -> Any:
    event = Event(
        id="1", source="/ping", type="dev.knative.sources.ping", time=world.clock.now(),
        data=json.dumps({"task": task}).encode(),
    )  # fmt: skip
    headers, body = cloudevents.to_http(event)
    return world.app("account").test_client().post("/events/tick", data=body, headers=headers)


def test_users_see_themselves_and_nothing_secret(world: World) -> None:
    ada = world.person("Ada", email="Ada@example.com")
    answer = ask(world, "GET", "/me", ada)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    contact = {"kind": "email", "address": "Ada@example.com", "verified_at": None}
    shown = answer.json["contacts"][0]
    assert {name: shown[name] for name in contact} == contact
    assert (answer.json["username"], answer.json["state"], answer.json["roles"]) == ("Ada", "new", [])
    assert answer.json["deletion_due_at"] is None
    assert HASH not in answer.text


def test_every_contact_is_shown_once_and_none_is_shown_as_none(world: World) -> None:
    ada, bob = world.person("ada", email="ada@example.com"), world.person("bob")
    claimed = ask(world, "PUT", "/me/phone", ada, json={"password": PASSWORD, "phone": "+49 170 1234567"})
    assert claimed.status_code == 202
    shown = ask(world, "GET", "/me", ada).json["contacts"]
    assert [(each["kind"], each["verified_at"]) for each in shown] == [("email", None), ("phone", None)]
    assert ask(world, "GET", "/me", bob).json["contacts"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me"), ("PUT", "/me/password"), ("PUT", "/me/email"), ("PUT", "/me/phone"), ("PUT", "/me/deletion"),
        ("DELETE", "/me/deletion"), ("GET", "/me/export"),
    ],
)  # fmt: skip
def test_nobody_is_served_without_a_token_or_in_a_terminal_state(world: World, method: str, path: str) -> None:
    assert_problem(ask(world, method, path), 401, "Not authenticated")
    eve = world.person("eve", state=State.BLOCKED)
    body = {"password": PASSWORD, "new_password": NEW, "email": "eve@example.com", "phone": "+49 30 123456"}
    expected = {"/me/password": {"new_password"}, "/me/email": {"email"}, "/me/phone": {"phone"}}.get(path, set())
    sent = {"json": {name: body[name] for name in {"password"} | expected}} if method == "PUT" else {}
    assert_problem(ask(world, method, path, eve, **sent), 403, "Forbidden")


def test_a_new_password_ends_the_other_sessions(world: World) -> None:
    ada = world.person()
    elsewhere = world.log_in(ada.id, "ada")
    answer = ask(world, "PUT", "/me/password", ada, json={"password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 204
    assert world.live(ada) == [ada.session_id]
    assert_problem(ask(world, "GET", "/me", elsewhere), 401, "Not authenticated")
    result = world.stores.users.find_login("ada")
    assert result is not None
    assert world.passwords.matches(NEW, result.password_hash)
    assert world.trail(ada) == ["user.register", "user.password_change"]


def test_the_current_password_is_asked_and_guesses_are_bounded(world: World) -> None:
    ada = world.person()
    world.logs.keep_secret("wrong horse battery")
    wrong = {"password": "wrong horse battery", "new_password": NEW}
    for _ in range(3):
        assert_problem(ask(world, "PUT", "/me/password", ada, json=wrong), 403, "Forbidden")
    answer = ask(world, "PUT", "/me/password", ada, json={"password": PASSWORD, "new_password": NEW})
    assert_problem(answer, 429, "Too many requests")
    assert [each.entry.outcome for each in world.entries(ada)][1:] == ["refused"] * 3
    world.clock.move(minutes=14)
    fresh = world.log_in(ada.id, "ada")
    world.clock.move(minutes=1)
    answer = ask(world, "PUT", "/me/password", fresh, json={"password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 204


@pytest.mark.parametrize(
    ("new", "field"),
    [("short", "password"), ("password123", "password"), (PASSWORD, "new_password"), (7, "new_password")],
)
def test_a_new_password_must_be_a_good_and_another_one(world: World, new: Any, field: str) -> None:
    answer = ask(world, "PUT", "/me/password", world.person(), json={"password": PASSWORD, "new_password": new})
    assert list(assert_problem(answer, 400, "Invalid input")["errors"]) == [field]


def test_of_many_changes_of_one_password_one_wins(world: World) -> None:
    ada = world.person()
    bodies = [{"password": PASSWORD, "new_password": f"{NEW} {n}"} for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda body: ask(world, "PUT", "/me/password", ada, json=body).status_code, bodies))
    # Who came later finds another password, another hash, or too many guesses under way.
    assert answers.count(204) == 1
    assert set(answers) <= {204, 403, 409, 429}


def test_nobody_guesses_while_guesses_cannot_be_counted(world: World) -> None:
    if not isinstance(world.stores.limits, MemoryLimits):
        pytest.skip("the real store is taken away in test_limits")
    ada = world.person()
    world.stores.limits.gone = True
    answer = ask(world, "PUT", "/me/password", ada, json={"password": PASSWORD, "new_password": NEW})
    assert_problem(answer, 503, "Unavailable")
    assert ask(world, "GET", "/me", ada).status_code == 200


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [("email", "ada@example.com", "countess@example.com"), ("phone", "+44 20 7946 0018", "+44 20 7946 0019")],
)
def test_a_claimed_address_replaces_an_earlier_claim_only(world: World, kind: str, first: str, second: str) -> None:
    ada = world.person()
    for address in (first, second):
        answer = ask(world, "PUT", f"/me/{kind}", ada, json={"password": PASSWORD, kind: address})
        assert (answer.status_code, answer.json["kind"]) == (202, kind)
    contacts = ask(world, "GET", "/me", ada).json["contacts"]
    assert [(each["address"], each["verified_at"]) for each in contacts] == [(second.replace(" ", ""), None)]
    assert world.trail(ada)[1:] == ["contact.claim"] * 2


@pytest.mark.parametrize(("kind", "address"), [("email", "ada"), ("phone", "0049"), ("email", 7), ("phone", "+1" * 50)])
def test_what_is_no_address_is_refused(world: World, kind: str, address: Any) -> None:
    answer = ask(world, "PUT", f"/me/{kind}", world.person(), json={"password": PASSWORD, kind: address})
    assert list(assert_problem(answer, 400, "Invalid input")["errors"]) == [kind]


def test_a_deletion_ends_all_sessions_and_can_be_taken_back(world: World) -> None:
    ada = world.person()
    answer = ask(world, "PUT", "/me/deletion", ada, json={"password": PASSWORD})
    assert answer.status_code == 202
    due_at = datetime.fromisoformat(answer.json["deletion_due_at"])
    assert due_at == world.clock.now() + GRACE
    assert world.live(ada) == []
    assert_problem(ask(world, "GET", "/me", ada), 401, "Not authenticated")
    world.clock.move(seconds=GRACE.total_seconds() - 1)
    again = world.log_in(ada.id, "ada")
    asked_twice = ask(world, "PUT", "/me/deletion", again, json={"password": PASSWORD})
    assert datetime.fromisoformat(asked_twice.json["deletion_due_at"]) == due_at
    assert tick(world, "erase").status_code == 202
    back = world.log_in(ada.id, "ada")
    kept = ask(world, "DELETE", "/me/deletion", back)
    assert (kept.status_code, kept.json["deletion_due_at"]) == (200, None)
    world.clock.move(seconds=2)
    assert tick(world, "erase").status_code == 202
    assert ask(world, "GET", "/me", back).json["username"] == "ada"
    assert world.trail(ada)[1:] == ["user.ask_deletion", "user.come_back"]


def test_who_does_not_come_back_is_erased_and_the_name_is_free(world: World) -> None:
    ada = world.person("Ada", email="ada@example.com")
    ask(world, "PUT", "/me/deletion", ada, json={"password": PASSWORD})
    world.clock.move(seconds=GRACE.total_seconds())
    late = world.log_in(ada.id, "Ada")
    for _ in range(2):
        assert tick(world, "erase").status_code == 202
    assert world.told() == [("registered", ada.id), ("deleted", ada.id)]
    assert world.live(ada) == []
    assert_problem(ask(world, "GET", "/me", late), 403, "Forbidden")
    assert world.stores.users.find_login("ada") is None
    assert not world.stores.users.is_taken(usernames.validate_new("Ada"))
    profile = world.stores.accounts.profile(ada.id)
    assert (profile.user.state, profile.contacts, profile.user.roles) == (State.DELETED, (), ())
    assert "ada" not in profile.user.username.lower().replace(ada.id, "")
    assert world.trail(ada)[-1] == "user.erase"
    assert world.person("Ada").id != ada.id


def test_the_last_operator_stays(world: World) -> None:
    root, other = world.person("root", "operator"), world.person("other", "operator")
    assert ask(world, "PUT", "/me/deletion", root, json={"password": PASSWORD}).status_code == 202
    assert_problem(ask(world, "PUT", "/me/deletion", other, json={"password": PASSWORD}), 409, "Conflict")
    assert ask(world, "GET", "/me", other).json["deletion_due_at"] is None


def test_of_two_last_operators_who_leave_at_once_one_stays(world: World) -> None:
    both = [world.person(name, "operator") for name in ("root", "other")]
    with ThreadPoolExecutor(2) as threads:
        answers = threads.map(lambda who: ask(world, "PUT", "/me/deletion", who, json={"password": PASSWORD}), both)
    assert sorted(answer.status_code for answer in answers) == [202, 409]


def test_the_export_holds_everything_and_no_digest(world: World) -> None:
    ada, eve = world.person("ada", email="ada@example.com"), world.person("eve", email="eve@example.com")
    answer = ask(world, "GET", "/me/export", ada)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    content = answer.json
    own = {"user", "contacts", "sessions", "identity_requests", "audit_trail"}
    assert set(content) == own | {"favourites", "missing"}
    assert content["missing"] == []
    assert content["user"]["username"] == "ada"
    assert [each["address"] for each in content["contacts"]] == ["ada@example.com"]
    (active,) = world.stores.sessions.list_active(ada.id, now=world.clock.now())
    (session,) = content["sessions"]
    assert (session["id"], datetime.fromisoformat(session["expires_at"])) == (ada.session_id, active.expires_at)
    assert [each["action"] for each in content["audit_trail"]] == ["user.register", "session.open", "user.export"]
    assert HASH not in answer.text
    assert "sha256" not in answer.text
    assert eve.id not in answer.text


def test_an_export_says_which_area_did_not_answer(world: World) -> None:
    world.export_parts.silent = {"favourites"}
    content = ask(world, "GET", "/me/export", world.person()).json
    assert content["missing"] == ["favourites"]
    assert "favourites" not in content
    assert content["user"]["username"] == "ada"


def test_no_part_takes_the_place_of_what_accounts_keep(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = Parts(contents={"user": {"username": "eve"}, "missing": []}, missing=["coins"])
    monkeypatch.setattr(world.export_parts, "collect", lambda token: parts)
    content = ask(world, "GET", "/me/export", world.person()).json
    assert (content["user"]["username"], content["missing"]) == ("ada", ["coins"])


def test_exports_are_bounded_for_each_user(world: World) -> None:
    ada, eve = world.person("ada"), world.person("eve")
    asked = [ask(world, "GET", "/me/export", ada).status_code for _ in range(EXPORTS_PER_DAY)]
    assert set(asked) == {200}
    refused = ask(world, "GET", "/me/export", ada)
    assert_problem(refused, 429, "Too many requests")
    assert int(refused.headers["Retry-After"]) > 0
    assert world.trail(ada).count("user.export") == EXPORTS_PER_DAY
    assert ask(world, "GET", "/me/export", eve).status_code == 200


def test_the_clock_relays_and_tidies(world: World) -> None:
    ada = world.person()
    world.sink.silent = True
    assert_problem(tick(world, "relay"), 503, "Unavailable")
    world.sink.silent = False
    assert tick(world, "relay").status_code == 202
    assert [event.extensions["user"] for event in world.sink.events] == [ada.id]
    delivered_at = world.clock.now()
    world.clock.move(seconds=DELIVERED_RETENTION.total_seconds() + 1)
    assert world.stores.outbox.forget(before=delivered_at) == 0
    assert tick(world, "tidy").status_code == 202
    assert world.stores.outbox.forget(before=world.clock.now()) == 0


@pytest.mark.parametrize(
    "data", [b"no json", b"[]", b"{}", b'{"task": "format"}', b'{"task": ["erase"]}', b"[" * 50_000]
)
def test_the_clock_is_told_when_it_asks_for_nonsense(world: World, data: bytes) -> None:
    event = Event(id="1", source="/ping", type="t", time=world.clock.now(), data=data)
    headers, body = cloudevents.to_http(event)
    answer = world.app("account").test_client().post("/events/tick", data=body, headers=headers)
    assert_problem(answer, 400, "Invalid input")


def test_another_site_changes_nothing_by_cookie(world: World) -> None:
    ada = world.person()
    client = world.app("account").test_client(use_cookies=False)
    cookie = {"Cookie": f"__Host-touchline-access={ada.token}"}
    assert client.get("/me", headers=cookie).status_code == 200
    foreign = client.put(
        "/me/deletion", json={"password": PASSWORD}, headers={**cookie, "Sec-Fetch-Site": "cross-site"}
    )
    assert_problem(foreign, 403, "Forbidden")
    own = client.put("/me/deletion", json={"password": PASSWORD}, headers={**cookie, "Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 202
    assert len(own.headers.getlist("Set-Cookie")) == 2


def test_a_token_outlives_nothing_by_more_than_its_minutes(world: World) -> None:
    ada = world.person()
    world.clock.move(seconds=ACCESS_LIFETIME.total_seconds())
    assert_problem(ask(world, "GET", "/me", ada), 401, "Not authenticated")
