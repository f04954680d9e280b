"""Words for what the other functions say in codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from functions.site.texts import mark as _

Translate = Callable[[str], str]

_SIMULATED = " (simulated)"
_SIMULATED_WORD = _("simulated")
COUNTRIES = (
    _("England"), _("Spain"), _("Germany"), _("Italy"), _("France"), _("Netherlands"), _("Portugal"), _("Turkey"),
    _("Russia"), _("Belgium"), _("Scotland"),
)  # fmt: skip
STATUSES = {
    "postponed": _("postponed"),
    "canceled": _("cancelled"),
    "interrupted": _("interrupted"),
    "suspended": _("suspended"),
    "willcontinue": _("interrupted"),
    "delayed": _("delayed"),
}
TIE_BREAKS = {
    "gd": _("goal difference"),
    "gf": _("goals scored"),
    "wins": _("wins"),
    "away_goals": _("goals scored away"),
    "h2h_points": _("points against each other"),
    "h2h_gd": _("goal difference against each other"),
    "h2h_gf": _("goals against each other"),
    "h2h_away_goals": _("away goals against each other"),
    "h2h_wins": _("wins against each other"),
    "away_wins": _("wins away"),
}
POSITIONS = {"G": _("Goalkeeper"), "D": _("Defender"), "M": _("Midfielder"), "F": _("Forward")}
OUTCOMES = {"goal": _("goal"), "save": _("saved"), "miss": _("missed"), "block": _("blocked"), "post": _("woodwork")}
SITUATIONS = {
    "assisted": _("after a pass"),
    "regular": _("open play"),
    "corner": _("corner"),
    "set-piece": _("set piece"),
    "free-kick": _("free kick"),
    "penalty": _("penalty"),
    "fast-break": _("counter-attack"),
    "throw-in-set-piece": _("throw-in"),
}
METRICS = {
    "rating": _("Rating"),
    "goals": _("Goals"),
    "goalAssist": _("Assists"),
    "expectedGoals": _("Expected goals"),
    "expectedAssists": _("Expected assists"),
    "onTargetScoringAttempt": _("Shots on target"),
    "totalShots": _("Shots"),
    "keyPass": _("Key passes"),
    "interceptionWon": _("Interceptions"),
    "totalTackle": _("Tackles"),
    "pass_accuracy": _("Pass accuracy"),
    "duels_won": _("Duels won"),
    "accuratePass": _("Accurate passes"),
    "totalPass": _("Passes"),
    "touches": _("Touches"),
    "ballRecovery": _("Recoveries"),
    "totalClearance": _("Clearances"),
    "wonContest": _("Dribbles"),
    "duelWon": _("Duels won"),
    "aerialWon": _("Aerial duels won"),
    "saves": _("Saves"),
    "fouls": _("Fouls"),
    "wasFouled": _("Fouls suffered"),
    "bigChanceCreated": _("Big chances created"),
    "bigChanceMissed": _("Big chances missed"),
}


def league_title(translate: Translate, name: str) -> str:
    """Return a league's name; one that is simulated says so."""
    if not name.endswith(_SIMULATED):
        return translate(name) if name in COUNTRIES else name
    return f"{translate(name.removesuffix(_SIMULATED))} ({translate(_SIMULATED_WORD)})"


def tie_break(translate: Translate, criteria: Sequence[str]) -> str:
    """Return the criteria that part level teams, the first one first."""
    return ", ".join(translate(TIE_BREAKS.get(each, each.replace("_", " "))) for each in criteria)
