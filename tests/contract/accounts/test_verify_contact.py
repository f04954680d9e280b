"""Verify-contact, through its real edge, over the stores in memory and over Postgres and Valkey."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.verify_contact.service import LIFETIME, MAX_TRIES
from shared.domain.accounts.users import State
from shared.testing.memory_limits import MemoryLimits
from tests.support.accounts.account_functions import Person, World, stores, world
from tests.support.accounts.log_search import PASSWORD, logs
from tests.support.functions.problems import assert_problem

__all__ = ["logs", "stores", "world"]
ADDRESS = "ada@example.com"


def ask_code(world: World, who: Person | None, kind: str = "email", **sent: Any) -> Any:
    return world.ask("POST", f"/contacts/{kind}/code", who, function="verify_contact", **sent)


def code_of(world: World) -> str:
    result = re.search(r"\b\d{6}\b", world.messages.sent[-1].text)
    assert result is not None
    world.logs.keep_secret(f"{result[0]} is your", f"code {result[0]}")
    return result[0]


def sent_code(world: World, who: Person, kind: str = "email") -> str:
    answer = ask_code(world, who, kind)
    assert answer.status_code == 202, answer.text
    return code_of(world)


def prove(world: World, who: Person, code: Any, kind: str = "email") -> Any:
    return world.ask("POST", f"/contacts/{kind}/proof", who, function="verify_contact", json={"code": code})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def claim(world: World, who: Person, kind: str, address: str) -> None:
    body = {"password": PASSWORD, kind: address}
    assert world.ask("PUT", f"/me/{kind}", who, function="account", json=body).status_code == 202


def contacts(world: World, who: Person) -> list[tuple[str, bool]]:
    result = world.stores.accounts.profile(who.id).contacts
    return [(each.address, each.verified_at is not None) for each in result]


def test_a_code_proves_an_address_once(world: World) -> None:
    ada = world.person(email=ADDRESS)
    code = sent_code(world, ada)
    assert world.messages.sent[-1].to.shown == ADDRESS
    answer = prove(world, ada, f" {code} ")
    assert (answer.status_code, answer.json["state"], answer.json["address"]) == (200, "contact_verified", ADDRESS)
    assert contacts(world, ada) == [(ADDRESS, True)]
    assert_problem(prove(world, ada, code), 400, "Invalid input")
    assert world.told() == [("registered", ada.id), ("verified", ada.id)]
    assert world.sink.events[1].extensions["state"] == "contact_verified"
    assert world.trail(ada) == ["user.register", "contact.send_code", "contact.verify", "contact.verify"]
    assert code not in str([each.entry for each in world.entries(ada)])


def test_of_20_who_try_one_code_at_once_one_succeeds(world: World) -> None:
    ada = world.person(email=ADDRESS)
    code = sent_code(world, ada)
    with ThreadPoolExecutor(20) as threads:
        answers = [answer.status_code for answer in threads.map(lambda _: prove(world, ada, code), range(20))]
    assert answers.count(200) == 1
    assert set(answers) <= {200, 400, 429}
    assert world.told().count(("verified", ada.id)) == 1


def test_a_code_is_void_after_a_few_wrong_tries(world: World) -> None:
    ada = world.person(email=ADDRESS)
    code = sent_code(world, ada)
    for _ in range(MAX_TRIES):
        problem = assert_problem(prove(world, ada, wrong(code)), 400, "Invalid input")
        assert problem["errors"] == {"code": "is not valid"}
    assert assert_problem(prove(world, ada, code), 400, "Invalid input") == problem
    world.clock.move(minutes=1)
    assert prove(world, ada, sent_code(world, ada)).status_code == 200


def test_new_codes_bring_no_endless_tries(world: World) -> None:
    ada = world.person(email=ADDRESS)
    answers = []
    for _ in range(3):
        code = sent_code(world, ada)
        answers += [prove(world, ada, wrong(code)).status_code for _ in range(MAX_TRIES - 1)]
        world.clock.move(minutes=1)
    assert answers == [400] * 10 + [429] * 2


def test_a_code_expires(world: World) -> None:
    ada = world.person(email=ADDRESS)
    code = sent_code(world, ada)
    world.clock.move(seconds=LIFETIME.total_seconds())
    assert_problem(prove(world, world.log_in(ada.id, "ada"), code), 400, "Invalid input")


def test_only_the_last_code_counts_and_only_for_whom_it_was_sent(world: World) -> None:
    ada, eve = world.person("ada", email=ADDRESS), world.person("eve", email="eve@example.com")
    first = sent_code(world, ada)
    world.clock.move(minutes=1)
    second = sent_code(world, ada)
    sent_code(world, eve)
    if first != second:
        assert_problem(prove(world, ada, first), 400, "Invalid input")
    assert_problem(prove(world, eve, second), 400, "Invalid input")
    assert prove(world, ada, second).status_code == 200


def test_codes_are_sent_rarely(world: World) -> None:
    ada = world.person(email=ADDRESS)
    sent_code(world, ada)
    problem = ask_code(world, ada)
    assert_problem(problem, 429, "Too many requests")
    assert int(problem.headers["Retry-After"]) == 60
    for _ in range(4):
        world.clock.move(minutes=1)
        sent_code(world, ada)
    world.clock.move(minutes=1)
    assert_problem(ask_code(world, ada), 429, "Too many requests")
    eve = world.person("eve", email=ADDRESS.upper())
    assert_problem(ask_code(world, eve), 429, "Too many requests")
    world.clock.move(hours=1)
    sent_code(world, world.log_in(ada.id, "ada"))


def test_a_message_that_cannot_be_sent_costs_nothing(world: World) -> None:
    ada = world.person(email=ADDRESS)
    world.messages.gone = True
    for _ in range(3):
        assert_problem(ask_code(world, ada), 503, "Unavailable")
    world.messages.gone = False
    world.messages.refused.add(ADDRESS)
    assert assert_problem(ask_code(world, ada), 400, "Invalid input")["errors"] == {"email": "takes no messages"}
    world.messages.refused.clear()
    sent_code(world, ada)


def test_without_counting_nothing_is_sent_or_tried(world: World) -> None:
    if not isinstance(world.stores.limits, MemoryLimits):
        pytest.skip("the real store is taken away in test_limits")
    ada = world.person(email=ADDRESS)
    code = sent_code(world, ada)
    world.stores.limits.gone = True
    world.clock.move(minutes=1)
    assert_problem(ask_code(world, ada), 503, "Unavailable")
    assert_problem(prove(world, ada, code), 503, "Unavailable")
    assert len(world.messages.sent) == 1


def test_an_address_is_told_to_be_anothers_only_to_who_reads_its_messages(world: World) -> None:
    ada, eve = world.person("ada", email=ADDRESS), world.person("eve", email=ADDRESS.upper())
    assert prove(world, ada, sent_code(world, ada)).status_code == 200
    code = sent_code(world, eve)
    assert_problem(prove(world, eve, wrong(code)), 400, "Invalid input")
    assert_problem(prove(world, eve, code), 409, "Conflict")
    assert world.stores.accounts.profile(eve.id).user.state is State.NEW


def test_a_new_address_replaces_the_old_one_when_it_is_proven(world: World) -> None:
    ada = world.person(email=ADDRESS)
    assert prove(world, ada, sent_code(world, ada)).status_code == 200
    assert_problem(ask_code(world, ada), 409, "Conflict")
    assert world.ask(
        "PUT", "/me/email", ada, function="account", json={"password": PASSWORD, "email": ADDRESS.upper()}
    ).status_code == 409  # fmt: skip
    claim(world, ada, "email", "countess@example.com")
    assert contacts(world, ada) == [(ADDRESS, True), ("countess@example.com", False)]
    world.clock.move(minutes=1)
    answer = prove(world, ada, sent_code(world, ada))
    assert (answer.status_code, answer.json["state"]) == (200, "contact_verified")
    assert contacts(world, ada) == [("countess@example.com", True)]
    assert world.told().count(("verified", ada.id)) == 1


@pytest.mark.parametrize(("language", "word"), [("en", "another"), ("de-AT", "andere")])
@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [("email", ADDRESS, "countess@example.com"), ("phone", "+442079460018", "+442079460019")],
)
def test_the_old_address_hears_that_it_was_replaced(
    world: World, kind: str, old: str, new: str, language: str, word: str
) -> None:
    ada = world.person(state=State.ACTIVE)
    claim(world, ada, kind, old)
    assert prove(world, ada, sent_code(world, ada, kind), kind).status_code == 200
    assert len(world.messages.sent) == 1, "nothing was replaced yet"
    claim(world, ada, kind, new)
    world.clock.move(minutes=1)
    bearer = {"Authorization": f"Bearer {ada.token}", "Accept-Language": language}
    body = {"code": sent_code(world, ada, kind)}
    with world.app("verify_contact").test_client() as client:
        assert client.post(f"/contacts/{kind}/proof", json=body, headers=bearer).status_code == 200
    notice = world.messages.sent[-1]
    assert (notice.to.kind, notice.to.shown) == (kind, old)
    assert word in notice.text.lower()
    assert ada.name in notice.text
    assert new not in notice.text + notice.subject, "who reads the old address need not learn the new one"


@pytest.mark.parametrize("trouble", ["gone", "refused"])
def test_a_proof_stands_when_the_old_address_cannot_be_told(world: World, trouble: str) -> None:
    ada = world.person(email=ADDRESS)
    assert prove(world, ada, sent_code(world, ada)).status_code == 200
    claim(world, ada, "email", "countess@example.com")
    world.clock.move(minutes=1)
    code = sent_code(world, ada)
    world.messages.gone, world.messages.refused = trouble == "gone", {ADDRESS}
    assert prove(world, ada, code).status_code == 200
    assert contacts(world, ada) == [("countess@example.com", True)]


def test_a_code_dies_with_its_claim(world: World) -> None:
    ada = world.person(email=ADDRESS)
    code = sent_code(world, ada)
    claim(world, ada, "email", "countess@example.com")
    assert_problem(prove(world, ada, code), 400, "Invalid input")


def test_a_phone_is_proven_beside_an_address(world: World) -> None:
    ada = world.person(email=ADDRESS, state=State.ACTIVE)
    claim(world, ada, "phone", "+44 20 7946 0018")
    answer = prove(world, ada, sent_code(world, ada, "phone"), "phone")
    assert (answer.json["address"], answer.json["state"]) == ("+442079460018", "active")
    assert world.messages.sent[-1].subject == ""
    assert contacts(world, ada) == [(ADDRESS, False), ("+442079460018", True)]


@pytest.mark.parametrize(
    ("accepted", "word"), [("de-AT,de;q=0.9,en;q=0.5", "gilt"), ("fr", "valid"), ("", "valid"), ("*", "valid")]
)
def test_the_message_speaks_the_users_language(world: World, accepted: str, word: str) -> None:
    ada = world.person(email=ADDRESS)
    bearer = {"Authorization": f"Bearer {ada.token}", "Accept-Language": accepted}
    answer = world.app("verify_contact").test_client().post("/contacts/email/code", headers=bearer)
    assert answer.status_code == 202
    assert word in world.messages.sent[-1].text
    assert code_of(world) in world.messages.sent[-1].subject


def test_who_has_nothing_to_prove_or_may_not_is_told_so(world: World) -> None:
    ada = world.person()
    assert_problem(ask_code(world, None), 401, "Not authenticated")
    assert_problem(ask_code(world, ada), 404, "Not found")
    assert_problem(ask_code(world, ada, "fax"), 404, "Not found")
    assert_problem(prove(world, ada, "000000"), 400, "Invalid input")
    eve = world.person("eve", email="eve@example.com", state=State.BLOCKED)
    assert_problem(ask_code(world, eve), 403, "Forbidden")
    assert_problem(prove(world, eve, "000000"), 403, "Forbidden")
    assert world.messages.sent == []


@pytest.mark.parametrize("code", [123456, None, ["1"], "1" * 21, ""])
def test_what_is_no_code_is_refused(world: World, code: Any) -> None:
    ada = world.person(email=ADDRESS)
    sent_code(world, ada)
    assert list(assert_problem(prove(world, ada, code), 400, "Invalid input")["errors"]) == ["code"]
