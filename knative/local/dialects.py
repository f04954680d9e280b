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
    denied: Dialect | None = None
    """What is written under ``not``."""
    cesql: str = ""

    def __str__(self) -> str:
        """In words, as ``type starts with 'a' and (id = '1' or not …)``."""
        words = [
            *(f"{name} = {text!r}" for name, text in self.exact.items()),
            *(f"{name} starts with {text!r}" for name, text in self.prefix.items()),
            *(f"{name} ends with {text!r}" for name, text in self.suffix.items()),
            *(str(each) for each in self.all),
            *([f"({' or '.join(map(str, self.any))})"] if self.any else []),
            *([f"not ({self.denied})"] if self.denied else []),
            *([self.cesql] if self.cesql else []),
        ]
        return " and ".join(words) or "every event"
