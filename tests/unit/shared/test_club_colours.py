"""Two colours of each club can be told apart, and every club has two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.catalogue import club_colours
from shared.domain.catalogue.club_colours import ClubColours, colours_of, contrast


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == 21.0
    assert contrast("#777777", "#777777") == 1.0


def test_listed_colours_look_like_two() -> None:
    listed = club_colours._read_list()
    assert len(listed) > 100
    too_near = {name for name, each in listed.items() if contrast(each.first, each.second) < 1.5}
    assert too_near == set()


def test_a_listed_club_is_known_by_every_name_of_its_row() -> None:
    assert colours_of(1, "Wolves") == colours_of(2, "WOLVERHAMPTON WANDERERS") == ClubColours("#fdb913", "#231f20")


@given(st.integers(1, 2**53), st.text(max_size=30))
def test_any_other_club_has_two_that_can_be_told_apart(team_id: int, name: str) -> None:
    colours = colours_of(team_id, f"unlisted {name}")
    assert contrast(colours.first, colours.second) >= club_colours.LEAST_CONTRAST
    assert colours == colours_of(team_id, "another name")
