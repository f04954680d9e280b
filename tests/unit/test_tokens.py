"""Access tokens against everything that may be handed in instead of one."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import jwt
import pytest

from shared.errors import Unauthenticated
from shared.testing.clock import HandClock
from shared.tokens import ACCESS_LIFETIME, SKEW_S, Caller, Tokens

NEW, OLD = "new" * 22, "old" * 22
WHO = Caller(user_id="0199", username="ada", roles=("operator", "editor"))
NOT_VALID = "the access token is not valid"


def tokens(*keys: tuple[str, str]) -> Tokens:
    return Tokens(keys or (("k2", NEW), ("k1", OLD)), HandClock())


def claims(**changed: Any) -> dict[str, Any]:
    now = int(HandClock().now().timestamp())
    whole = {"iss": "touchline", "aud": "touchline-api", "sub": "0199", "name": "ada", "roles": [], "iat": now}
    return {name: value for name, value in {**whole, "exp": now + 900, **changed}.items() if value is not None}


def forged(key: Any = NEW, algorithm: str = "HS256", kid: Any = "k2", **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers={"kid": kid} if kid is not None else {})


def by_hand(header: dict[str, Any], payload: Any, signature: bytes = b"") -> str:
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    return f"{part(json.dumps(header).encode())}.{part(json.dumps(payload).encode())}.{part(signature)}"


def test_a_signed_token_names_its_caller() -> None:
    assert tokens().verify(tokens().sign(WHO)) == WHO


def test_the_first_key_signs_and_says_so() -> None:
    assert jwt.get_unverified_header(tokens().sign(WHO)) == {"alg": "HS256", "typ": "JWT", "kid": "k2"}


def test_rotating_keys_logs_nobody_out_until_the_old_key_goes() -> None:
    before = Tokens([("k1", OLD)], HandClock()).sign(WHO)
    assert tokens(("k2", NEW), ("k1", OLD)).verify(before) == WHO
    with pytest.raises(Unauthenticated, match=NOT_VALID):
        tokens(("k2", NEW)).verify(before)


def test_the_forger_of_these_tests_would_succeed_with_everything_right() -> None:
    assert tokens().verify(forged()).username == "ada"


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(by_hand({"alg": "none", "kid": "k2"}, claims()), id="alg none"),
        pytest.param(by_hand({"alg": "None", "kid": "k2"}, claims(), b"x"), id="alg None with a signature"),
        pytest.param(by_hand({"kid": "k2"}, claims(), b"x"), id="no alg"),
        pytest.param(forged(algorithm="HS384"), id="another HMAC with the right key"),
        pytest.param(forged(algorithm="HS512"), id="a longer HMAC with the right key"),
        pytest.param(by_hand({"alg": "RS256", "kid": "k2"}, claims(), b"x" * 256), id="key confusion RS256"),
        pytest.param(by_hand({"alg": "ES256", "kid": "k2"}, claims(), b"x" * 64), id="key confusion ES256"),
        pytest.param(
            by_hand({"alg": "HS256", "kid": "k2", "jwk": {"kty": "oct", "k": "eA"}}, claims(), b"x"), id="own key"
        ),
        pytest.param(forged(kid=None), id="no kid"),
        pytest.param(forged(kid="k9"), id="unknown kid"),
        pytest.param(forged(kid=""), id="empty kid"),
        pytest.param(forged(kid="../../dev/null", key="\0" * 32), id="kid as a path"),
        pytest.param(forged(kid="k2' OR '1'='1"), id="kid as SQL"),
        pytest.param(by_hand({"alg": "HS256", "kid": ["k2"]}, claims(), b"x"), id="kid a list"),
        pytest.param(by_hand({"alg": "HS256", "kid": {"a": 1}}, claims(), b"x"), id="kid an object"),
        pytest.param(forged(key=OLD), id="key of another kid"),
        pytest.param(forged(key="guess" * 8), id="guessed key"),
        pytest.param(forged(aud="another-api"), id="other audience"),
        pytest.param(forged(aud=None), id="no audience"),
        pytest.param(forged(iss="evil"), id="other issuer"),
        pytest.param(forged(iss=None), id="no issuer"),
        pytest.param(forged(sub=None), id="no subject"),
        pytest.param(forged(exp=None), id="no expiry"),
        pytest.param(forged(iat=None), id="no issue time"),
        pytest.param(forged(iat=int(HandClock().now().timestamp()) + SKEW_S + 1), id="issued in the future"),
        pytest.param(forged(iat="yesterday"), id="issue time is text"),
        pytest.param(forged(roles="operator"), id="roles are text"),
        pytest.param(forged(roles=[{"operator": True}]), id="roles are objects"),
        pytest.param(by_hand({"alg": "HS256", "kid": "k2"}, ["sub"], b"x"), id="payload a list"),
        pytest.param("", id="empty"),
        pytest.param("a.b", id="two parts"),
        pytest.param("a.b.c.d.e", id="five parts"),
        pytest.param("..", id="three empty parts"),
        pytest.param("é" * 40, id="not ASCII"),
        pytest.param("\ud800.x.y", id="lone surrogate"),
        pytest.param("x" * 100_000, id="oversized"),
    ],
)
def test_an_attack_gets_one_uniform_answer(attack: str) -> None:
    with pytest.raises(Unauthenticated, match=f"^{NOT_VALID}$"):
        tokens().verify(attack)


@pytest.mark.parametrize("exp", [float("nan"), True, "99999999999", [1], {"at": 1}])
def test_an_expiry_that_is_no_number_is_refused_even_when_signed(exp: Any) -> None:
    with pytest.raises(Unauthenticated, match=f"^{NOT_VALID}$"):
        tokens().verify(forged(exp=exp))


@pytest.mark.parametrize("exp", [-1, 0, -1e308])
def test_an_expiry_long_ago_has_expired(exp: float) -> None:
    with pytest.raises(Unauthenticated, match="has expired"):
        tokens().verify(forged(exp=exp))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_truncated_or_altered_token_is_not_valid(part: int) -> None:
    parts = tokens().sign(WHO).split(".")
    for changed in (parts[part][:-4], "A" + parts[part][1:], parts[part] + "AAAA", ""):
        altered = [*parts[:part], changed, *parts[part + 1 :]]
        if altered == parts:
            continue
        with pytest.raises(Unauthenticated, match=f"^{NOT_VALID}$"):
            tokens().verify(".".join(altered))


def test_roles_cannot_be_edited_into_a_token() -> None:
    header, _, signature = tokens().sign(WHO).split(".")
    payload = base64.urlsafe_b64encode(json.dumps(claims(roles=["operator"])).encode()).rstrip(b"=").decode()
    with pytest.raises(Unauthenticated, match=NOT_VALID):
        tokens().verify(f"{header}.{payload}.{signature}")


def test_a_token_expires_on_the_second() -> None:
    clock = HandClock()
    both = Tokens([("k2", NEW)], clock)
    token = both.sign(WHO)
    clock.move(seconds=ACCESS_LIFETIME.total_seconds() - 1)
    assert both.verify(token) == WHO
    clock.move(seconds=1)
    with pytest.raises(Unauthenticated, match=r"^the access token has expired$"):
        both.verify(token)


def test_an_expired_token_with_a_wrong_signature_is_not_called_expired() -> None:
    with pytest.raises(Unauthenticated, match=f"^{NOT_VALID}$"):
        tokens().verify(forged(key="guess" * 8, exp=1))


def test_a_clock_slightly_ahead_is_forgiven() -> None:
    assert tokens().verify(forged(iat=int(HandClock().now().timestamp()) + SKEW_S)).username == "ada"


def test_a_token_holds_no_secret() -> None:
    payload = jwt.decode(tokens().sign(WHO), options={"verify_signature": False})
    assert set(payload) == {"iss", "aud", "sub", "name", "roles", "iat", "exp"}
    assert payload["exp"] - payload["iat"] == 900
    assert not re.search("password|key|hash", json.dumps(payload))
