"""Ids in paths: ASCII digits, one spelling each, none that no column could hold."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import NotFound

from shared.web import route_converters
from shared.web.route_converters import MAX_ID


def matched(part: str) -> int:
    app = Flask("ids")
    route_converters.install(app.url_map)
    app.add_url_rule("/things/<int:thing_id>", "thing", lambda thing_id: "")
    _, values = app.url_map.bind("").match(f"/things/{part}")
    return int(values["thing_id"])


@given(st.integers(0, MAX_ID) | st.sampled_from([0, 1, 9, 10, 10**18 - 1, 10**18, MAX_ID - 1, MAX_ID]))
def test_every_id_has_its_path(number: int) -> None:
    assert matched(str(number)) == number


@given(st.integers(MAX_ID + 1, 10**20) | st.sampled_from([MAX_ID + 1, 2**63 + 10, 10**19, 2**64]))
def test_an_id_that_no_column_holds_leads_nowhere(number: int) -> None:
    with pytest.raises(NotFound):
        matched(str(number))


@pytest.mark.parametrize(
    "part", ["٣", "1٣", "１", "²", "-1", "+1", "007", "00", "1_0", "1.0", "1e3", "0x1", " 1", "1 ", ""]
)
def test_another_spelling_of_an_id_leads_nowhere(part: str) -> None:
    with pytest.raises(NotFound):
        matched(part)
