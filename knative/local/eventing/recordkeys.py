"""Keys of plain records as text, by a KafkaSource's key type: what the Java deserialisers read, as Java prints it."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Callable

from knative.local.manifests import KeyType

_FLOAT, _DOUBLE = struct.Struct(">f"), struct.Struct(">d")
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7
"""Java prints what lies between without an exponent."""


def text(key: bytes, key_type: KeyType) -> str:
    """The key as the extensions ``partitionkey`` and ``key`` hold it.

    A number has the length its type asks for, big end first (int 4 bytes; float 4 or 8); any other key is text.
    """
    if key_type is KeyType.BYTES:
        return base64.b64encode(key).decode()
    if key_type is KeyType.INT and len(key) == 4:
        return str(int.from_bytes(key, "big", signed=True))
    if key_type is KeyType.FLOAT and len(key) == _FLOAT.size:
        return _printed(_FLOAT.unpack(key)[0], _shortest_float)
    if key_type is KeyType.FLOAT and len(key) == _DOUBLE.size:
        return _printed(_DOUBLE.unpack(key)[0], repr)
    return key.decode(errors="replace")


def _printed(number: float, shortest: Callable[[float], str]) -> str:
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "-0.0" if math.copysign(1, number) < 0 else "0.0"
    digits, exponent = _scientific(shortest(abs(number)))
    sign = "-" if number < 0 else ""
    if not _PLAIN_FROM <= abs(number) < _PLAIN_BELOW:
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    digits = digits.ljust(exponent + 1, "0")
    return f"{sign}{digits[: exponent + 1]}.{digits[exponent + 1 :] or '0'}"


def _scientific(printed: str) -> tuple[str, int]:
    """Digits and decimal exponent of the first one: ``120.5`` is 1205 and 2."""
    mantissa, _, exponent = printed.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading = len(whole) - 1 if whole.strip("0") else len(digits) - len(fraction) - 1
    return digits.rstrip("0"), int(exponent or 0) + leading


def _shortest_float(number: float) -> str:
    """The fewest digits that are this number and no other one of 32 bits."""
    for precision in range(1, 9):
        printed = f"{number:.{precision}g}"
        if _FLOAT.pack(float(printed)) == _FLOAT.pack(number):
            return printed
    return f"{number:.9g}"
