"""E-mail addresses and phone numbers."""

from __future__ import annotations

import pytest

from shared.domain.accounts import contacts
from shared.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "display", "folded"),
    [
        ("Ada@Example.COM", "Ada@example.com", "ada@example.com"),
        ("ada+news@mail.de", "ada+news@mail.de", "ada+news@mail.de"),
        ("a.da@mail.de", "a.da@mail.de", "a.da@mail.de"),
        ("ada@bücher.de", "ada@bücher.de", "ada@bücher.de"),
        ("ada@xn--bcher-kva.de", "ada@bücher.de", "ada@bücher.de"),
        ("ada@ｍail.de", "ada@mail.de", "ada@mail.de"),
        ("jose\u0301@mail.de", "josé@mail.de", "josé@mail.de"),
    ],
)
def test_spellings_of_an_e_mail_address_are_one(text: str, display: str, folded: str) -> None:
    address = contacts.parse_email(text)
    assert (address.kind, address.shown, address.folded) == (contacts.Kind.EMAIL, display, folded)


@pytest.mark.parametrize(
    "text",
    ["", "ada", "@mail.de", "ada@", "ada@mail", "a b@mail.de", "ada@mail.de\n", "ada@mail.de\0", "ada@-mail.de",
     "ada@[127.0.0.1]", "ada@localhost", '"ada"@mail.de', "a" * 65 + "@mail.de", "ada@" + "a" * 250 + ".de",
     "ada@mail.de, eve@mail.de", "Ada <ada@mail.de>", "ada\r\nBcc:eve@mail.de", "\ud800@mail.de", "ada@mail.de " * 9],
)  # fmt: skip
def test_what_is_no_e_mail_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        contacts.parse_email(text)
    assert caught.value.errors == {"email": "is not an e-mail address"}


@pytest.mark.parametrize(
    "text",
    [
        "+442079460018",
        "+44 20 7946 0018",
        "+44 (20) 7946-0018",
        "+44.20.7946.0018",
        "+44 (0)20 7946 0018",
        "+44/20/7946/0018",
    ],
)
def test_spellings_of_a_phone_number_are_one(text: str) -> None:
    assert contacts.parse_phone(text).folded == "+442079460018"


@pytest.mark.parametrize(
    "text", ["", "112", "020 7946 0018", "+0 20 7946 0018", "+44", "+" + "4" * 16, "+44abc20794600"]
)
def test_a_phone_number_without_its_country_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="international"):
        contacts.parse_phone(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("+49 (0)30 901820", "+4930901820"), ("+33 (0)1 23 45 67 89", "+33123456789"),
        ("+39 06 1234 5678", "+390612345678"), ("+61 (0)412 345 678", "+61412345678"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("+44 7700 900123", "+447700900123"), ("+420 601 123 456", "+420601123456"),
    ],
)  # fmt: skip
def test_a_trunk_prefix_is_dropped_where_its_country_has_one(text: str, plain: str) -> None:
    assert contacts.parse_phone(text).shown == plain


@pytest.mark.parametrize(
    "text",
    [
        "+44 909 879 0000", "+1 900 555 0123", "+49 900 1234567", "+33 899 12 34 56", "+44 70 1234 5678",
        "+8816 1234 5678", "+870 773 123 456", "+882 16 1234 567", "+883 5100 12345", "+979 1 2345 6789",
        "+800 1234 5678",        "+888 123 456 789 00",
    ],
)  # fmt: skip
def test_numbers_that_cost_more_get_no_codes(text: str) -> None:
    with pytest.raises(InvalidInput, match="phone"):
        contacts.parse_phone(text)


@pytest.mark.parametrize(
    "text", ["+44 20 7946 0018 ext 5", "tel:+442079460018", "+1-800-FLOWERS", "+44 20 7946 0018;1", "+442079460018#9"]
)
def test_a_phone_number_is_digits_alone(text: str) -> None:
    with pytest.raises(InvalidInput, match="international"):
        contacts.parse_phone(text)


def test_digits_of_other_scripts_are_no_phone_number() -> None:
    with pytest.raises(InvalidInput):
        contacts.parse_phone("+٤٤٢٠٧٩٤٦٠٠١٨")
