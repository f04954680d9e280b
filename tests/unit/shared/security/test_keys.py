"""Keys as they are written in the environment, and what is told of them to the world."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as to
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from shared.errors import InvalidSettings
from shared.security import keys
from shared.security.keys import Keys

SECRET = "0123456789abcdef" * 2
ED = ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(65537, 2048)


def der(key: Any) -> str:
    """A key in one line: PKCS #8 or SubjectPublicKeyInfo."""
    if hasattr(key, "private_bytes"):
        raw = key.private_bytes(to.Encoding.DER, to.PrivateFormat.PKCS8, to.NoEncryption())
    else:
        raw = key.public_bytes(to.Encoding.DER, to.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(raw).decode()


def pem(key: Any, path: Path) -> str:
    """A key in a file."""
    if hasattr(key, "private_bytes"):
        path.write_bytes(key.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.NoEncryption()))
    else:
        path.write_bytes(key.public_bytes(to.Encoding.PEM, to.PublicFormat.SubjectPublicKeyInfo))
    return f"file:{path}"


def test_a_secret_is_hs256_and_both_signs_and_verifies() -> None:
    key = Keys([("k1", SECRET)]).signer
    assert (key.algorithm, key.signing_key, key.verification_key) == ("HS256", SECRET, SECRET)


@pytest.mark.parametrize(("pair", "algorithm"), [(ED, "EdDSA"), (RSA, "RS256")])
@pytest.mark.parametrize("in_file", [True, False])
def test_the_algorithm_follows_from_the_key(pair: Any, algorithm: str, in_file: bool, tmp_path: Path) -> None:
    for half, signs in ((pair, True), (pair.public_key(), False)):
        text = pem(half, tmp_path / "key.pem") if in_file else f"{algorithm}:{der(half)}"
        keys.validate("k1", text)
        key = Keys([("k1", text)])["k1"]
        assert (key.algorithm, key.signing_key is not None) == (algorithm, signs)


def test_a_public_key_cannot_sign() -> None:
    with pytest.raises(InvalidSettings, match="a public key cannot sign"):
        _ = Keys([("k1", f"EdDSA:{der(ED.public_key())}")]).signer


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"EdDSA:{der(RSA)}", id="RSA called EdDSA"),
        pytest.param(f"RS256:{der(ED)}", id="Ed25519 called RS256"),
        pytest.param(f"RS256:{der(rsa.generate_private_key(65537, 1024))}", id="RSA too short"),
        pytest.param(f"EdDSA:{der(ec.generate_private_key(ec.SECP256R1()))}", id="another curve"),
        pytest.param("EdDSA:AAAA", id="no key"),
        pytest.param("RS256:", id="empty"),
        pytest.param("file:/nowhere/key.pem", id="no file"),
        pytest.param(f"file:{__file__}", id="another file"),
    ],
)
def test_a_key_that_cannot_be_used_keeps_the_function_from_being_ready(text: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^key k2: ") as caught:
        Keys([("k1", SECRET), ("k2", text)]).probe()
    assert text.partition(":")[2] not in str(caught.value) or not text.partition(":")[2]


@pytest.mark.parametrize("kid", ["", "a b", "../key", "k;DROP", "k" * 65, "ключ", "k\n"])
def test_an_id_is_plain(kid: str) -> None:
    with pytest.raises(ValueError, match="an id of a key"):
        keys.validate(kid, SECRET)


@pytest.mark.parametrize("text", ["file:/nowhere/key.pem", "EdDSA:not base64!", "RS256:a", "short", ""])
def test_a_key_that_cannot_be_one_is_a_fault_of_the_settings(text: str) -> None:
    with pytest.raises(ValueError, match=r"k1|secrets of 32"):
        keys.validate("k1", text)


def test_the_world_is_told_public_halves_only() -> None:
    pairs = [("e1", f"EdDSA:{der(ED)}"), ("r1", f"RS256:{der(RSA)}"), ("h1", SECRET)]
    output = Keys(pairs).public()
    assert [(key["kid"], key["alg"], key["use"]) for key in output] == [("e1", "EdDSA", "sig"), ("r1", "RS256", "sig")]
    assert set(output[0]) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert set(output[1]) == {"kty", "n", "e", "kid", "use", "alg"}
    assert SECRET not in json.dumps(output)


def test_no_repr_tells_a_key() -> None:
    assert SECRET not in repr(Keys([("k1", SECRET)])["k1"])
