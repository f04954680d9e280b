"""The simulated world: nine leagues of invented clubs, season after season, decided by one seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import exp, log
from random import Random
from typing import Any

from k8s.local.standin.world import detail_model, fixtures, ids, match_detail
from k8s.local.standin.world.clubs import FIRST_YEAR, N_IN_RESERVE, ClubRegister, Player, Team
from k8s.local.standin.world.leagues import SIMULATED, League
from k8s.local.standin.world.matches import BREAK_S, HALF_S, Correction, Goal, Match, MatchState, Red
from k8s.local.standin.world.random_streams import poisson, stable_hash, stream
from k8s.local.standin.world.season import Season, table

# Mean goals of a home and an away side of even strength. With the spread of strengths in clubs.py a season comes out
# near 2.7 goals a match, 45 % home wins and a quarter of draws, as the five big leagues of 2000 to 2025 do.
_HOME_GOALS, _AWAY_GOALS = log(1.44), log(1.12)
_FIRST_HALF_SHARE = 0.45
_P_POSTPONED, _P_ABANDONED, _P_CANCELED, _P_CORRECTED = 0.02, 0.004, 0.003, 0.02
_DAY_S = 86_400


class SimulatedWorld:
    """Invented football, the same for the same seed."""

    mode = "simulated"
    notice = "Everything on this site is simulated: clubs, players and results are invented."

    def __init__(self, seed: int, leagues: tuple[League, ...] = SIMULATED) -> None:
        self.seed = seed
        self.leagues = leagues
        self.register = ClubRegister(seed, leagues)

    def title(self, league: League) -> str:
        return f"{league.country} (simulated)"

    def years(self, league: League, now: int) -> list[int]:
        """List the seasons begun by the first of July before `now`; the oldest one always."""
        today = datetime.fromtimestamp(now, UTC)
        newest = today.year if today.month >= 7 else today.year - 1
        return list(range(min(max(newest, FIRST_YEAR), FIRST_YEAR + 20), FIRST_YEAR - 1, -1))

    @lru_cache(maxsize=256)  # noqa: B019 - bounded, and one world lives as long as the process
    def season(self, league: League, year: int) -> Season:
        teams = self._members(league, year)
        return Season(league=league, year=year, teams=teams, matches=tuple(self._matches(league, year, teams)))

    def team(self, id: int) -> Team | None:
        return self.register.by_id.get(id)

    def team_years(self, team: Team, now: int) -> list[int]:
        return [year for year in self.years(team.league, now) if team in self._members(team.league, year)]

    def squad(self, team: Team, now: int) -> tuple[Player, ...]:
        return self.register.squad(team.number, self.years(team.league, now)[0])

    def player(self, id: int, now: int) -> tuple[Player, Team] | None:
        return self.register.player_by_id(id, self.years(self.leagues[0], now)[0])

    def detail(self, match: Match, state: MatchState) -> detail_model.Detail | None:
        return match_detail.build(self.register, match, state)

    def people(self, match: Match) -> dict[str, Any]:
        venue = self.register.venue(match.home.number)
        rng = stream(self.seed, "people", match.id)
        referee = self.register.referee(match.home.league.index, rng.randrange(24))
        return {
            "venue": venue,
            "referee": referee,
            "attendance": int(venue["capacity"] * min(1.0, rng.uniform(0.6, 1.08))),
            "homeManager": self.register.manager(match.home.number, match.year),
            "awayManager": self.register.manager(match.away.number, match.year),
        }

    @lru_cache(maxsize=512)  # noqa: B019 - bounded, and one world lives as long as the process
    def _members(self, league: League, year: int) -> tuple[Team, ...]:
        """Return who plays in a season: last year's teams but for the relegated, and the best of those below."""
        everybody = self.register.by_league[league.ut]
        if year <= FIRST_YEAR:
            return everybody[: league.n_teams]
        before = self.season(league, year - 1)
        finals = [(match.home, match.away, *match.score) for match in before.matches if match.score is not None]
        stayed = {row.team.id for row in table(before.teams, finals, league.tie_break)[: -league.n_relegated]}
        below = [team for team in everybody if team not in before.teams]
        rng = stream(self.seed, "promotion", league.ut, year)
        form = {team.id: sum(self.register.strength(team.number, year - 1)) + rng.gauss(0, 0.15) for team in below}
        risen = set(sorted(form, key=lambda team: form[team], reverse=True)[: league.n_relegated])
        return tuple(team for team in everybody if team.id in stayed | risen)

    def _matches(self, league: League, year: int, teams: tuple[Team, ...]) -> Iterator[Match]:
        rounds = fixtures.double_round_robin(len(teams), stream(self.seed, "pairs", league.ut, year))
        days = fixtures.round_days(league, year, len(rounds))
        used_ids: set[int] = set()
        for number, (pairs, day) in enumerate(zip(rounds, days, strict=True), start=1):
            rng = stream(self.seed, "round", league.ut, year, number)
            starts = fixtures.kick_offs(league, day, len(pairs), number > len(rounds) - 2, rng)
            for (home, away), start in zip(pairs, starts, strict=True):
                yield from self._fixture(league, year, number, teams[home], teams[away], day, start, days[-1], used_ids)

    def _fixture(
        self,
        league: League,
        year: int,
        number: int,
        home: Team,
        away: Team,
        day: date,
        start: int,
        last: date,
        used_ids: set[int],
    ) -> Iterator[Match]:
        """Yield the events of one fixture: mostly one, else a void one and its successor with a new id."""
        rng = stream(self.seed, "fixture", league.ut, year, home.id, away.id)
        chance = rng.random()
        fate = "played"
        if day < last - timedelta(weeks=3):
            fate = _fate(chance)
        first = self._played(league, year, number, home, away, day, start, used_ids, rng, "first")
        if fate == "played":
            yield first
            return
        announced = start - rng.randrange(6, 60) * 3_600
        if fate == "abandoned":
            announced = first.kick_off + rng.randrange(900, 2 * HALF_S + BREAK_S)
        yield _voided(first, fate, announced)
        replay_date = fixtures.replay_day(day, last, rng)
        visible_from = announced + rng.randrange(2, 9) * _DAY_S
        start = fixtures.at(replay_date, rng.choice((17 * 60 + 30, 18 * 60 + 45, 20 * 60)))
        yield self._played(league, year, number, home, away, replay_date, start, used_ids, rng, "again", visible_from)

    def _played(
        self,
        league: League,
        year: int,
        number: int,
        home: Team,
        away: Team,
        day: date,
        start: int,
        used_ids: set[int],
        rng: Random,
        which: str,
        visible_from: int = 0,
    ) -> Match:
        event = ids.event_id(league.index, year, self.seed, home.id, away.id, which)
        while event in used_ids:
            event = ids.probe(event)
        used_ids.add(event)
        attack_home, defence_home = self.register.strength(home.number, year)
        attack_away, defence_away = self.register.strength(away.number, year)
        means = (
            league.goals_factor * exp(_HOME_GOALS + attack_home - defence_away),
            league.goals_factor * exp(_AWAY_GOALS + attack_away - defence_home),
        )
        added = (1 + poisson(rng, 1.6), 3 + poisson(rng, 2.2))
        reds = _reds(rng, True, 0.075) + _reds(rng, False, 0.10)
        goals = _goals(rng, means, added)
        default = fixtures.provisional(day)
        correction = _correction(rng, start, goals)
        return Match(
            id=event,
            custom_id=ids.custom_id(home.id, away.id),
            year=year,
            round=number,
            home=home,
            away=away,
            start=start,
            score=(sum(goal.for_home for goal in goals), sum(not goal.for_home for goal in goals)),
            half_time=(
                sum(goal.for_home for goal in goals if goal.half == 1),
                sum(not goal.for_home for goal in goals if goal.half == 1),
            ),
            goals=goals,
            delay_s=rng.randrange(20, 200),
            added=added,
            reds=reds,
            visible_from=visible_from,
            provisional_start=0 if visible_from or default == start else default,
            moved_at=0 if visible_from or default == start else default - 30 * _DAY_S - stable_hash(event, bits=16),
            correction=correction,
            detailed=True,
        )


def _voided(match: Match, fate: str, announced: int) -> Match:
    return Match(
        id=match.id,
        custom_id=match.custom_id,
        year=match.year,
        round=match.round,
        home=match.home,
        away=match.away,
        start=match.start,
        fate=fate,
        goals=match.goals,
        delay_s=match.delay_s,
        added=match.added,
        provisional_start=match.provisional_start,
        moved_at=match.moved_at,
        void_at=announced,
        detailed=True,
    )


def _fate(chance: float) -> str:
    for fate, p in (("postponed", _P_POSTPONED), ("abandoned", _P_ABANDONED), ("canceled", _P_CANCELED)):
        if chance < p:
            return fate
        chance -= p
    return "played"


def _reds(rng: Random, is_home: bool, p: float) -> tuple[Red, ...]:
    """Draw sendings-off: none before minute 30, and two of a side only late, so that it keeps about 900 minutes."""
    if rng.random() >= p:
        return ()
    minutes = [rng.randrange(30, 90)] if rng.random() < 0.94 else rng.sample(range(60, 90), 2)
    seconds = [minute * 60 + rng.randrange(60) for minute in sorted(minutes)]
    return tuple(
        Red(half=1, second=second, is_home=is_home)
        if second < HALF_S
        else Red(half=2, second=second - HALF_S, is_home=is_home)
        for second in seconds
    )


def _goals(rng: Random, means: tuple[float, float], added: tuple[int, int]) -> tuple[Goal, ...]:
    """Draw the goals of a match, at most nine a side, at least a minute apart."""
    goals: list[Goal] = []
    for half, share in ((1, _FIRST_HALF_SHARE), (2, 1 - _FIRST_HALF_SHARE)):
        length = HALF_S + 60 * added[half - 1]
        free = list(range(60, length - 10, 61))
        for for_home, mean in ((True, means[0]), (False, means[1])):
            for _ in range(min(5, poisson(rng, mean * share))):
                second = free.pop(rng.randrange(len(free))) + rng.randrange(10)
                chance = rng.random()
                kind = "regular" if chance < 0.875 else "penalty" if chance < 0.968 else "ownGoal"
                goals.append(Goal(half=half, second=second, for_home=for_home, kind=kind))
    return tuple(sorted(goals, key=lambda goal: (goal.half, goal.second)))


def _correction(rng: Random, start: int, goals: tuple[Goal, ...]) -> Correction | None:
    if rng.random() >= _P_CORRECTED:
        return None
    chance = rng.random()
    kind = "goal" if chance < 0.3 and goals else "assist" if chance < 0.65 else "card"
    return Correction(at=start + 8_400 + rng.randrange(1, 60) * 1_800, kind=kind)


assert max(league.n_relegated for league in SIMULATED) <= N_IN_RESERVE, "too few clubs wait for promotion"
