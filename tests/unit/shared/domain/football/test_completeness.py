"""What is missing is said, and nothing missing is called complete."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.domain.football.completeness import Gap, Season, SeasonCount, SliceCount, build_report

WHOLE = SeasonCount(
    league_id=203,
    season_id=5,
    first_at=datetime(2025, 7, 18, tzinfo=UTC),
    last_at=datetime(2026, 5, 17, tzinfo=UTC),
    teams=16,
    fixtures=240,
    meetings=1,
    finished=240,
    complete=240,
    overdue=0,
    lists_expected=30,
    lists_read=30,
    quarantined=0,
)
LINEUPS = SliceCount(
    league_id=203, season_id=5, slice="lineups", expected=240, present=238, absent=2, denied=0, failed=0, quarantined=0
)


def gap(ref: str, state: str, reason: str = "", *, league_id: int = 203, season_id: int = 5) -> Gap:
    return Gap(league_id=league_id, season_id=season_id, ref=ref, state=state, reason=reason)


def test_a_season_of_which_everything_was_read_is_complete() -> None:
    season = Season(counts=WHOLE, slices=[LINEUPS])
    assert (season.state, season.why) == ("complete", ())
    assert WHOLE.label == "2025/26"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"fixtures": 232}, "8 of 240 fixtures not known"),
        ({"lists_read": 28}, "2 of 30 lists not read"),
        ({"overdue": 3}, "3 matches should have ended and were not read since"),
        ({"quarantined": 1}, "1 held in quarantine"),
    ],
)
def test_what_is_missing_is_said(changed: dict[str, int], why: str) -> None:
    assert Season(counts=replace(WHOLE, **changed)).why == (why,)  # type: ignore[arg-type]


def test_a_part_is_complete_when_each_is_present_or_definitively_absent() -> None:
    part = replace(LINEUPS, present=230, failed=3, denied=1, quarantined=2)
    assert part.missing == 2
    season = Season(counts=WHOLE, slices=[part])
    assert season.why == ("lineups: 2 missing, 3 failed, 1 denied, 2 quarantined",)


def test_a_list_that_was_not_read_is_named_once() -> None:
    season = Season(counts=replace(WHOLE, lists_read=29), gaps=[gap("round/7", "absent", "status 404")])
    assert season.why == ("round/7 absent: status 404",)


def test_where_pairs_meet_more_than_twice_no_number_of_fixtures_is_expected() -> None:
    split = replace(WHOLE, meetings=2, fixtures=132)
    assert split.fixtures_expected is None
    assert Season(counts=split).state == "complete"


def test_reports_are_of_a_season_each_and_of_leagues_of_which_nothing_is_known() -> None:
    older = replace(WHOLE, season_id=4, first_at=datetime(2024, 7, 18, tzinfo=UTC), lists_read=29)
    gaps = [gap("round/7", "failed", season_id=4), gap("seasons", "failed", "status 500", league_id=17, season_id=0)]
    reports = build_report([older, WHOLE], [LINEUPS], gaps)
    assert [(one.counts.league_id, one.counts.season_id, one.state) for one in reports] == [
        (203, 5, "complete"),
        (203, 4, "incomplete"),
        (17, 0, "incomplete"),
    ]
    assert reports[2].why == ("seasons failed: status 500",)
    assert reports[2].counts.label == ""


def test_a_calendar_year_is_its_label() -> None:
    spring = datetime(2026, 2, 1, tzinfo=UTC)
    assert replace(WHOLE, first_at=spring, last_at=datetime(2026, 11, 1, tzinfo=UTC)).label == "2026"
