"""Access and service tokens against everything that may be handed in instead of one."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any

import jwt
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.domain.accounts.users import ACCESS_LIFETIME
from shared.errors import Unauthenticated, Unavailable
from shared.security.tokens import LEEWAY_S, MAX_LENGTH, SERVICE_LIFETIME, Caller, ServiceTokens, Tokens
from shared.testing.clock import HandClock
from shared.testing.memory_limits import MemoryLimits
from tests.unit.shared.security.test_keys import ED, RSA, der

NEW, OLD = "new" * 22, "old" * 22
ADA = "01990000-0000-7000-8000-00000000000a"
WHO = Caller(user_id=ADA, username="ada", roles=("operator", "editor"), session_id="s1")
NOT_VALID = "the access token is not valid"


def tokens(*keys: tuple[str, str]) -> Tokens:
    return Tokens(keys or (("k2", NEW), ("k1", OLD)), HandClock())


def claims(**changed: Any) -> dict[str, Any]:
    now = int(HandClock().now().timestamp())
    whole = {"iss": "touchline", "aud": "touchline-api", "sub": ADA, "name": "ada", "roles": []}
    times = {"iat": now, "exp": now + 900}
    return {name: value for name, value in {**whole, "sid": "s1", **times, **changed}.items() if value is not None}


def forged(
    key: Any = NEW, algorithm: str = "HS256", kid: Any = "k2", typ: str = "at+jwt", more: Any = None, **changed: Any
) -> str:
    headers = {"typ": typ, **({"kid": kid} if kid is not None else {}), **(more or {})}
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers=headers)


def signed(payload: bytes) -> str:
    """A token with the right key over any bytes."""
    return jwt.PyJWS().encode(payload, NEW, "HS256", headers={"typ": "at+jwt", "kid": "k2"})


def by_hand(header: dict[str, Any], payload: Any, signature: bytes = b"") -> str:
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    header = {"typ": "at+jwt", **header}
    return f"{part(json.dumps(header).encode())}.{part(json.dumps(payload).encode())}.{part(signature)}"


def test_a_signed_token_names_its_caller() -> None:
    assert tokens().verify(tokens().sign(WHO)) == WHO


def test_the_first_key_signs_and_says_so() -> None:
    assert jwt.get_unverified_header(tokens().sign(WHO)) == {"alg": "HS256", "typ": "at+jwt", "kid": "k2"}


def test_the_bytes_of_claims_are_what_decides() -> None:
    assert tokens().verify(signed(json.dumps(claims()).encode())).username == "ada"


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
        pytest.param(forged(iat=int(HandClock().now().timestamp()) + LEEWAY_S + 1), id="issued in the future"),
        pytest.param(forged(nbf=int(HandClock().now().timestamp()) + LEEWAY_S + 1), id="not valid yet"),
        pytest.param(forged(iat="yesterday"), id="issue time is text"),
        pytest.param(forged(nbf="yesterday"), id="start is text"),
        pytest.param(forged(nbf=float("inf")), id="start is infinite"),
        pytest.param(forged(exp=float("inf")), id="signed, never expires"),
        pytest.param(forged(exp=int(HandClock().now().timestamp()) + 86_401), id="signed, expires after a day"),
        pytest.param(forged(exp=10**400), id="signed, expiry beyond every float"),
        pytest.param(forged(exp=1e308), id="signed, expiry beyond every calendar"),
        pytest.param(forged(iat=int(HandClock().now().timestamp()) - 86_400), id="signed, issued a day ago"),
        pytest.param(forged(iat=-(10**400)), id="signed, issued before every float"),
        pytest.param(forged(iat=float("-inf")), id="signed, issued before all time"),
        pytest.param(f"{forged()}=", id="signed, padded"),
        pytest.param(forged().replace(".", "=.", 1), id="signed, its header padded"),
        pytest.param(signed(json.dumps(claims()).encode("utf-16")), id="signed, claims in UTF-16"),
        pytest.param(signed(json.dumps(claims()).encode("utf-32-be")), id="signed, claims in UTF-32"),
        pytest.param(signed(json.dumps(claims(name="é"), ensure_ascii=False).encode("latin-1")), id="signed, latin-1"),
        pytest.param(signed(json.dumps(claims()).encode("utf-8-sig")), id="signed, a byte order mark"),
        pytest.param(forged(sub=7), id="subject is a number"),
        pytest.param(forged(sub=""), id="subject is empty"),
        pytest.param(forged(sub="ada"), id="subject is no id"),
        pytest.param(forged(sub=ADA.upper()), id="subject in capitals"),
        pytest.param(forged(sub=f"{{{ADA}}}"), id="subject in braces"),
        pytest.param(forged(sub=f"{ADA}\n"), id="subject with a line more"),
        pytest.param(forged(sub=ADA.replace("-", "")), id="subject without hyphens"),
        pytest.param(forged(aud=["touchline-api", "another-api"]), id="several audiences"),
        pytest.param(forged(typ="JWT"), id="plain type"),
        pytest.param(forged(typ="service+jwt"), id="a service token's type"),
        pytest.param(forged(typ="AT+JWT"), id="type in capitals"),
        pytest.param(forged(more={"crit": ["x"], "x": 1}), id="a critical header nobody knows"),
        pytest.param(forged(more={"jku": "https://evil.example/keys"}, key="guess" * 8), id="keys from elsewhere"),
        pytest.param(forged(more={"x5u": "file:///etc/passwd"}, key="guess" * 8), id="certificate from a file"),
        pytest.param(forged(kid="k2\0"), id="kid with NUL"),
        pytest.param(forged(kid="K2"), id="kid in capitals"),
        pytest.param(forged(sid=None), id="no session"),
        pytest.param(forged(sid=["s1"]), id="session a list"),
        pytest.param(forged(name=None), id="no name"),
        pytest.param(forged(roles=None), id="no roles"),
        pytest.param(forged(name="a" * MAX_LENGTH), id="signed and oversized"),
        pytest.param(by_hand({"alg": "HS256", "kid": "k2"}, claims(), b"") + "\n", id="a line more"),
        pytest.param(f" {forged()}", id="a space before"),
        pytest.param(by_hand({"alg": "HS256", "kid": "k2", "deep": json.loads("[" * 500 + "]" * 500)}, {}), id="deep"),
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


def test_what_was_valid_before_is_asked_for_its_time_and_session_again() -> None:
    clock, limits = HandClock(), MemoryLimits()
    listed = Tokens([("k2", NEW)], clock, limits)
    first, second = listed.sign(WHO), listed.sign(replace(WHO, session_id="s2"))
    assert (listed.verify(first), listed.verify(first), listed.verify(second).session_id) == (WHO, WHO, "s2")
    limits.add(["s1"])
    with pytest.raises(Unauthenticated, match=NOT_VALID):
        listed.verify(first)
    clock.move(seconds=ACCESS_LIFETIME.total_seconds())
    with pytest.raises(Unauthenticated, match="has expired"):
        listed.verify(second)


def test_a_remembered_token_vouches_for_no_other() -> None:
    known = tokens()
    token = known.sign(WHO)
    known.verify(token)
    for other in (f"{token}A", token[:-2], f"{token.rpartition('.')[0]}.", token.swapcase()):
        with pytest.raises(Unauthenticated, match=f"^{NOT_VALID}$"):
            known.verify(other)


def test_an_expired_token_with_a_wrong_signature_is_not_called_expired() -> None:
    with pytest.raises(Unauthenticated, match=f"^{NOT_VALID}$"):
        tokens().verify(forged(key="guess" * 8, exp=1))


def test_a_clock_slightly_ahead_is_forgiven() -> None:
    assert tokens().verify(forged(iat=int(HandClock().now().timestamp()) + LEEWAY_S)).username == "ada"


def test_a_token_holds_no_secret() -> None:
    payload = jwt.decode(tokens().sign(WHO), options={"verify_signature": False})
    assert set(payload) == {"iss", "aud", "sub", "name", "roles", "sid", "iat", "exp"}
    assert payload["exp"] - payload["iat"] == 900
    assert not re.search("password|key|hash", json.dumps(payload))


ED_PAIR = ("e1", f"EdDSA:{der(ED)}")
RSA_PAIR = ("r1", f"RS256:{der(RSA)}")


@pytest.mark.parametrize("pair", [ED_PAIR, RSA_PAIR])
def test_a_key_pair_signs_and_its_public_half_verifies(pair: tuple[str, str]) -> None:
    kid, text = pair
    signed = Tokens([pair], HandClock()).sign(WHO)
    public = f"{text.partition(':')[0]}:{der((ED if kid == 'e1' else RSA).public_key())}"
    assert jwt.get_unverified_header(signed)["alg"] == text.partition(":")[0]
    assert Tokens([(kid, public)], HandClock()).verify(signed) == WHO


def test_an_algorithm_is_changed_without_logging_anyone_out() -> None:
    before = Tokens([("k1", OLD)], HandClock()).sign(WHO)
    both = Tokens([ED_PAIR, ("k1", OLD)], HandClock())
    assert both.verify(before) == both.verify(both.sign(WHO)) == WHO


@pytest.mark.parametrize("pair", [ED_PAIR, RSA_PAIR])
def test_a_public_key_is_no_secret_to_sign_with(pair: tuple[str, str]) -> None:
    """Key confusion: HS256 with the bytes of a key that the world may know."""
    import hmac

    kid, _ = pair
    public = (ED if kid == "e1" else RSA).public_key()
    for secret in (der(public), base64.b64decode(der(public)).hex(), f"EdDSA:{der(public)}"):
        signing_input = by_hand({"alg": "HS256", "kid": kid}, claims()).rpartition(".")[0]
        signature = hmac.digest(secret.encode(), signing_input.encode(), "sha256")
        token = f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        with pytest.raises(Unauthenticated, match=f"^{NOT_VALID}$"):
            Tokens([pair], HandClock()).verify(token)


def test_each_kid_takes_its_own_algorithm_only() -> None:
    both = Tokens([ED_PAIR, RSA_PAIR, ("k2", NEW)], HandClock())
    for kid in ("e1", "r1", "k2"):
        made = {
            "e1": forged(ED, "EdDSA", kid),
            "r1": forged(RSA, "RS256", kid),
            "r5": forged(RSA, "RS512", kid),
            "ps": forged(RSA, "PS256", kid),
            "k2": forged(NEW, "HS256", kid),
        }
        assert both.verify(made.pop(kid)).username == "ada"
        for token in made.values():
            with pytest.raises(Unauthenticated, match=f"^{NOT_VALID}$"):
                both.verify(token)


def test_a_revoked_session_ends_its_access_tokens() -> None:
    limits = MemoryLimits()
    listed = Tokens([("k2", NEW)], HandClock(), limits)
    token = listed.sign(WHO)
    assert listed.verify(token) == WHO
    limits.add(["s1"])
    for reading in (True, False):
        with pytest.raises(Unauthenticated, match=f"^{NOT_VALID}$"):
            listed.verify(token, reading=reading)
    assert tokens().verify(token) == WHO, "without the list it lives its 15 minutes"


def test_a_silent_list_lets_readers_pass_and_nobody_else() -> None:
    limits = MemoryLimits()
    limits.gone = True
    listed = Tokens([("k2", NEW)], HandClock(), limits)
    assert listed.verify(listed.sign(WHO), reading=True) == WHO
    with pytest.raises(Unavailable):
        listed.verify(listed.sign(WHO))
    with pytest.raises(Unauthenticated):
        listed.verify(forged(key="guess" * 8), reading=True)


def service(name: str, clock: HandClock | None = None) -> ServiceTokens:
    return ServiceTokens([("s2", NEW), ("s1", OLD)], clock or HandClock(), name=name)


def test_a_service_token_names_who_calls_and_what_for() -> None:
    result = service("core").verify(service("gate").sign("core", ["balance:read", "payment:write"]))
    assert (result.name, result.scopes) == ("gate", frozenset({"balance:read", "payment:write"}))


def test_a_service_token_is_for_one_function_and_five_minutes() -> None:
    clock = HandClock()
    token = service("gate", clock).sign("core", [])
    with pytest.raises(Unauthenticated, match=NOT_VALID):
        service("admin", clock).verify(token)
    clock.move(seconds=SERVICE_LIFETIME.total_seconds())
    with pytest.raises(Unauthenticated, match="expired"):
        service("core", clock).verify(token)


def test_tokens_of_users_and_of_services_never_pass_for_each_other() -> None:
    """Not even with one key for both."""
    of_user = Tokens([("s2", NEW)], HandClock())
    with pytest.raises(Unauthenticated, match=NOT_VALID):
        service("core").verify(of_user.sign(WHO))
    with pytest.raises(Unauthenticated, match=NOT_VALID):
        of_user.verify(service("gate").sign("core", ["operator"]))
    with pytest.raises(Unauthenticated, match=NOT_VALID):
        of_user.verify(service("gate").sign("touchline-api", ["operator"]))


@pytest.mark.parametrize("scope", [None, 7, ["balance:read"]])
def test_a_service_token_without_scopes_in_text_is_not_valid(scope: Any) -> None:
    token = forged(kid="s2", typ="service+jwt", aud="touchline:core", scope=scope)
    with pytest.raises(Unauthenticated, match=NOT_VALID):
        service("core").verify(token)


class TokenLife(RuleBasedStateMachine):
    """Keys come and go, sessions end, time passes: a token is valid as long as its key, its session and 15 minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.limits = MemoryLimits()
        self.keys = [("k0", "0" * 32)]
        self.n_keys = 1
        self.issued: list[tuple[str, str, str, float]] = []
        self.ended: set[str] = set()

    def _tokens(self) -> Tokens:
        return Tokens(self.keys, self.clock, self.limits)

    @rule(session=st.sampled_from("abc"))
    def issue(self, session: str) -> None:
        who = Caller(user_id=ADA, username="ada", roles=(), session_id=session)
        expires_s = self.clock.now().timestamp() + ACCESS_LIFETIME.total_seconds()
        self.issued.append((self._tokens().sign(who), self.keys[0][0], session, expires_s))

    @rule(at_front=st.booleans())
    def add_key(self, at_front: bool) -> None:
        key = (f"k{self.n_keys}", str(self.n_keys % 10) * 32)
        self.n_keys += 1
        self.keys = [key, *self.keys] if at_front else [*self.keys, key]

    @precondition(lambda self: len(self.keys) > 1)
    @rule(data=st.data())
    def drop_or_promote_a_key(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.keys))
        others = [other for other in self.keys if other != key]
        self.keys = [key, *others] if data.draw(st.booleans()) else others

    @rule(session=st.sampled_from("abc"))
    def end_session(self, session: str) -> None:
        self.limits.add([session])
        self.ended.add(session)

    @rule(minutes=st.integers(1, 9))
    def time_passes(self, minutes: int) -> None:
        self.clock.move(minutes=minutes)

    @invariant()
    def exactly_the_valid_ones_verify(self) -> None:
        tokens, kids, now_s = self._tokens(), dict(self.keys), self.clock.now().timestamp()
        for token, kid, session, expires_s in self.issued:
            if kid in kids and session not in self.ended and now_s < expires_s:
                assert tokens.verify(token).session_id == session
            else:
                with pytest.raises(Unauthenticated):
                    tokens.verify(token)


TestTokenLife = TokenLife.TestCase
TestTokenLife.settings = settings(max_examples=40, stateful_step_count=25)
