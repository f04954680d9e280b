"""Pictures of forecasts: the scores of a match and the final places of a season."""

from __future__ import annotations

from typing import Any

from functions.plot.figures.picture import Picture
from shared.errors import NotFound


def score_matrix(forecast: dict[str, Any]) -> Picture:
    """Show the probability of each score, row = home goals, and of each outcome.

    Raises
    ------
    NotFound : the forecast is old and has no probabilities of scores.
    """
    if "scores" not in forecast:
        raise NotFound("the forecast is from a version without probabilities of scores")
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


def ranks(slug: str, name: str, season: str, outlook: dict[str, Any]) -> Picture:
    """Show the simulated probability of each final place, teams by mean points."""
    rows = [
        {"team_id": row["team_id"], "team": row["team"], "place": place, "p": p, "mean_points": row["mean_points"]}
        for row in outlook["teams"]
        for place, p in enumerate(row["p_place"], start=1)
    ]
    likely = ", ".join(
        f"{row['team']} {row['p_champion']:.0%}" for row in outlook["teams"] if row["p_champion"] >= 0.01
    )
    return Picture(
        kind="ranks",
        title=f"{name} {season}: where it may end",
        text=f"After {outlook['n_played']} matches, with {outlook['n_to_play']} to play. Champions: {likely}.",
        rows=rows,
        frame={"league": slug, "season": season, "n_simulations": outlook["n_simulations"]},
    )
