"""E-mail addresses and phone numbers."""

from __future__ import annotations

import pytest

from shared.domain.accounts import contacts
from shared.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "shown", "folded"),
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
def test_spellings_of_an_e_mail_address_are_one(text: str, shown: str, folded: str) -> None:
    found = contacts.parse_email(text)
    assert (found.kind, found.shown, found.folded) == (contacts.Kind.EMAIL, shown, folded)


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


@pytest.mark.parametrize("text", ["+442079460018", "+44 20 7946 0018", "+44 (20) 7946-0018", "+44.20.7946.0018"])
def test_spellings_of_a_phone_number_are_one(text: str) -> None:
    assert contacts.parse_phone(text).folded == "+442079460018"


@pytest.mark.parametrize(
    "text", ["", "112", "020 7946 0018", "+0 20 7946 0018", "+44", "+" + "4" * 16, "+44abc20794600"]
)
def test_a_phone_number_without_its_country_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="international"):
        contacts.parse_phone(text)


def test_digits_of_other_scripts_are_no_phone_number() -> None:
    with pytest.raises(InvalidInput):
        contacts.parse_phone("+٤٤٢٠٧٩٤٦٠٠١٨")
