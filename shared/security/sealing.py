"""Seals secrets of others (API keys at a market) so that the database holds nothing to use.

AES-256-GCM with a random nonce; whose secret it is goes into the seal as associated data, so a sealed text moved to
another owner's row does not open. Keys rotate: the first seals, all open, and what names an older key is sealed again.
`cryptography` is imported on first use.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence

from shared.errors import Corrupted, InvalidSettings

_NONCE_BYTES = 12


class Sealer:
    """The configured keys. Shared by all threads."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        """`pairs` of key id and a secret of 32 characters or more; `InvalidSettings` without one."""
        if not pairs:
            raise InvalidSettings("there is no key to seal with")
        self._keys = {kid: hashlib.sha256(f"touchline sealing {text}".encode()).digest() for kid, text in pairs}
        self.key_id = pairs[0][0]
        """The id of the key that seals."""

    def seal(self, secret: str, *, owner: str) -> str:
        """Return the sealed text, which names its key: ``kid:base64``."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._keys[self.key_id]).encrypt(nonce, secret.encode(), owner.encode())
        return f"{self.key_id}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, owner: str) -> str:
        """Return the secret; `Corrupted` when it was sealed for another owner, with a key that is gone, or changed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        kid, _, text = sealed.partition(":")
        if kid not in self._keys:
            raise Corrupted(f"the key {kid} that this was sealed with is gone")
        raw = base64.b64decode(text)
        try:
            return AESGCM(self._keys[kid]).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()).decode()
        except InvalidTag as exc:
            raise Corrupted("a sealed text is not what was sealed for this owner") from exc
