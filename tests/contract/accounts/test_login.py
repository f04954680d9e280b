"""Login, through its real edge: JSON, OAuth 2 form and browser form, throttled, and telling strangers nothing."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import bcrypt
import pytest
from flask import Flask

from shared.domain.accounts import usernames
from shared.domain.accounts.users import State
from shared.security.passwords import HashQueue, Passwords
from tests.support.accounts import login_functions as accounts_edge
from tests.support.accounts.log_search import PASSWORD, Logs, logs, occupied
from tests.support.accounts.login_functions import ENV, ORIGIN, TRIES, Edge, Stores, edge, stores
from tests.support.functions.problems import assert_problem

__all__ = ["edge", "logs", "stores"]

FROM_US = {"Sec-Fetch-Site": "same-origin"}
ACCESS, REFRESH = "__Host-touchline-access", "__Host-touchline-refresh"


@pytest.fixture
def simple(monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs) -> Edge:
    """Over the fakes alone, for what no store decides."""
    return accounts_edge.make(accounts_edge.in_memory(), monkeypatch, load_function, logs)


def test_a_login_hands_out_a_token_that_names_the_user(edge: Edge) -> None:
    answer = edge.login("ADA")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert len(answer.json["refresh_token"]) >= 43
    who = edge.tokens.verify(answer.json["access_token"])
    known = edge.stores.users.find_login("ada")
    assert known is not None
    assert (who.user_id, who.username, who.roles) == (known.user.id, "Ada", ())
    assert who.session_id in [each["id"] for each in edge.listed(answer.json["access_token"])]


WRONG = [
    ("ada", "wrong horse battery"),
    ("nobody", PASSWORD),
    ("nobody", "x"),
    ("ada", ""),
    ("", ""),
    ("ada", "x" * 1025),
    ("ada", PASSWORD + "x" * 60),
    ("ada", PASSWORD + "\x00"),
    ("ada", "\ud800"),
    ("ada\x00", PASSWORD),
    ("ada\ud800", PASSWORD),
    ("аdа", PASSWORD),
    ("a" * 10_000, "b" * 10_000),
    ("' OR 1=1 --", "' OR 1=1 --"),
]


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The work factors of the checks made."""
    made: list[bytes] = []
    check = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda raw, hashed: made.append(hashed[:7]) or check(raw, hashed))  # type: ignore[func-returns-value]
    return made


@pytest.mark.parametrize(("username", "password"), WRONG)
def test_a_wrong_user_and_a_wrong_password_answer_alike(
    edge: Edge, username: str, password: str, costs: list[bytes]
) -> None:
    answer = edge.login(username, password)
    problem = assert_problem(answer, 401, "Not authenticated")
    assert problem["detail"] == "the username or the password is wrong"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert costs == [b"$2b$04$"], "each answer must cost exactly one check of the same work factor"


@pytest.mark.parametrize("state", [State.BLOCKED, State.DELETED])
@pytest.mark.parametrize("password", [PASSWORD, "wrong horse battery"])
def test_a_blocked_or_deleted_user_is_answered_like_nobody(
    edge: Edge, state: State, password: str, costs: list[bytes]
) -> None:
    edge.stores.move(state)
    assert edge.login("ada", password).get_data() == edge.login("nobody", password).get_data()
    assert edge.token(grant_type="password", username="ada", password=password).status_code == 400
    assert costs == [b"$2b$04$"] * 3


def test_strangers_learn_nothing_from_the_clock(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs
) -> None:
    """Processor time, not the wall's: what else the machine does must not decide. The old hash costs a quarter."""
    stores = accounts_edge.in_memory()
    edge = accounts_edge.make(stores, monkeypatch, load_function, logs, cost=8)
    stores.users.add(usernames.validate_new("old"), password_hash=Passwords(6).hash(PASSWORD))
    monkeypatch.setattr(stores.limits, "take", lambda limits, now: "")

    def spent_s(username: str) -> float:
        began_s = time.process_time()
        assert edge.login(username, "wrong horse battery").status_code == 401
        return time.process_time() - began_s

    rounds = [[spent_s(name) for name in ("ada", "nobody", "old", "not a name")] for _ in range(12)]
    ada, *others = map(min, zip(*rounds, strict=True))  # what else a machine does only adds to it
    assert all(0.8 < other / ada < 1.25 for other in others), (ada, others)


def test_a_72_byte_password_is_not_matched_by_its_first_bytes(edge: Edge) -> None:
    edge.stores.users.add(usernames.validate_new("long"), password_hash=Passwords(4).hash("x" * 72))
    assert edge.login("long", "x" * 72).status_code == 200
    assert [edge.login("long", "x" * n).status_code for n in (71, 73, 144)] == [401, 401, 401]


def test_a_hash_of_another_cost_is_renewed_with_the_login(edge: Edge) -> None:
    edge.stores.users.add(usernames.validate_new("old"), password_hash=Passwords(5).hash(PASSWORD))
    assert edge.login("old", "wrong horse battery").status_code == 401
    result = edge.stores.users.find_login("old")
    assert result is not None
    assert result.password_hash is not None
    assert result.password_hash.startswith("$2b$05$")
    assert edge.login("old").status_code == 200
    result = edge.stores.users.find_login("old")
    assert result is not None
    assert result.password_hash is not None
    assert result.password_hash.startswith("$2b$04$")
    assert edge.login("old").status_code == 200


# Limits


def test_an_account_is_throttled_alike_whether_it_exists(edge: Edge) -> None:
    answers = {name: [edge.login(name, "wrong horse battery") for _ in range(TRIES[0] + 1)] for name in ("ada", "eve")}
    for each in answers.values():
        assert [answer.status_code for answer in each] == [401] * TRIES[0] + [429]
        assert each[-1].headers["Retry-After"] == "900"
    assert answers["ada"][-1].get_data() == answers["eve"][-1].get_data()
    assert_problem(edge.login("ADA"), 429, "Too many requests")
    assert edge.token(grant_type="password", username="ada", password=PASSWORD).status_code == 429
    edge.clock.move(minutes=15)
    assert edge.login().status_code == 200


def test_an_address_is_throttled_over_all_accounts_and_others_are_not(edge: Edge) -> None:
    def attempt(n: int, address: str) -> int:
        headers = {"X-Forwarded-For": f"203.0.113.{n}, {address}, 10.0.0.7"}
        status: int = edge.login(f"user-{n}", "wrong horse battery", headers=headers).status_code
        return status

    assert [attempt(n, "192.0.2.1") for n in range(TRIES[1] + 1)] == [401] * TRIES[1] + [429]
    assert attempt(99, "192.0.2.2") == 401
    edge.clock.move(minutes=15)
    assert [attempt(n, f"2001:db8:0:1::{n}") for n in range(TRIES[1] + 1)] == [401] * TRIES[1] + [429]
    assert attempt(99, "2001:db8:0:2::1") == 401


def test_who_succeeds_is_never_throttled(edge: Edge) -> None:
    assert {edge.login().status_code for _ in range(TRIES[1] + 5)} == {200}


def test_success_does_not_forgive_the_failures_of_others(edge: Edge) -> None:
    for _ in range(TRIES[0] - 1):
        edge.login("ada", "wrong horse battery")
    assert edge.login().status_code == 200
    assert edge.login("ada", "wrong horse battery").status_code == 401
    assert edge.login().status_code == 429


def test_without_the_store_of_limits_nobody_logs_in(simple: Edge, costs: list[bytes]) -> None:
    simple.stores.limits.gone = True  # type: ignore[union-attr]
    assert_problem(simple.login(), 503, "Unavailable")
    answer = simple.token(grant_type="password", username="ada", password=PASSWORD)
    assert (answer.status_code, answer.json["error"]) == (503, "temporarily_unavailable")
    assert costs == []


def test_without_the_store_of_limits_a_session_is_still_renewed(simple: Edge) -> None:
    token = simple.login().json["refresh_token"]
    simple.stores.limits.gone = True  # type: ignore[union-attr]
    answer = simple.token(grant_type="refresh_token", refresh_token=token)
    assert answer.status_code == 200
    assert simple.refresh(answer.json["refresh_token"]).status_code == 200


def test_a_full_queue_answers_429_for_known_and_unknown_alike_and_counts_for_nobody(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs
) -> None:
    gate = HashQueue(at_once=1, max_waiting=0)
    edge = accounts_edge.make(accounts_edge.in_memory(), monkeypatch, load_function, logs, gate=gate)
    with occupied(gate):
        answers = [edge.login(name) for name in ("ada", "nobody") for _ in range(TRIES[0] + 1)]
    for answer in answers:
        assert_problem(answer, 429, "Too many requests")
        assert int(answer.headers["Retry-After"]) >= 1
    assert len({answer.get_data() for answer in answers}) == 1
    assert edge.login().status_code == 200


# The token endpoint of OAuth 2


def test_the_token_endpoint_answers_as_rfc_6749_says(edge: Edge) -> None:
    answer = edge.token(grant_type="password", username="ada", password=PASSWORD, client_id="docs", scope="")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert edge.tokens.verify(answer.json["access_token"]).username == "Ada"
    again = edge.token(grant_type="refresh_token", refresh_token=answer.json["refresh_token"])
    assert again.status_code == 200
    assert edge.token(grant_type="refresh_token", refresh_token=answer.json["refresh_token"]).status_code == 400
    assert edge.refresh(again.json["refresh_token"]).status_code == 401, "reuse ended the session"


ASKED = {"grant_type": "password", "username": "ada", "password": PASSWORD}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "invalid_request"),
        ({"grant_type": "password", "username": "ada"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({**ASKED, "username": ["ada", "eve"]}, "invalid_request"),
        ({**ASKED, "grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({**ASKED, "grant_type": "Password"}, "unsupported_grant_type"),
        ({**ASKED, "password": "wrong horse battery"}, "invalid_grant"),
        ({**ASKED, "username": "nobody"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "made up"}, "invalid_grant"),
        ({**ASKED, "scope": "operator"}, "invalid_scope"),
    ],
)
def test_a_refusal_of_the_token_endpoint_has_its_code(simple: Edge, form: dict[str, Any], error: str) -> None:
    answer = simple.token(**form)
    assert (answer.status_code, answer.content_type) == (400, "application/json")
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert set(answer.json) == {"error", "error_description"}
    assert answer.json["error"] == error
    assert "status" not in answer.json


def test_an_unknown_user_and_a_wrong_password_are_one_invalid_grant(simple: Edge) -> None:
    wrong = simple.token(**{**ASKED, "password": "wrong horse battery"})
    assert simple.token(**{**ASKED, "username": "nobody"}).get_data() == wrong.get_data()


def basic(pair: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


@pytest.mark.parametrize("headers", [basic(":"), basic("docs:"), {}])
def test_a_client_without_a_secret_is_welcome(simple: Edge, headers: dict[str, str]) -> None:
    assert simple.token(headers, **ASKED, client_id="docs", client_secret="").status_code == 200


@pytest.mark.parametrize("headers", [basic("docs:secret"), {"Authorization": "Basic ?"}, {"Authorization": "Bearer x"}])
def test_a_client_that_proves_itself_is_not_known(simple: Edge, headers: dict[str, str]) -> None:
    answer = simple.token(headers, **ASKED)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_the_token_endpoint_takes_a_name_and_a_password_in_json_too(simple: Edge) -> None:
    """As clients of the first bet maker send them."""
    client = simple.login_app.test_client()
    answer = client.post("/token", json={"username": "ada", "password": PASSWORD})
    assert (answer.status_code, answer.get_json()["token_type"]) == (200, "Bearer")
    assert simple.tokens.verify(answer.get_json()["access_token"]).username == "Ada"
    assert_problem(client.post("/token", json={"username": "ada", "password": "wrong"}), 401, "Not authenticated")
    assert_problem(client.post("/token", json=ASKED), 400, "Invalid input")


# The form of a browser


def cookies(answer: Any) -> SimpleCookie:
    result = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        result.load(line)
    return result


def test_a_browser_gets_cookies_that_its_scripts_and_other_sites_cannot_reach(edge: Edge) -> None:
    answer = edge.form(FROM_US)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert answer.headers["Cache-Control"] == "no-store"
    result = cookies(answer)
    assert set(result) == {ACCESS, REFRESH}
    for cookie in result.values():
        assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")
    assert (result[ACCESS]["samesite"], result[ACCESS]["max-age"]) == ("Lax", "900")
    assert result[REFRESH]["samesite"] == "Strict"
    assert edge.tokens.verify(result[ACCESS].value).username == "Ada"
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
        {"Origin": "https://evil.example"},
        {"Origin": f"{ORIGIN}.evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN.replace("https", "http")},
        {"Referer": f"{ORIGIN}/login"},
    ],
)
def test_another_site_cannot_log_its_visitor_in(simple: Edge, headers: dict[str, str]) -> None:
    answer = simple.form(headers)
    assert_problem(answer, 403, "Forbidden")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", [FROM_US, {"Origin": ORIGIN}, {"Origin": ORIGIN.upper()}])
def test_our_own_pages_are_known_by_what_browsers_say(simple: Edge, headers: dict[str, str]) -> None:
    assert simple.form(headers).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/leagues?x=1", "/leagues?x=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_a_login_leads_nowhere_else(simple: Edge, wanted: str, goes_to: str) -> None:
    assert simple.form(FROM_US, next=wanted).headers["Location"] == goes_to


def test_a_wrong_password_in_the_form_sets_no_cookie(simple: Edge) -> None:
    answer = simple.form(FROM_US, password="wrong horse battery")
    assert_problem(answer, 401, "Not authenticated")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        {"username": "ada"},
        {"username": 7, "password": PASSWORD},
        {"username": "ada", "password": PASSWORD, "role": "operator"},
        {"username": "ada", "password": PASSWORD, "device": "x" * 65},
    ],
)
def test_a_body_of_another_shape_is_refused_before_anything_is_counted(simple: Edge, body: dict[str, Any]) -> None:
    for _ in range(TRIES[0] + 1):
        assert_problem(simple.login_app.test_client().post("/login", json=body), 400, "Invalid input")
    assert simple.login().status_code == 200


def test_without_its_stores_login_is_not_ready(load_function: Callable[..., Flask]) -> None:
    nowhere = {"DATABASE_URL": "postgresql://t@127.0.0.1:1/none", "LIMITS_URL": "redis://127.0.0.1:1/0"}
    answer = load_function("login", **{**ENV, **nowhere}).test_client().get("/health/ready")
    assert set(assert_problem(answer, 503, "Unavailable")["errors"]) == {"postgres", "limits"}


def test_a_key_that_cannot_be_read_keeps_login_from_being_ready(
    load_function: Callable[..., Flask], stores: Stores
) -> None:
    answer = load_function("login", **{**ENV, "TOKEN_KEYS": "k1:EdDSA:AAAA"}).test_client().get("/health/ready")
    assert "keys" in assert_problem(answer, 503, "Unavailable")["errors"]


def test_every_login_is_recorded_with_where_it_came_from(edge: Edge) -> None:
    result = edge.stores.users.find_login("ada")
    assert result is not None
    edge.logs.keep_secret("wrong horse battery")
    edge.login(password="wrong horse battery")
    edge.login(username="nobody")
    access = edge.login(device="laptop").json["access_token"]
    trail = edge.stores.audit_trail.list_entries(result.user.id, before="", limit=9)[::-1]
    output = [(each.entry.action, each.entry.outcome, each.entry.by.kind) for each in trail]
    assert output[1:] == [("session.open", "refused", "stranger"), ("session.open", "done", "user")]
    assert {each.entry.by.client.address for each in trail[1:]} == {"127.0.0.1"}
    assert trail[2].entry.detail == {"session": edge.tokens.verify(access).session_id}
