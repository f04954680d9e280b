"""analyze on real engines: which events the models learn from, and refits under concurrent deliveries."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from functions.analyze import ports, refit
from functions.analyze.models.analysis import Analysis, Forecast, analyse
from functions.analyze.models.history import History
from functions.analyze.ports import Deps, FitResult, MatchStore
from functions.analyze.storage.analyses import PostgresAnalyses
from functions.analyze.storage.matches import ClickHouseMatches
from functions.analyze.storage.season_matches import ClickHouseSeasonStore
from functions.analyze.storage.views import PostgresViews
from shared.adapters.clickhouse.client import ClickHouse
from shared.adapters.postgres.database import Postgres
from shared.domain.football.records import Match, Record
from shared.errors import NotFound, Unavailable
from shared.events.envelope import make_content_id
from shared.events.football import LeagueUpdated
from shared.testing.batches import LEAGUE, SEASON, match
from shared.testing.round_robin import N_PLAYED, round_robin
from shared.testing.small_league import season, statistic, store
from tests.support.waiting import eventually

SATURDAY = datetime(2025, 8, 16, 14, tzinfo=UTC)


@pytest.fixture
def warehouse(clickhouse_url: str) -> Iterator[ClickHouse]:
    result = ClickHouse(clickhouse_url)
    yield result
    result.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Postgres]:
    result = Postgres(database_url)
    yield result
    result.close()


@pytest.fixture
def analyses(database: Postgres) -> PostgresAnalyses:
    return PostgresAnalyses(database, debounce_s=0.0)


def store_records(warehouse: ClickHouse, kind: str, rows: Sequence[Record]) -> None:
    store(warehouse, kind, rows, token=make_content_id(*(repr(row) for row in rows)))


def event(match_id: int, pair: tuple[int, int], code: int, score: tuple[int, int] | None = None, **more: Any) -> Match:
    """One event of a pair; without a score it has none."""
    home, away = score or (None, None)
    fields: dict[str, Any] = {
        "starts_at": SATURDAY + timedelta(days=match_id),
        "home_name": f"T{pair[0]}",
        "away_name": f"T{pair[1]}",
    }
    return match(
        match_id, home_id=pair[0], away_id=pair[1], status_code=code, home_goals=home, away_goals=away, **fields | more
    )


def history(warehouse: ClickHouse, *events: Match) -> History:
    """What the models are given of these events."""
    store_records(warehouse, "matches", events)
    return ClickHouseMatches(warehouse).history(LEAGUE)


def read(known: History) -> tuple[list[int], list[int], list[int]]:
    """Ids of the scores, the coming and the cancelled matches."""
    return [s.match_id for s in known.scores], [m.match_id for m in known.coming], sorted(known.cancelled_ids)


# --- which events count


def test_matches_played_to_their_end_are_scores_of_ninety_minutes(warehouse: ClickHouse) -> None:
    result = history(
        warehouse,
        event(1, (1, 2), 100, (2, 1)),
        event(2, (2, 3), 110, (1, 1), home_goals_display=2, away_goals_display=1, home_goals_extra=1),
        event(3, (3, 1), 120, (0, 0), home_goals_display=0, away_goals_display=0, home_penalties=4, away_penalties=2),
    )
    assert [(s.match_id, s.home_goals, s.away_goals) for s in result.scores] == [(1, 2, 1), (2, 1, 1), (3, 0, 0)]


def test_awarded_void_removed_and_running_matches_are_no_scores(warehouse: ClickHouse) -> None:
    codes = {1: 91, 2: 92, 3: 93, 4: 70, 5: 90, 6: 80, 7: 6, 8: 31, 9: 5555}
    result = history(warehouse, *(event(number, (number, 99), code, (3, 0)) for number, code in codes.items()))
    assert read(result) == ([], [], [1, 2, 3, 4, 5])


def test_a_final_match_without_a_score_teaches_nothing_and_keeps_its_forecast(warehouse: ClickHouse) -> None:
    assert read(history(warehouse, event(1, (1, 2), 100))) == ([], [], [])


def test_a_postponed_original_and_its_successor_count_once(warehouse: ClickHouse) -> None:
    coming = history(warehouse, event(1, (1, 2), 60), event(2, (1, 2), 0), event(3, (2, 1), 0, round=2))
    assert read(coming) == ([], [2, 3], [1])
    played = history(warehouse, event(2, (1, 2), 100, (1, 0), version=2))
    assert read(played) == ([2], [3], [1])


def test_a_postponed_match_that_moved_to_another_round_counts_once(warehouse: ClickHouse) -> None:
    result = history(warehouse, event(1, (1, 2), 60, round=1), event(2, (1, 2), 100, (1, 0), round=30))
    assert read(result) == ([2], [], [1])


def test_two_standing_events_of_one_slot_count_once(warehouse: ClickHouse) -> None:
    result = history(
        warehouse,
        event(1, (1, 2), 100, (1, 0)),
        event(2, (1, 2), 100, (1, 0)),
        event(3, (2, 1), 0, round=2),
        event(4, (2, 1), 0, round=2),
    )
    assert read(result) == ([2], [4], [1, 3])


def test_two_meetings_at_one_ground_count_twice(warehouse: ClickHouse) -> None:
    result = history(warehouse, event(1, (1, 2), 100, (1, 0), round=1), event(2, (1, 2), 100, (0, 0), round=25))
    assert read(result) == ([1, 2], [], [])


def test_an_older_version_that_arrives_later_changes_nothing(warehouse: ClickHouse) -> None:
    store_records(warehouse, "matches", [event(1, (1, 2), 100, (2, 0), version=5)])
    assert read(history(warehouse, event(1, (1, 2), 0, version=4))) == ([1], [], [])


def test_only_the_newest_season_has_coming_matches(warehouse: ClickHouse) -> None:
    store_records(warehouse, "seasons", [season(SEASON, "2025/26"), season(9, "2024/25")])
    result = history(warehouse, event(1, (1, 2), 0), event(2, (1, 2), 0, season_id=9))
    assert (result.season_id, result.season) == (SEASON, "2025/26")
    assert [m.match_id for m in result.coming] == [1]


def test_a_season_whose_record_is_late_is_dated_by_its_first_match(warehouse: ClickHouse) -> None:
    store_records(warehouse, "seasons", [season(99_999, "2024/25")])
    result = history(
        warehouse,
        event(1, (1, 2), 100, (1, 0), season_id=99_999, starts_at=SATURDAY - timedelta(days=365)),
        event(2, (1, 2), 100, (1, 0)),
    )
    assert (result.season_id, result.season) == (SEASON, "")
    assert [score.season_starts_in for score in result.scores] == [2024, 2025]


def test_a_season_of_two_sources_is_learned_from_once(warehouse: ClickHouse) -> None:
    archive = replace(season(9, "2025/26"), source="openfootball")
    store_records(warehouse, "seasons", [season(SEASON, "2025/26"), archive])
    copy = event(1001, (1, 2), 100, (1, 0), season_id=9, source="openfootball")
    assert read(history(warehouse, event(1, (1, 2), 100, (1, 0)), copy)) == ([1], [], [])


def test_a_preferred_season_without_matches_hides_no_archive(warehouse: ClickHouse) -> None:
    archive = replace(season(9, "2025/26"), source="openfootball")
    store_records(warehouse, "seasons", [season(SEASON, "2025/26"), archive])
    assert read(history(warehouse, event(1001, (1, 2), 100, (1, 0), season_id=9))) == ([1001], [], [])


def test_a_calendar_year_and_the_season_after_it_are_two_seasons(warehouse: ClickHouse) -> None:
    store_records(warehouse, "seasons", [season(SEASON, "2025/26"), season(9, "2025")])
    played = history(warehouse, event(1, (1, 2), 100, (1, 0)), event(2, (1, 2), 100, (2, 0), season_id=9))
    assert read(played) == ([1, 2], [], [])


def test_a_league_without_matches_is_not_found(warehouse: ClickHouse) -> None:
    with pytest.raises(NotFound, match="league 8: no match"):
        ClickHouseMatches(warehouse).history(8)


def test_shots_and_corners_of_the_whole_match_come_with_its_score(warehouse: ClickHouse) -> None:
    rows = [
        statistic(1, "ALL", "shotsOnGoal", 5.0, 3.0),
        statistic(1, "1ST", "shotsOnGoal", 2.0, 3.0),
        statistic(1, "ALL", "totalShotsOnGoal", 14.0, 0.0),
        statistic(1, "ALL", "fouls", 11.0, 12.0),
    ]
    store_records(warehouse, "team_statistics", rows)
    score, other = history(warehouse, event(1, (1, 2), 100, (2, 1)), event(2, (2, 1), 100, (0, 0))).scores
    assert (score.on_target, score.shots) == ((5.0, 3.0), (14.0, 0.0))
    assert np.isnan([*score.corners, *other.on_target, *other.shots, *other.corners]).all()


def test_as_of_a_day_what_began_since_is_coming_and_its_score_unknown(warehouse: ClickHouse) -> None:
    store_records(warehouse, "seasons", [season(SEASON, "2025/26"), season(9, "2024/25")])
    last_year = timedelta(days=365)
    events = [
        event(1, (1, 2), 100, (1, 0), season_id=9, starts_at=SATURDAY - last_year),
        event(2, (2, 1), 100, (3, 0), season_id=9, starts_at=SATURDAY - last_year + timedelta(days=7)),
        event(3, (1, 2), 100, (0, 0), starts_at=SATURDAY),
        event(4, (2, 1), 60, starts_at=SATURDAY + timedelta(days=1)),
        event(5, (2, 1), 0, starts_at=SATURDAY + timedelta(days=8)),
    ]
    history(warehouse, *events)
    matches = ClickHouseMatches(warehouse)
    then = matches.history(LEAGUE, SATURDAY - last_year + timedelta(days=1))
    assert (then.season_id, then.season_starts_in, read(then)) == (9, 2024, ([1], [2], [4]))
    summer = matches.history(LEAGUE, SATURDAY - timedelta(days=30))
    assert (summer.season_id, read(summer)) == (SEASON, ([1, 2], [3, 5], [4]))
    assert read(matches.history(LEAGUE, SATURDAY)) == ([1, 2], [3, 5], [4])
    assert read(matches.history(LEAGUE, SATURDAY + timedelta(days=90))) == ([1, 2, 3], [], [4])


# --- fits


def forecast(match_id: int, *, p: float = 0.5, round: int = 1, season_id: int = SEASON) -> Forecast:
    return Forecast(
        match_id=match_id,
        season_id=season_id,
        round=round,
        starts_at=SATURDAY + timedelta(days=match_id // 10),
        content={"probabilities": {"home": p}},
    )


def analysis(*forecasts: Forecast, cancelled_ids: Sequence[int] = (), league_id: int = LEAGUE) -> Analysis:
    return Analysis(
        league_id=league_id,
        season_id=SEASON,
        season="2025/26",
        name="League (simulated)",
        n_matches=3,
        newest_match_at=SATURDAY,
        next_round=1,
        model={"b": 1, "a": 2},
        ratings=[{"team_id": 1, "elo": 1500.0}],
        cautions=[],
        forecasts=list(forecasts),
        cancelled_ids=list(cancelled_ids),
        history=[],
        pre_match={},
        inputs={"n_matches": 3},
    )


def refit_next(
    analyses: PostgresAnalyses, fit: Callable[[int], FitResult | None], *, skip: Collection[int] = ()
) -> float | None:
    """Refit the league that is due first; 0 when one was, seconds until one is due, None when there is none."""
    claimed_elsewhere: set[int] = set()
    while (due := analyses.next_due(skip={*skip, *claimed_elsewhere})) is not None:
        if due.in_s > 0:
            return due.in_s
        with analyses.claim_due(due.league_id) as claim:
            if claim is not None:
                claim.save(fit(due.league_id))
                return 0.0
        claimed_elsewhere.add(due.league_id)
    return None


def store_analysis(analyses: PostgresAnalyses, result: Analysis) -> None:
    mark(analyses, result.league_id)
    assert refit_next(analyses, lambda _: FitResult(analysis=result, views={})) == 0.0


def mark(analyses: PostgresAnalyses, league_id: int = LEAGUE, season_id: int = SEASON) -> None:
    analyses.mark(league_id, season_id, SATURDAY)


def is_marked(analyses: PostgresAnalyses) -> bool:
    """Whether anything is left to fit; a league that is due is not taken."""
    return PostgresAnalyses(analyses._database, debounce_s=3600.0).next_due() is not None


def season_of_ten(warehouse: ClickHouse) -> None:
    store_records(warehouse, "seasons", [season(SEASON, "2025/26")])
    store_records(warehouse, "matches", round_robin())


def updated(batch_id: str) -> LeagueUpdated:
    return LeagueUpdated(
        league_id=LEAGUE, season_id=SEASON, records="matches", n_rows=1, batch_id=batch_id, updated_at=SATURDAY
    )


def wired(
    warehouse: ClickHouse, database: Postgres, matches: MatchStore | None = None, debounce_s: float = 0.0
) -> Deps:
    return Deps(
        matches=matches or ClickHouseMatches(warehouse),
        analyses=PostgresAnalyses(database, debounce_s=debounce_s),
        seasons=ClickHouseSeasonStore(warehouse),
        views=PostgresViews(database),
        probes={},
    )


class CountedMatches:
    """The stored matches, counting who reads them; each has to wait until something holds."""

    def __init__(self, warehouse: ClickHouse, until: Callable[[], bool]) -> None:
        self._matches = ClickHouseMatches(warehouse)
        self._until = until
        self.n_reads = 0

    def history(self, league_id: int, as_of: datetime | None = None) -> History:
        self.n_reads += 1  # under the claim of the league, so never twice at once
        eventually(self._until, within_s=60)
        return self._matches.history(league_id, as_of)


def test_a_burst_of_fifty_updates_costs_two_fits_at_most_and_stores_what_one_would(
    warehouse: ClickHouse, database: Postgres, analyses: PostgresAnalyses
) -> None:
    season_of_ten(warehouse)
    begin = threading.Barrier(50)
    answered: list[int] = []
    # All but the one that fits are answered at once: no fit goes on before they are.
    counted = CountedMatches(warehouse, until=lambda: len(answered) == 49)
    deps = wired(warehouse, database, matches=counted, debounce_s=0.3)

    def deliver(number: int) -> None:
        begin.wait()
        refit.mark_and_refit(updated(f"b{number}"), deps)
        answered.append(number)

    with ThreadPoolExecutor(50) as threads:
        list(threads.map(deliver, range(50)))
    assert 1 <= counted.n_reads <= 2
    assert not is_marked(analyses)
    alone = analyse(ClickHouseMatches(warehouse).history(LEAGUE))
    stored = analyses.league(LEAGUE)
    assert (stored["model"], stored["ratings"], stored["version"]) == (alone.model, alone.ratings, alone.version)
    assert stored["inputs"] == alone.inputs
    cached = analyses.forecasts(LEAGUE, SEASON, round=None, after=None, limit=99)
    assert {row.match_id: row.forecast for row in cached} == {row.match_id: row.content for row in alone.forecasts}
    assert all((row.version, row.inputs) == (alone.version, alone.inputs) for row in cached)


def test_marks_made_before_a_fit_began_are_covered_by_it(analyses: PostgresAnalyses) -> None:
    mark(analyses)
    mark(analyses, season_id=9)
    store_analysis(analyses, analysis())
    assert not is_marked(analyses)


def test_a_mark_made_while_a_fit_reads_is_not_covered_by_it(analyses: PostgresAnalyses) -> None:
    def fit(league_id: int) -> FitResult:
        mark(analyses)
        return FitResult(analysis=analysis(), views={})

    mark(analyses)
    assert refit_next(analyses, fit) == 0.0
    assert is_marked(analyses)
    store_analysis(analyses, analysis())
    assert not is_marked(analyses)


def test_a_league_is_due_once_it_was_quiet_and_at_last_however_many_updates_come(
    database: Postgres, analyses: PostgresAnalyses
) -> None:
    mark(analyses)
    patient = PostgresAnalyses(database, debounce_s=60.0)
    due_in_s = refit_next(patient, lambda _: pytest.fail("not due yet"))
    assert due_in_s is not None
    assert 0 < due_in_s <= ports.MAX_DEBOUNCE_S
    with database.connection() as connection:
        connection.execute("UPDATE analysis_marks SET first_marked_at = now() - interval '1 hour'")
    mark(analyses)
    assert refit_next(patient, lambda _: FitResult(analysis=analysis(), views={})) == 0.0


def test_nobody_fits_a_league_that_another_is_fitting(analyses: PostgresAnalyses) -> None:
    def fit(league_id: int) -> FitResult:
        mark(analyses)
        assert refit_next(analyses, lambda _: pytest.fail("fitted twice at once")) is None
        return FitResult(analysis=analysis(forecast(1)), views={})

    mark(analyses)
    assert refit_next(analyses, fit) == 0.0
    assert analyses.forecast(1)


def test_no_transaction_is_open_while_a_league_is_fitted(database: Postgres, analyses: PostgresAnalyses) -> None:
    open_transactions: list[int] = []

    def fit(league_id: int) -> FitResult:
        with database.connection() as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            ).fetchone()
        assert row is not None
        open_transactions.append(row[0])
        return FitResult(analysis=analysis(), views={})

    mark(analyses)
    assert refit_next(analyses, fit) == 0.0
    assert open_transactions == [0]


def test_a_league_that_another_process_has_just_fitted_is_not_fitted_again(analyses: PostgresAnalyses) -> None:
    mark(analyses)
    due = analyses.next_due()
    assert due is not None
    store_analysis(analyses, analysis())
    with analyses.claim_due(due.league_id) as claim:
        assert claim is None


def test_leagues_do_not_wait_for_each_other(analyses: PostgresAnalyses) -> None:
    def fit(league_id: int) -> FitResult:
        assert league_id == LEAGUE
        store_analysis(analyses, analysis(league_id=8))
        return FitResult(analysis=analysis(), views={})

    mark(analyses)
    assert refit_next(analyses, fit) == 0.0
    assert [row["league_id"] for row in analyses.leagues()] == [8, LEAGUE]


def test_a_connection_killed_during_a_fit_loses_no_mark(database: Postgres, analyses: PostgresAnalyses) -> None:
    """As when the process is killed: nothing of the fit is stored, and the league is still marked."""

    def fit(league_id: int) -> FitResult:
        with database.connection() as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return FitResult(analysis=analysis(forecast(1)), views={"form": {"teams": []}})

    mark(analyses)
    with pytest.raises(Unavailable):
        refit_next(analyses, fit)
    with pytest.raises(NotFound, match="not analysed yet"):
        analyses.league(LEAGUE)
    with pytest.raises(NotFound):
        PostgresViews(database).view(LEAGUE, "form")
    result = FitResult(analysis=analysis(forecast(1)), views={"form": {"teams": []}})
    assert refit_next(analyses, lambda _: result) == 0.0
    assert analyses.forecast(1).forecast == {"probabilities": {"home": 0.5}}
    assert PostgresViews(database).view(LEAGUE, "form")["teams"] == []


def test_a_fit_that_fails_stores_nothing_and_leaves_the_mark(analyses: PostgresAnalyses) -> None:
    store_analysis(analyses, analysis(forecast(1)))

    def broken(league_id: int) -> FitResult:
        raise ZeroDivisionError

    mark(analyses)
    with pytest.raises(ZeroDivisionError):
        refit_next(analyses, broken)
    assert is_marked(analyses)
    assert refit_next(analyses, broken, skip=[LEAGUE]) is None
    store_analysis(analyses, analysis(forecast(1, p=0.7)))
    assert analyses.forecast(1).forecast == {"probabilities": {"home": 0.7}}


def test_a_league_of_which_nothing_can_be_made_is_unmarked(analyses: PostgresAnalyses) -> None:
    mark(analyses, league_id=8)
    assert refit_next(analyses, lambda _: None) == 0.0
    assert not is_marked(analyses)
    assert analyses.leagues() == []


def test_forecasts_stay_as_they_were_once_the_match_is_no_longer_coming(analyses: PostgresAnalyses) -> None:
    store_analysis(analyses, analysis(forecast(1), forecast(2), forecast(3)))
    before = analyses.forecast(1)
    store_analysis(analyses, analysis(forecast(3, p=0.9), cancelled_ids=[2]))
    assert analyses.forecast(1) == before
    assert analyses.forecast(3).forecast == {"probabilities": {"home": 0.9}}
    assert analyses.forecast(3).made_at > before.made_at
    with pytest.raises(NotFound, match="match 2: no forecast"):
        analyses.forecast(2)


def test_a_running_match_keeps_its_forecast_through_a_fit(
    warehouse: ClickHouse, database: Postgres, analyses: PostgresAnalyses
) -> None:
    season_of_ten(warehouse)
    deps = wired(warehouse, database)
    refit.mark_and_refit(updated("b1"), deps)
    before = analyses.forecast(90)
    called_off, coming = round_robin()[-2:]
    running = replace(coming, status_code=6, home_goals=0, away_goals=1, version=2)
    store_records(warehouse, "matches", [running, replace(called_off, status_code=60, version=2)])
    refit.mark_and_refit(updated("b2"), deps)
    assert analyses.forecast(90) == before
    with pytest.raises(NotFound):
        analyses.forecast(89)
    store_records(warehouse, "matches", [replace(running, version=3, status_code=100)])
    refit.mark_and_refit(updated("b3"), deps)
    assert analyses.forecast(90) == before
    assert analyses.league(LEAGUE)["n_matches"] == N_PLAYED + 1


def test_a_match_said_not_to_have_begun_after_later_ones_ended_keeps_its_forecast(
    warehouse: ClickHouse, database: Postgres, analyses: PostgresAnalyses
) -> None:
    season_of_ten(warehouse)
    deps = wired(warehouse, database)
    refit.mark_and_refit(updated("b1"), deps)
    late, newer = round_robin()[-5], round_robin()[-1]
    before = {number: analyses.forecast(number) for number in (late.match_id, newer.match_id - 1)}
    store_records(warehouse, "matches", [replace(newer, status_code=100, home_goals=5, away_goals=0, version=2)])
    refit.mark_and_refit(updated("b2"), deps)
    assert {number: analyses.forecast(number) for number in before} == before


def test_another_league_keeps_its_forecasts(analyses: PostgresAnalyses) -> None:
    store_analysis(analyses, analysis(forecast(1), league_id=8))
    store_analysis(analyses, analysis(cancelled_ids=[1]))
    assert analyses.forecast(1).league_id == 8


def test_pages_of_forecasts_join_to_the_whole(analyses: PostgresAnalyses) -> None:
    result = [forecast(number, round=1 + number % 2) for number in range(1, 34)]
    store_analysis(analyses, analysis(*reversed(result), forecast(99, season_id=9)))
    seen: list[int] = []
    after = None
    while page := analyses.forecasts(LEAGUE, SEASON, round=None, after=after, limit=7):
        seen += [row.match_id for row in page]
        after = (page[-1].starts_at, page[-1].match_id)
    assert seen == list(range(1, 34))
    odd = analyses.forecasts(LEAGUE, SEASON, round=2, after=None, limit=99)
    assert [row.match_id for row in odd] == list(range(1, 34, 2))


def test_answers_keep_the_order_of_their_keys(analyses: PostgresAnalyses) -> None:
    store_analysis(analyses, analysis())
    assert list(analyses.league(LEAGUE)["model"]) == ["b", "a"]
