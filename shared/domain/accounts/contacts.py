"""E-mail addresses and phone numbers: what one may look like, and when two spellings are one address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import InvalidInput

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PUNCTUATION = re.compile(r"[\s().-]")


class Kind(StrEnum):
    """How a user can be reached."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where messages go, and the form that is unique among proven addresses."""

    kind: Kind
    shown: str
    folded: str


def parse_email(text: str) -> Address:
    """An e-mail address: NFC, its domain in lower case and IDNA; at most 254 characters; no lookup is made.

    Two addresses are one when they differ in case only. A provider's own rules (dots, ``+tag``) are not guessed at:
    with another provider these are two people.

    Raises
    ------
    InvalidInput : says what is wrong with it, never the address.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text, check_deliverability=False, strict=True)
    except (EmailNotValidError, UnicodeError) as exc:
        raise _fault(Kind.EMAIL, "is not an e-mail address") from exc
    return Address(kind=Kind.EMAIL, shown=found.normalized, folded=found.normalized.casefold())


def parse_phone(text: str) -> Address:
    """A phone number in international form (E.164), such as ``+44 20 7946 0018``; spaces and punctuation are dropped.

    Raises
    ------
    InvalidInput : it has no ``+`` and country code, or too few or many digits.
    """
    plain = _PUNCTUATION.sub("", text)
    if not _E164.fullmatch(plain):
        raise _fault(Kind.PHONE, "must be international: +, country code and number, 7 to 15 digits")
    return Address(kind=Kind.PHONE, shown=plain, folded=plain)


def _fault(kind: Kind, rule: str) -> InvalidInput:
    return InvalidInput(f"{kind} {rule}", errors={kind.value: rule})
