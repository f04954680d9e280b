"""Reads a manifest's fields strictly: each is honoured, ignored with a reason, or refused; the report says which.

A reader takes the fields it knows from a `Fields` and closes it; what was neither taken nor ignored is refused, so that
a field can never be dropped in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

Verdict = Literal["honoured", "ignored", "refused"]
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldVerdict:
    """The verdict on one field."""

    document: str
    """File, kind and name, such as ``broker.yaml Broker/default``."""
    field: str
    verdict: Verdict
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.document}: {self.field} {self.verdict}" + (f": {self.reason}" if self.reason else "")


class Fields:
    """The fields of one mapping of a manifest, taken one by one."""

    def __init__(self, values: Any, *, document: str, path: str, findings: list[FieldVerdict]) -> None:
        self._document = document
        self._path = path
        self._findings = findings
        self._open: dict[str, Any] = {}
        if isinstance(values, dict):
            self._open = dict(values)
        elif values is not None:
            self._record(path or "document", "refused", "expected a mapping")

    def __contains__(self, name: str) -> bool:
        return self._open.get(name) is not None

    def names(self) -> tuple[str, ...]:
        """Return the names of the fields that are not read yet."""
        return tuple(self._open)

    def peek(self, *path: str) -> dict[str, Any]:
        """The mapping at a path, without a verdict; empty when there is none."""
        values: Any = self._open
        for name in path:
            values = values.get(name) if isinstance(values, dict) else None
        return values if isinstance(values, dict) else {}

    def peek_items(self, name: str) -> list[dict[str, Any]]:
        """The mappings of a list, without a verdict; empty when it is none."""
        values = self._open.get(name)
        return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []

    def text(self, name: str, default: str | None = None, *, reason: str = "") -> str:
        """A text; without a default it has to be there. `reason` goes into the report."""
        default, required = default or "", default is None
        return self._take(name, str, "text", default, required=required, reason=reason)

    def number(self, name: str, default: int, *, minimum: int = 0) -> int:
        """A whole number, `minimum` or more."""
        value = self._take(name, int, "a whole number", default)
        if isinstance(value, bool) or value < minimum:
            self.refuse(name, f"expected a whole number of {minimum} or more")
            return default
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        return self._take(name, bool, "true or false", default)

    def texts(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        values = self._take(name, list, "a list", [], required=required)
        if not all(isinstance(item, str) for item in values):
            self.refuse(name, "expected a list of texts")
            return ()
        return tuple(values)

    def named_texts(self, name: str) -> dict[str, str]:
        """A mapping of texts to texts."""
        values = self._take(name, dict, "a mapping", {})
        if not all(isinstance(key, str) and isinstance(value, str) for key, value in values.items()):
            self.refuse(name, "expected a mapping of texts")
            return {}
        return dict(values)

    def one_of(self, name: str, choices: Mapping[str, Kind], default: str, *, reason: str = "") -> Kind:
        """The choice that a text stands for; `reason` tells what to know about it."""
        text = self.text(name, default, reason=reason)
        if text not in choices:
            self.refuse(name, f"{text!r} is not among {', '.join(choices)}")
            return choices[default]
        return choices[text]

    def section(self, name: str, *, required: bool = False) -> Fields:
        """A mapping inside; empty when it is not there."""
        return self._fields(self._take(name, dict, "a mapping", {}, required=required, noted=False), f"{name}")

    def sections(self, name: str, *, required: bool = False) -> list[Fields]:
        """A list of mappings."""
        values = self._take(name, list, "a list", [], required=required, noted=False)
        return [self._fields(item, f"{name}[{index}]") for index, item in enumerate(values)]

    def ignore(self, reason: str, *names: str) -> None:
        """These have no meaning here, and that is harmless because of `reason`."""
        for name in names:
            if self._open.pop(name, None) is not None:
                self._record(self._at(name), "ignored", reason)

    def note(self, name: str, reason: str) -> None:
        """Something to know about a field that is honoured, or that is not there."""
        self._record(self._at(name), "honoured", reason)

    def refuse(self, name: str, reason: str) -> None:
        """This cannot be honoured."""
        self._open.pop(name, None)
        self._record(self._at(name), "refused", reason)

    def close(self) -> None:
        """Refuse what is left."""
        for name in list(self._open):
            self.refuse(str(name), "is not known here")

    def _take(
        self,
        name: str,
        kind: type[Kind],
        expected: str,
        default: Kind,
        *,
        required: bool = False,
        noted: bool = True,
        reason: str = "",
    ) -> Kind:
        value = self._open.pop(name, None)
        if value is None:
            if required:
                self._record(self._at(name), "refused", "is missing")
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self._record(self._at(name), "refused", f"expected {expected}")
            return default
        if noted:
            self._record(self._at(name), "honoured", reason)
        return value

    def _fields(self, values: Any, name: str) -> Fields:
        return Fields(values, document=self._document, path=self._at(name), findings=self._findings)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _record(self, field: str, verdict: Verdict, reason: str = "") -> None:
        self._findings.append(FieldVerdict(document=self._document, field=field, verdict=verdict, reason=reason))
