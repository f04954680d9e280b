"""One item of a Trigger's `filters`, as written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Exactly one field says what an event has to meet; with none, every event meets it."""

    exact: Mapping[str, str] = field(default_factory=dict)
    prefix: Mapping[str, str] = field(default_factory=dict)
    suffix: Mapping[str, str] = field(default_factory=dict)
    all: tuple[Dialect, ...] = ()
    any: tuple[Dialect, ...] = ()
    negated: Dialect | None = None
    """The dialect under ``not``."""
    cesql: str = ""
