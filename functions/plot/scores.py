"""The score matrix of a forecast, as a picture."""

from __future__ import annotations

from typing import Any

from functions.plot.picture import Picture


def score_matrix(forecast: dict[str, Any]) -> Picture:
    """How likely each score is, row = home goals, and what all scores together say of the outcome."""
    home, away = forecast["home"]["name"], forecast["away"]["name"]
    likely, outcome = forecast["likely_scores"][0], forecast["probabilities"]
    rows = [
        {"home_goals": home_goals, "away_goals": away_goals, "p": p}
        for home_goals, line in enumerate(forecast["scores"])
        for away_goals, p in enumerate(line)
    ]
    return Picture(
        kind="score_matrix",
        title=f"{home} – {away}: forecast",
        text=(
            f"{home} win {outcome['home']:.0%}, draw {outcome['draw']:.0%}, {away} win {outcome['away']:.0%}. "
            f"The most likely score is {likely['score'].replace('-', '–')} ({likely['p']:.0%})."
        ),
        rows=rows,
        frame={"home": home, "away": away, "probabilities": outcome},
    )
