"""Settings of the function that takes reports of errors."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import parsers
from shared.settings.loading import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReportSettings:
    """Who may report errors."""

    keys: tuple[str, ...] = setting(
        "ERRORS_KEYS",
        parsers.names,
        (),
        "public keys of the addresses that SDKs report to (the user of a DSN), with commas between them",
        secret=True,
    )
