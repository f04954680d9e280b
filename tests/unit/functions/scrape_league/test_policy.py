"""Decisions of the collector, with expected values worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import KnownMatch, SliceState
from functions.scrape_league.source.endpoints import Slice
from shared.domain.collection import circuit
from shared.domain.football.records import SeasonRecord

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLAYED = KnownMatch(
    match_id=1,
    league_id=17,
    season_id=5,
    round_ref="round/1",
    home_id=10,
    away_id=11,
    starts_at=NOW - timedelta(days=10),
    status_code=100,
    finished=True,
    has_xg=True,
    has_player_statistics=True,
    version=7,
)
COMING = replace(PLAYED, match_id=2, status_code=0, finished=False, starts_at=NOW + timedelta(days=3))


def season(season_id: int, year: str) -> SeasonRecord:
    return SeasonRecord(
        source="sofascore",
        version=1,
        league_id=17,
        season_id=season_id,
        name=year,
        year=year,
        starts_in=int(year[:4]),
    )


SEASONS = [season(900, "2023/24"), season(300, "2025/26"), season(800, "2024/25")]


@pytest.mark.parametrize(
    ("selectors", "chosen", "unknown"),
    [
        (["current"], [300], []),
        (["previous"], [800], []),
        (["previous", "current"], [800, 300], []),
        (["2024/25", "previous"], [800], []),
        (["2023/24", "1950/51"], [900], ["1950/51"]),
    ],
)
def test_seasons_are_chosen_by_year_never_by_id(selectors: list[str], chosen: list[int], unknown: list[str]) -> None:
    selected, missing = policy.choose_seasons(SEASONS, selectors)
    assert [entry.season_id for entry in selected] == chosen
    assert missing == unknown


def test_a_selector_without_a_season_is_returned() -> None:
    assert policy.choose_seasons(SEASONS[:1], ["current", "previous"])[1] == ["previous"]


@pytest.mark.parametrize("text", ["current", "previous", "2024/25", "2025"])
def test_season_selectors(text: str) -> None:
    assert policy.is_season_selector(text)


@pytest.mark.parametrize("text", ["", "24/25", "Current", "2024-25", "2024/2025", "2024/25\n", "next"])
def test_other_texts_are_no_season_selectors(text: str) -> None:
    assert not policy.is_season_selector(text)


def test_a_list_that_was_never_read_is_due() -> None:
    assert policy.is_round_due([], None, NOW, is_manual=False)


def test_a_round_whose_matches_are_final_and_old_is_never_due_again() -> None:
    assert not policy.is_round_due([PLAYED], NOW - timedelta(days=300), NOW, is_manual=True)


def test_a_postponed_match_with_a_successor_does_not_make_its_round_due() -> None:
    postponed = replace(PLAYED, match_id=3, status_code=60, finished=False)
    assert not policy.is_round_due([postponed, PLAYED], NOW - timedelta(days=300), NOW, is_manual=True)


def test_a_postponed_match_without_a_successor_makes_its_round_due_daily() -> None:
    postponed = replace(PLAYED, status_code=60, finished=False)
    assert not policy.is_round_due([postponed], NOW - timedelta(hours=23), NOW, is_manual=False)
    assert policy.is_round_due([postponed], NOW - timedelta(hours=24), NOW, is_manual=False)


def test_a_match_that_should_have_ended_makes_its_round_due_every_minute() -> None:
    live = replace(PLAYED, status_code=7, finished=False, starts_at=NOW - timedelta(hours=2))
    assert policy.is_round_due([live], NOW - timedelta(minutes=1), NOW, is_manual=False)
    assert not policy.is_round_due([live], NOW - timedelta(seconds=59), NOW, is_manual=False)


def test_a_correctable_match_makes_its_round_due_every_six_hours_for_three_days() -> None:
    fresh = replace(PLAYED, starts_at=NOW - timedelta(hours=71))
    assert policy.is_round_due([fresh], NOW - timedelta(hours=6), NOW, is_manual=False)
    assert not policy.is_round_due([fresh], NOW - timedelta(hours=5), NOW, is_manual=False)
    assert policy.is_round_due([fresh], NOW - timedelta(seconds=1), NOW, is_manual=True)
    assert not policy.is_round_due([replace(fresh, starts_at=NOW - timedelta(hours=72))], NOW, NOW, is_manual=True)


def test_a_cancelled_match_does_not_make_its_round_due() -> None:
    assert not policy.is_round_due([replace(PLAYED, status_code=70, finished=False)], NOW, NOW, is_manual=True)


def test_coming_matches_make_their_round_due_daily_because_kick_off_times_move() -> None:
    assert policy.is_round_due([COMING], NOW - timedelta(hours=24), NOW, is_manual=False)
    assert not policy.is_round_due([COMING], NOW - timedelta(hours=23), NOW, is_manual=False)


def state(
    part: Slice,
    outcome: str = "present",
    *,
    version: int = 7,
    confirmations: int = 0,
    age: timedelta = timedelta(hours=2),
) -> SliceState:
    return SliceState(
        match_id=1,
        slice=part,
        outcome=outcome,
        confirmations=confirmations,
        attempts=1,
        version=version,
        read_at=NOW - age,
        asked_at=NOW - age,
    )


def known(**changed: SliceState) -> dict[str, SliceState]:
    return {part.value: state(part) for part in Slice} | changed


def test_a_complete_match_needs_no_slice() -> None:
    assert policy.slices_to_fetch(PLAYED, known(), NOW) == []


def test_a_new_match_needs_every_slice_its_page_first() -> None:
    assert policy.slices_to_fetch(PLAYED, {}, NOW) == list(Slice)


def test_a_missing_slice_is_fetched_with_the_page_that_gives_its_version() -> None:
    expected = policy.slices_to_fetch(PLAYED, known(lineups=state(Slice.LINEUPS, "failed")), NOW)
    assert expected == [Slice.DETAIL, Slice.LINEUPS]


@pytest.mark.parametrize(
    ("confirmations", "age", "expected"),
    [
        (1, policy.CONFIRM_AFTER, True),
        (1, policy.CONFIRM_AFTER - timedelta(seconds=1), False),
        (2, timedelta(days=9), False),
    ],
)
def test_an_absent_slice_is_requested_once_more_and_not_too_early(
    confirmations: int, age: timedelta, expected: bool
) -> None:
    once = known(lineups=state(Slice.LINEUPS, "absent", confirmations=confirmations, age=age))
    assert (Slice.LINEUPS in policy.slices_to_fetch(PLAYED, once, NOW)) is expected


def test_a_newer_version_needs_every_slice_again() -> None:
    assert policy.slices_to_fetch(replace(PLAYED, version=8), known(), NOW) == list(Slice)


def test_shots_are_not_requested_for_matches_without_xg() -> None:
    assert Slice.SHOTMAP not in policy.slices_to_fetch(replace(PLAYED, has_xg=False), {}, NOW)


def test_a_refresh_fetches_complete_slices_too() -> None:
    assert policy.slices_to_fetch(PLAYED, known(), NOW, refresh=True) == list(Slice)


def test_only_404s_of_the_same_version_and_far_enough_apart_confirm_an_absence() -> None:
    long_ago, just_now = NOW - timedelta(hours=2), NOW - timedelta(minutes=59)
    absent = state(Slice.LINEUPS, "absent", confirmations=1)
    assert policy.count_confirmations(PLAYED, None, NOW) == (1, NOW)
    assert policy.count_confirmations(PLAYED, absent, NOW) == (2, long_ago)
    assert policy.count_confirmations(PLAYED, replace(absent, read_at=just_now), NOW) == (1, just_now)
    assert policy.count_confirmations(PLAYED, replace(absent, outcome="failed"), NOW) == (1, NOW)
    assert policy.count_confirmations(replace(PLAYED, version=8), absent, NOW) == (1, NOW)


@pytest.mark.parametrize(
    ("played", "age", "correctable"),
    [
        (timedelta(hours=71), timedelta(hours=6), True),
        (timedelta(hours=71), timedelta(hours=5), False),
        (timedelta(hours=72), timedelta(hours=9), False),
    ],
)
def test_a_complete_match_is_checked_again_within_the_correction_window(
    played: timedelta, age: timedelta, correctable: bool
) -> None:
    match = replace(PLAYED, starts_at=NOW - played)
    assert policy.is_correctable(match, known(detail=state(Slice.DETAIL, age=age)), NOW) is correctable


@pytest.mark.parametrize("rate", [0.2, 0.5, 1, 2, 5, 50, 300])
def test_a_chunk_takes_at_most_half_a_minute_at_the_permitted_rate(rate: float) -> None:
    sizes = policy.sizes(rate)
    assert sizes.matches_per_chunk >= 1
    assert sizes.matches_per_chunk * len(Slice) / rate <= 30
    assert sizes.burst <= max(1, rate)


@pytest.mark.parametrize(
    ("n_pending", "rate", "workers"), [(0, 0, 0), (1, 0, 1), (24, 0, 1), (25, 0, 2), (3000, 0, 8), (3000, 1, 1)]
)
def test_parallelism_follows_the_size_of_the_job_unless_the_rate_limit_is_low(
    n_pending: int, rate: float, workers: int
) -> None:
    assert policy.parallelism(n_pending, rate) == workers


def test_waits_double_from_five_seconds_to_a_minute() -> None:
    assert [circuit.back_off_s(n) for n in range(1, 7)] == [5, 10, 20, 40, 60, 60]
