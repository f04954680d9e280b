"""A list of attacks on the public door, each with the answer it must get: the real server, real edges, real stores."""

from __future__ import annotations

import base64
import hmac
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization

from shared.testing.valkey_process import ValkeyProcess
from tests.support.accounts.log_search import PASSWORD
from tests.support.engines.fixtures import PATIENTLY
from tests.support.engines.postgres import Server
from tests.support.functions.server import served
from tests.unit.shared.security.test_keys import RSA, der

SECRET = "one" * 12
KEYS = f"k1:{SECRET},r1:RS256:{der(RSA)}"
ADA = {"username": "ada", "password": PASSWORD}
EVE = "0199a7c0-0000-7000-8000-000000000000"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def door(
    postgres_server: Server, bus_server: ValkeyProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """The public door, with one user behind it."""
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE attacked TEMPLATE template")
    environment = {
        "DATABASE_URL": postgres_server.url("attacked"),
        "LIMITS_URL": bus_server.url + PATIENTLY,
        "TOKEN_KEYS": KEYS,
        "BCRYPT_COST": "4",
    }
    with (
        served(environment, tmp_path_factory.mktemp("attacked")) as url,
        httpx.Client(base_url=url, timeout=20) as client,
    ):
        assert client.post("/register", json=ADA).status_code == 201
        yield client


@pytest.fixture(scope="module")
def honest(door: httpx.Client) -> str:
    """An access token as it is given out."""
    token: str = door.post("/login", json=ADA).json()["access_token"]
    return token


# Tokens


def part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(header: dict[str, Any], key: bytes = SECRET.encode(), **changed: Any) -> str:
    """A token by hand; without changes and with the right key it is valid."""
    now = int(time.time())
    claims = {
        "iss": "touchline", "aud": "touchline-api", "sub": EVE, "name": "eve", "roles": ["operator"], "sid": "s1",
        "iat": now, "exp": now + 600, **changed,
    }  # fmt: skip
    header = {"alg": "HS256", "typ": "at+jwt", "kid": "k1", **header}
    signed = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.digest(key, signed.encode(), 'sha256'))}"


PUBLIC = RSA.public_key()
PUBLIC_FORMS = {
    "PEM": PUBLIC.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    "DER": base64.b64decode(der(PUBLIC)),
    "base64": der(PUBLIC).encode(),
}


def forged() -> dict[str, str]:
    """As of now: made when tests are collected, they would long have expired when it is their turn."""
    now = int(time.time())
    return {
        "alg none": token({"alg": "none"}).rpartition(".")[0] + ".",
        "alg NONE with a signature": token({"alg": "NONE"}),
        "kid is a path": token({"kid": "../../../../dev/null"}, b""),
        "kid is SQL": token({"kid": "k1' UNION SELECT 'x' --"}, b"x"),
        "kid with NUL": token({"kid": "k1\0"}),
        "kid is a list": token({"kid": ["k1"]}),
        "kid of a key pair, signed by secret": token({"kid": "r1"}),
        **{f"key confusion, public key as {form}": token({"kid": "r1"}, key) for form, key in PUBLIC_FORMS.items()},
        "key confusion, alg stays RS256": token({"kid": "r1", "alg": "RS256"}, PUBLIC_FORMS["PEM"]),
        "key of my own in the header": token({"jwk": {"kty": "oct", "k": part(b"x" * 32)}}, b"x" * 32),
        "keys from elsewhere": token({"jku": "https://evil.example/jwks.json"}, b"x" * 32),
        "guessed secret": token({}, b"secret"),
        "expired": token({}, exp=now - 1),
        "from the future": token({}, iat=now + 3600),
        "not valid yet": token({}, nbf=now + 3600),
        "never expires": token({}, exp=None),
        "other audience": token({}, aud="another-api"),
        "several audiences": token({}, aud=["touchline-api", "another-api"]),
        "service's audience": token({}, aud="touchline:session"),
        "other issuer": token({}, iss="evil"),
        "signed, but of nobody": token({}, sub="eve"),
        "signed, its user in capitals": token({}, sub=EVE.upper()),
        "type of a service token": token({"typ": "service+jwt"}),
        "no type": token({"typ": "JWT"}),
        "deep header": token({"deep": json.loads("[" * 400 + "]" * 400)}, b"x" * 32),
        "too long": token({}, name="x" * 5000),
    }


def test_the_forger_would_succeed_with_everything_right(door: httpx.Client) -> None:
    assert door.get("/sessions", headers={"Authorization": f"Bearer {token({})}"}).status_code == 200


@pytest.mark.parametrize("attack", forged())
def test_a_forged_token_opens_nothing(door: httpx.Client, attack: str) -> None:
    bearer = {"Authorization": f"Bearer {forged()[attack]}"}
    for method, path in (("GET", "/sessions"), ("DELETE", "/sessions"), ("GET", "/me"), ("GET", "/users")):
        answer = door.request(method, path, headers=bearer)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"'), path
        assert answer.json()["detail"] in ("the access token is not valid", "the access token has expired")


def test_the_published_keys_hold_no_secret(door: httpx.Client) -> None:
    published = door.get("/.well-known/jwks.json")
    assert {name for key in published.json()["keys"] for name in key} == {"kty", "n", "e", "kid", "use", "alg"}
    assert SECRET not in published.text


# Bodies

DEEP = b'{"username":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BODIES = [
    ("oversized", JSON, b'{"username":"' + b"x" * 1_100_000 + b'"}', 413),
    ("beyond what the host takes", JSON, b"x" * 2_200_000, 413),
    ("deep", JSON, DEEP, 400),
    ("a number of 5000 digits", JSON, b'{"username":' + b"9" * 5000 + b"}", 400),
    ("a member twice", JSON, b'{"username":"ada","password":"x","username":"eve"}', 400),
    ("a member twice, deeper", JSON, b'{"username":"ada","password":{"a":1,"a":2}}', 400),
    ("NaN", JSON, b'{"username":NaN}', 400),
    ("UTF-16", JSON, json.dumps(ADA).encode("utf-16"), 400),
    ("a byte order mark", JSON, b"\xef\xbb\xbf" + json.dumps(ADA).encode(), 400),
    ("not UTF-8", JSON, b'{"username":"\xff"}', 400),
    ("no JSON", JSON, b"{'username': 'ada'}", 400),
    ("a list", JSON, b"[]", 400),
    ("null", JSON, b"null", 400),
    ("nothing", JSON, b"", 400),
    ("a field too many", JSON, json.dumps({**ADA, "roles": ["operator"]}).encode(), 400),
    ("a number for text", JSON, b'{"username":7,"password":true}', 400),
    ("JSON called text", {"Content-Type": "text/plain"}, json.dumps(ADA).encode(), 400),
    ("JSON called a form", FORM, json.dumps(ADA).encode(), {"/register": 400, "/login": 403}),
    ("XML", {"Content-Type": "application/xml"}, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 400),
    ("two content types", {"Content-Type": "text/plain, application/json"}, json.dumps(ADA).encode(), 400),
    ("multipart", {"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\n--x--", 400),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/register", "/login"])
@pytest.mark.parametrize(("headers", "body", "status"), [each[1:] for each in BODIES], ids=[each[0] for each in BODIES])
def test_a_body_that_is_no_request_is_refused(
    door: httpx.Client, path: str, headers: dict[str, str], body: bytes, status: int | dict[str, int]
) -> None:
    answer = door.post(path, content=body, headers=headers)
    assert answer.status_code == (status if isinstance(status, int) else status[path]), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Traceback" not in answer.text
    assert PASSWORD not in answer.text


# Names and passwords


@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("ADA", 409), ("ａｄａ", 409), ("ⓐda", 409), ("ada ", 400), ("ada\0", 400), ("ada\n", 400), ("ada\u200b", 400),
        ("\u202eada", 400), ("аdа", 400), ("ada\ud800", 400), ("../ada", 400), ("ada%00", 400), ("ada'--", 400),
        ("а" * 65, 400), ("<script>", 400), ("адa", 400), ("ada\u0301\u0301", 400),
    ],
)  # fmt: skip
def test_nobody_registers_what_looks_like_somebody_else(door: httpx.Client, username: str, status: int) -> None:
    answer = door.post("/register", content=json.dumps({"username": username, "password": PASSWORD}), headers=JSON)
    assert answer.status_code == status, answer.text


def test_bytes_beyond_the_72nd_of_a_password_count(door: httpx.Client) -> None:
    long = {"username": "longpassword", "password": "correct horse battery " * 4}
    assert door.post("/register", json=long).status_code == 201
    for other in (long["password"][:72], long["password"][:-1], long["password"] + "x", long["password"] + "\0"):
        assert door.post("/login", json={**long, "password": other}).status_code == 401
    assert door.post("/login", json=long).status_code == 200


def test_strangers_cannot_tell_who_has_an_account(door: httpx.Client) -> None:
    def told(response: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
        varying = ("date", "x-request-id")
        return response.status_code, response.text, [(k, v) for k, v in response.headers.items() if k not in varying]

    for path, form in (("/login", {}), ("/token", {"grant_type": "password"})):
        wrong = {"password": "wrong horse battery", **form}
        how = "data" if form else "json"
        known, unknown, impossible = (
            told(door.post(path, **{how: {**wrong, "username": name}}))  # type: ignore[arg-type]
            for name in ("ada", "nobody", "\0")
        )
        assert known == unknown == impossible


# Cookies and sessions


def test_a_cookie_without_an_origin_changes_nothing(door: httpx.Client, honest: str) -> None:
    cookie = {"Cookie": f"__Host-touchline-access={honest}"}
    assert door.get("/sessions", headers=cookie).status_code == 200
    for site in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert door.delete("/sessions", headers={**cookie, **site}).status_code == 403
        assert door.post("/login", data=ADA, headers=site).status_code == 403


def test_a_refresh_token_that_is_replayed_ends_its_session(door: httpx.Client) -> None:
    first = door.post("/login", json=ADA).json()["refresh_token"]
    second = door.post("/sessions/refresh", json={"refresh_token": first}).json()["refresh_token"]
    assert door.post("/sessions/refresh", json={"refresh_token": first}).status_code == 401
    assert door.post("/sessions/refresh", json={"refresh_token": second}).status_code == 401


def test_an_address_in_a_header_is_not_believed(door: httpx.Client) -> None:
    forged = {"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "Forwarded": "for=203.0.113.7"}
    granted = door.post("/login", json=ADA, headers=forged).json()
    listed = door.get("/sessions", headers={"Authorization": f"Bearer {granted['access_token']}"}).json()["items"]
    assert {each["address"] for each in listed} == {"127.0.0.1"}


# Paths


@pytest.mark.parametrize(
    "path",
    [
        "/events/tick", "/account/../events/tick", "/me/../events/tick", "/me/%2e%2e/events/tick",
        "/me/..%2fevents/tick", "/me%2f..%2fevents/tick", "//events/tick", "/me//events/tick", "/./events/tick",
        "/me/..;/events/tick", "/me\\..\\events\\tick", "/%65vents/tick", "/stats/../events/league-updated",
        "/touchline/account/events/tick", "http://inner/events/tick", "/scrape/..//events/tick",
        "/me/%00/../../events/tick", "/EVENTS/tick", "/me/\u2024\u2024/events/tick",
    ],
)  # fmt: skip
def test_no_path_leads_to_the_doors_of_events(door: httpx.Client, path: str) -> None:
    raw = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nce-id: 1\r\nce-source: /x\r\nce-specversion: 1.0\r\n"
        "ce-type: dev.knative.sources.ping\r\nContent-Type: application/json\r\nContent-Length: 15\r\n"
        'Connection: close\r\n\r\n{"task":"erase"}'
    )
    status = said(door, raw.encode())[0]
    assert status in (400, 401, 404, 405), status


@pytest.mark.parametrize("path", ["/stats//leagues", "/me//export", "//evil.example/..", "/register//", "//me/.."])
def test_no_path_leads_to_another_site(door: httpx.Client, path: str) -> None:
    with socket.create_connection((door.base_url.host, door.base_url.port or 0), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: touchline.example\r\n\r\n".encode())
        output = connection.makefile("rb").read().decode()
    assert re.match(r"HTTP/1.\d (308|401|404|405) ", output), output
    assert all(where.startswith(("/", "http://touchline.example/")) for where in re.findall("Location: (.*)", output))
    assert "evil" not in "".join(re.findall("Location: (.*)", output))


# The server itself


def said(door: httpx.Client, raw: bytes) -> list[int]:
    """The statuses of everything the server answers to these bytes until it closes or has nothing more to say."""
    with socket.create_connection((door.base_url.host, door.base_url.port or 0), timeout=10) as connection:
        connection.sendall(raw)
        with suppress(OSError):  # it may have closed already
            connection.shutdown(socket.SHUT_WR)
        output = b""
        with suppress(ConnectionError):  # closed while we still sent
            while chunk := connection.recv(65_536):
                output += chunk
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", output)] or [400]


HIDDEN = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
"""What an attacker wants to be taken for a request of its own."""
HEAD = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SMUGGLED = {
    "two lengths": (HEAD + b"Content-Length: 2\r\nContent-Length: 42\r\n\r\n{}" + HIDDEN, 400),
    "a list of lengths": (HEAD + b"Content-Length: 2, 42\r\n\r\n{}" + HIDDEN, 400),
    "a length with a sign": (HEAD + b"Content-Length: +2\r\n\r\n{}" + HIDDEN, 400),
    "a negative length": (HEAD + b"Content-Length: -1\r\n\r\n{}" + HIDDEN, 400),
    "a length with an underscore": (HEAD + b"Content-Length: 0_2\r\n\r\n{}" + HIDDEN, 400),
    "length and chunks": (
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN, 400,
    ),
    "an unknown coding": (HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN, 501),
    "chunked twice": (HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + HIDDEN, 400),
    "chunked, then identity": (HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN, 400),
    "a space before the colon": (HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN, 400),
    "a folded header": (HEAD + b"X-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN, 400),
    "a bare line feed in a header": (HEAD + b"X-A: 1\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN, 400),
    "NUL in a header": (HEAD + b"X-A: a\0b\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN, 400),
    "a chunk of size 0x2": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n" + HIDDEN, 400),
    "a chunk of negative size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" + HIDDEN, 400),
    "an endless header": (HEAD + b"X-A: " + b"a" * 100_000 + b"\r\n\r\n", 431),
    "a thousand headers": (HEAD + b"X-A: 1\r\n" * 1000 + b"\r\n", 431),
    "an endless line": (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", 414),
    "HTTP/0.9": (b"GET /health/live\r\n\r\n", 400),
    "HTTP/9.9": (b"GET /health/live HTTP/9.9\r\n\r\n", 505),
    "a method with a line feed": (b"GE\nT /health/live HTTP/1.1\r\n\r\n", 400),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "status"), SMUGGLED.values(), ids=SMUGGLED)
def test_nothing_is_smuggled_past_the_server(door: httpx.Client, raw: bytes, status: int) -> None:
    answers = said(door, raw)
    assert len(answers) == 1, "the hidden request was answered"
    assert answers[0] in (400, status)


def test_headers_with_underscores_do_not_stand_for_others(door: httpx.Client, honest: str) -> None:
    asked = f"GET /sessions HTTP/1.1\r\nHost: x\r\nX_Request_Id: evil\r\nHTTP_AUTHORIZATION: Bearer {honest}\r\n"
    assert said(door, f"{asked}\r\n".encode()) == [401]
    assert said(door, f"{asked}Authorization: Bearer {honest}\r\n\r\n".encode()) == [200]


def test_of_two_tokens_none_is_taken(door: httpx.Client, honest: str) -> None:
    for first, second in (("x", honest), (honest, "x")):
        headers = "".join(f"Authorization: Bearer {token}\r\n" for token in (first, second))
        assert said(door, f"GET /sessions HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode()) == [401]
