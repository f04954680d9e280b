"""make-lines over a real Postgres: prices and their versions, suspensions in time, results and their revisions."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.make_lines import service
from functions.make_lines.core import Verdict
from functions.make_lines.store import PostgresLines
from shared.adapters.postgres import betting_lines
from shared.adapters.postgres.betting_lines import Result
from shared.adapters.postgres.database import Postgres
from shared.errors import Conflict, NotFound, Unavailable
from tests.support.betting.lines import KICK_OFF, START, Lines


@pytest.fixture
def lines(emptied_database_url: str) -> Iterator[Lines]:
    database = Postgres(emptied_database_url, acquire_timeout_s=30)
    yield Lines(database)
    database.close()


def test_a_forecast_becomes_an_event_with_every_market(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    kinds = dict(lines.rows("SELECT kind, count(*) FROM betting_markets GROUP BY kind"))
    assert {kind for kind, n in kinds.items() if n == 1} == {
        "1x2", "double_chance", "draw_no_bet", "both_score", "correct_score"
    }  # fmt: skip
    assert kinds["total"] > 5
    assert kinds["handicap"] > 5
    offer = lines.offer(1)
    assert (offer.version, offer.refusal) == (1, None)
    assert 200 < offer.odds_hundredths < 240
    assert lines.announced() == [f"line:events/{lines.event(1)['id']}"]


def test_a_second_tick_changes_nothing_but_the_lease(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    before, generation = lines.event(1), lines.rows("SELECT number FROM betting_generation")
    lines.tick(minutes=1)
    lines.update()
    after = lines.event(1)
    assert after["valid_until"] == before["valid_until"] + timedelta(minutes=1)
    assert {**after, "valid_until": None} == {**before, "valid_until": None}
    assert lines.rows("SELECT number FROM betting_generation") == generation
    assert len(lines.announced()) == 1


def test_a_new_price_is_a_new_version_and_the_old_one_stays(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    first = lines.offer(1)
    lines.football.refit(START + timedelta(minutes=1))
    lines.football.plan(1, KICK_OFF, (2.2, 0.9))
    lines.tick(minutes=1)
    second = lines.offer(1)
    assert (second.selection_id, second.version) == (first.selection_id, 2)
    assert second.odds_hundredths < first.odds_hundredths
    assert lines.rows(
        "SELECT version, odds_hundredths FROM betting_prices WHERE selection_id = %(id)s ORDER BY version",
        id=first.selection_id,
    ) == [(1, first.odds_hundredths), (2, second.odds_hundredths)]


def test_a_line_that_is_not_even_enough_any_more_takes_no_bets_and_comes_back(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF, (1.6, 1.2))
    lines.tick()
    assert lines.offer(1, "handicap", "home", -4).refusal is None
    lines.football.refit(START + timedelta(minutes=1))
    lines.football.plan(1, KICK_OFF, (0.3, 3.0))
    lines.tick(minutes=1)
    assert lines.offer(1, "handicap", "home", -4).refusal == "MARKET_SUSPENDED"
    lines.football.refit(START + timedelta(minutes=2))
    lines.football.plan(1, KICK_OFF, (1.6, 1.2))
    lines.tick(minutes=1)
    assert lines.offer(1, "handicap", "home", -4).refusal is None


def test_matches_beyond_the_horizon_have_no_lines_yet(lines: Lines) -> None:
    lines.football.plan(1, START + service.HORIZON + timedelta(minutes=30))
    lines.tick()
    assert lines.rows("SELECT FROM betting_events") == []
    lines.tick(minutes=38)
    assert len(lines.rows("SELECT FROM betting_events")) == 1


# --- bugs others reported (commerce.md, B2)


@pytest.mark.parametrize(
    "kick_off",
    [
        pytest.param(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), id="clocks go forward"),
        pytest.param(datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/London")), id="clocks go back"),
        pytest.param(datetime(2026, 10, 25, 1, 30, fold=1, tzinfo=ZoneInfo("Europe/London")), id="the second 01:30"),
    ],
)
def test_b2_4_betting_closes_at_the_instant_of_kick_off_whatever_clocks_show(lines: Lines, kick_off: datetime) -> None:
    lines.at(kick_off.astimezone(UTC) - timedelta(minutes=2))
    lines.football.refit(lines.clock.now())
    lines.football.plan(1, kick_off)
    lines.tick()
    with lines.database.connection() as connection:
        connection.execute("SET timezone TO 'Europe/London'")
    lines.at(kick_off.astimezone(UTC) - timedelta(microseconds=1))
    assert lines.offer(1).refusal is None
    lines.at(kick_off.astimezone(UTC))
    assert lines.offer(1).refusal == "EVENT_STARTED"


def test_b2_7_a_shoot_out_does_not_count(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    lines.football.tell(1, status_code=120, home_goals=1, away_goals=1)
    lines.tick(days=5, hours=6)
    assert lines.results(1) == [("final", 1, 1, "")]


def test_b2_8_no_bet_after_kick_off_also_when_the_source_is_late(lines: Lines) -> None:
    """The feed still says that the match has not started, and the clock's tick has not come either."""
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    lines.tick(days=5)
    lines.at(KICK_OFF)
    assert lines.event(1)["state"] == "open"
    assert lines.offer(1).refusal == "EVENT_STARTED"
    lines.tick()
    assert (lines.event(1)["state"], lines.event(1)["suspended_for"]) == ("suspended", "kick_off")


def test_b2_12_lines_nobody_confirms_take_no_bets(lines: Lines) -> None:
    """Football is silent, or this function is gone: either way the lines lapse by themselves."""
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    lines.football.silent = True
    lines.clock.move(service.LEASE.total_seconds() - 1)
    assert lines.offer(1).refusal is None
    lines.clock.move(1)
    assert lines.offer(1).refusal == "MARKET_SUSPENDED"
    with pytest.raises(Unavailable):
        lines.tick()
    assert lines.event(1)["suspended_for"] == "silent_source"
    lines.football.silent = False
    lines.tick(minutes=1)
    assert lines.offer(1).refusal is None


def test_b2_15_an_older_reading_that_comes_late_does_not_undo_a_newer_one(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    event_id, store = lines.event(1)["id"], PostgresLines(lines.database)
    newer, older = (
        Verdict(status="final", home_goals=2, away_goals=1),
        Verdict(status="final", home_goals=1, away_goals=1),
    )
    assert store.record(event_id, newer, source_version=20, now=KICK_OFF)
    assert not store.record(event_id, older, source_version=10, now=KICK_OFF)
    assert not store.record(event_id, newer, source_version=30, now=KICK_OFF)
    assert lines.results(1) == [("final", 2, 1, "")]


def test_a_reading_that_changed_nothing_makes_older_ones_too_old(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    event_id, store = lines.event(1)["id"], PostgresLines(lines.database)
    right = Verdict(status="final", home_goals=2, away_goals=1)
    wrong = Verdict(status="final", home_goals=1, away_goals=1)
    for verdict, version in ((right, 10), (right, 30), (wrong, 20)):
        store.record(event_id, verdict, source_version=version, now=KICK_OFF)
    assert lines.results(1) == [("final", 2, 1, "")]


def test_b2_15_the_newest_reading_decides_in_whatever_order_and_how_often_they_come(lines: Lines) -> None:
    """Every order of four readings, each of them twice: the event ends as the newest of them says."""
    scores = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (1, 0)}
    store = PostgresLines(lines.database)
    orders = list(itertools.permutations(scores))
    for match_id in range(1, len(orders) + 1):
        lines.football.plan(match_id, KICK_OFF)
    lines.tick()
    for match_id, order in enumerate(orders, 1):
        event_id = lines.event(match_id)["id"]
        for version in (*order, *reversed(order)):
            home, away = scores[version]
            verdict = Verdict(status="final", home_goals=home, away_goals=away)
            store.record(event_id, verdict, source_version=version, now=KICK_OFF)
        assert lines.results(match_id)[-1] == ("final", *scores[4], "")


def test_an_operator_corrects_what_was_read_from_the_source(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    lines.football.end(1, 2, 1)
    lines.tick(days=5, hours=5)
    result = Result(event_id=lines.event(1)["id"], status="final", home_goals=2, away_goals=2)
    now = lines.clock.now()
    recorded = lines.database.transaction(
        lambda connection: betting_lines.record_result(connection, result, by="ada", now=now)
    )
    assert recorded.is_new
    lines.tick(minutes=1)
    assert lines.results(1) == [("final", 2, 1, ""), ("final", 2, 2, "")]


def test_a_result_that_is_taken_back_and_given_again_is_three_revisions(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    lines.football.end(1, 2, 1)
    lines.tick(days=5, hours=5)
    lines.football.tell(1, status_code=7)
    lines.tick(minutes=1)
    assert lines.event(1)["suspended_for"] == "withdrawn_result"
    lines.football.end(1, 2, 2)
    lines.tick(minutes=1)
    assert lines.results(1) == [("final", 2, 1, ""), ("withdrawn", None, None, ""), ("final", 2, 2, "")]
    assert lines.event(1)["state"] == "settled"


def test_after_the_window_of_corrections_a_result_is_final(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    lines.football.end(1, 2, 1)
    lines.tick(days=5, hours=5)
    lines.football.end(1, 3, 1)
    lines.tick(hours=73)
    assert lines.results(1) == [("final", 2, 1, "")]


# --- kick-offs that move


def test_a_match_that_is_moved_keeps_its_event(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    event_id = lines.event(1)["id"]
    lines.football.refit(START + timedelta(minutes=1))
    lines.football.plan(1, KICK_OFF + timedelta(hours=4))
    lines.tick(minutes=1)
    assert (lines.event(1)["id"], lines.event(1)["starts_at"]) == (event_id, KICK_OFF + timedelta(hours=4))
    lines.at(KICK_OFF)
    lines.tick()
    assert lines.offer(1).refusal is None


def test_a_match_that_is_moved_far_away_is_void_and_begins_again(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    event_id = lines.event(1)["id"]
    lines.football.refit(START + timedelta(minutes=1))
    lines.football.plan(1, KICK_OFF + timedelta(days=4))
    lines.tick(minutes=1)
    assert lines.results(1) == [("void", None, None, "EVENT_POSTPONED")]
    assert lines.event(1)["id"] != event_id
    assert lines.offer(1).refusal is None


def test_a_match_that_is_not_forecast_any_more_is_stopped_and_void_after_its_grace(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.football.plan(2, KICK_OFF)
    lines.tick()
    lines.football.tell(1, status_code=60)
    lines.football.refit(START + timedelta(minutes=1))
    lines.tick(minutes=1)
    assert lines.event(1)["suspended_for"] == "postponed"
    assert lines.offer(2).refusal is None
    lines.at(KICK_OFF + timedelta(hours=47))
    lines.tick()
    assert lines.results(1) == []
    lines.tick(hours=1)
    assert lines.results(1) == [("void", None, None, "EVENT_POSTPONED")]
    lines.tick(minutes=1)
    assert len(lines.results(1)) == 1


# --- forecasts that are stale, operators, growth


def test_lines_of_a_stale_forecast_take_no_bets_until_it_knows_the_newest_result(lines: Lines) -> None:
    played = START + timedelta(hours=3)
    lines.football.plan(1, played)
    lines.football.plan(2, KICK_OFF)
    lines.tick()
    lines.football.end(1, 1, 0)
    lines.tick(hours=5)
    assert lines.offer(2).refusal is None, "the forecast has half an hour"
    lines.tick(minutes=31)
    assert lines.event(2)["suspended_for"] == "stale_forecast"
    lines.football.refit(lines.clock.now(), newest_match_at=played)
    lines.tick(minutes=1)
    assert lines.offer(2).refusal is None


def test_what_an_operator_suspended_stays_so(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    lines.suspend(lines.event(1)["id"])
    lines.football.refit(START + timedelta(minutes=1))
    lines.football.plan(1, KICK_OFF, (2.0, 1.0))
    lines.tick(minutes=15)
    assert lines.event(1)["suspended_for"] == "operator"
    assert lines.offer(1).refusal == "MARKET_SUSPENDED"


def test_what_an_operator_recorded_is_not_overwritten_by_the_source(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    result = Result(event_id=lines.event(1)["id"], status="void", void_reason="OTHER")
    lines.at(KICK_OFF)
    lines.database.transaction(
        lambda connection: betting_lines.record_result(connection, result, by="ada", now=KICK_OFF)
    )
    lines.football.end(1, 1, 0)
    lines.tick(hours=2)
    assert lines.results(1) == [("void", None, None, "OTHER")]


def test_a_result_is_told_once_for_each_revision(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    lines.football.end(1, 2, 1)
    lines.tick(days=5, hours=5)
    lines.tick(minutes=1)
    lines.update()
    assert [what for what in lines.announced() if what.startswith("event:")] == [f"event:events/{lines.event(1)['id']}"]


def test_a_result_of_no_event_and_a_second_first_result_are_refused(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()

    def record(event_id: int, status: str) -> None:
        result = Result(event_id=event_id, status=status)
        lines.database.transaction(
            lambda connection: betting_lines.record_result(connection, result, by="ada", now=KICK_OFF, only_first=True)
        )

    with pytest.raises(NotFound):
        record(10**12, "void")
    record(lines.event(1)["id"], "void")
    record(lines.event(1)["id"], "void")
    with pytest.raises(Conflict):
        record(lines.event(1)["id"], "withdrawn")


def test_superseded_prices_are_forgotten_in_time_and_closing_prices_stay(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    lines.football.refit(START + timedelta(minutes=1))
    lines.football.plan(1, KICK_OFF, (2.2, 0.9))
    lines.tick(minutes=1)
    closing = lines.offer(1)
    store = PostgresLines(lines.database)
    assert store.forget_prices(KICK_OFF) == 0, "the event has not begun by then"
    assert store.forget_prices(KICK_OFF + timedelta(seconds=1)) > 0
    assert store.forget_prices(KICK_OFF + timedelta(seconds=1)) == 0
    versions = lines.rows("SELECT version FROM betting_prices WHERE selection_id = %(id)s", id=closing.selection_id)
    assert versions == [(2,)]


# --- at the same moment


def test_a_bet_at_the_moment_of_suspension_is_before_it_or_refused(lines: Lines) -> None:
    """A placement that has locked its selection makes the suspension wait; one that comes after it is refused."""
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    offer, event_id, now = lines.offer(1), lines.event(1)["id"], lines.clock.now()
    suspended = threading.Event()

    def suspend() -> None:
        lines.database.transaction(
            lambda connection: betting_lines.suspend(connection, [event_id], "operator", now=now)
        )
        suspended.set()

    thread = threading.Thread(target=suspend)
    query = b"SELECT refusal FROM betting_lock_selections(ARRAY[%s]::bigint[], %s)"
    with lines.database.connection() as placement:
        with placement.transaction():
            assert placement.execute(query, (offer.selection_id, now)).fetchone() == (None,)
            thread.start()
            while not lines.rows("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
                pass
            assert not suspended.is_set()
        thread.join(10)
        assert suspended.is_set()
        assert placement.execute(query, (offer.selection_id, now)).fetchone() == ("MARKET_SUSPENDED",)


def test_a_placement_that_waited_for_a_suspension_sees_it(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    lines.tick()
    offer, event_id, now = lines.offer(1), lines.event(1)["id"], lines.clock.now()
    seen: list[object] = []

    def place() -> None:
        with lines.database.connection() as placement, placement.transaction():
            query = b"SELECT refusal FROM betting_lock_selections(ARRAY[%s]::bigint[], %s)"
            seen.append(placement.execute(query, (offer.selection_id, now)).fetchone())

    thread = threading.Thread(target=place)
    with lines.database.connection() as connection, connection.transaction():
        betting_lines.suspend(connection, [event_id], "operator", now=now)
        thread.start()
        while not lines.rows("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            pass
    thread.join(10)
    assert seen == [("MARKET_SUSPENDED",)]


def test_two_makers_of_one_league_make_one_event(lines: Lines) -> None:
    lines.football.plan(1, KICK_OFF)
    threads = [threading.Thread(target=lines.update) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert lines.rows("SELECT count(*), max(version) FROM betting_markets WHERE kind = '1x2'") == [(1, 1)]
