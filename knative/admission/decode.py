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


def decode(type_: str, value: Any) -> Fields:
    """Decode an object of the struct `type_`; `DecodeError` with the decoder's first error."""
    root = type_.rpartition(".")[2]
    decoded: Fields = _value(type_, value, {}, (root,))
    return decoded


def _value(type_: str, value: Any, known: Any, path: tuple[str, ...]) -> Any:
    """One value; `known` is what an earlier key of the same field left there, None when there was none."""
    known_types = types()
    plain = known_types.unnamed(type_.removeprefix("*"))
    if plain in CUSTOM:
        return _custom(plain, value, path)
    if plain.startswith("[]"):
        return _list(type_, plain[2:], value, known, path)
    if plain.startswith("{}"):
        return (known or {}) | _mapping(type_, plain[2:], value, path)
    if plain in known_types.structs:
        return _struct(type_, plain, value, known or {}, path)
    return _scalar(type_, plain, value, path)


def _custom(plain: str, value: Any, path: tuple[str, ...]) -> Any:
    try:
        return custom.decode(plain, value)
    except ValueError as exc:
        raise DecodeError(str(exc), path) from exc


def _struct(type_: str, name: str, item: Any, known: Fields, path: tuple[str, ...]) -> Fields:
    if item is None:
        return known
    if not isinstance(item, dict):
        raise _mistyped(type_, item, path)
    decoded = dict(known)
    fields = types().structs[name]
    for key, value in item.items():
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


def _list(type_: str, element: str, value: Any, known: Any, path: tuple[str, ...]) -> list[Any]:
    if not isinstance(value, list):
        raise _mistyped(type_, value, path)
    before = [*(known or ()), *(None for _ in value)]
    return [
        _element(element, item, before[index], (*path, str(index)))  # Go decodes into the elements it finds
        for index, item in enumerate(value)
    ]


def _mapping(type_: str, element: str, item: Any, path: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise _mistyped(type_, item, path)
    return {str(key): _element(element, value, None, (*path, str(key))) for key, value in item.items()}


def _element(type_: str, value: Any, known: Any, path: tuple[str, ...]) -> Any:
    if value is None:
        return known if known is not None else zero(type_)
    return _value(type_, value, known, path)


def zero(type_: str) -> Any:
    """Return what Go has where nothing is given."""
    plain = types().unnamed(type_)
    if plain in CUSTOM:
        return custom.decode(plain, None)
    empty: dict[str, Any] = {"string": "", "bool": False, **dict.fromkeys(NUMBERS, 0)}
    return empty.get(plain, {})


def _scalar(type_: str, plain: str, value: Any, path: tuple[str, ...]) -> Any:
    if plain == "string" and isinstance(value, str):
        return value
    if plain == "bool" and isinstance(value, bool):
        return value
    if plain in NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, int) and -(2 ** (NUMBERS[plain] - 1)) <= value < 2 ** (NUMBERS[plain] - 1):
            return value
        raise _mistyped(type_, value, path, number=custom.text_of(value))
    raise _mistyped(type_, value, path)


def _mistyped(type_: str, value: Any, path: tuple[str, ...], number: str = "") -> DecodeError:
    result = f"number {number}" if number else custom.kind_of(value)
    if len(path) == 1:
        where = "Go value"
    else:
        where = ".".join(part.replace("~", "~0").replace("/", "~1") for part in path)
        if not where.rpartition(".")[2].isdigit():
            where = f"Go struct field {where}"
    return DecodeError(f"json: cannot unmarshal {result} into {where} of type {types().go(type_)}", path)
