"""Names fold to what people type."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.search import text


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Thomas Müller", "thomas muller"), ("Martin Ødegaard", "martin odegaard"), ("N'Golo Kanté", "ngolo kante"),
        ("Danilo D’Ambrosio", "danilo dambrosio"), ("AS Saint-Étienne", "as saint etienne"),
        ("1. FC Köln", "1 fc koln"), ("Hakan Çalhanoğlu", "hakan calhanoglu"), ("Łukasz Fabiański", "lukasz fabianski"),
        ("İlkay IŞIK", "ilkay isik"), ("Ağrı", "agri"),
        ("Großkreutz", "grosskreutz"), ("Luka Đorđević", "luka dordevic"),
        ("Артём Дзюба", "artem dzyuba"), ("Зенит", "zenit"), ("Сергей Игнашевич", "sergey ignashevich"),
        ("Андрій Ярмоленко", "andriy yarmolenko"), ("Ћирић", "ciric"), ("Ολυμπιακός", "olympiakos"),
        ("T. Müller", "t muller"), ("ＦＣ　Ｔｏｋｙｏ", "fc tokyo"), ("서울", "서울"), ("", ""), ("¿?", ""),
    ],
)  # fmt: skip
def test_a_name_is_folded(name: str, folded: str) -> None:
    assert text.fold(name) == folded


@given(st.text(max_size=20))
@example("\N{MATHEMATICAL BOLD ITALIC CAPITAL ALPHA}")
def test_folding_twice_is_folding_once(name: str) -> None:
    assert text.fold(text.fold(name)) == text.fold(name)


@given(st.text(max_size=20))
def test_case_does_not_matter(name: str) -> None:
    assert text.fold(name.casefold()) == text.fold(name)
