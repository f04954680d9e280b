"""Builds the details of one simulated match so that every part agrees with every other.

The order of the draws keeps them in agreement: goals are known; line-ups, sendings-off and substitutions decide
who is on the pitch; shots, cards and fouls are then given to players who are; counts per player come last and are only
summed up. Each step has its own random stream, so a correction (a goal or card at first missing) disturbs nothing else.
"""

from __future__ import annotations

from random import Random

from k8s.local.standin.world.clubs import ClubRegister
from k8s.local.standin.world.detail_model import (
    FULL_TIME,
    Card,
    Detail,
    Line,
    Moment,
    Side,
    Strike,
    Substitution,
)
from k8s.local.standin.world.matches import HALF_S, Match, MatchState
from k8s.local.standin.world.player_counts import draw_counts
from k8s.local.standin.world.random_streams import pick, poisson, stream
from k8s.local.standin.world.shots import draw_shot

_BEFORE: Moment = (0, 0)

_SHOOTS = {"G": 0.0, "D": 0.35, "M": 1.0, "F": 2.3}
_PASSES = {"G": 0.05, "D": 0.5, "M": 1.3, "F": 1.0}
_FOULS = {"G": 0.05, "D": 1.0, "M": 1.2, "F": 0.9}
_OWN_GOALS = {"G": 0.3, "D": 1.0, "M": 0.3, "F": 0.1}
_BLOCKS = {"G": 0.0, "D": 1.0, "M": 0.5, "F": 0.15}
_INJURIES = ("Muscle Injury", "Knee Injury", "Ankle Injury", "Illness", "Back Injury")


def build(register: ClubRegister, match: Match, state: MatchState) -> Detail | None:
    """Build the details of a match in a state; None for one that has not begun or was called off."""
    if state.type not in ("inprogress", "finished"):
        return None
    cut: Moment = state.cut or (2, HALF_S + 60 * match.added[1])
    home = _side(register, match, True)
    away = _side(register, match, False)
    busy = {(goal.half, goal.second) for goal in match.goals}
    for is_home, side, other in ((True, home, away), (False, away, home)):
        _strike(register.seed, match, state, is_home, side, other, cut)
        _shoot(register, match, is_home, side, other, cut, busy)
        _book(register.seed, match, is_home, side, cut, state.is_draft)
        _forget_later(side, cut)
    draw_counts(stream(register.seed, "counts", match.id), home, away, _dominance(register, match))
    return Detail(match=match, state=state, home=home, away=away, n_halves=cut[0])


def _dominance(register: ClubRegister, match: Match) -> float:
    """Return the home side's expected share of the ball, 0.3 to 0.7."""
    home = sum(register.strength(match.home.number, match.year))
    away = sum(register.strength(match.away.number, match.year))
    return min(0.70, max(0.30, 0.515 + 0.12 * (home - away)))


def _side(register: ClubRegister, match: Match, is_home: bool) -> Side:
    """Choose line-up, bench, sendings-off and substitutions."""
    team = match.home if is_home else match.away
    reds = [(red.half, red.second) for red in match.reds if red.is_home == is_home]
    rng = stream(register.seed, "lineup", match.id, team.id)
    squad = register.squad(team.number, match.year)
    fit = list(squad)
    missing = []
    for _ in range(rng.randrange(1, 4)):
        player = fit.pop(rng.randrange(3, len(fit)))
        missing.append((player, rng.choice(_INJURIES)))
    formation = register.formation(team.number, match.year)
    numbers = [int(part) for part in formation.split("-")]
    needed = {"G": 1, "D": numbers[0], "M": sum(numbers[1:-1]), "F": numbers[-1]}
    order = sorted(fit, key=lambda player: (-player.skill - rng.random() * 0.6, player.slot))
    lines = []
    for position in "GDMF":
        starters = [player for player in order if player.position == position][: needed[position]]
        lines += [Line(player=player, position=position, is_starter=True, on=_BEFORE) for player in starters]
    spare = {position: n - sum(line.position == position for line in lines) for position, n in needed.items()}
    for position, n in spare.items():
        lined_up = {line.player.id for line in lines}
        stand_ins = [player for player in order if player.id not in lined_up and player.position in "DMF"][:n]
        lines += [Line(player=player, position=position, is_starter=True, on=_BEFORE) for player in stand_ins]
    lines.sort(key=lambda line: "GDMF".index(line.position))
    captain = max(lines, key=lambda line: -line.player.born)
    captain.is_captain = True
    started = {line.player.id for line in lines}
    bench = [player for player in order if player.id not in started]
    keepers = [player for player in bench if player.position == "G"][:1]
    outfield = [player for player in bench if player.position != "G"][:9]
    lines += [Line(player=player, position=player.position, is_starter=False) for player in keepers + outfield]
    side = Side(team=team, formation=formation, lines=lines, missing=missing)
    _send_off(side, reds, stream(register.seed, "reds", match.id, team.id))
    _substitute(side, rng)
    return side


def _send_off(side: Side, reds: list[Moment], rng: Random) -> None:
    """Choose who is sent off, among the outfield players who started; nobody comes on for them."""
    outfield = [line for line in side.lines if line.is_starter and line.position != "G"]
    for line, moment in zip(rng.sample(outfield, len(reds)), reds, strict=True):
        line.red = line.off = moment


def _substitute(side: Side, rng: Random) -> None:
    """Change three to five players in at most three stops; half-time counts as one that costs nothing."""
    stops: list[Moment] = [(2, rng.randrange(10, 43) * 60 + rng.randrange(60)) for _ in range(rng.randrange(2, 4))]
    if rng.random() < 0.3:
        stops.append((2, 0))
    if rng.random() < 0.04:
        stops.append((1, rng.randrange(15, 44) * 60))
    stops = sorted(set(stops))
    n_changes = rng.randrange(3, 6)
    moments = sorted(stops + [rng.choice(stops) for _ in range(n_changes - len(stops))])
    bench = [line for line in side.lines if not line.is_starter and line.position != "G"]
    for moment in moments[:5]:
        leaving = [
            line
            for line in side.lines
            if line.is_starter and line.position != "G" and line.off == FULL_TIME and line.red is None
        ]
        if not leaving or not bench:
            return
        out = leaving[pick(rng, [{"D": 0.5, "M": 1.0, "F": 1.3}[line.position] for line in leaving])]
        come = next((line for line in bench if line.player.position == out.position), bench[0])
        bench.remove(come)
        out.off = come.on = moment
        side.substitutions.append(
            Substitution(moment=moment, out=out, come=come, is_injury=moment[0] == 1 or rng.random() < 0.06)
        )


def _one_of(rng: Random, lines: list[Line], weights: dict[str, float], by_skill: float = 0.0) -> Line:
    return lines[pick(rng, [weights[line.position] * 2.0 ** (by_skill * line.player.skill) + 1e-9 for line in lines])]


def _strike(seed: int, match: Match, state: MatchState, is_home: bool, side: Side, other: Side, cut: Moment) -> None:
    """Give each goal a scorer and perhaps an assist."""
    n_assists = 0
    for number, goal in enumerate(match.goals):
        if goal.for_home != is_home or number >= len(state.goals):
            continue
        rng = stream(seed, "strike", match.id, number)
        moment = (goal.half, goal.second)
        if goal.kind == "ownGoal":
            scorer = _one_of(rng, other.on_pitch(moment), _OWN_GOALS)
            side.strikes.append(Strike(goal=goal, scorer=scorer, assist=None))
            continue
        mates = side.on_pitch(moment)
        scorer = _one_of(rng, mates, _SHOOTS, by_skill=1.2)
        assist = None
        if goal.kind == "regular" and rng.random() < 0.74:
            assist = _one_of(rng, [line for line in mates if line is not scorer], _PASSES, by_skill=1.0)
            n_assists += 1
            if state.is_draft and match.correction and match.correction.kind == "assist" and n_assists == 1:
                assist = None
        side.strikes.append(Strike(goal=goal, scorer=scorer, assist=assist))
        kind = "penalty" if goal.kind == "penalty" else "regular"
        side.shots.append(draw_shot(rng, scorer, moment, "goal", kind, assist))


def _shoot(
    register: ClubRegister, match: Match, is_home: bool, side: Side, other: Side, cut: Moment, busy: set[Moment]
) -> None:
    """Add the shots that were no goals, and who blocked them; no two shots fall on one second."""
    rng = stream(register.seed, "shots", match.id, is_home)
    attack, _ = register.strength(side.team.number, match.year)
    _, defence = register.strength(other.team.number, match.year)
    for _ in range(poisson(rng, (10.6 if is_home else 8.8) * 2.0 ** (1.1 * (attack - defence)))):
        half = 1 if rng.random() < 0.46 else 2
        moment = (half, rng.randrange(30, HALF_S + 60 * match.added[half - 1]))
        chance, is_penalty, assisted = rng.random(), rng.random() < 0.004, rng.random() < 0.55
        draws = Random(rng.getrandbits(64))
        if moment in busy or moment > cut:
            continue
        busy.add(moment)
        mates = side.on_pitch(moment)
        shooter = _one_of(draws, mates, _SHOOTS, by_skill=0.8)
        outcome = "save" if chance < 0.30 else "block" if chance < 0.57 else "miss" if chance < 0.97 else "post"
        if is_penalty and outcome == "block":
            outcome = "save"
        helper = _one_of(draws, [line for line in mates if line is not shooter], _PASSES, by_skill=0.8)
        kind = "penalty" if is_penalty else "regular"
        shot = draw_shot(draws, shooter, moment, outcome, kind, helper if assisted and not is_penalty else None)
        if outcome == "block":
            shot.blocker = _one_of(draws, other.on_pitch(moment), _BLOCKS)
        if is_penalty:
            side.missed_penalties.append(shot)
        side.shots.append(shot)
    side.shots.sort(key=lambda shot: shot.moment)


def _book(seed: int, match: Match, is_home: bool, side: Side, cut: Moment, is_draft: bool) -> None:
    """Show the cards; a second yellow follows a first one of the same player."""
    rng = stream(seed, "cards", match.id, is_home)
    busy: set[Moment] = set()
    for line in side.lines:
        if line.red is None:
            continue
        if rng.random() < 0.45:
            line.yellow = (1, rng.randrange(300, 1_700))
            busy.add(line.yellow)
            side.cards.append(Card(moment=line.yellow, line=line, kind="yellow", reason="Foul"))
            side.cards.append(Card(moment=line.red, line=line, kind="yellowRed", reason="Foul"))
        else:
            reason = rng.choice(("Violent conduct", "Professional foul last man", "Foul"))
            side.cards.append(Card(moment=line.red, line=line, kind="red", reason=reason))
        busy.add(line.red)
    omit_one = is_draft and match.correction is not None and match.correction.kind == "card"
    for _ in range(poisson(rng, 1.75 if is_home else 2.0)):
        half = 1 if rng.random() < 0.36 else 2
        moment = (half, rng.randrange(400, HALF_S + 60 * match.added[half - 1]))
        reason = rng.choice(("Foul", "Foul", "Foul", "Argument", "Time wasting", "Handball"))
        open_to_card = [line for line in side.on_pitch(moment) if line.yellow is None and line.red is None]
        line = _one_of(rng, open_to_card, _FOULS)
        if moment in busy:
            continue
        busy.add(moment)
        line.yellow = moment
        if omit_one:
            omit_one = False
            continue
        side.cards.append(Card(moment=moment, line=line, kind="yellow", reason=reason))
    side.cards.sort(key=lambda card: card.moment)


def _forget_later(side: Side, cut: Moment) -> None:
    """Drop what lies after the cut, then count the minutes."""
    side.cards = [card for card in side.cards if card.moment <= cut]
    side.substitutions = [change for change in side.substitutions if change.moment <= cut]
    for line in side.lines:
        if line.on <= cut:
            line.appeared = True
            line.minutes = _minute(min(line.off, cut)) - _minute(line.on)


def _minute(moment: Moment) -> int:
    """Return the full minutes played until a moment; stoppage time adds none, as in the site's own counts."""
    half, second = moment
    return 0 if half == 0 else 45 * (half - 1) + min(45, second // 60)
