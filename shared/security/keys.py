"""The keys that sign and verify tokens: HS256 secrets, EdDSA and RS256 key pairs, each with its one algorithm.

A key is written as one text, in `TOKEN_KEYS` after its id and a colon:

``file:/run/keys/2026.pem``  a PEM file, private or public; Ed25519 means EdDSA, RSA means RS256
``EdDSA:<base64>``, ``RS256:<base64>``  the same in one line: PKCS #8 of a private key, or SubjectPublicKeyInfo
anything else  an HS256 secret of 32 characters or more

Public keys verify only, so that a function which never signs holds nothing to sign with. `cryptography` is imported
when a key pair is first used, and never for HS256.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from shared.errors import InvalidSettings

HS256, EDDSA, RS256 = "HS256", "EdDSA", "RS256"
SECRET_LENGTH = 32
RSA_BITS = 2048
_KID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FILE = "file:"
_PAIRS = (f"{EDDSA}:", f"{RS256}:")


def validate(kid: str, text: str) -> None:
    """Return when this can be a key, without reading it; `ValueError` says what is wrong and never repeats it."""
    if not _KID.fullmatch(kid):
        raise ValueError("an id of a key is 1 to 64 letters, digits, '.', '_' and '-'")
    if text.startswith(_FILE):
        if not Path(text.removeprefix(_FILE)).is_file():
            raise ValueError(f"key {kid}: there is no such file")
    elif text.startswith(_PAIRS):
        try:
            base64.b64decode(text.partition(":")[2], validate=True)
        except binascii.Error:
            raise ValueError(f"key {kid}: is not base64") from None
    elif len(text) < SECRET_LENGTH:
        raise ValueError(f"expected kid:secret[,kid:secret], secrets of {SECRET_LENGTH} characters or more")


@dataclass(frozen=True)
class Key:
    """One key and the only algorithm it is used with."""

    kid: str
    text: str = field(repr=False)

    @property
    def algorithm(self) -> str:
        """HS256, EdDSA or RS256: decided by the key, never by the token."""
        return self._material[0]

    @property
    def verification_key(self) -> Any:
        """The secret, or the public key."""
        return self._material[1]

    @property
    def signing_key(self) -> Any:
        """The secret, or the private key; None of a public key."""
        return self._material[2]

    @cached_property
    def _material(self) -> tuple[str, Any, Any]:
        if not self.text.startswith((_FILE, *_PAIRS)):
            return HS256, self.text, self.text
        try:
            algorithm, public, private = _read(self.text)
        except (ValueError, TypeError, OSError) as exc:
            raise InvalidSettings(f"key {self.kid}: is no readable Ed25519 or RSA key") from exc
        label = self.text.partition(":")[0]
        if label in (EDDSA, RS256) and label != algorithm:
            raise InvalidSettings(f"key {self.kid}: is labelled {label} but is a key for {algorithm}")
        return algorithm, public, private


class Keys:
    """The configured keys: the first signs, all verify. Shared by all threads."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._keys = {kid: Key(kid, text) for kid, text in pairs}
        self._first = next(iter(self._keys.values()), None)

    def __getitem__(self, kid: object) -> Key:
        """Return the key of an id, else `KeyError` or `TypeError`. An id is only looked up, never a path or a query."""
        return self._keys[kid]  # type: ignore[index]

    @property
    def signer(self) -> Key:
        """The first key; `InvalidSettings` when there is none, or when it can only verify."""
        if self._first is None:
            raise InvalidSettings("there is no key to sign with")
        if self._first.signing_key is None:
            raise InvalidSettings(f"key {self._first.kid}: a public key cannot sign")
        return self._first

    def probe(self) -> None:
        """Return when every key can be read, raise `InvalidSettings` otherwise; free for HS256."""
        for key in self._keys.values():
            _ = key.algorithm

    def public(self) -> list[dict[str, Any]]:
        """Return the public halves of the key pairs as JWKs (RFC 7517); a secret has none."""
        return [_to_jwk(key) for key in self._keys.values() if key.algorithm != HS256]


def _read(text: str) -> tuple[str, Any, Any]:
    """Return algorithm, public key, and private key or None."""
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    key = _parse(text)
    private = key if hasattr(key, "private_bytes") else None
    public = key.public_key() if private else key
    if isinstance(public, ed25519.Ed25519PublicKey):
        return EDDSA, public, private
    if isinstance(public, rsa.RSAPublicKey) and public.key_size >= RSA_BITS:
        return RS256, public, private
    raise ValueError("neither Ed25519 nor RSA of 2048 bits or more")


def _parse(text: str) -> Any:
    from cryptography.hazmat.primitives import serialization

    if text.startswith(_FILE):
        pem = Path(text.removeprefix(_FILE)).read_bytes()
        private = b"PRIVATE KEY" in pem
        return serialization.load_pem_private_key(pem, None) if private else serialization.load_pem_public_key(pem)
    der = base64.b64decode(text.partition(":")[2])
    try:
        return serialization.load_der_private_key(der, None)
    except ValueError:
        return serialization.load_der_public_key(der)


def _to_jwk(key: Key) -> dict[str, Any]:
    from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

    kind: Any = OKPAlgorithm if key.algorithm == EDDSA else RSAAlgorithm
    whole = kind.to_jwk(key.verification_key, as_dict=True)
    public = {name: whole[name] for name in ("kty", "crv", "x", "n", "e") if name in whole}
    return {**public, "kid": key.kid, "use": "sig", "alg": key.algorithm}
