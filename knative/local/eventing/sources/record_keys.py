"""Prints the keys of plain records by a KafkaSource's key type: read and printed as Java does it."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Callable

from knative.manifests.model import KeyType

_FLOAT, _DOUBLE = struct.Struct(">f"), struct.Struct(">d")
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7
"""Java prints numbers between these without an exponent."""


def key_text(key: bytes, key_type: KeyType) -> str:
    """Return the key as the extensions ``partitionkey`` and ``key`` hold it.

    A number has the length its type asks for, big end first (int 4 bytes; float 4 or 8); any other key is text.
    """
    if key_type is KeyType.BYTES:
        return base64.b64encode(key).decode()
    if key_type is KeyType.INT and len(key) == 4:
        return str(int.from_bytes(key, "big", signed=True))
    if key_type is KeyType.FLOAT and len(key) == _FLOAT.size:
        return _print_number(_FLOAT.unpack(key)[0], _nearest_float)
    if key_type is KeyType.FLOAT and len(key) == _DOUBLE.size:
        return _print_number(_DOUBLE.unpack(key)[0], float)
    return key.decode(errors="replace")


def _print_number(number: float, nearest: Callable[[str], float]) -> str:
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    sign = "-" if math.copysign(1, number) < 0 else ""
    digits, exponent = _scientific(abs(number), nearest)
    if number and not _PLAIN_FROM <= abs(number) < _PLAIN_BELOW:
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    digits = digits.ljust(exponent + 1, "0")
    return f"{sign}{digits[: exponent + 1]}.{digits[exponent + 1 :] or '0'}"


def _scientific(number: float, nearest: Callable[[str], float]) -> tuple[str, int]:
    """Return the digits, and the decimal exponent of the first: 120.5 is 1205 and 2.

    The fewest digits whose nearest number it is, yet two where one would do: Java prints 4.9E-324, not 5E-324.
    """
    candidates = (f"{number:.{digits}e}" for digits in range(1, 17))
    mantissa, _, exponent = next(text for text in candidates if nearest(text) == number).partition("e")
    return mantissa.replace(".", "").rstrip("0") or "0", int(exponent)


def _nearest_float(text: str) -> float:
    """Return the nearest number of 32 bits."""
    try:
        number: float = _FLOAT.unpack(_FLOAT.pack(float(text)))[0]
    except OverflowError:
        return math.inf
    return number
