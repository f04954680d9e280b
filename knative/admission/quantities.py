"""Kubernetes resource quantities: ``100m``, ``1.5Gi``, ``2e3``, and the canonical form they are stored in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?(?P<suffix>[eEinumkKMGTP]*[+-]?[0-9]*)")
_MALFORMED = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_NANO = Fraction(1, 10**9)
_LARGEST = Fraction(2**63 - 1)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount, and its canonical text."""

    amount: Fraction
    text: str

    def __str__(self) -> str:
        return self.text


ZERO = Quantity(Fraction(0), "0")


def parse(text: str) -> Quantity:
    """Read a quantity; ValueError in Kubernetes' words when it is none."""
    matched = _NUMBER.fullmatch(text)
    if not text or matched is None:
        raise ValueError(_MALFORMED)
    sign, whole, part, suffix = (matched[name] or "" for name in ("sign", "whole", "part", "suffix"))
    if not whole.strip("0") and not part and not suffix:
        return ZERO
    factor, style = _factor(suffix)
    digits = whole.lstrip("0") + part
    amount = Fraction(int(digits or "0"), 10 ** len(part)) * factor
    if remaining := _format_kept(text, whole, part, suffix, style):
        return Quantity(-amount if sign == "-" else amount, remaining)
    amount = -(-amount // _NANO) * _NANO  # what is finer than a billionth is rounded up
    if style == "binary":
        amount = min(amount, _LARGEST)
        style = "decimal" if amount < 1 else style
    signed = -amount if sign == "-" else amount
    return Quantity(signed, _canonical(signed, style))


def _factor(suffix: str) -> tuple[Fraction, str]:
    if suffix in _DECIMAL:
        return Fraction(10) ** _DECIMAL[suffix], "decimal"
    if suffix in _BINARY:
        return Fraction(1024) ** _BINARY[suffix], "binary"
    if suffix[:1] in ("e", "E") and re.fullmatch(r"[+-]?[0-9]+", suffix[1:]):
        return Fraction(10) ** int(suffix[1:]), "exponent"
    raise ValueError("unable to parse quantity's suffix")


def _format_kept(text: str, whole: str, part: str, suffix: str, style: str) -> str:
    """The text itself where Kubernetes takes it for canonical, else an empty text."""
    digits = (whole.lstrip("0") or "0") + part
    if style == "binary":
        precision = 15 - len(whole.lstrip("0") or "0") - int(_BINARY[suffix] * 3) - 1
        return text if not part and precision >= 0 and int(digits) & 7 else ""
    exponent = _DECIMAL[suffix] if style == "decimal" else int(suffix[1:])
    scale = exponent - len(part)
    fits = len(digits) <= 18 and scale >= -9
    return text if fits and scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0" else ""


def _canonical(amount: Fraction, style: str) -> str:
    if amount == 0:
        return "0"
    if style == "binary" and abs(amount) >= 1024 and amount.denominator == 1:
        power, number = 0, int(amount)
        while number % 1024 == 0 and power < 6:
            power, number = power + 1, number // 1024
        return f"{number}{dict(zip(_BINARY.values(), _BINARY, strict=True)).get(power, '')}"
    exponent = -9
    number = int(amount / _NANO)
    while number % 1000 == 0 and (style == "exponent" or exponent < 18):
        exponent, number = exponent + 3, number // 1000
    if style == "exponent":
        return f"{number}e{exponent}" if exponent else str(number)
    return f"{number}{dict(zip(_DECIMAL.values(), _DECIMAL, strict=True))[exponent]}"
