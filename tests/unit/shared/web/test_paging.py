"""Cursors: they come back whole, and a foreign one is the caller's fault."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.errors import InvalidInput
from shared.web import paging


@given(st.text(), st.integers())
def test_position_comes_back(text: str, number: int) -> None:
    cursor = paging.encode((text, number))
    assert cursor is not None
    assert paging.decode(cursor, str, int) == (text, number)


def test_no_position_is_no_cursor() -> None:
    assert paging.encode(None) is None
    assert paging.decode("", str, int) is None


@given(st.text(min_size=1))
def test_text_that_no_page_gave_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as fault:
        paging.decode(f"{text}!", str, int)
    assert "cursor" in fault.value.errors


@pytest.mark.parametrize("position", [(1, 2), ("a",), ("a", True), ("a", 1, 2)])
def test_cursor_of_another_collection_is_refused(position: tuple[object, ...]) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        paging.decode(paging.encode(position) or "", str, int)


@given(st.datetimes(timezones=st.just(UTC)), st.integers())
def test_moment_comes_back(moment: datetime, number: int) -> None:
    assert paging.decode_time_and_id(paging.encode((moment, number)) or "") == (moment, number)


@pytest.mark.parametrize("position", [("soon", 1), ("2025-08-16", 1), ("2025-08-16T14:00:00", 1), (1, 1)])
def test_moment_without_its_zone_is_refused(position: tuple[object, ...]) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        paging.decode_time_and_id(paging.encode(position) or "")


@given(st.text(), st.integers(), st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_changed_cursor_is_refused(text: str, number: int, place: int, other: str) -> None:
    cursor = paging.encode((text, number)) or ""
    place %= len(cursor)
    assume(cursor[place] != other)
    with pytest.raises(InvalidInput, match="cursor"):
        paging.decode(cursor[:place] + other + cursor[place + 1 :], str, int)


def test_a_cursor_continues_no_other_question() -> None:
    question = {"league": "england", "season": "2025/26"}
    cursor = paging.encode((1,), query=question) or ""
    assert paging.decode(cursor, int, query=dict(reversed(question.items()))) == (1,)
    for other in (None, {**question, "season": "2024/25"}):
        with pytest.raises(InvalidInput, match="cursor"):
            paging.decode(cursor, int, query=other)
