"""A real season: lines made before each round from the results before it, a bet on everything, and every sum by hand.

What each bet pays is computed a second time from the archive's own goals, by the plain rule of two half stakes, and
shares no code with settlement.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

import pytest

from functions.analyze.models.forecaster import Forecaster
from functions.analyze.models.history import FinalScore, SideCounts
from functions.make_lines.ports import ScoreForecast
from shared.adapters.postgres.bets import PostgresBets
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.settlements import PostgresSettlements
from shared.domain.betting.bets import NewLeg
from tests.support.betting.book import GENEROUS, Book
from tests.support.betting.lines import Lines
from tests.support.betting.many import place_many
from tests.support.reference import reference

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

BEFORE, SEASON = (2021, 2022, 2023), 2024
LONDON = ZoneInfo("Europe/London")
N_PLACED_ONE_BY_ONE = 1
"""Rounds whose bets go through `PostgresBets.place`; those of the others are stored at once, as it stores them."""
STAKE = 100


@dataclass(frozen=True, slots=True)
class Match:
    """A row of the archive."""

    match_id: int
    season: int
    kick_off: datetime
    home: str
    away: str
    home_goals: int
    away_goals: int
    counts: Mapping[str, SideCounts]

    def score(self, ids: Mapping[str, int]) -> FinalScore:
        """The result as forecasts read it."""
        return FinalScore(
            match_id=self.match_id,
            season_id=self.season,
            season_starts_in=self.season,
            starts_at=self.kick_off,
            home_id=ids[self.home],
            away_id=ids[self.away],
            home_goals=self.home_goals,
            away_goals=self.away_goals,
            **self.counts,
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A bet on one selection, and the match it is on."""

    user_id: str
    selection_id: int
    match: Match
    kind: str
    line: int | None
    outcome: str
    odds_hundredths: int
    stake: int


def read_season(year: int) -> list[Match]:
    """The matches of a season of England's highest division by kick-off."""
    path = reference(f"football/odds/E0/E0_{year % 100:02d}{(year + 1) % 100:02d}.csv.gz")
    rows = csv.DictReader(gzip.decompress(path.read_bytes()).decode("utf-8-sig").splitlines())
    matches = []
    for number, row in enumerate(row for row in rows if row["HomeTeam"]):
        local = datetime.strptime(f"{row['Date']} {row['Time']}", "%d/%m/%Y %H:%M").replace(tzinfo=LONDON)
        pairs = {"on_target": ("HST", "AST"), "shots": ("HS", "AS"), "corners": ("HC", "AC")}
        matches.append(
            Match(
                match_id=year * 1_000 + number,
                season=year,
                kick_off=local.astimezone(UTC),
                home=row["HomeTeam"],
                away=row["AwayTeam"],
                home_goals=int(row["FTHG"]),
                away_goals=int(row["FTAG"]),
                counts={name: (float(row[home]), float(row[away])) for name, (home, away) in pairs.items()},
            )
        )
    return sorted(matches, key=lambda match: (match.kick_off, match.match_id))


def rounds_of(matches: Sequence[Match]) -> list[list[Match]]:
    """The matches by week, from Tuesday to Monday."""
    by_week: dict[tuple[int, int], list[Match]] = defaultdict(list)
    for match in matches:
        by_week[(match.kick_off - timedelta(days=1)).isocalendar()[:2]].append(match)
    return [by_week[week] for week in sorted(by_week)]


def fit(scores: Sequence[FinalScore], names: Mapping[int, str]) -> Forecaster:
    """The forecaster of the season from what was known."""
    from functions.analyze.models import dixon_coles, dynamic_ratings
    from functions.analyze.models.forecaster import build_forecaster
    from functions.analyze.models.results import sort_by_kick_off, to_arrays, to_days

    results = to_arrays(sort_by_kick_off(scores))
    newest = max(score.starts_at for score in scores)
    rho = dixon_coles.fit(results, at_day=to_days(newest) + 1.0).rho
    return build_forecaster(results, dynamic_ratings.rate(results).final, season=SEASON, rho=rho, names=names)


def pays(bet: Placed) -> int:
    """What a bet pays, from the score alone."""
    home, away = bet.match.home_goals, bet.match.away_goals
    result = "home" if home > away else "away" if home < away else "draw"
    odds, win, lose, back = Fraction(bet.odds_hundredths, 100), 1, 0, None
    verdicts: list[int | None]
    if bet.kind == "1x2":
        verdicts = [win if bet.outcome == result else lose]
    elif bet.kind == "double_chance":
        verdicts = [win if result in bet.outcome.split("_") else lose]
    elif bet.kind == "draw_no_bet":
        verdicts = [back if result == "draw" else win if bet.outcome == result else lose]
    elif bet.kind == "both_score":
        verdicts = [win if (home > 0 < away) == (bet.outcome == "yes") else lose]
    elif bet.kind == "correct_score":
        shown = f"{home}-{away}" if max(home, away) <= 4 else "other"
        verdicts = [win if bet.outcome == shown else lose]
    else:
        assert bet.line is not None
        lines = [bet.line - 1, bet.line + 1] if bet.line % 2 else [bet.line]
        ahead = [4 * (home + away) - line if bet.kind == "total" else 4 * (home - away) + line for line in lines]
        sign = 1 if bet.outcome in ("over", "home") else -1
        verdicts = [back if each == 0 else win if sign * each > 0 else lose for each in ahead]
    part = Fraction(bet.stake, len(verdicts))
    paid = sum((part if verdict is None else part * odds * verdict for verdict in verdicts), Fraction(0))
    return floor(paid + Fraction(1, 2))


class Season:
    """The season as it is played."""

    def __init__(self, database: Postgres) -> None:
        self.book = Book(database, PostgresBets(database, GENEROUS), PostgresSettlements(database))
        self.lines = Lines(database)
        self.database = database
        self.bets: list[Placed] = []
        past = [match for year in BEFORE for match in read_season(year)]
        self.matches = read_season(SEASON)
        names = sorted({match.home for match in (*past, *self.matches)})
        self.ids = {name: number for number, name in enumerate(names, 1)}
        self.known = [match.score(self.ids) for match in past]

    def play(self) -> None:
        """Every round: lines, bets, results, settlement."""
        for number, coming in enumerate(rounds_of(self.matches)):
            self.make_lines(coming)
            self.bet_on_everything(coming, one_by_one=number < N_PLACED_ONE_BY_ONE)
            self.end(coming)

    def make_lines(self, coming: Sequence[Match]) -> None:
        """Lines of a round an hour before its first kick-off, from all results before it."""
        football = self.lines.football
        now = coming[0].kick_off - timedelta(hours=1)
        self.lines.at(now)
        football.refit(now, newest_match_at=max(score.starts_at for score in self.known))
        forecaster = fit(self.known, {team_id: name for name, team_id in self.ids.items()})
        for match in coming:
            home_id, away_id = self.ids[match.home], self.ids[match.away]
            football.plan(match.match_id, match.kick_off)
            football.tell(match.match_id, home_id=home_id, away_id=away_id)
            football.coming[match.match_id] = ScoreForecast(
                match_id=match.match_id,
                round=None,
                starts_at=match.kick_off,
                made_at=now,
                home_id=home_id,
                home=match.home,
                away_id=away_id,
                away=match.away,
                scores=forecaster.scores(home_id, away_id),
            )
        self.lines.tick()

    def bet_on_everything(self, coming: Sequence[Match], *, one_by_one: bool) -> None:
        """One bet on every outcome of every market of a round."""
        offers = self.lines.rows(
            "SELECT o.selection_id, e.match_id, o.kind, o.line, o.outcome, o.odds_hundredths, o.version "
            "FROM betting_offers o JOIN betting_events e ON e.id = o.event_id WHERE e.match_id = ANY (%(ids)s) "
            "AND betting_refusal(o.event_state, o.market_state, o.starts_at, o.valid_until, %(now)s) IS NULL",
            ids=[match.match_id for match in coming],
            now=self.lines.clock.now(),
        )
        assert {offer[1] for offer in offers} == {match.match_id for match in coming}
        by_id = {match.match_id: match for match in coming}
        now, stake = self.lines.clock.now(), STAKE if one_by_one else 1
        if one_by_one:
            user_id = self.rich_bettor()
            for selection_id, *_, version in offers:
                self.book.place(user_id, [NewLeg(selection_id=selection_id, version=version)], stake, now=now)
        else:
            (user_id,) = place_many(self.database, [offer[0] for offer in offers], len(offers), n_bettors=1, now=now)
        self.bets += [
            Placed(user_id, selection_id, by_id[match_id], kind, line, outcome, odds, stake)
            for selection_id, match_id, kind, line, outcome, odds, _ in offers
        ]

    def rich_bettor(self) -> str:
        """A user with a million coins."""
        ((user_id,),) = self.lines.rows(
            "SELECT id::text FROM (SELECT uuidv7() AS id) new, LATERAL coins_open(new.id, 1000000)"
        )
        return str(user_id)

    def end(self, coming: Sequence[Match]) -> None:
        """All matches of a round end, and their bets are settled."""
        for match in coming:
            self.lines.football.end(match.match_id, match.home_goals, match.away_goals)
        self.lines.at(coming[-1].kick_off + timedelta(hours=2))
        self.lines.tick()
        self.book.settle(at=self.lines.clock.now())
        self.known += [match.score(self.ids) for match in coming]


@pytest.fixture(scope="module")
def season(postgres_server) -> Iterator[Season]:  # type: ignore[no-untyped-def]
    import psycopg

    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE season TEMPLATE template")
    database = Postgres(postgres_server.url("season"), acquire_timeout_s=30)
    played = Season(database)
    played.play()
    yield played
    database.close()


def test_every_match_had_lines_and_every_outcome_a_bet(season: Season) -> None:
    assert len({bet.match.match_id for bet in season.bets}) == 380
    assert {bet.kind for bet in season.bets} == {
        "1x2", "double_chance", "draw_no_bet", "total", "handicap", "both_score", "correct_score"
    }  # fmt: skip
    assert len(season.bets) == len({bet.selection_id for bet in season.bets}) > 25_000


def test_everything_settled(season: Season) -> None:
    assert season.lines.rows("SELECT state, count(*) FROM betting_bets GROUP BY state") == [
        ("settled", len(season.bets))
    ]
    assert season.lines.rows("SELECT DISTINCT state FROM betting_events") == [("settled",)]
    assert season.book.bets.stuck(before="", limit=1, now=season.lines.clock.now() + timedelta(days=3)) == []


def test_every_bet_paid_what_the_archive_says(season: Season) -> None:
    rows = season.lines.rows(
        "SELECT l.selection_id, b.payout FROM betting_bets b JOIN betting_legs l ON l.bet_id = b.id"
    )
    paid = dict(rows)
    wrong = [bet for bet in season.bets if paid[bet.selection_id] != pays(bet)]
    assert wrong == []


def test_bettors_have_what_is_left_and_the_house_the_rest(season: Season) -> None:
    nets: dict[str, int] = defaultdict(int)
    for bet in season.bets:
        nets[bet.user_id] += pays(bet) - bet.stake
    for user_id, net in nets.items():
        assert season.book.worth(user_id) == 1_000_000 + net, user_id
    ((house,),) = season.lines.rows(
        "SELECT sum(credits_posted - debits_posted) FROM ledger_accounts WHERE owner = 'systems/betting'"
    )
    assert house == -sum(nets.values())
    assert house > 0, "the margin is the house's"


def test_the_ledger_sums_to_zero_and_keeps_its_rules(season: Season) -> None:
    assert season.lines.rows("SELECT sum(amount) FROM ledger_postings") == [(0,)]
    assert season.lines.rows("SELECT count(*) FROM ledger_holds WHERE state = 'pending'") == [(0,)]
    assert season.book.faults() == []
