"""The Go types an object is decoded into, read from the tables of `knative.admission.tables`.

A table names one struct per entry, ``Name: field=type field=type …``, further lines indented. A type is

- a scalar: ``string``, ``bool``, ``int16``, ``int32``, ``int64``, or one with its own JSON form such as ``Quantity``;
- the name of a struct, of a text type (entry ``text: Name Name …``) or of a mapping (entry ``map: Name=type …``);
- ``*type`` where Go has a pointer (absent and empty differ), ``[]type`` a list, ``{}type`` a mapping of texts.

A trailing ``!`` marks a field that Go writes even when it is empty; ``...Name`` takes over another struct's fields.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TABLES = ("meta", "core", "serving", "eventing", "kafka")
NUMBERS = {"int16": 16, "int32": 32, "int64": 64}
SCALARS = {"string", "bool", *NUMBERS}
CUSTOM = {
    "FieldsV1": "v1.FieldsV1",
    "IntOrString": "intstr.IntOrString",
    "Quantity": "resource.Quantity",
    "RawExtension": "runtime.RawExtension",
    "Time": "v1.Time",
    "URL": "apis.URL",
    "VolatileTime": "apis.VolatileTime",
}
"""Types with a JSON form of their own, and what Go calls them."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a struct."""

    type: str
    always: bool
    """Written even when empty."""


@dataclass(frozen=True, slots=True)
class Types:
    """Every known type by name."""

    structs: Mapping[str, Mapping[str, Field]]
    texts: frozenset[str]
    maps: Mapping[str, str]

    def unnamed(self, name: str) -> str:
        """Return what a type consists of: a text type is a ``string``, a named mapping its ``{}type``."""
        return "string" if name in self.texts else self.maps.get(name, name)

    def go(self, name: str) -> str:
        """Return what Go calls a type in its messages; a pointer is called as what it points to."""
        if name.startswith("*"):
            return self.go(name[1:])
        if name.startswith("[]"):
            return f"[]{'*' * name[2:].startswith('*')}{self.go(name[2:])}"
        if name.startswith("{}"):
            return f"map[string]{self.go(name[2:])}"
        if name in SCALARS:
            return name
        return CUSTOM.get(name) or (name if "." in name else f"v1.{name}")


@functools.cache
def types() -> Types:
    """All tables together."""
    structs: dict[str, Mapping[str, Field]] = {}
    texts: set[str] = set()
    maps: dict[str, str] = {}
    for name, body in _entries():
        if name == "text":
            texts.update(body)
        elif name == "map":
            maps |= {left: right for left, _, right in (each.partition("=") for each in body)}
        else:
            structs[name] = dict(_fields(body, structs))
    return Types(structs=structs, texts=frozenset(texts), maps=maps)


def _entries() -> Iterator[tuple[str, list[str]]]:
    for table in TABLES:
        text: str = importlib.import_module(f"knative.admission.tables.{table}").TABLE
        for entry in re.split(r"\n(?=\S)", text.strip()):
            name, _, body = entry.partition(":")
            yield name, body.split()


def _fields(body: list[str], known: Mapping[str, Mapping[str, Field]]) -> Iterator[tuple[str, Field]]:
    for each in body:
        if each.startswith("..."):
            yield from known[each[3:]].items()
            continue
        name, _, type_ = each.partition("=")
        yield name, Field(type=type_.rstrip("!"), always=type_.endswith("!"))
