"""Verify-identity, through its real edge, over the stores in memory and over Postgres and Valkey."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain.accounts.identity import MAX_FILE_BYTES
from shared.domain.accounts.lifecycle import GRACE
from shared.domain.accounts.users import State
from shared.events import cloudevents
from shared.events.users import UserDeleted
from shared.testing.memory_limits import MemoryLimits
from tests.contract.accounts.test_account import tick
from tests.support.accounts.account_functions import Person, World, stores, world
from tests.support.accounts.log_search import PASSWORD, logs
from tests.support.functions.problems import assert_problem

__all__ = ["logs", "stores", "world"]
FORM = "multipart/form-data; boundary=x"
NOBODY = "00000000-0000-7000-8000-000000000000"
JPEG = b"\xff\xd8\xff\xe0 a face"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR a passport"
PDF = b"%PDF-1.7 a scan"
FILES = {"document_front": PNG, "selfie": JPEG}
REASON = {"reason": "the document has expired"}


def ask(world: World, method: str, path: str, who: Person | None = None, **sent: Any) -> Any:
    return world.ask(method, path, who, function="verify_identity", **sent)


def submit(world: World, who: Person | None, files: Any = FILES, name: str = "../../etc/passwd", **fields: str) -> Any:
    return post(world, who, [*((part, name, content) for part, content in files.items()), *fields.items()])


def post(world: World, who: Person | None, parts: list[Any]) -> Any:
    """Send files (name, file name, content) and fields (name, text) as a browser would."""
    body = b""
    for name, *file, content in parts:
        output = f'; filename="{file[0]}"\r\nContent-Type: image/jpeg' if file else ""
        raw = content.encode() if isinstance(content, str) else content
        body += f'--x\r\nContent-Disposition: form-data; name="{name}"{output}\r\n\r\n'.encode() + raw + b"\r\n"
    return ask(world, "POST", "/identity", who, data=body + b"--x--\r\n", content_type=FORM)


def verified(world: World, name: str = "ada") -> Person:
    return world.person(name, state=State.CONTACT_VERIFIED)


def approve(world: World, who: Person, request_id: str) -> Any:
    return ask(world, "PUT", f"/identity/requests/{request_id}/approval", who)


def test_an_approved_user_is_active(world: World) -> None:
    root, ada = world.person("root", "operator"), verified(world)
    made = submit(world, ada, {**FILES, "document_back": PDF})
    assert made.status_code == 201, made.text
    path = made.headers["Location"]
    assert (made.json["state"], made.json["user_id"]) == ("pending", ada.id)
    described = {each["part"]: each["content_type"] for each in made.json["files"]}
    assert described == {"document_front": "image/png", "document_back": "application/pdf", "selfie": "image/jpeg"}
    assert ask(world, "GET", path, ada).json == made.json
    answer = ask(world, "PUT", f"{path}/approval", root)
    assert (answer.status_code, answer.json["state"]) == (200, "approved")
    assert world.stores.accounts.profile(ada.id).user.state is State.ACTIVE
    assert world.told()[-1] == ("verified", ada.id)
    assert world.sink.events[-1].extensions["state"] == "active"
    assert world.trail(ada) == ["user.register", "identity.submit", "identity.approve"]
    assert_problem(submit(world, ada), 409, "Conflict")


def test_of_operators_who_decide_at_once_one_does(world: World) -> None:
    operators = [world.person(f"root-{n}", "operator") for n in range(4)]
    ada = verified(world)
    request_id = submit(world, ada).json["id"]

    def decide(n: int) -> int:
        verb = "approval" if n % 2 else "rejection"
        path = f"/identity/requests/{request_id}/{verb}"
        return int(ask(world, "PUT", path, operators[n], json=REASON).status_code)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(decide, range(4))) == [200, 409, 409, 409]
    assert world.told().count(("verified", ada.id)) <= 1
    approved = world.stores.accounts.profile(ada.id).user.state is State.ACTIVE
    assert world.told().count(("verified", ada.id)) == approved


def test_who_is_rejected_reads_why_and_may_ask_again(world: World) -> None:
    root, ada = world.person("root", "operator"), verified(world)
    first = submit(world, ada).json["id"]
    assert_problem(submit(world, ada), 409, "Conflict")
    assert ask(world, "PUT", f"/identity/requests/{first}/rejection", root, json=REASON).status_code == 200
    second = submit(world, ada).json["id"]
    shown = ask(world, "GET", "/identity", ada).json["items"]
    assert [(each["id"], each["state"], each["reason"]) for each in shown] == [
        (second, "pending", ""), (first, "rejected", REASON["reason"]),
    ]  # fmt: skip
    assert_problem(approve(world, root, first), 409, "Conflict")
    assert approve(world, root, second).status_code == 200


def test_files_are_read_by_operators_only_and_every_look_is_recorded(world: World) -> None:
    root, ada = world.person("root", "operator"), verified(world)
    path = submit(world, ada).headers["Location"]
    assert_problem(ask(world, "GET", f"{path}/files/selfie", ada), 403, "Forbidden")
    answer = ask(world, "GET", f"{path}/files/selfie", root)
    assert (answer.data, answer.content_type) == (JPEG, "image/jpeg")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "passwd" not in str(answer.headers)
    assert_problem(ask(world, "GET", f"{path}/files/document_back", root), 404, "Not found")
    assert_problem(ask(world, "GET", f"{path}/files/passport", root), 404, "Not found")
    assert world.trail(ada) == ["user.register", "identity.submit", "identity.read_file"]
    assert world.entries(ada)[-1].entry.by.id == root.id


def test_a_file_that_is_not_what_was_handed_in_is_not_shown(world: World) -> None:
    root, ada = world.person("root", "operator"), verified(world)
    path = submit(world, ada).headers["Location"]
    for name, content in world.objects.kept.items():
        world.objects.kept[name] = content[:-1] + b"?"
    assert_problem(ask(world, "GET", f"{path}/files/selfie", root), 500, "Internal error")


@pytest.mark.parametrize(("what", "now"), [("roles", ()), ("state", State.BLOCKED)])
def test_who_was_an_operator_minutes_ago_reads_no_file(world: World, what: str, now: Any) -> None:
    ada, stale = verified(world), world.person("eve", "operator")
    path = submit(world, ada).headers["Location"]
    world.stores.change("eve", what, now)
    assert_problem(ask(world, "GET", f"{path}/files/selfie", stale), 403, "Forbidden")
    assert world.trail(ada) == ["user.register", "identity.submit"]


def test_objects_are_named_by_ids_alone(world: World) -> None:
    ada = verified(world)
    submit(world, ada)
    assert sorted(world.objects.kept.values()) == sorted(FILES.values())
    for name in world.objects.kept:
        folder, user_id, file_id = name.split("/")
        assert (folder, user_id, len(file_id)) == ("identity", ada.id, 36)


@pytest.mark.parametrize(
    ("files", "faults"),
    [
        ({}, {"document_front", "selfie"}),
        ({"selfie": JPEG}, {"document_front"}),
        ({**FILES, "selfie": b"<svg onload=alert(1)>"}, {"selfie"}),
        ({**FILES, "selfie": b""}, {"selfie"}),
        ({**FILES, "selfie": b"MZ\x90" + JPEG}, {"selfie"}),
        ({**FILES, "selfie": JPEG + b"x" * MAX_FILE_BYTES}, {"selfie"}),
        ({**FILES, "../selfie": JPEG}, {"../selfie"}),
    ],
)
def test_files_are_judged_by_part_size_and_content(world: World, files: Any, faults: set[str]) -> None:
    answer = submit(world, verified(world), files, name="selfie.jpg")
    assert set(assert_problem(answer, 400, "Invalid input")["errors"]) == faults
    assert world.objects.kept == {}


def test_a_form_of_another_shape_is_refused(world: World) -> None:
    ada = verified(world)
    assert list(assert_problem(submit(world, ada, note="hello"), 400, "Invalid input")["errors"]) == ["note"]
    assert_problem(ask(world, "POST", "/identity", ada, json={"selfie": "x"}), 400, "Invalid input")
    sent = post(world, ada, [("selfie", "a.jpg", JPEG), ("selfie", "b.jpg", JPEG)])
    assert list(assert_problem(sent, 400, "Invalid input")["errors"]) == ["selfie"]
    for broken in (b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"--y--\r\n", b"\0" * 999):
        assert_problem(ask(world, "POST", "/identity", ada, data=broken, content_type=FORM), 400, "Invalid input")
    no_boundary = ask(world, "POST", "/identity", ada, data=b"x", content_type="multipart/form-data")
    assert_problem(no_boundary, 400, "Invalid input")
    for much in (b"x" * 12_600_001, b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 50 + b"--x--\r\n"):
        assert ask(world, "POST", "/identity", ada, data=much, content_type=FORM).status_code == 413


def test_states_decide_who_may_ask(world: World) -> None:
    assert_problem(submit(world, None), 401, "Not authenticated")
    assert_problem(submit(world, world.person("new")), 409, "Conflict")
    assert_problem(submit(world, world.person("active", state=State.ACTIVE)), 409, "Conflict")
    assert_problem(submit(world, world.person("blocked", state=State.BLOCKED)), 403, "Forbidden")
    assert world.objects.kept == {}


def test_a_user_who_is_blocked_meanwhile_is_not_approved(world: World) -> None:
    root, ada = world.person("root", "operator"), verified(world)
    request_id = submit(world, ada).json["id"]
    world.stores.change("ada", "state", State.BLOCKED)
    assert_problem(approve(world, root, request_id), 409, "Conflict")
    assert world.stores.identities.request(request_id).state == "pending"
    assert ("verified", ada.id) not in world.told()


def test_others_see_and_decide_nothing(world: World) -> None:
    ada, eve = verified(world), verified(world, "eve")
    world.person("root", "operator")
    path = submit(world, ada).headers["Location"]
    assert_problem(ask(world, "GET", path, eve), 404, "Not found")
    assert ask(world, "GET", "/identity", eve).json == {"items": []}
    for method, of_operators in (
        ("GET", "/identity/requests"), ("PUT", f"{path}/approval"), ("PUT", f"{path}/rejection"),
    ):  # fmt: skip
        assert_problem(ask(world, method, of_operators, eve, json=REASON), 403, "Forbidden")
        assert_problem(ask(world, method, of_operators, json=REASON), 401, "Not authenticated")
    stale = world.log_in(eve.id, "eve", ("operator",))
    assert_problem(ask(world, "PUT", f"{path}/approval", stale), 403, "Forbidden")


def test_nobody_decides_about_themselves(world: World) -> None:
    root = world.person("root", "operator", state=State.CONTACT_VERIFIED)
    request_id = submit(world, root).json["id"]
    assert_problem(approve(world, root, request_id), 403, "Forbidden")
    assert_problem(approve(world, root, NOBODY), 404, "Not found")


def test_the_queue_is_read_in_pages_the_oldest_first(world: World) -> None:
    root = world.person("root", "operator")
    made = [submit(world, verified(world, f"user-{n}")).json["id"] for n in range(3)]
    first = ask(world, "GET", "/identity/requests?limit=2", root).json
    rest = ask(world, "GET", f"/identity/requests?limit=2&cursor={first['next']}", root).json
    assert [each["id"] for each in first["items"] + rest["items"]] == made
    assert rest["next"] is None
    assert ask(world, "GET", "/identity/requests?state=approved", root).json["items"] == []
    assert_problem(ask(world, "GET", "/identity/requests?state=lost", root), 400, "Invalid input")


def test_requests_are_bounded_and_a_silent_store_costs_none(world: World) -> None:
    root, ada = world.person("root", "operator"), verified(world)
    world.objects.gone = True
    for _ in range(6):
        assert_problem(submit(world, ada), 503, "Unavailable")
    assert ask(world, "GET", "/identity", ada).json == {"items": []}
    world.objects.gone = False
    for _ in range(5):
        request_id = submit(world, ada).json["id"]
        assert ask(world, "PUT", f"/identity/requests/{request_id}/rejection", root, json=REASON).status_code == 200
    assert_problem(submit(world, ada), 429, "Too many requests")


def test_without_counting_nothing_is_taken(world: World) -> None:
    if not isinstance(world.stores.limits, MemoryLimits):
        pytest.skip("the real store is taken away in test_limits")
    ada = verified(world)
    world.stores.limits.gone = True
    assert_problem(submit(world, ada), 503, "Unavailable")
    assert world.objects.kept == {}


def test_files_are_deleted_with_the_user(world: World) -> None:
    ada, eve = verified(world), verified(world, "eve")
    for who in (ada, eve):
        submit(world, who)
    world.ask("PUT", "/me/deletion", ada, function="account", json={"password": PASSWORD})
    world.clock.move(seconds=GRACE.total_seconds())
    assert tick(world, "erase").status_code == 202
    (event,) = [event for event in world.sink.events if event.type == UserDeleted.TYPE]
    headers, body = cloudevents.to_http(event)
    for _ in range(2):
        with (
            world.app("verify_identity")
            .test_client()
            .post("/events/user-deleted", data=body, headers=headers) as answer
        ):
            assert (answer.status_code, answer.data) == (202, b"")
    assert world.stores.identities.list_of_user(ada.id) == []
    assert {name.split("/")[1] for name in world.objects.kept} == {eve.id}
    assert len(world.stores.identities.list_of_user(eve.id)) == 1
