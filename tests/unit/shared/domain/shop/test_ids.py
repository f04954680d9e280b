"""Ids from content, and the currencies that are paid with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.shop.currencies import CURRENCIES, currency
from shared.domain.shop.ids import make_uuid7
from shared.errors import InvalidInput

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.text(), st.text())
def test_an_id_is_a_uuid7_of_its_moment_and_repeats(moment: datetime, first: str, second: str) -> None:
    made = UUID(make_uuid7(moment, first, second))
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert made.int >> 80 == milliseconds
    assert str(made) == make_uuid7(moment, first, second)


def test_other_parts_and_other_moments_are_other_ids() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    ids = [
        make_uuid7(moment, "a", "b"),
        make_uuid7(moment, "ab", ""),
        make_uuid7(moment, "ab"),
        make_uuid7(moment + timedelta(milliseconds=1), "a", "b"),
    ]
    assert len(set(ids)) == 4
    assert max(ids) == ids[-1], "later ids are larger"


def test_currencies_have_their_scales() -> None:
    assert [currency(code).scale for code in ("JPY", "EUR", "KWD")] == [0, 2, 3]
    for code in ("eur", "XXX", "COIN", ""):
        with pytest.raises(InvalidInput):
            currency(code)
    assert all(code == each.code and len(code) == 3 for code, each in CURRENCIES.items())
