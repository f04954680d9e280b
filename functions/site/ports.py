"""What the site needs from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Reply(Protocol):
    """The response of a function."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers by name in small letters."""

    @property
    def body(self) -> bytes:
        """The body."""


class Functions(Protocol):
    """The other functions."""

    def send(
        self, function: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """Return the response of a function to a request; `Unavailable` when it does not answer in time."""
