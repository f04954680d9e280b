"""Who sends a request, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from shared import errors
from shared.security.tokens import Caller, ServiceTokens, Tokens
from shared.testing.clock import HandClock
from shared.testing.memory_limits import MemoryLimits
from shared.web import callers

KEYS = [("k", "x" * 32)]
WHO = Caller(user_id="01990000-0000-7000-8000-00000000000a", username="ada", roles=("editor",), session_id="s1")


@dataclass(frozen=True)
class Deps:
    """What a function hands over to learn who calls."""

    tokens: Tokens


@pytest.fixture
def app() -> Flask:
    made = Flask(__name__)
    made.config.update(PUBLIC_ORIGIN="https://touchline.example", TRUSTED_PROXIES=("10.0.0.0/8", "fd00::/8"))
    return made


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "bearer", "Token x", "Bearer x y", "Bearer " + "x" * 5000, "Bearer\tx"],
)
def test_a_caller_without_a_proper_token_is_unknown(app: Flask, header: str) -> None:
    with app.test_request_context(headers={"Authorization": header}), pytest.raises(errors.Unauthenticated):
        callers.caller(Deps(Tokens(KEYS, HandClock())))


def test_two_tokens_are_none(app: Flask) -> None:
    token = Tokens(KEYS, HandClock()).sign(WHO)
    environ = {"HTTP_AUTHORIZATION": f"Bearer {token},Bearer {token}"}  # as servers join a header sent twice
    with app.test_request_context(environ_overrides=environ), pytest.raises(errors.Unauthenticated):
        callers.caller(Deps(Tokens(KEYS, HandClock())))


def test_a_caller_needs_the_role_that_is_asked_for(app: Flask) -> None:
    tokens = Tokens(KEYS, HandClock())
    with app.test_request_context(headers={"Authorization": f"bearer  {tokens.sign(WHO)}"}):
        assert callers.caller(Deps(tokens)) == WHO
        assert callers.caller(Deps(tokens), role="editor") == WHO
        with pytest.raises(errors.Forbidden, match="operator"):
            callers.caller(Deps(tokens), role="operator")


@pytest.mark.parametrize(("method", "passes"), [("GET", True), ("HEAD", True), ("POST", False), ("DELETE", False)])
def test_only_readers_pass_a_silent_list_of_revoked_sessions(app: Flask, method: str, passes: bool) -> None:
    limits = MemoryLimits()
    limits.gone = True
    tokens = Tokens(KEYS, HandClock(), limits)
    with app.test_request_context(method=method, headers={"Authorization": f"Bearer {tokens.sign(WHO)}"}):
        if passes:
            assert callers.caller(Deps(tokens)) == WHO
        else:
            with pytest.raises(errors.Unavailable):
                callers.caller(Deps(tokens))


def test_a_service_needs_the_scope_that_is_asked_for(app: Flask) -> None:
    gate, core = (ServiceTokens(KEYS, HandClock(), name=name) for name in ("gate", "core"))
    with app.test_request_context(headers={"Authorization": f"Bearer {gate.sign('core', ['balance:read'])}"}):
        assert callers.service(core, scope="balance:read").name == "gate"
        with pytest.raises(errors.Forbidden, match="payment:write"):
            callers.service(core, scope="payment:write")


def test_a_service_is_never_known_by_cookie_nor_by_a_users_token(app: Flask) -> None:
    core, tokens = ServiceTokens(KEYS, HandClock(), name="core"), Tokens(KEYS, HandClock())
    cookie = f"{callers.ACCESS_COOKIE}={core.sign('core', ['balance:read'])}"
    for headers in ({"Cookie": cookie}, {"Authorization": f"Bearer {tokens.sign(WHO)}"}, {}):
        with app.test_request_context(headers=headers), pytest.raises(errors.Unauthenticated):
            callers.service(core, scope="balance:read")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),  # a stranger's word
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9,192.0.2.1 , 10.9.9.9,10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "192.0.2.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1, ", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1:8080", "10.0.0.1"),
        ("10.0.0.1", "\u0663.1.1.1", "10.0.0.1"),
        ("10.0.0.1", ", " * 5000, "10.0.0.1"),
        ("fd00::1", "2001:DB8::0:7", "2001:db8::7"),
        ("fd00::1", "fe80::1%eth0", "fe80::1"),
        ("::ffff:10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ("", "192.0.2.1", ""),
        ("unix:", None, ""),
    ],
)
def test_the_address_is_the_first_that_is_none_of_ours(app: Flask, peer: str, forwarded: Any, address: str) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": peer}):
        assert callers.client_address() == address


def test_without_proxies_of_ours_nobody_else_names_the_address(app: Flask) -> None:
    app.config["TRUSTED_PROXIES"] = ()
    headers = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Real-Ip": "203.0.113.9"}
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.1"}):
        assert callers.client_address() == "10.0.0.1"


def test_what_a_client_says_of_itself_is_cut_to_size(app: Flask) -> None:
    headers = {"User-Agent": "x" * 5000}
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.1"}):
        result = callers.client("my\0phone")
    assert (result.device, result.user_agent, result.address) == ("myphone", "x" * 200, "192.0.2.1")
