"""What becomes of events and how matches are judged, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.make_lines.core import (
    POSTPONE_GRACE,
    AwaitedEvent,
    MatchLine,
    OpenEvent,
    PlayedMatch,
    StoredMarket,
    Verdict,
    judge,
    plan_events,
    plan_prices,
)
from shared.domain.betting.markets import PricedMarket
from shared.domain.betting.settlement import MarketKind

KICK_OFF = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
AFTER = KICK_OFF + timedelta(hours=2)
EVENT = AwaitedEvent(
    event_id=1, match_id=7, starts_at=KICK_OFF, first_starts_at=KICK_OFF, home_id=70, away_id=71, status=""
)
MATCH = PlayedMatch(
    match_id=7, status_code=0, starts_at=KICK_OFF, home_id=70, away_id=71, home_goals=None, away_goals=None, version=1
)
ENDED = replace(MATCH, status_code=100, home_goals=2, away_goals=1)
LINE = MatchLine(
    match_id=7, league_id=17, league="england", round=1, starts_at=KICK_OFF, home_id=70, home="A", away_id=71, away="B",
    forecast_at=KICK_OFF - timedelta(days=1), markets=(),
)  # fmt: skip
STORED = OpenEvent(
    event_id=1, match_id=7, starts_at=KICK_OFF, first_starts_at=KICK_OFF, state="open", suspended_for="",
    forecast_at=LINE.forecast_at,
)  # fmt: skip


# --- judging


def test_the_score_after_90_minutes_is_the_result() -> None:
    assert judge(EVENT, ENDED, AFTER) == Verdict(status="final", home_goals=2, away_goals=1)


@pytest.mark.parametrize("code", [110, 120])
def test_a_shoot_out_does_not_decide_the_match(code: int) -> None:
    """1:1 after 90 minutes, decided later: football's public score is that of 90 minutes, and so is ours."""
    later = replace(ENDED, status_code=code, home_goals=1, away_goals=1)
    assert judge(EVENT, later, AFTER) == Verdict(status="final", home_goals=1, away_goals=1)


@pytest.mark.parametrize("code", [0, 6, 7, 31, 60, 80, 999])
def test_nothing_is_known_before_the_end(code: int) -> None:
    assert judge(EVENT, replace(MATCH, status_code=code, home_goals=1, away_goals=0), AFTER) is None


def test_a_match_that_ended_without_a_score_waits_for_it() -> None:
    assert judge(EVENT, replace(ENDED, home_goals=None), AFTER) is None


@pytest.mark.parametrize(
    ("code", "reason"), [(91, "WALKOVER"), (93, "WALKOVER"), (70, "CANCELLED_EVENT"), (94, "CANCELLED_EVENT")]
)
def test_a_match_that_is_not_played_is_void(code: int, reason: str) -> None:
    assert judge(EVENT, replace(MATCH, status_code=code), AFTER) == Verdict(status="void", void_reason=reason)


def test_an_abandoned_match_keeps_its_score_of_then() -> None:
    abandoned = replace(ENDED, status_code=90, home_goals=3, away_goals=0)
    assert judge(EVENT, abandoned, AFTER) == Verdict(status="abandoned", home_goals=3, away_goals=0)
    unknown = replace(abandoned, home_goals=None, away_goals=None)
    assert judge(EVENT, unknown, AFTER) == Verdict(status="void", void_reason="EVENT_ABANDONED")


def test_a_match_on_the_other_sides_ground_is_void() -> None:
    assert judge(EVENT, replace(ENDED, home_id=71, away_id=70), AFTER) == Verdict(
        status="void", void_reason="VENUE_SWITCHED"
    )


def test_postponed_a_match_is_void_when_its_grace_is_over_and_not_before() -> None:
    postponed, end = replace(MATCH, status_code=60), KICK_OFF + POSTPONE_GRACE
    assert judge(EVENT, postponed, end - timedelta(seconds=1)) is None
    assert judge(EVENT, postponed, end) == Verdict(status="void", void_reason="EVENT_POSTPONED")


def test_a_match_that_is_moved_beyond_its_grace_is_void_at_once() -> None:
    moved = replace(MATCH, starts_at=KICK_OFF + POSTPONE_GRACE + timedelta(minutes=1))
    assert judge(EVENT, moved, AFTER) == Verdict(status="void", void_reason="EVENT_POSTPONED")
    played = replace(ENDED, starts_at=KICK_OFF + POSTPONE_GRACE)
    assert judge(EVENT, played, KICK_OFF + POSTPONE_GRACE + timedelta(hours=2)) == Verdict(
        status="final", home_goals=2, away_goals=1
    )


@pytest.mark.parametrize("match", [None, MATCH, replace(MATCH, status_code=999)])
def test_without_a_result_an_event_is_void_in_the_end(match: PlayedMatch | None) -> None:
    assert judge(EVENT, match, AFTER) is None
    assert judge(EVENT, match, KICK_OFF + POSTPONE_GRACE) == Verdict(status="void", void_reason="NO_RESULT_ASSIGNABLE")


def test_a_source_that_takes_the_end_back_withdraws_the_result() -> None:
    settled = replace(EVENT, status="final")
    assert judge(settled, replace(MATCH, status_code=7), AFTER) == Verdict(status="withdrawn")
    assert judge(settled, None, AFTER) is None, "a source that knows nothing says nothing"


@given(
    st.sampled_from([0, 6, 31, 60, 70, 80, 90, 91, 93, 94, 100, 110, 120, 5]),
    st.integers(0, 100),
    st.booleans(),
    st.sampled_from(["", "final", "void", "abandoned", "withdrawn"]),
)
def test_no_event_stays_open_for_ever(code: int, hours_late: int, has_score: bool, status: str) -> None:
    """Two days after the first kick-off every event has a result, whatever the source says."""
    goals = 1 if has_score else None
    match = replace(
        MATCH, status_code=code, starts_at=KICK_OFF + timedelta(hours=hours_late), home_goals=goals, away_goals=goals
    )
    verdict = judge(replace(EVENT, status=status), match, KICK_OFF + POSTPONE_GRACE)
    assert verdict is not None or status in ("final", "abandoned", "void")


# --- events


def test_a_forecast_match_without_an_event_gets_one() -> None:
    assert list(plan_events([], [LINE]).new) == [LINE]


def test_a_known_match_is_confirmed() -> None:
    plan = plan_events([STORED], [LINE])
    assert plan.confirmed == {1: LINE}
    assert not any((plan.new, plan.moved, plan.replaced, plan.gone))


def test_a_match_within_its_grace_is_moved_and_a_later_one_replaced() -> None:
    soon = replace(LINE, starts_at=KICK_OFF + POSTPONE_GRACE)
    assert plan_events([STORED], [soon]).moved == {1: soon.starts_at}
    late = replace(LINE, starts_at=soon.starts_at + timedelta(minutes=1))
    plan = plan_events([STORED], [late])
    assert (plan.replaced, plan.confirmed) == ({1: late}, {})


def test_a_match_that_is_not_forecast_any_more_is_gone() -> None:
    assert list(plan_events([STORED], []).gone) == [1]
    assert not plan_events([replace(STORED, state="suspended", suspended_for="operator")], []).gone


@pytest.mark.parametrize("state", ["settled", "void"])
def test_what_is_over_stays_over(state: str) -> None:
    plan = plan_events([replace(STORED, state=state)], [LINE])
    assert not any((plan.new, plan.moved, plan.replaced, plan.gone, plan.confirmed))


def test_a_void_match_that_is_played_much_later_is_another_event() -> None:
    late = replace(LINE, starts_at=KICK_OFF + timedelta(days=10))
    assert plan_events([replace(STORED, state="void")], [late]).replaced == {1: late}


# --- prices

BOTH_SCORE = PricedMarket(MarketKind.BOTH_SCORE, None, (0.5, 0.5), (190, 190))
KEY = (1, "both_score", None)


def stored(*, odds: dict[str, int], is_open: bool = True) -> dict[tuple[int, str, int | None], StoredMarket]:
    market = StoredMarket(market_id=5, version=3, is_open=is_open, selections={"yes": 8, "no": 9}, odds_hundredths=odds)
    return {KEY: market}


def test_unchanged_prices_get_no_new_version() -> None:
    lines = {1: replace(LINE, markets=[BOTH_SCORE])}
    plan = plan_prices(stored(odds={"yes": 190, "no": 190}), lines)
    assert plan.changed_events == set()


@pytest.mark.parametrize("odds", [{"yes": 189, "no": 190}, {"yes": 190}, {}])
def test_changed_prices_are_a_new_version_of_the_whole_market(odds: dict[str, int]) -> None:
    plan = plan_prices(stored(odds=odds), {1: replace(LINE, markets=[BOTH_SCORE])})
    assert (plan.repriced, plan.new, plan.withdrawn) == ({KEY: BOTH_SCORE}, {}, [])


def test_a_market_comes_and_goes() -> None:
    line = {1: replace(LINE, markets=[BOTH_SCORE])}
    assert plan_prices({}, line).new == {KEY: BOTH_SCORE}
    same = {"yes": 190, "no": 190}
    assert plan_prices(stored(odds=same), {1: LINE}).withdrawn == [KEY]
    assert plan_prices(stored(odds=same, is_open=False), {1: LINE}).withdrawn == []
    assert plan_prices(stored(odds=same, is_open=False), line).repriced == {KEY: BOTH_SCORE}


def test_a_selection_without_a_price_is_not_quoted() -> None:
    certain = replace(BOTH_SCORE, odds_hundredths=(0, 2_000))
    plan = plan_prices(stored(odds={"no": 2_000}), {1: replace(LINE, markets=[certain])})
    assert plan.changed_events == set()
