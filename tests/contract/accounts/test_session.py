"""Session, through its real edge: refresh, logout, the list, and keys for the world."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from shared.adapters.postgres.database import Postgres
from shared.domain.accounts import usernames
from shared.domain.accounts.users import ACCESS_LIFETIME, IDLE_LIMIT, State
from shared.errors import InvalidSettings, Unauthenticated
from shared.security.passwords import Passwords
from tests.support.accounts import login_functions as accounts_edge
from tests.support.accounts.log_search import PASSWORD, Logs, logs
from tests.support.accounts.login_functions import ENV, ORIGIN, Edge, Stores, edge, stores
from tests.support.functions.problems import assert_problem
from tests.unit.shared.security.test_keys import ED, der

__all__ = ["edge", "logs", "stores"]

FROM_US = {"Sec-Fetch-Site": "same-origin"}
ACCESS, REFRESH = "__Host-touchline-access", "__Host-touchline-refresh"


@pytest.fixture
def at_once(stores: Stores, monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs) -> Edge:
    """With the list of revoked sessions."""
    return accounts_edge.make(stores, monkeypatch, load_function, logs, at_once=True)


def test_a_refresh_rotates_the_token(edge: Edge) -> None:
    first = edge.login().json["refresh_token"]
    edge.clock.move(minutes=20)
    answer = edge.refresh(first)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert answer.json["refresh_token"] != first
    edge.tokens.verify(answer.json["access_token"])
    assert edge.refresh(answer.json["refresh_token"]).status_code == 200


def test_a_refresh_brings_the_roles_of_today(edge: Edge) -> None:
    token = edge.login().json["refresh_token"]
    edge.stores.grant("operator")
    assert edge.tokens.verify(edge.refresh(token).json["access_token"]).roles == ("operator",)


@pytest.mark.parametrize("state", [State.BLOCKED, State.DELETED])
def test_a_blocked_or_deleted_user_refreshes_nothing(edge: Edge, state: State) -> None:
    token = edge.login().json["refresh_token"]
    edge.stores.move(state)
    assert assert_problem(edge.refresh(token), 401, "Not authenticated")["detail"] == "the refresh token is not valid"


def test_a_second_use_revokes_the_whole_session_but_no_other(edge: Edge) -> None:
    other = edge.login().json["refresh_token"]
    first = edge.login().json["refresh_token"]
    second = edge.refresh(first).json["refresh_token"]
    assert_problem(edge.refresh(first), 401, "Not authenticated")
    assert_problem(edge.refresh(second), 401, "Not authenticated")
    assert edge.refresh(other).status_code == 200


def test_an_idle_session_ends_after_30_days(edge: Edge) -> None:
    token = edge.login().json["refresh_token"]
    edge.clock.move(seconds=(IDLE_LIMIT - timedelta(seconds=1)).total_seconds())
    token = edge.refresh(token).json["refresh_token"]
    edge.clock.move(seconds=IDLE_LIMIT.total_seconds())
    assert_problem(edge.refresh(token), 401, "Not authenticated")


def test_an_expired_rotated_token_is_refused_and_ends_nothing(edge: Edge) -> None:
    first = edge.login().json["refresh_token"]
    edge.clock.move(days=29)
    second = edge.refresh(first).json["refresh_token"]
    edge.clock.move(days=2)
    third = edge.refresh(second).json["refresh_token"]
    assert_problem(edge.refresh(first), 401, "Not authenticated")
    assert edge.refresh(third).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "\x00", "A" * 43, "../../x"])
def test_an_unknown_refresh_token_is_refused(edge: Edge, token: str) -> None:
    assert assert_problem(edge.refresh(token), 401, "Not authenticated")["detail"] == "the refresh token is not valid"


@pytest.mark.parametrize(
    "body",
    [{}, {"refresh_token": 7}, {"refresh_token": "x" * 513}, {"refresh_token": None}, {"refresh_token": "\ud800"}],
)
@pytest.mark.parametrize("path", ["/sessions/refresh", "/sessions/logout"])
def test_a_body_of_another_shape_names_the_field(edge: Edge, path: str, body: dict[str, Any]) -> None:
    assert list(assert_problem(edge.post_session(path, **body), 400, "Invalid input")["errors"]) == ["refresh_token"]


def test_a_logout_ends_the_session(edge: Edge) -> None:
    first = edge.login().json["refresh_token"]
    second = edge.refresh(first).json["refresh_token"]
    answer = edge.logout(second)
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert_problem(edge.refresh(second), 401, "Not authenticated")
    assert edge.logout(second).status_code == 204


def test_a_rotated_token_still_logs_out(edge: Edge) -> None:
    first = edge.login().json["refresh_token"]
    second = edge.refresh(first).json["refresh_token"]
    assert edge.logout(first).status_code == 204
    assert_problem(edge.refresh(second), 401, "Not authenticated")


def test_logging_out_with_an_unknown_token_says_nothing(edge: Edge) -> None:
    assert edge.logout("never issued").status_code == 204


def test_of_50_simultaneous_refreshes_exactly_one_succeeds(edge: Edge) -> None:
    token = edge.login().json["refresh_token"]
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: edge.refresh(token), range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49
    successor = next(answer.json["refresh_token"] for answer in answers if answer.status_code == 200)
    assert_problem(edge.refresh(successor), 401, "Not authenticated")


def test_no_successor_escapes_a_revocation(edge: Edge) -> None:
    """Whoever wins, after a reuse was seen no token of the session works any more."""
    for _ in range(10):
        first = edge.login().json["refresh_token"]
        second = edge.refresh(first).json["refresh_token"]
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(edge.refresh, [second, first] * 4))
        alive = [answer.json["refresh_token"] for answer in answers if answer.status_code == 200]
        assert len(alive) <= 1
        assert [edge.refresh(token).status_code for token in alive] == [401] * len(alive)


def test_only_digests_of_refresh_tokens_are_stored(edge: Edge, request: pytest.FixtureRequest) -> None:
    if "memory" in request.node.name:
        pytest.skip("nothing is stored in memory")
    token = edge.login().json["refresh_token"]
    database = Postgres(request.getfixturevalue("emptied_database_url"))
    with database.connection() as connection:
        stored = connection.execute("SELECT refresh_tokens::text, sessions::text FROM refresh_tokens, sessions")
        assert token not in repr(stored.fetchall())
    database.close()


# The owner's list


def test_a_user_sees_their_sessions_and_which_one_asks(edge: Edge) -> None:
    phone = edge.login(device="phone", headers={"User-Agent": "App/7"}).json
    edge.clock.move(minutes=1)
    laptop = edge.login(headers={"X-Forwarded-For": "192.0.2.9, 10.0.0.1"}).json
    first, second = edge.listed(phone["access_token"])
    assert set(first) == {
        "id", "device", "user_agent", "address", "created_at", "last_used_at", "expires_at", "current",
    }  # fmt: skip
    assert (first["address"], first["current"]) == ("192.0.2.9", False)
    assert (second["device"], second["user_agent"], second["current"]) == ("phone", "App/7", True)
    assert [each["current"] for each in edge.listed(laptop["access_token"])] == [True, False]


def test_a_user_ends_one_session(edge: Edge) -> None:
    mine, other = edge.login().json, edge.login().json
    (id_of_other,) = (each["id"] for each in edge.listed(mine["access_token"]) if not each["current"])
    answer = edge.as_caller("DELETE", f"/sessions/{id_of_other}", mine["access_token"])
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert_problem(edge.refresh(other["refresh_token"]), 401, "Not authenticated")
    assert edge.refresh(mine["refresh_token"]).status_code == 200


@pytest.mark.parametrize(("query", "left"), [("", 401), ("?keep_current=true", 200), ("?keep_current=false", 401)])
def test_a_user_ends_all_sessions_or_all_others(edge: Edge, query: str, left: int) -> None:
    mine, *others = (edge.login().json for _ in range(3))
    assert edge.as_caller("DELETE", f"/sessions{query}", mine["access_token"]).status_code == 204
    assert {edge.refresh(each["refresh_token"]).status_code for each in others} == {401}
    assert edge.refresh(mine["refresh_token"]).status_code == left


def test_a_session_of_another_user_does_not_exist(edge: Edge) -> None:
    edge.stores.users.add(usernames.validate_new("eve"), password_hash=Passwords(4).hash(PASSWORD))
    of_ada = edge.login().json
    (session,) = edge.listed(of_ada["access_token"])
    eve = edge.login("eve").json["access_token"]
    result = edge.as_caller("DELETE", f"/sessions/{session['id']}", eve)
    never = edge.as_caller("DELETE", f"/sessions/{uuid.uuid4()}", eve)
    assert assert_problem(result, 404, "Not found").keys() == assert_problem(never, 404, "Not found").keys()
    assert session["id"] not in [each["id"] for each in edge.listed(eve)]
    assert edge.refresh(of_ada["refresh_token"]).status_code == 200


@pytest.mark.parametrize("path", ["/sessions/not-a-uuid", "/sessions/1", "/sessions/' OR true --"])
def test_an_id_that_is_none_is_not_found(edge: Edge, path: str) -> None:
    assert edge.as_caller("DELETE", path, edge.login().json["access_token"]).status_code in (404, 405)


@pytest.mark.parametrize(("method", "path"), [("GET", "/sessions"), ("DELETE", "/sessions")])
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Token x", "Bearer a, Bearer b", "bearer\tx"]
)
def test_without_a_valid_token_there_is_no_list(edge: Edge, method: str, path: str, header: str) -> None:
    answer = edge.session_app.test_client().open(path, method=method, headers={"Authorization": header})
    assert_problem(answer, 401, "Not authenticated")


# At once, or within the lifetime of an access token


def test_without_a_list_an_access_token_outlives_its_session_by_minutes(edge: Edge) -> None:
    granted = edge.login().json
    edge.logout(granted["refresh_token"])
    edge.tokens.verify(granted["access_token"])
    edge.clock.move(seconds=ACCESS_LIFETIME.total_seconds())
    with pytest.raises(Unauthenticated, match="expired"):
        edge.tokens.verify(granted["access_token"])


@pytest.mark.parametrize("how", ["logout", "one", "all", "reuse"])
def test_with_the_list_every_ending_takes_access_away_at_once(at_once: Edge, how: str) -> None:
    keeps, ends = at_once.login().json, at_once.login().json
    ways: dict[str, Callable[[], Any]] = {
        "logout": lambda: at_once.logout(ends["refresh_token"]),
        "one": lambda: at_once.as_caller(
            "DELETE", f"/sessions/{at_once.tokens.verify(ends['access_token']).session_id}", keeps["access_token"]
        ),
        "all": lambda: at_once.as_caller("DELETE", "/sessions?keep_current=true", keeps["access_token"]),
        "reuse": lambda: [at_once.refresh(ends["refresh_token"]) for _ in range(2)],
    }
    ways[how]()
    assert_problem(at_once.as_caller("GET", "/sessions", ends["access_token"]), 401, "Not authenticated")
    assert len(at_once.listed(keeps["access_token"])) == 1


def test_while_the_list_is_silent_one_may_look_but_not_change(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs
) -> None:
    edge = accounts_edge.make(accounts_edge.in_memory(), monkeypatch, load_function, logs, at_once=True)
    granted = edge.login().json
    edge.stores.limits.gone = True  # type: ignore[union-attr]
    assert edge.as_caller("GET", "/sessions", granted["access_token"]).status_code == 200
    assert_problem(edge.as_caller("DELETE", "/sessions", granted["access_token"]), 503, "Unavailable")
    assert_problem(edge.logout(granted["refresh_token"]), 503, "Unavailable")
    assert edge.refresh(granted["refresh_token"]).status_code == 401, "it is over all the same"
    edge.stores.limits.gone = False  # type: ignore[union-attr]
    edge.tokens.verify(granted["access_token"])
    assert edge.logout(granted["refresh_token"]).status_code == 204, "asking again keeps the promise"
    with pytest.raises(Unauthenticated):
        edge.tokens.verify(granted["access_token"])


# Cookies of a browser


def browser(edge: Edge) -> Any:
    """A client that holds the cookies of a login."""
    granted = edge.login().json
    client = edge.session_app.test_client()
    for name, token in ((ACCESS, granted["access_token"]), (REFRESH, granted["refresh_token"])):
        client.set_cookie(name, token)
    return client


def test_a_browser_refreshes_and_logs_out_by_cookie(edge: Edge) -> None:
    client = browser(edge)
    before = client.get_cookie(REFRESH).value
    answer = client.post("/sessions/refresh", headers=FROM_US)
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get_cookie(REFRESH).value != before
    assert client.get("/sessions").status_code == 200
    last = client.get_cookie(REFRESH).value
    assert client.post("/sessions/logout", headers={"Origin": ORIGIN}).status_code == 204
    assert client.get_cookie(REFRESH) is client.get_cookie(ACCESS) is None
    assert edge.refresh(last).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/sessions/refresh"), ("POST", "/sessions/logout"), ("DELETE", "/sessions")]
)
def test_another_site_changes_nothing_with_its_visitors_cookies(
    edge: Edge, headers: dict[str, str], method: str, path: str
) -> None:
    client = browser(edge)
    assert_problem(client.open(path, method=method, headers=headers), 403, "Forbidden")
    assert edge.refresh(client.get_cookie(REFRESH).value).status_code == 200


def test_a_header_goes_before_a_cookie(edge: Edge) -> None:
    client = browser(edge)
    assert client.get("/sessions", headers={"Authorization": "Bearer x.y.z"}).status_code == 401


def test_the_world_is_told_no_secret(edge: Edge) -> None:
    answer = edge.session_app.test_client().get("/.well-known/jwks.json")
    assert (answer.status_code, answer.json) == (200, {"keys": []})


def test_the_world_is_told_public_keys(
    monkeypatch: pytest.MonkeyPatch, load_function: Callable[..., Flask], logs: Logs
) -> None:
    import jwt

    keys = [("e1", f"EdDSA:{der(ED)}"), *accounts_edge.KEYS]
    edge = accounts_edge.make(accounts_edge.in_memory(), monkeypatch, load_function, logs, keys=keys)
    answer = edge.session_app.test_client().get("/.well-known/jwks.json")
    assert answer.content_type == "application/jwk-set+json"
    assert answer.headers["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert answer.headers["ETag"]
    (output,) = answer.get_json()["keys"]
    token = edge.login().json["access_token"]
    assert jwt.get_unverified_header(token)["kid"] == output["kid"]
    options: Any = {"verify_exp": False, "verify_iat": False}
    verified = jwt.decode(token, jwt.PyJWK(output).key, ["EdDSA"], audience="touchline-api", options=options)
    assert verified["name"] == "Ada"


def test_revoking_at_once_needs_a_place_for_the_list(load_function: Callable[..., Flask]) -> None:
    with pytest.raises(InvalidSettings, match="LIMITS_URL"):
        load_function("session", **{**ENV, "LIMITS_URL": "", "REVOKE_AT_ONCE": "true"})


def test_every_ending_of_a_session_is_recorded(edge: Edge) -> None:
    result = edge.stores.users.find_login("ada")
    assert result is not None
    closed, reused, revoked = (edge.login().json for _ in range(3))
    for _ in range(2):
        edge.logout(closed["refresh_token"])
        edge.refresh(reused["refresh_token"])
    edge.as_caller("DELETE", "/sessions", revoked["access_token"])
    trail = edge.stores.audit_trail.list_entries(result.user.id, before="", limit=99)[::-1]
    output = [(each.entry.action, each.entry.outcome, each.entry.by.kind) for each in trail]
    assert output[4:] == [
        ("session.close", "done", "user"), ("session.reuse", "refused", "stranger"), ("session.revoke", "done", "user"),
    ]  # fmt: skip
