"""Names: what one may look like, and which two are taken for the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.accounts import usernames
from shared.errors import InvalidInput


@given(st.text(max_size=70))
def test_a_name_is_accepted_in_a_form_that_stays(text: str) -> None:
    try:
        normalized = usernames.normalize_username(text)
    except InvalidInput:
        return
    assert usernames.normalize_username(normalized) == normalized
    assert usernames.fold(normalized) == usernames.fold(usernames.fold(normalized))
    assert not [c for c in normalized if unicodedata.category(c)[0] in "CZ"]
    assert "\0" not in normalized
    normalized.encode()


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=3, max_size=20))
def test_case_never_makes_another_name(name: str) -> None:
    assert usernames.fold(name) == usernames.fold(name.casefold())
    assert usernames.fold(unicodedata.normalize("NFD", name)) == usernames.fold(unicodedata.normalize("NFC", name))
    assert usernames.make_skeleton(name) == usernames.make_skeleton(name.casefold())


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=3, max_size=20))
def test_what_a_name_reads_as_reads_as_itself(name: str) -> None:
    assert usernames.make_skeleton(usernames.make_skeleton(name)) == usernames.make_skeleton(name)


@given(st.from_regex(r"[a-z0-9._-]{3,20}", fullmatch=True))
def test_plain_names_read_as_they_are(name: str) -> None:
    assert usernames.make_skeleton(name) == name


@pytest.mark.parametrize(
    ("name", "reads_as"),
    [
        ("сосо", "coco"),  # Cyrillic
        ("ѕсоре", "scope"),
        ("СОСО", "coco"),
        ("οοο", "ooo"),  # Greek
        ("օօօ", "ooo"),  # Armenian
        ("ꓑꓮꓬꓑꓮꓡ", "paypal"),  # Lisu, which has capitals only
        ("ё-ё", "e\u0308-e\u0308"),
        ("ë-ë", "e\u0308-e\u0308"),
        ("ｐａｙｐａｌ", "paypal"),
        ("аррӏе", "apple"),  # with U+04CF, which is an "l" in every face
        ("раураӏ", "paypal"),
        ("НОМЕ", "home"),
        ("ΡΑΥΡΑΙ", "paypal"),
        ("fıona", "fiona"),
        ("İan", "ian"),
        ("𝖕𝖆𝖞𝖕𝖆𝖑", "paypal"),
    ],
)
def test_a_name_in_another_script_counts_as_what_it_reads_as(name: str, reads_as: str) -> None:
    assert usernames.validate_new(name).skeleton == reads_as


@pytest.mark.parametrize("name", ["аррӏе", "раураӏ", "НОМЕ"])
def test_each_reading_of_a_name_is_kept_from_it(name: str) -> None:
    username = usernames.validate_new(name)
    assert {username.skeleton} < username.readings


@pytest.mark.parametrize(
    "name",
    [
        "fi\u0307ona", "j\u0307ohn", "ada\u0301\u0301", "a\u0301\u0323\u0301da", "a\u0301\u0300\u0302\u0303\u0304da",
        "e\u0328\u0328da", "x\u0337\u0337yz", "ада\u0488\u0488", "a" + "\u0300\u0301" * 30,
    ],
)  # fmt: skip
def test_marks_that_cannot_be_seen_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"mark|letters"):
        usernames.validate_new(name)


@pytest.mark.parametrize("name", ["Ếva", "ᾄδω", "Çağrı", "Żółć", "नमस्ते", "שָׁלוֹם", "İstanbul", "j\u030cohn"])
def test_marks_that_a_script_is_written_with_are_accepted(name: str) -> None:
    usernames.validate_new(name)


@pytest.mark.parametrize("name", ["देव1१", "देव१1"])
def test_digits_of_two_scripts_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="digits of one script"):
        usernames.validate_new(name)


@pytest.mark.parametrize(("one", "other"), [("tom", "torn"), ("user1", "userl"), ("o-o", "0-0"), ("vv.x", "w.x")])
def test_plain_names_that_look_alike_stay_two(one: str, other: str) -> None:
    assert usernames.validate_new(one).skeleton != usernames.validate_new(other).skeleton


@pytest.mark.parametrize("name", ["pаypal", "аda", "αda", "Ωmega", "adа9", "ada李я", "한글кот"])
def test_scripts_that_are_not_written_together_are_not_mixed(name: str) -> None:
    assert usernames.normalize_username(name) == name
    with pytest.raises(InvalidInput, match="one script"):
        usernames.validate_new(name)


@pytest.mark.parametrize(
    "name", ["Željko", "Ёлка", "李小龍", "ひらカタ漢", "ken太郎", "김철수", "José9", "o.neill-9", "אבג"]
)
def test_a_name_of_one_writing_system_is_accepted(name: str) -> None:
    assert usernames.validate_new(name).shown == name
