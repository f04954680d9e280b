"""Strict decoding as the webhook's Go decoder does it: unknown fields and mistyped values are refused, in its words.

What comes out holds the fields that were given, under their right names; null counts as not given, as in Go.
"""

from __future__ import annotations

import functools
from typing import Any

from knative.admission import custom
from knative.admission.custom import DecodeError
from knative.admission.schema import CUSTOM, NUMBERS, types

Fields = dict[str, Any]
"""A decoded struct: the fields that were given."""


def decode(type_: str, given: Any) -> Fields:
    """Decode an object of the struct `type_`; `DecodeError` with the decoder's first error."""
    root = type_.rpartition(".")[2]
    decoded: Fields = _value(type_, given, {}, (root,))
    return decoded


def _value(type_: str, given: Any, known: Any, path: tuple[str, ...]) -> Any:
    """One value; `known` is what an earlier key of the same field left there, None when there was none."""
    known_types = types()
    plain = known_types.unnamed(type_.removeprefix("*"))
    if plain in CUSTOM:
        return _custom(plain, given, path)
    if plain.startswith("[]"):
        return _list(type_, plain[2:], given, known, path)
    if plain.startswith("{}"):
        return (known or {}) | _mapping(type_, plain[2:], given, path)
    if plain in known_types.structs:
        return _struct(type_, plain, given, known or {}, path)
    return _scalar(type_, plain, given, path)


def _custom(plain: str, given: Any, path: tuple[str, ...]) -> Any:
    try:
        return custom.decode(plain, given)
    except ValueError as exc:
        raise DecodeError(str(exc), path) from exc


def _struct(type_: str, name: str, given: Any, known: Fields, path: tuple[str, ...]) -> Fields:
    if given is None:
        return known
    if not isinstance(given, dict):
        raise _mistyped(type_, given, path)
    decoded = dict(known)
    fields = types().structs[name]
    for key, value in given.items():
        field = key if key in fields else _folded(name).get(str(key).casefold())
        if field is None:
            raise DecodeError(f'json: unknown field "{key}"', (*path, str(key)))
        declared = fields[field].type
        if value is not None:
            decoded[field] = _value(declared, value, decoded.get(field), (*path, str(key)))
        elif declared[0] == "*" or types().unnamed(declared)[0] in "[{":
            decoded.pop(field, None)
    return decoded


@functools.cache
def _folded(struct: str) -> dict[str, str]:
    """A struct's fields by how they read without regard to case: Go prefers an exact name, but takes any case."""
    return {name.casefold(): name for name in types().structs[struct]}


def _list(type_: str, element: str, given: Any, known: Any, path: tuple[str, ...]) -> list[Any]:
    if not isinstance(given, list):
        raise _mistyped(type_, given, path)
    before = [*(known or ()), *(None for _ in given)]
    return [
        _element(element, item, before[index], (*path, str(index)))  # Go decodes into the elements it finds
        for index, item in enumerate(given)
    ]


def _mapping(type_: str, element: str, given: Any, path: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _mistyped(type_, given, path)
    return {str(key): _element(element, value, None, (*path, str(key))) for key, value in given.items()}


def _element(type_: str, given: Any, known: Any, path: tuple[str, ...]) -> Any:
    if given is None:
        return known if known is not None else zero(type_)
    return _value(type_, given, known, path)


def zero(type_: str) -> Any:
    """Return what Go has where nothing is given."""
    plain = types().unnamed(type_)
    if plain in CUSTOM:
        return custom.decode(plain, None)
    empty: dict[str, Any] = {"string": "", "bool": False, **dict.fromkeys(NUMBERS, 0)}
    return empty.get(plain, {})


def _scalar(type_: str, plain: str, given: Any, path: tuple[str, ...]) -> Any:
    if plain == "string" and isinstance(given, str):
        return given
    if plain == "bool" and isinstance(given, bool):
        return given
    if plain in NUMBERS and isinstance(given, int | float) and not isinstance(given, bool):
        if isinstance(given, int) and -(2 ** (NUMBERS[plain] - 1)) <= given < 2 ** (NUMBERS[plain] - 1):
            return given
        raise _mistyped(type_, given, path, number=custom.text_of(given))
    raise _mistyped(type_, given, path)


def _mistyped(type_: str, given: Any, path: tuple[str, ...], number: str = "") -> DecodeError:
    found = f"number {number}" if number else custom.kind_of(given)
    if len(path) == 1:
        where = "Go value"
    else:
        where = ".".join(part.replace("~", "~0").replace("/", "~1") for part in path)
        if not where.rpartition(".")[2].isdigit():
            where = f"Go struct field {where}"
    return DecodeError(f"json: cannot unmarshal {found} into {where} of type {types().go(type_)}", path)
