"""What pages show, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.site.page import PageRequest, parse_day, parse_zone, span_of
from functions.site.presentation import calendar, formats, lines, pitch
from functions.site.presentation.matches import Listed
from functions.site.presentation.tables import Column, sort_rows
from functions.site.presentation.text import clean
from functions.site.visitor import local_path


@pytest.mark.parametrize(
    ("share", "english", "russian"),
    [(0.0, "0%", "0\u202f%"), (0.004, "<1%", "<1\u202f%"), (0.545, "55%", "55\u202f%"), (0.996, ">99%", ">99\u202f%"),
     (1.0, "100%", "100\u202f%"), (None, "–", "–")],
)  # fmt: skip
def test_a_chance_that_is_neither_nought_nor_certain_is_never_shown_as_such(
    share: float | None, english: str, russian: str
) -> None:
    assert formats.Formats("en").percent(share) == english
    assert formats.Formats("ru").percent(share) == russian


def test_numbers_have_a_true_minus_and_no_minus_nought() -> None:
    words = formats.Formats("en")
    assert [words.number(-1234.5, 1), words.number(-0.01, 1), words.signed(2), words.signed(-2), words.signed(0)] == [
        "\u22121\u202f234.5", "0.0", "+2", "\u22122", "0",
    ]  # fmt: skip
    assert formats.Formats("ru").number(1234.5, 1) == "1\u202f234,5"


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [("2026-10-25", "Europe/London", 25), ("2026-03-29", "Europe/London", 23), ("2026-11-30", "Asia/Kathmandu", 24)],
)
def test_a_local_day_has_23_to_25_hours(day: str, zone: str, hours: int) -> None:
    since, until = span_of(date.fromisoformat(day), ZoneInfo(zone))
    assert (until - since).total_seconds() == hours * 3600


def test_what_is_no_day_or_no_zone_is_taken_for_none() -> None:
    assert [parse_day(text) for text in ("2026-02-30", "20260101", "", "2026-1-1")] == [None] * 4
    assert [parse_zone(text).key for text in ("Nowhere/None", "../etc/passwd", "", "Europe/London")] == [
        "UTC", "UTC", "UTC", "Europe/London",
    ]  # fmt: skip


def test_rows_without_a_value_stand_last_in_both_directions() -> None:
    rows: list[dict[str, Any]] = [{"a": 2}, {"a": None}, {"a": 3}]
    columns = [Column(key="a", title="A")]

    def sort(order: str) -> list[int | None]:
        request = PageRequest(path="/", query={"sort": order}, now=datetime(2026, 1, 1, tzinfo=UTC))
        return [row["a"] for row in sort_rows(rows, columns, request, "a")[0]]

    assert (sort("a"), sort("-a"), sort("nothing")) == ([2, 3, None], [3, 2, None], [2, 3, None])


def test_players_stand_in_their_own_half_in_the_lines_of_the_formation() -> None:
    squad = [{"position": "G"}] + [{"position": "M"}] * 10
    home = pitch.place_players(squad, "4-3-3", is_home=True)
    away = pitch.place_players(squad, "4-3-3", is_home=False)
    assert len({mark.x for mark in home}) == 4
    assert all(mark.x < 52.5 for mark in home)
    assert all(mark.x > 52.5 for mark in away)
    assert pitch.rows_of_formation("nonsense", 10) == [1, 4, 4, 2]


def test_a_penalty_lies_eleven_metres_from_the_line_shot_at() -> None:
    shot = {"x": 11.5, "y": 50.0, "is_home": True, "xg": 0.79, "outcome": "goal", "minute": 3}
    (home,), (away,) = pitch.place_shots([shot]), pitch.place_shots([{**shot, "is_home": False}])
    assert (home.x, home.y, away.x, away.y) == (94.0, 34.0, 11.0, 34.0)


def test_a_race_ends_at_the_sums_of_both_sides() -> None:
    shots: list[dict[str, Any]] = [
        {"minute": 10, "added_minute": None, "is_home": True, "xg": 0.4, "outcome": "goal"},
        {"minute": 45, "added_minute": 2, "is_home": False, "xg": None, "outcome": "miss"},
    ]
    race = pitch.race(shots)
    assert (race.home_total, race.away_total, race.minutes) == (0.4, 0.0, 90)
    assert race.home.endswith("300,76.4")
    assert [mark.x for mark in race.goals] == [33.3]


def test_lines_share_a_scale() -> None:
    both = lines.two_lines([3, 3, 6], [1.5, 3.0, 4.0])
    assert both.first == "0.0,120.0 100.0,60.0 200.0,60.0 300.0,0.0"
    assert [value for _y, value in both.marks] == [2, 4, 6]


@given(st.text(max_size=60))
def test_no_name_hides_turns_or_breaks_what_stands_beside_it(name: str) -> None:
    text = clean(name)
    assert not set(text) & {"\u202e", "\u2066", "\u2069", "\x00", "\x1b", "\ufeff"}
    assert clean(text) == text


@given(st.text(max_size=80))
def test_a_signpost_stays_on_this_site(target: str) -> None:
    path = local_path(target)
    assert path.startswith("/")
    assert not path.startswith("//")
    assert "\\" not in path
    assert "\n" not in path


@given(st.text(min_size=1, max_size=120))
def test_a_line_of_a_calendar_has_75_octets_at_most_and_nothing_begins_another(name: str) -> None:
    match = {
        "match_id": 1, "starts_at": "2026-11-30T15:00:00Z", "fetched_at": "2026-11-30T12:00:00Z",
        "home": {"id": 1, "name": name}, "away": {"id": 2, "name": "B"}, "score": {"home": None, "away": None},
    }  # fmt: skip
    text = calendar.to_ics(name, [Listed(match=match, kind="coming", forecast=None)], origin="https://x.example")
    lines_ = text.split("\r\n")
    assert max(len(line.encode()) for line in lines_) <= 75
    assert [line for line in lines_ if line.startswith("BEGIN:")] == ["BEGIN:VCALENDAR", "BEGIN:VEVENT"]
    assert "\n" not in text.replace("\r\n", "")
