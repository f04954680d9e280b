"""E-mail addresses and phone numbers: their valid forms, and which spellings are one address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.errors import InvalidInput

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_PHONE = re.compile(r"\s*\+[0-9\s()./-]+", re.ASCII)
_NO_COUNTRY = "001"
"""The region of satellite and other international networks in the data of `phonenumbers`."""


class Kind(StrEnum):
    """A way to reach a user."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of messages, and the form that is unique among proven addresses."""

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
        validated = validate_email(text, check_deliverability=False, strict=True)
    except (EmailNotValidError, UnicodeError) as exc:
        raise _fault(Kind.EMAIL, "is not an e-mail address") from exc
    return Address(kind=Kind.EMAIL, shown=validated.normalized, folded=validated.normalized.casefold())


def parse_phone(text: str) -> Address:
    """A phone number in international form (E.164), such as ``+44 (0)20 7946 0018``.

    Spaces, punctuation and a trunk prefix are dropped. Numbers whose messages cost more than usual are refused, so that
    nobody earns by having codes sent: premium, shared-cost and personal numbers, satellite and other networks without a
    country.

    Raises
    ------
    InvalidInput : it has no ``+`` and country code, no such number can exist there, or it is of a refused kind.
    """
    import phonenumbers
    from phonenumbers import ValidationResult

    if not _PHONE.fullmatch(text):
        raise _fault(Kind.PHONE, "must be international: +, country code and number")
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as exc:
        raise _fault(Kind.PHONE, "must be international: no country has this code") from exc
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise _fault(Kind.PHONE, "must be international: it is too short or too long for its country")
    if _costs_extra(number):
        raise _fault(Kind.PHONE, "is a premium, satellite or other number that no codes are sent to")
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Address(kind=Kind.PHONE, shown=plain, folded=plain)


def _costs_extra(number: PhoneNumber) -> bool:
    import phonenumbers
    from phonenumbers import PhoneNumberType as Type

    refused = {Type.PREMIUM_RATE, Type.SHARED_COST, Type.PERSONAL_NUMBER, Type.PAGER, Type.UAN, Type.VOICEMAIL}
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return region == _NO_COUNTRY or phonenumbers.number_type(number) in refused


def _fault(kind: Kind, rule: str) -> InvalidInput:
    return InvalidInput(f"{kind} {rule}", errors={kind.value: rule})
