"""Users, through its real edge, over the stores in memory and over Postgres and Valkey."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain.accounts.users import State
from tests.contract.accounts.test_account import tick
from tests.support.accounts.account_functions import HASH, Person, World, stores, world
from tests.support.accounts.log_search import logs
from tests.support.functions.problems import assert_problem

__all__ = ["logs", "stores", "world"]
NOBODY = "00000000-0000-7000-8000-000000000000"
REASON = {"reason": "fraud, case 4711"}


def ask(world: World, method: str, path: str, who: Person | None = None, **sent: Any) -> Any:
    return world.ask(method, path, who, function="users", **sent)


def block(world: World, root: Person, who: Person) -> Any:
    return ask(world, "PUT", f"/users/{who.id}/block", root, json=REASON)


def names(answer: Any) -> list[str]:
    return [each["username"] for each in answer.json["items"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users"), ("GET", f"/users/{NOBODY}"), ("PUT", f"/users/{NOBODY}/block"),
        ("PUT", f"/users/{NOBODY}/roles/operator"), ("DELETE", f"/users/{NOBODY}/roles/operator"),
        ("PUT", f"/users/{NOBODY}/deletion"), ("GET", f"/users/{NOBODY}/audit"),
    ],
)  # fmt: skip
def test_all_of_it_is_for_operators_only(world: World, method: str, path: str) -> None:
    assert_problem(ask(world, method, path, json=REASON), 401, "Not authenticated")
    assert_problem(ask(world, method, path, world.person("eve"), json=REASON), 403, "Forbidden")
    root = world.person("root", "operator")
    if path not in ("/users", f"/users/{NOBODY}/audit"):
        assert_problem(ask(world, method, path, root, json=REASON), 404, "Not found")


def test_users_are_found_by_name_contact_state_and_role(world: World) -> None:
    root = world.person("root", "operator")
    world.person("Ada", email="ada@example.com", state=State.CONTACT_VERIFIED)
    world.person("ad_min")
    world.person("adxmin", state=State.BLOCKED)
    result = {
        "": ["adxmin", "ad_min", "Ada", "root"],
        "name=AD": ["adxmin", "ad_min", "Ada"],
        "name=ad_": ["ad_min"],
        "name=%25": [],
        "contact=ADA@example.com": ["Ada"],
        "contact=ada@example": [],
        "state=contact_verified": ["Ada"],
        "state=blocked&name=a": ["adxmin"],
        "role=operator": ["root"],
    }
    for query, expected in result.items():
        answer = ask(world, "GET", f"/users?{query}", root)
        assert (names(answer), answer.json["next"]) == (expected, None), query
        assert answer.headers["Cache-Control"] == "no-store"
        assert "example.com" not in answer.text
        assert HASH not in answer.text


def test_pages_hold_everybody_once(world: World) -> None:
    root = world.person("root", "operator")
    made = [world.person(f"user-{n}").name for n in range(6)]
    seen: list[str] = []
    page = "/users?limit=3&name=user"
    cursor = ""
    while cursor is not None:
        answer = ask(world, "GET", f"{page}&cursor={cursor}" if cursor else page, root)
        assert len(answer.json["items"]) <= 3
        seen += names(answer)
        cursor = answer.json["next"]
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=501", "limit"), ("cursor=%21", "cursor"), ("cursor=WzFd", "cursor"),
        ("cursor=WyJ4Il0", "cursor"), ("state=dead", "state"), ("sort=name", "sort"), ("name=a&name=b", "name"),
        ("name=a%00", "name"), ("contact=%00", "contact"), ("role=%00", "role"), ("name=", "name"),
        ("cursor=", "cursor"),
    ],
)  # fmt: skip
def test_a_query_of_another_shape_names_the_field(world: World, query: str, field: str) -> None:
    answer = ask(world, "GET", f"/users?{query}", world.person("root", "operator"))
    assert list(assert_problem(answer, 400, "Invalid input")["errors"]) == [field]


def test_reading_a_user_is_recorded(world: World) -> None:
    root, ada = world.person("root", "operator"), world.person("ada", email="ada@example.com")
    answer = ask(world, "GET", f"/users/{ada.id}", root)
    assert [each["address"] for each in answer.json["contacts"]] == ["ada@example.com"]
    assert ask(world, "GET", f"/users/{ada.id}/audit", root).status_code == 200
    assert world.trail(ada) == ["user.register", "user.read", "user.read_audit"]
    assert world.entries(ada)[1].entry.by.id == root.id


def test_a_blocked_user_is_out_at_once_and_for_good(world: World) -> None:
    root, ada = world.person("root", "operator"), world.person("ada")
    for _ in range(2):
        assert block(world, root, ada).status_code == 204
    assert world.live(ada) == []
    assert_problem(world.ask("GET", "/me", ada, function="account"), 401, "Not authenticated")
    result = world.stores.users.find_login("ada")
    assert result is not None
    assert result.user.state is State.BLOCKED
    assert world.told() == [("registered", root.id), ("registered", ada.id), ("blocked", ada.id)]
    assert world.trail(ada) == ["user.register", "user.block"]
    (_, entry) = world.entries(ada)
    assert (entry.entry.by.kind, entry.entry.by.id, entry.entry.detail) == ("operator", root.id, REASON)
    assert_problem(ask(world, "PUT", f"/users/{ada.id}/roles/operator", root), 409, "Conflict")


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": "x"}, {"reason": "x" * 501}, {"reason": 7}, {"reason": "a\0bc"}, {"reason": "abc", "until": 1}],
)
def test_a_block_has_a_reason(world: World, body: Any) -> None:
    root, ada = world.person("root", "operator"), world.person("ada")
    assert_problem(ask(world, "PUT", f"/users/{ada.id}/block", root, json=body), 400, "Invalid input")
    assert world.trail(ada) == ["user.register"]


def test_a_role_is_granted_and_revoked(world: World) -> None:
    root, ada = world.person("root", "operator"), world.person("ada")
    role = f"/users/{ada.id}/roles/operator"
    for _ in range(2):
        assert ask(world, "PUT", role, root).status_code == 204
    assert ask(world, "GET", f"/users/{ada.id}", root).json["roles"] == ["operator"]
    assert world.live(ada) == [ada.session_id]
    operating = world.log_in(ada.id, "ada", ("operator",))
    assert ask(world, "GET", "/users", operating).status_code == 200
    for _ in range(2):
        assert ask(world, "DELETE", role, root).status_code == 204
    assert world.live(ada) == []
    assert_problem(ask(world, "GET", "/users", operating), 401, "Not authenticated")
    assert_problem(ask(world, "PUT", f"/users/{ada.id}/roles/king", root), 404, "Not found")
    actions = [action for action in world.trail(ada) if action.startswith("role")]
    assert actions == ["role.grant", "role.revoke"]


def test_the_last_operator_stays(world: World) -> None:
    root = world.person("root", "operator")
    assert_problem(ask(world, "DELETE", f"/users/{root.id}/roles/operator", root), 409, "Conflict")
    assert_problem(block(world, root, root), 409, "Conflict")
    assert ask(world, "GET", "/users", root).status_code == 200


def test_of_two_operators_who_block_each_other_at_once_one_stays(world: World) -> None:
    root, other = world.person("root", "operator"), world.person("other", "operator")
    with ThreadPoolExecutor(2) as threads:
        answers = threads.map(lambda pair: block(world, *pair).status_code, [(root, other), (other, root)])
    # The one who came second is no operator any more, or is logged out already.
    first, second = sorted(answers)
    assert (first, second in (401, 403)) == (204, True)
    states = [result.user.state for name in ("root", "other") if (result := world.stores.users.find_login(name))]
    assert sorted(states) == [State.BLOCKED, State.NEW]


def test_a_token_that_names_a_role_no_longer_held_changes_nothing_and_shows_no_contact(world: World) -> None:
    world.person("root", "operator")
    eve, ada = world.person("eve"), world.person("ada")
    stale = world.log_in(eve.id, "eve", ("operator",))
    assert_problem(block(world, stale, ada), 403, "Forbidden")
    assert_problem(ask(world, "PUT", f"/users/{eve.id}/roles/operator", stale), 403, "Forbidden")
    assert_problem(ask(world, "GET", f"/users/{ada.id}", stale), 403, "Forbidden")
    assert world.trail(ada) == ["user.register"]


def test_only_a_blocked_user_is_erased_by_an_operator(world: World) -> None:
    root, ada = world.person("root", "operator"), world.person("ada")
    assert_problem(ask(world, "PUT", f"/users/{ada.id}/deletion", root), 409, "Conflict")
    block(world, root, ada)
    assert ask(world, "PUT", f"/users/{ada.id}/deletion", root).status_code == 202
    assert tick(world, "erase").status_code == 202
    assert [what for what, who in world.told() if who == ada.id] == ["registered", "blocked", "deleted"]
    assert_problem(block(world, root, ada), 409, "Conflict")


def test_the_audit_trail_is_read_in_pages(world: World) -> None:
    root, ada = world.person("root", "operator"), world.person("ada")
    block(world, root, ada)
    first = ask(world, "GET", f"/users/{ada.id}/audit?limit=1", root)
    (latest,) = first.json["items"]
    assert (latest["action"], latest["outcome"], latest["by"]) == (
        "user.block", "done", {"kind": "operator", "id": root.id},
    )  # fmt: skip
    assert (latest["address"], latest["detail"]) == ("127.0.0.1", REASON)
    second = ask(world, "GET", f"/users/{ada.id}/audit?limit=1&cursor={first.json['next']}", root)
    assert [each["action"] for each in second.json["items"]] == ["session.open"]
    assert second.json["next"] is not None
