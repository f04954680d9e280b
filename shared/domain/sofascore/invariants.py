"""Rules that genuine responses keep and falsified or incomplete ones break (football reference, 1.9).

The source has given suspected bots falsified numbers instead of an error, so status 200 proves nothing. Each rule is a
function that yields its violations, with evidence. The caller decides what follows; intended is: if `refuses_match` is
set (rules over the event itself), nothing of the match is stored, otherwise only the part that breaks the rule is left
out. In both cases the response is quarantined, not deleted: 13 of 5,298 genuine finished matches break rule 1 by
incomplete period scores. The names of the rules are stored with quarantine entries.

| 1.9 | rule | part |
|---|---|---|
| 1 | `score_is_sum_of_halves` | event |
| 2 | `score_is_sum_with_extra_time`, `score_is_sum_with_shoot_out` | event |
| 3 | `winner_agrees_with_score` | event |
| 4 | `period_marks_on_the_minute`, `goals_equal_score`, `score_grows_by_one_goal` | incidents |
| 5 | `halves_add_up`, `possession_is_100`, `shots_on_target_are_shots`, `values_within_totals` | statistics |
| 6 | `eleven_start_with_one_goalkeeper`, `minutes_are_plausible` | lineups |
| 7 | `results_equal_matches`, `points_follow_results`, `goals_balance` | standings |
| 8 | `same_version_is_identical` | event |
| - | `parts_belong_to_match`, `shot_goals_within_score` | each part, shots |
| - | `sides_are_told`, `minutes_are_told`, `xg_is_told` | incidents, lineups, shots |
| - | `players_are_of_their_side` | shots, incidents |
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

from shared.domain.football.match_status import is_final
from shared.domain.football.records import Appearance, Incident, Match, MatchDetail, Shot, Standing, TeamStatistic

ENDED, AFTER_EXTRA_TIME, AFTER_SHOOT_OUT = 100, 110, 120
HOME, AWAY, DRAW = 1, 2, 3

_MARK_MINUTES = {"HT": 45, "FT": 90, "ET": 120}
_MINUTES_A_SIDE = (890, 1100)
"""11 x 90 less one player who was sent off, and 11 x 100: the source counts the minutes of substitutes roughly (genuine
sums of 1,014 were seen)."""
_MINUTES_A_SIDE_EXTRA = (1190, 1430)
"""The same over 120 minutes."""
_MINUTES_PER_FURTHER_RED_CARD = 90
_MAY_CHANGE = ("home_name", "away_name", "round_name", "tournament_name", "has_xg", "has_player_statistics")
"""Fields that change without a new version: labels such as sponsors' names, and flags of what the source covers, which
it sets later."""
_OF_A_SIDE = ("goal", "card", "substitution")
_COUNTS_IN_PERCENT = ("ballPossession", "duelWonPercent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule, with the evidence."""

    rule: str
    match_id: int
    """0 for standings."""
    part: str
    """event, detail, statistics, lineups, incidents, shots or standings."""
    expected: str
    seen: str

    @property
    def refuses_match(self) -> bool:
        """Whether nothing of the match may be stored; otherwise only the part is left out."""
        return self.part == "event"

    def __str__(self) -> str:
        subject = f"match {self.match_id} {self.part}" if self.match_id else self.part
        return f"{subject} breaks {self.rule}: expected {self.expected}, saw {self.seen}"


def check_match(
    match: Match,
    *,
    detail: MatchDetail | None = None,
    statistics: Sequence[TeamStatistic] = (),
    appearances: Sequence[Appearance] = (),
    incidents: Sequence[Incident] = (),
    shots: Sequence[Shot] = (),
) -> list[Violation]:
    """Return all violations of a match and its parts; an empty part violates nothing.

    Parameters
    ----------
    match : the event, in any state; rules over results apply to matches played to the end only.
    detail, statistics, appearances, incidents, shots : as parsed; left out if not fetched.
    """
    violations = [
        *score_is_sum_of_halves(match),
        *score_is_sum_with_extra_time(match),
        *score_is_sum_with_shoot_out(match),
        *winner_agrees_with_score(match),
        *parts_belong_to_match(match, detail, statistics, appearances, incidents, shots),
    ]
    if statistics:
        violations += [
            *halves_add_up(match, statistics),
            *possession_is_100(match, statistics),
            *shots_on_target_are_shots(match, statistics),
            *values_within_totals(match, statistics),
        ]
    if appearances:
        violations += [
            *eleven_start_with_one_goalkeeper(match, appearances),
            *minutes_are_told(match, appearances),
            *minutes_are_plausible(match, appearances),
        ]
    if incidents:
        violations += [
            *period_marks_on_the_minute(match, incidents),
            *goals_equal_score(match, incidents),
            *score_grows_by_one_goal(match, incidents),
            *sides_are_told(match, incidents),
        ]
    if shots:
        violations += [*shot_goals_within_score(match, shots), *xg_is_told(match, shots)]
    if appearances:
        violations += players_are_of_their_side(match, appearances, incidents, shots)
    return violations


def check_standings(rows: Sequence[Standing]) -> list[Violation]:
    """Return all violations of the source's own tables."""
    return [*results_equal_matches(rows), *points_follow_results(rows), *goals_balance(rows)]


# 1 to 3, 8: the event


def score_is_sum_of_halves(match: Match) -> Iterator[Violation]:
    """1: after 90 minutes `current`, `display`, `normaltime` and the sum of both halves are the same, per side.

    After extra time or a shoot-out, `normaltime` is the sum of both halves.
    """
    if match.status_code in (AFTER_EXTRA_TIME, AFTER_SHOOT_OUT):
        yield from _normal_time_is_sum_of_halves(match)
    if match.status_code != ENDED:
        return
    for side in ("home", "away"):
        period1, period2 = getattr(match, f"{side}_goals_period1"), getattr(match, f"{side}_goals_period2")
        scores = {
            "current": getattr(match, f"{side}_goals_current"),
            "display": getattr(match, f"{side}_goals_display"),
            "normaltime": getattr(match, f"{side}_goals"),
            "period1 + period2": None if period1 is None or period2 is None else period1 + period2,
        }
        if scores["display"] is None:
            yield _event_violation(match, "score_is_sum_of_halves", f"a {side} score", "none")
        elif len({goals for goals in scores.values() if goals is not None}) > 1:
            seen = ", ".join(f"{name} {goals}" for name, goals in scores.items() if goals is not None)
            yield _event_violation(match, "score_is_sum_of_halves", f"equal {side} scores", seen)


def _normal_time_is_sum_of_halves(match: Match) -> Iterator[Violation]:
    for side in ("home", "away"):
        period1, period2 = getattr(match, f"{side}_goals_period1"), getattr(match, f"{side}_goals_period2")
        goals = getattr(match, f"{side}_goals")
        if None not in (period1, period2, goals) and period1 + period2 != goals:
            expected = f"{side} normaltime {period1} + {period2} = {period1 + period2}"
            yield _event_violation(match, "score_is_sum_of_halves", expected, f"{goals}")


def score_is_sum_with_extra_time(match: Match) -> Iterator[Violation]:
    """2: after extra time `current` is `normaltime` plus `overtime`, and `display` is `current`."""
    if match.status_code != AFTER_EXTRA_TIME:
        return
    for side in ("home", "away"):
        current = getattr(match, f"{side}_goals_current")
        after_90, extra = getattr(match, f"{side}_goals"), getattr(match, f"{side}_goals_extra")
        if current is None:
            yield _event_violation(match, "score_is_sum_with_extra_time", f"a {side} score", "none")
        elif after_90 is not None and extra is not None and current != after_90 + extra:
            expected = f"{side} {after_90} + {extra} = {after_90 + extra}"
            yield _event_violation(match, "score_is_sum_with_extra_time", expected, f"{current}")
        display = getattr(match, f"{side}_goals_display")
        if None not in (current, display) and display != current:
            yield _event_violation(match, "score_is_sum_with_extra_time", f"{side} display {current}", f"{display}")


def score_is_sum_with_shoot_out(match: Match) -> Iterator[Violation]:
    """2: after a shoot-out `current` is `display` plus `penalties`."""
    if match.status_code != AFTER_SHOOT_OUT:
        return
    for side in ("home", "away"):
        current, display = getattr(match, f"{side}_goals_current"), getattr(match, f"{side}_goals_display")
        penalties = getattr(match, f"{side}_penalties")
        if current is None or display is None or penalties is None:
            yield _event_violation(match, "score_is_sum_with_shoot_out", f"{side} score and penalties", "none")
        elif current != display + penalties:
            expected = f"{side} {display} + {penalties} = {display + penalties}"
            yield _event_violation(match, "score_is_sum_with_shoot_out", expected, f"{current}")


def winner_agrees_with_score(match: Match) -> Iterator[Violation]:
    """3: the winner follows from `display`, after a shoot-out from `penalties`.

    A shoot-out of a second leg decides the tie, not the leg: the winner of the tie follows from it, and the winner of
    the match from it or from `display`.
    """
    if not is_final(match.status_code):
        return
    is_shoot_out = match.status_code == AFTER_SHOOT_OUT
    home = match.home_penalties if is_shoot_out else match.home_goals_display
    away = match.away_penalties if is_shoot_out else match.away_goals_display
    expected = _winner(home, away)
    if expected is None:
        return
    is_tie = is_shoot_out and match.aggregated_winner is not None
    by_display = _winner(match.home_goals_display, match.away_goals_display)
    if match.winner != expected and not (is_tie and match.winner == by_display):
        yield _event_violation(match, "winner_agrees_with_score", f"{expected} from {home}-{away}", f"{match.winner}")
    if is_tie and match.aggregated_winner != expected:
        seen = f"{match.aggregated_winner} wins the tie"
        yield _event_violation(match, "winner_agrees_with_score", f"{expected} from {home}-{away}", seen)


def _winner(home: int | None, away: int | None) -> int | None:
    if home is None or away is None:
        return None
    return HOME if home > away else AWAY if home < away else DRAW


def same_version_is_identical(before: Match, after: Match) -> Iterator[Violation]:
    """8: the same match read twice without a newer change time is identical, but for labels such as sponsors' names.

    Only for matches whose version is the source's change time.
    """
    if (before.match_id, before.version) != (after.match_id, after.version):
        return
    for field in fields(Match):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new and field.name not in _MAY_CHANGE:
            yield _event_violation(after, "same_version_is_identical", f"{field.name} {old}", f"{new}")


# 4: incidents


def period_marks_on_the_minute(match: Match, incidents: Iterable[Incident]) -> Iterator[Violation]:
    """4: half-time is marked at 45, full time at 90, the end of extra time at 120."""
    for incident in incidents:
        expected = _MARK_MINUTES.get(incident.detail) if incident.kind == "period" else None
        if expected is not None and incident.minute != expected:
            seen = f"{incident.minute}"
            yield _violation(match, "period_marks_on_the_minute", "incidents", f"{incident.detail} at {expected}", seen)


def goals_equal_score(match: Match, incidents: Sequence[Incident]) -> Iterator[Violation]:
    """4: there are as many goals as the final score says (a shoot-out's kicks are no goals)."""
    home, away = match.home_goals_display, match.away_goals_display
    if not is_final(match.status_code) or home is None or away is None:
        return
    n_goals = sum(incident.kind == "goal" for incident in incidents)
    if n_goals != home + away:
        yield _violation(match, "goals_equal_score", "incidents", f"{home + away} goals", f"{n_goals}")


def score_grows_by_one_goal(match: Match, incidents: Iterable[Incident]) -> Iterator[Violation]:
    """4: with each goal the running score grows by one, for the side of the goal."""
    home = away = 0
    for goal in incidents:
        if goal.kind != "goal" or goal.home_score is None or goal.away_score is None or goal.is_home is None:
            continue
        home, away = home + goal.is_home, away + (not goal.is_home)
        if (goal.home_score, goal.away_score) != (home, away):
            seen = f"{goal.home_score}-{goal.away_score}"
            yield _violation(match, "score_grows_by_one_goal", "incidents", f"{home}-{away} at {goal.minute}", seen)
            home, away = goal.home_score, goal.away_score


# 5: statistics


def halves_add_up(match: Match, statistics: Iterable[TeamStatistic]) -> Iterator[Violation]:
    """5: a count of the whole match is the sum of its halves (not after extra time, which has no period of its own)."""
    if match.status_code != ENDED:
        return
    by_period = _by_period(statistics)
    for key, whole in by_period["ALL"].items():
        first, second = by_period["1ST"].get(key), by_period["2ND"].get(key)
        if first is None or second is None or not all(map(_is_count, (whole, first, second))):
            continue
        for name in ("home_value", "away_value", "home_total", "away_total"):
            values = [getattr(item, name) for item in (whole, first, second)]
            if None not in values and values[0] != values[1] + values[2]:
                expected = f"{key} {name} {values[1]:g} + {values[2]:g}"
                yield _violation(match, "halves_add_up", "statistics", expected, f"{values[0]:g}")


def possession_is_100(match: Match, statistics: Iterable[TeamStatistic]) -> Iterator[Violation]:
    """5: both sides' possession adds up to 100 percent in every period."""
    for item in statistics:
        if item.key == "ballPossession" and item.home_value is not None and item.away_value is not None:
            total = item.home_value + item.away_value
            if total != 100:
                yield _violation(match, "possession_is_100", "statistics", f"100 in {item.period}", f"{total:g}")


def shots_on_target_are_shots(match: Match, statistics: Iterable[TeamStatistic]) -> Iterator[Violation]:
    """5: no side has more shots on target than shots (`totalShotsOnGoal` is all of them)."""
    for period, items in _by_period(statistics).items():
        shots, on_target = items.get("totalShotsOnGoal"), items.get("shotsOnGoal")
        if shots is None or on_target is None:
            continue
        for name in ("home_value", "away_value"):
            n_shots, n_on_target = getattr(shots, name), getattr(on_target, name)
            if n_shots is not None and n_on_target is not None and n_on_target > n_shots:
                expected = f"{name} in {period} at most {n_shots:g}"
                yield _violation(match, "shots_on_target_are_shots", "statistics", expected, f"{n_on_target:g}")


def values_within_totals(match: Match, statistics: Iterable[TeamStatistic]) -> Iterator[Violation]:
    """5: of a ratio the part is not larger than the whole."""
    for item in statistics:
        for value, total in ((item.home_value, item.home_total), (item.away_value, item.away_total)):
            if value is not None and total is not None and value > total:
                expected = f"{item.key} in {item.period} at most {total:g}"
                yield _violation(match, "values_within_totals", "statistics", expected, f"{value:g}")


# 6: line-ups


def eleven_start_with_one_goalkeeper(match: Match, appearances: Iterable[Appearance]) -> Iterator[Violation]:
    """6: each side starts with eleven, one of them in goal."""
    starters = [appearance for appearance in appearances if appearance.starter]
    for is_home in (True, False):
        side = [appearance.position for appearance in starters if appearance.is_home is is_home]
        if len(side) != 11 or side.count("G") != 1:
            seen = f"{len(side)} starters, {side.count('G')} in goal ({_side(is_home)})"
            yield _violation(match, "eleven_start_with_one_goalkeeper", "lineups", "11 starters, 1 in goal", seen)


def minutes_are_plausible(match: Match, appearances: Sequence[Appearance]) -> Iterator[Violation]:
    """6: a side's minutes are about eleven times the length of the match, fewer after red cards."""
    if not is_final(match.status_code):
        return
    # Friendlies and old cups go to penalties straight after 90 minutes.
    extra = match.status_code == AFTER_EXTRA_TIME or (
        match.status_code == AFTER_SHOOT_OUT and match.home_goals_extra is not None
    )
    least, most = _MINUTES_A_SIDE_EXTRA if extra else _MINUTES_A_SIDE
    for is_home, n_red_cards in ((True, match.home_red_cards), (False, match.away_red_cards)):
        minutes = [one.minutes for one in appearances if one.is_home is is_home and one.minutes is not None]
        floor = least - _MINUTES_PER_FURTHER_RED_CARD * max(0, n_red_cards - 1)
        if minutes and not floor <= sum(minutes) <= most:
            seen = f"{sum(minutes)} ({_side(is_home)})"
            yield _violation(match, "minutes_are_plausible", "lineups", f"{floor} to {most} minutes", seen)


# Rules that are not in 1.9, from the meaning of the fields. A field that may be absent in one record must not be absent
# in all of them: then it has another name now, and its absence would be stored as a fact.


def sides_are_told(match: Match, incidents: Iterable[Incident]) -> Iterator[Violation]:
    """Goals, cards and substitutions name their side."""
    without_side = [one for one in incidents if one.kind in _OF_A_SIDE and one.is_home is None]
    if without_side:
        yield _violation(match, "sides_are_told", "incidents", "sides", f"{len(without_side)} incidents of neither")


def minutes_are_told(match: Match, appearances: Sequence[Appearance]) -> Iterator[Violation]:
    """Some starter has minutes, where players have statistics."""
    starters = [one for one in appearances if one.starter]
    if match.has_player_statistics and is_final(match.status_code) and all(one.minutes is None for one in starters):
        yield _violation(match, "minutes_are_told", "lineups", "minutes of starters", "none")


def xg_is_told(match: Match, shots: Sequence[Shot]) -> Iterator[Violation]:
    """Some shot has xG, where the match has it."""
    if match.has_xg and all(shot.xg is None for shot in shots):
        yield _violation(match, "xg_is_told", "shots", "xG of shots", "none")


def parts_belong_to_match(
    match: Match,
    detail: MatchDetail | None,
    statistics: Iterable[TeamStatistic],
    appearances: Iterable[Appearance],
    incidents: Iterable[Incident],
    shots: Iterable[Shot],
) -> Iterator[Violation]:
    """Everything read with a match carries its ids."""
    parts: dict[str, Iterable[MatchDetail | TeamStatistic | Appearance | Incident | Shot]] = {
        "detail": (detail,) if detail is not None else (),
        "statistics": statistics,
        "lineups": appearances,
        "incidents": incidents,
        "shots": shots,
    }
    expected = (match.league_id, match.season_id, match.match_id)
    for part, records in parts.items():
        others = {(one.league_id, one.season_id, one.match_id) for one in records} - {expected}
        if others:
            yield _violation(match, "parts_belong_to_match", part, f"ids {expected}", f"{sorted(others)[0]}")


def players_are_of_their_side(
    match: Match, appearances: Iterable[Appearance], incidents: Iterable[Incident], shots: Iterable[Shot]
) -> Iterator[Violation]:
    """Players of shots and incidents are in the line-up of their side; those of own goals are in the other one."""
    sides = {one.player_id: one.is_home for one in appearances}
    named: dict[str, list[tuple[int | None, bool | None]]] = {
        "shots": [(shot.player_id, shot.is_home) for shot in shots],
        "incidents": [
            (one.player_id, one.is_home if one.detail != "ownGoal" else not one.is_home)
            for one in incidents
            if one.kind in _OF_A_SIDE and one.is_home is not None
        ],
    }
    for part, pairs in named.items():
        strangers = [player_id for player_id, is_home in pairs if player_id in sides and sides[player_id] != is_home]
        if strangers:
            seen = f"{len(strangers)} of the other side, player {strangers[0]} first"
            yield _violation(match, "players_are_of_their_side", part, "players of the side named", seen)


def shot_goals_within_score(match: Match, shots: Iterable[Shot]) -> Iterator[Violation]:
    """A side's shots that went in are no more than its goals (own goals are no shots)."""
    n_goals = {True: 0, False: 0}
    for shot in shots:
        n_goals[shot.is_home] += shot.outcome == "goal" and shot.goal_type != "own"
    for is_home, score in ((True, match.home_goals_display), (False, match.away_goals_display)):
        if is_final(match.status_code) and score is not None and n_goals[is_home] > score:
            seen = f"{n_goals[is_home]} ({_side(is_home)})"
            yield _violation(match, "shot_goals_within_score", "shots", f"at most {score} goals", seen)


# 7: standings


def results_equal_matches(rows: Iterable[Standing]) -> Iterator[Violation]:
    """7: wins, draws and losses are the matches."""
    for row in rows:
        results = row.wins + row.draws + row.losses
        if results != row.matches:
            yield _row_violation(row, "results_equal_matches", f"{row.matches} results", f"{results}")


def points_follow_results(rows: Iterable[Standing]) -> Iterator[Violation]:
    """7: points are 3 per win and 1 per draw; a ruling that changes them is in the remarks."""
    for row in rows:
        points = 3 * row.wins + row.draws
        if row.points != points and not row.notes:
            yield _row_violation(row, "points_follow_results", f"{points} points or a remark", f"{row.points}")


def goals_balance(rows: Iterable[Standing]) -> Iterator[Violation]:
    """7: over a whole table goals scored are goals conceded (tables of one venue only balance with the other)."""
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        if row.kind == "total":
            table = sums[row.tournament_id, row.group_name]
            table[0] += row.goals_for
            table[1] += row.goals_against
    for (tournament_id, _), (scored, conceded) in sums.items():
        if scored != conceded:
            yield Violation(
                rule="goals_balance",
                match_id=0,
                part="standings",
                expected=f"{scored} goals conceded in tournament {tournament_id}",
                seen=f"{conceded}",
            )


def _by_period(statistics: Iterable[TeamStatistic]) -> dict[str, dict[str, TeamStatistic]]:
    by_period: dict[str, dict[str, TeamStatistic]] = defaultdict(dict)
    for item in statistics:
        by_period[item.period][item.key] = item
    return by_period


def _is_count(item: TeamStatistic) -> bool:
    """Counts and ratios of counts are whole; shares, expected goals and the like do not add up over halves."""
    if item.key in _COUNTS_IN_PERCENT or (item.home_total is None and item.home_text.endswith("%")):
        return False
    return all(value is None or value.is_integer() for value in (item.home_value, item.away_value)) and (
        "." not in item.home_text + item.away_text
    )


def _side(is_home: bool) -> str:
    return "home" if is_home else "away"


def _event_violation(match: Match, rule: str, expected: str, seen: str) -> Violation:
    return _violation(match, rule, "event", expected, seen)


def _violation(match: Match, rule: str, part: str, expected: str, seen: str) -> Violation:
    return Violation(rule=rule, match_id=match.match_id, part=part, expected=expected, seen=seen)


def _row_violation(row: Standing, rule: str, expected: str, seen: str) -> Violation:
    subject = f"{seen} for {row.team_name} (team {row.team_id}, {row.kind})"
    return Violation(rule=rule, match_id=0, part="standings", expected=expected, seen=subject)
