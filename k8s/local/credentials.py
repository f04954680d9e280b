"""Passwords of the embedded engines and keys of functions: created once per data directory, readable by its owner."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The content of ``secrets.json``; never printed."""

    postgres: str
    valkey: str
    clickhouse: str
    token_keys: str
    operator_username: str
    operator_password: str

    @property
    def codes_key(self) -> str:
        """Key of verification codes; derived from the keys of tokens, so that files of older versions have one."""
        return hashlib.sha256(f"codes {self.token_keys}".encode()).hexdigest()

    @property
    def sealing_keys(self) -> str:
        """Key of stores' API keys at the market; derived likewise."""
        return f"s1:{hashlib.sha256(f'sealing {self.token_keys}'.encode()).hexdigest()}"

    @property
    def hooks_key(self) -> str:
        """Key that the secrets of hooks are derived from."""
        return hashlib.sha256(f"hooks {self.token_keys}".encode()).hexdigest()

    @property
    def service_token_keys(self) -> str:
        """Keys of calls between functions."""
        return "s1:" + hashlib.sha256(f"services {self.token_keys}".encode()).hexdigest()

    @property
    def payments_secret(self) -> str:
        """Secret of the stand-in payment provider's webhooks."""
        return "whsec_" + hashlib.sha256(f"payments {self.token_keys}".encode()).hexdigest()

    @property
    def objects(self) -> str:
        """Secret key of the S3 server; derived as well."""
        return hashlib.sha256(f"objects {self.token_keys}".encode()).hexdigest()

    @property
    def errors_key(self) -> str:
        """Public key of the address that SDKs report errors to; derived likewise."""
        return hashlib.sha256(f"errors {self.token_keys}".encode()).hexdigest()[:32]

    def __repr__(self) -> str:
        return "Credentials(...)"


def load_or_create(path: Path) -> Credentials:
    """Return the stored credentials, or create and store new ones with mode 0600."""
    if path.exists():
        return Credentials(**json.loads(path.read_text("utf-8")))
    credentials = Credentials(
        postgres=secrets.token_urlsafe(24),
        valkey=secrets.token_urlsafe(24),
        clickhouse=secrets.token_urlsafe(24),
        token_keys=f"k1:{secrets.token_urlsafe(48)}",
        operator_username="operator",
        operator_password=secrets.token_urlsafe(24),
    )
    draft = path.with_suffix(".draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(credentials), file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    return credentials
