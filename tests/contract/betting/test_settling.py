"""Settling bets: once for each result, and for the right sum."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.postgres.settlements import CORRECTION_WINDOW, PostgresSettlements
from shared.domain.betting.bets import BetState, summarize
from shared.domain.betting.payouts import grade, payout
from shared.domain.betting.settlement import (
    EventResult,
    MarketKind,
    ResultStatus,
    Selection,
    settle,
)
from shared.events.bets import BetsSettled
from tests.support.betting.book import KICK_OFF, NOW, Book, Market, book
from tests.support.betting.many import place_many
from tests.support.engines.postgres import run
from tests.support.reference import ROOT
from tests.support.waiting import eventually

__all__ = ["book"]

THREE_WAY = {"home": 250, "draw": 320, "away": 290}


@pytest.mark.parametrize(
    ("home", "away", "line", "paid", "grade"),
    [
        (0, 1, 0, 0, "loss"),
        (1, 0, 0, 210, "win"),
        (1, 1, 0, 100, "push"),
        (1, 0, -3, 155, "half_win"),
        (1, 0, -5, 50, "half_loss"),
    ],
)
def test_sportradars_rows_are_paid(book: Book, home: int, away: int, line: int, paid: int, grade: str) -> None:
    ada, market = book.bettor(), book.market("handicap", {"home": 210, "away": 170}, line=line)
    bet_id = book.place(ada, [market["home"]], 100)
    book.result(market.event_id, "final", home, away)
    assert book.settle() == 1
    bet = book.bet(bet_id)
    assert (bet.state, bet.payout, bet.grade) == (BetState.SETTLED, paid, grade)
    assert (book.posted(ada), book.available(ada)) == (900 + paid, 900 + paid)
    assert book.faults() == []


def test_a_dead_heat_of_two_pays_half_the_stake_at_full_odds(book: Book) -> None:
    """Sportradar's sixth row."""
    ada, market = book.bettor(), book.manual(210)
    bet_id = book.place(ada, [market["win"]], 100)
    book.decide(market.event_id, n_tied=2)
    book.settle()
    assert (book.bet(bet_id).payout, book.bet(bet_id).grade) == (105, "partial")


def test_the_accumulator_of_four_legs_pays_234_33(book: Book) -> None:
    """Settled leg by leg in an order of its own; rounded half up, once."""
    ada = book.bettor()
    run(book.database, "SELECT coins_open(%s, 0)", ada)
    run(
        book.database,
        "SELECT ledger_post('grant', ARRAY['systems/coins', %s], ARRAY['issued', 'coins'], ARRAY['COIN', 'COIN'], "
        "ARRAY[get_byte(uuid_send(%s::uuid), 15) %% 16, 0]::smallint[], ARRAY[-9000, 9000], NULL, '{}', '', '', '', "
        "false)",
        f"users/{ada}",
        ada,
    )
    won = [book.market("1x2", {"home": odds}) for odds in (206, 455)]
    half_lost = [book.market("handicap", {"home": odds}, line=-5) for odds in (187, 193)]
    legs = [market["home"] for market in (*won, *half_lost)]
    bet_id = book.place(ada, legs, 10_000)
    for market in (half_lost[1], won[0], half_lost[0]):
        book.result(market.event_id, "final", 1, 0)
        assert book.settle() == 0, "it is settled when its last leg is"
        assert book.bet(bet_id).state is BetState.OPEN
    book.result(won[1].event_id, "final", 1, 0)
    assert book.settle() == 1
    assert (book.bet(bet_id).payout, book.available(ada)) == (23_433, 23_433)


def test_two_of_three_with_a_void_leg_pays_three_doubles(book: Book) -> None:
    """B2 row 11."""
    ada = book.bettor()
    markets = [book.market("1x2", {"home": odds}) for odds in (200, 300, 500)]
    bet_id = book.place(ada, [market["home"] for market in markets], 30, size=2)
    for market, status in zip(markets, ("final", "final", "void"), strict=True):
        book.result(market.event_id, status, 1, 0)
    book.settle()
    assert (book.bet(bet_id).payout, book.bet(bet_id).grade) == (110, "partial")
    assert book.available(ada) == 970 + 110


def test_a_void_single_gets_its_stake_back_whole(book: Book) -> None:
    """B2 row 5."""
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    book.place(ada, [market["home"]], 77)
    book.result(market.event_id, "void")
    book.settle()
    assert (book.available(ada), book.posted(ada)) == (1000, 1000)


def test_settling_after_a_void_refunds_no_second_time(book: Book) -> None:
    """B2 rows 1 and 2: the refund stands however often the event is settled again."""
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    bet_id = book.place(ada, [market["home"]], 77)
    book.result(market.event_id, "void")
    assert [book.settle(market.event_id) for _ in range(3)] == [1, 0, 0]
    assert (book.bet(bet_id).payout, book.available(ada)) == (77, 1000)
    assert len(book.settlements.settlements(bet_id)) == 1


def test_a_refund_is_neither_a_loss_nor_a_win(book: Book) -> None:
    """B2 row 6."""
    ada = book.bettor()
    markets = [book.market("1x2", THREE_WAY) for _ in range(3)]
    for market in markets:
        book.place(ada, [market["home"]], 10)
    for market, (status, home) in zip(markets, (("void", 0), ("final", 1), ("final", 0)), strict=True):
        book.result(market.event_id, status, home, 0)
    book.settle()
    sums = summarize(book.bets.bets(ada, before="", limit=10))
    assert (sums.n_won, sums.n_lost, sums.n_returned, sums.profit, sums.win_rate) == (1, 1, 1, 15 - 10, 0.5)


def test_half_points_decide_the_winner(book: Book) -> None:
    """B2 row 3."""
    ada, event_id = book.bettor(), book.event()
    markets = {
        line: book.market("total", {"over": 190, "under": 190}, line=line, event_id=event_id) for line in (8, 10)
    }
    bets = {line: book.place(ada, [market["under"]], 10) for line, market in markets.items()}
    book.result(event_id, "final", 1, 1)
    book.settle()
    assert {line: book.bet(bet_id).payout for line, bet_id in bets.items()} == {8: 10, 10: 19}


def test_penalties_settle_no_match_bet(book: Book) -> None:
    """B2 row 7: 1-1 after 90 minutes, 4-3 on penalties: a draw."""
    ada, market = book.bettor(), book.market("1x2", THREE_WAY)
    bets = {outcome: book.place(ada, [market[outcome]], 10) for outcome in THREE_WAY}
    book.result(market.event_id, "final", 1, 1)
    book.settle()
    assert {outcome: book.bet(bet_id).payout for outcome, bet_id in bets.items()} == {"home": 0, "draw": 32, "away": 0}


def test_of_an_abandoned_match_stands_what_was_decided(book: Book) -> None:
    ada, event_id = book.bettor(), book.event()
    total = book.market("total", {"over": 190, "under": 190}, line=10, event_id=event_id)
    result = book.market("1x2", THREE_WAY, event_id=event_id)
    bets = [book.place(ada, [leg], 10) for leg in (total["over"], total["under"], result["home"])]
    book.result(event_id, "abandoned", 2, 1)
    book.settle()
    assert [book.bet(bet_id).payout for bet_id in bets] == [19, 0, 10]


def test_settled_rolled_back_settled_otherwise(book: Book) -> None:
    """B2 rows 14 and 15: won, withdrawn, lost, delivered once more: lost, and minus the stake in the ledger."""
    ada, market = book.bettor(), book.manual(300)
    bet_id = book.place(ada, [market["win"]], 100)
    book.decide(market.event_id, "win")
    book.settle()
    assert book.available(ada) == 1200
    book.result(market.event_id, "withdrawn")
    book.settle()
    assert (book.bet(bet_id).state, book.bet(bet_id).payout, book.available(ada)) == (BetState.OPEN, None, 900)
    book.decide(market.event_id, "lose")
    book.settle()
    book.settle(market.event_id)
    assert (book.bet(bet_id).grade, book.available(ada), book.posted(ada)) == ("loss", 900, 900)
    assert [(each.revision, each.payout, each.delta) for each in book.settlements.settlements(bet_id)] == [
        (1, 300, 200),
        (2, None, -300),
        (3, 0, 0),
    ]
    assert book.faults() == []


def test_what_a_wrong_result_paid_and_was_spent_becomes_a_debt_and_is_paid_back(book: Book) -> None:
    ada, bob, market = book.bettor(), book.bettor(), book.manual(300)
    book.place(ada, [market["win"]], 100)
    book.decide(market.event_id, "win")
    book.settle()
    book.coins.transfer(ada, bob, 1150)
    book.decide(market.event_id, "lose")
    book.settle()
    assert (book.available(ada), book.debt(ada)) == (0, 250)
    book.decide(market.event_id, "win")
    book.settle()
    assert (book.available(ada), book.debt(ada)) == (50, 0)
    assert book.faults() == []


def test_a_correction_after_72_hours_changes_nothing(book: Book) -> None:
    ada, market = book.bettor(), book.manual(300)
    bet_id = book.place(ada, [market["win"]], 100)
    book.decide(market.event_id, "win", at=KICK_OFF)
    book.settle()
    book.decide(market.event_id, "lose", at=KICK_OFF + CORRECTION_WINDOW)
    book.settle()
    assert book.bet(bet_id).grade == "loss"
    book.decide(market.event_id, "win", at=KICK_OFF + CORRECTION_WINDOW + timedelta(seconds=1))
    assert book.settle() == 0
    assert book.bet(bet_id).grade == "loss"
    assert book.settlements.unsettled_events() == []


def test_a_withdrawn_result_is_settled_however_late_the_next_one_is(book: Book) -> None:
    """No bet stays open because its correction took long."""
    ada, market = book.bettor(), book.manual(300)
    bet_id = book.place(ada, [market["win"]], 100)
    book.decide(market.event_id, "win")
    book.settle()
    book.result(market.event_id, "withdrawn", at=KICK_OFF + timedelta(hours=1))
    book.settle()
    book.decide(market.event_id, "lose", at=KICK_OFF + timedelta(days=9))
    book.settle()
    assert book.bet(bet_id).state is BetState.SETTLED


def test_bets_of_a_closed_account_pay_into_what_is_forfeited(book: Book) -> None:
    ada, market = book.bettor(), book.manual(300)
    book.place(ada, [market["win"]], 100)
    book.decide(market.event_id, "lose")
    book.settle()
    assert book.coins.close(ada)
    book.decide(market.event_id, "win")
    assert book.settle() == 1
    assert run(book.database, "SELECT state::text FROM ledger_accounts WHERE owner = %s", f"users/{ada}") == [
        ("closed",)
    ]
    assert book.faults() == []


def test_two_settlers_at_once_pay_each_bet_once(book: Book) -> None:
    """B2 row 13: the event that wakes and the sweep meet; what both do is done once."""
    market = book.market("1x2", THREE_WAY)
    bettors = [book.bettor() for _ in range(8)]
    bets = [book.place(bettor, [market[outcome]], 10) for bettor in bettors for outcome in THREE_WAY]
    book.result(market.event_id, "final", 1, 0)
    settlers = [PostgresSettlements(book.database, chunk=5) for _ in range(4)]
    changed: list[int] = []
    barrier = threading.Barrier(len(settlers))

    def work(settler: PostgresSettlements) -> None:
        barrier.wait()
        changed.append(settler.settle_event(market.event_id, now=KICK_OFF))

    threads = [threading.Thread(target=work, args=(settler,)) for settler in settlers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(changed) == len(bets)
    assert {book.available(bettor) for bettor in bettors} == {1000 - 30 + 25}
    assert run(book.database, "SELECT count(*), count(DISTINCT bet_id) FROM betting_settlements") == [(24, 24)]
    assert book.faults() == []


def test_settled_bets_are_told_by_the_outbox_in_blocks(book: Book) -> None:
    ada, market = book.bettor(), book.manual(300)
    bets = [book.place(ada, [market["win"]], 10) for _ in range(3)]
    book.decide(market.event_id)
    PostgresSettlements(book.database, chunk=2).settle_event(market.event_id, now=KICK_OFF)
    rows = run(book.database, "SELECT data::text FROM outbox WHERE type = %s ORDER BY position", BetsSettled.TYPE)
    blocks = [json.loads(text)["bets"] for (text,) in rows]
    assert [len(block) for block in blocks] == [2, 1]
    assert {bet["bet_id"] for block in blocks for bet in block} == set(bets)
    assert {(bet["payout"], bet["grade"], bet["delta"], bet["user_id"]) for block in blocks for bet in block} == {
        (30, "win", 20, ada)
    }


KINDS: list[tuple[str, int | None, str]] = [
    ("1x2", None, "home"),
    ("1x2", None, "draw"),
    ("double_chance", None, "draw_away"),
    ("draw_no_bet", None, "away"),
    ("total", 9, "over"),
    ("total", 11, "under"),
    ("handicap", -3, "home"),
    ("handicap", 1, "away"),
    ("both_score", None, "yes"),
    ("correct_score", None, "1-1"),
]
LEG = st.tuples(st.sampled_from(KINDS), st.integers(101, 900), st.integers(0, 3), st.integers(0, 3), st.booleans())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(legs=st.lists(LEG, min_size=1, max_size=5), stake=st.integers(1, 900), data=st.data())
def test_the_database_pays_what_the_pure_rules_say(
    book: Book, legs: list[tuple[tuple[str, int | None, str], int, int, int, bool]], stake: int, data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(legs)))
    ada, markets, factors, grades = book.bettor(), [], [], []
    for (kind, line, outcome), odds, home, away, is_void in legs:
        market = book.market(kind, {outcome: odds}, line=line)
        markets.append((market, outcome))
        status = ResultStatus.VOID if is_void else ResultStatus.FINAL
        result = EventResult(status=status, home_goals=home, away_goals=away)
        settled = settle(Selection(kind=MarketKind(kind), line=line, outcome=outcome), result)
        assert settled is not None
        factors.append(settled.factor(odds))
        grades.append(settled.grade)
    bet_id = book.place(ada, [market[outcome] for market, outcome in markets], stake, size=size)
    for (market, _), (_, _, home, away, is_void) in zip(markets, legs, strict=True):
        book.result(market.event_id, "void" if is_void else "final", home, away)
    book.settle()
    bet, expected = book.bet(bet_id), payout(stake, factors, size=size)
    assert (bet.payout, bet.grade) == (expected, grade(grades, expected))
    assert [leg.factor for leg in bet.legs] == factors
    assert book.available(ada) == 1000 - stake + expected


STATUSES = st.sampled_from(["home", "draw", "away", "void", "withdrawn"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    results=st.lists(STATUSES, min_size=1, max_size=6),
    deliveries=st.lists(st.integers(0, 5), max_size=10),
    spend=st.lists(st.integers(0, 5), max_size=3),
)
def test_only_the_newest_revision_decides(
    book: Book, results: list[str], deliveries: list[int], spend: list[int]
) -> None:
    """Messages out of order, twice, late or never, rollbacks between, coins spent meanwhile: one end.

    `deliveries` says after which result settling is tried how often; the sweep comes once more at the end.
    """
    ada, bob, market, other = book.bettor(), book.bettor(), book.market("1x2", THREE_WAY), book.manual(200)
    single = book.place(ada, [market["home"]], 100)
    double = book.place(ada, [market["draw"], other["win"]], 50)
    book.decide(other.event_id)
    spent = 0
    for number, result in enumerate(results):
        _record(book, market, result)
        for _ in range(deliveries.count(number)):
            book.settle(market.event_id, other.event_id)
        if number in spend and (rest := book.available(ada)) > 0:
            book.coins.transfer(ada, bob, rest)
            spent += rest
    book.settle(other.event_id, market.event_id)
    book.settle()
    payouts = {"home": (250, 0), "draw": (0, 320), "away": (0, 0), "void": (100, 100), "withdrawn": (None, None)}
    expected = payouts[results[-1]]
    assert (book.bet(single).payout, book.bet(double).payout) == expected
    assert book.worth(ada) == 1000 - 150 - spent + sum(each or 0 for each in expected)
    assert book.settlements.unsettled_events() == []
    assert book.faults() == []


def _record(book: Book, market: Market, result: str) -> None:
    if result in ("void", "withdrawn"):
        book.result(market.event_id, result)
    else:
        home, away = {"home": (1, 0), "draw": (1, 1), "away": (0, 1)}[result]
        book.result(market.event_id, "final", home, away)


def test_a_kill_in_the_middle_of_ten_thousand_bets_pays_each_once(book: Book) -> None:
    """B2 row 16: kill -9 while it settles, then settle again."""
    n_bets = 10_000
    market = book.manual(200)
    place_many(book.database, list(market.selections.values()), n_bets, now=NOW)
    book.decide(market.event_id)
    program = (
        "import sys, datetime\n"
        "from shared.adapters.postgres.database import Postgres\n"
        "from shared.adapters.postgres.settlements import PostgresSettlements\n"
        "store = PostgresSettlements(Postgres(sys.argv[1]), chunk=250)\n"
        "store.settle_event(int(sys.argv[2]), now=datetime.datetime.now(datetime.UTC))\n"
    )
    url = book.database._conninfo
    process = subprocess.Popen([sys.executable, "-c", program, url, str(market.event_id)], cwd=ROOT)
    try:
        eventually(lambda: _n_settled(book) > 0, within_s=60)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    n_before = _n_settled(book)
    assert 0 < n_before < n_bets
    assert book.settlements.unsettled_events() == [market.event_id]
    book.settle()
    assert run(book.database, "SELECT count(*), count(DISTINCT bet_id), sum(delta) FROM betting_settlements") == [
        (n_bets, n_bets, n_bets)
    ]
    assert run(book.database, "SELECT count(*) FROM betting_bets WHERE state <> 'settled' OR payout <> 2") == [(0,)]
    assert run(book.database, "SELECT count(*) FROM ledger_holds WHERE state = 'pending'") == [(0,)]
    assert book.faults() == []


def _n_settled(book: Book) -> int:
    return int(run(book.database, "SELECT count(*) FROM betting_settlements")[0][0])
