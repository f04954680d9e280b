"""Settings of the first operator."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings.loading import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSettings:
    """The first operator, whom the migration makes."""

    username: str = setting(
        "FIRST_OPERATOR_USERNAME", str, "", "the operator made by the migration when there is none yet"
    )
    password: str = setting(
        "FIRST_OPERATOR_PASSWORD", str, "", "that operator's password; there is no default", secret=True
    )
