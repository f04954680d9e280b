"""Writing a decoded object as Go writes it, so that defaulted objects can be compared field by field."""

from __future__ import annotations

from typing import Any

from knative.admission import custom
from knative.admission.schema import CUSTOM, types


def encode(type_: str, value: Any) -> Any:
    """The JSON of a decoded value: empty fields are left out unless their type says otherwise."""
    plain = types().unnamed(type_.removeprefix("*"))
    if plain in CUSTOM:
        return custom.encode(value)
    if plain.startswith("[]"):
        return [encode(plain[2:], item) for item in value]
    if plain.startswith("{}"):
        return {key: encode(plain[2:], item) for key, item in value.items()}
    if plain in types().structs:
        return _struct(plain, value)
    return value


def _struct(name: str, value: dict[str, Any]) -> dict[str, Any]:
    written = {}
    for key, field in types().structs[name].items():
        if _is_struct(field.type):
            written[key] = encode(field.type, value.get(key, {}))
        elif key in value and (field.type.startswith("*") or field.always or _is_given(field.type, value[key])):
            written[key] = encode(field.type, value[key])
        elif field.always:
            written[key] = _empty(field.type)
    return written


def _is_struct(type_: str) -> bool:
    return type_ in types().structs


def _is_given(type_: str, value: Any) -> bool:
    """Return True if ``omitempty`` keeps a value; it always keeps a quantity or time that is not nil."""
    return value is not None if type_ in CUSTOM else bool(value)


def _empty(type_: str) -> Any:
    if type_.startswith("*") or types().unnamed(type_)[0] in "[{":
        return None
    return {"string": "", "bool": False, "IntOrString": 0}.get(types().unnamed(type_), 0)
