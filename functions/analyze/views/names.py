"""The views of a league; each one is a route below the league."""

from __future__ import annotations

VIEWS = {
    "outlook": "How the season may end: ten thousand simulations of the matches that remain",
    "importance": "What each result of the next round does to the season of every team",
    "schedule": "How hard each team's matches were, and how hard the remaining ones are",
    "form": "The last matches of each team, adjusted for the strength of its opponents",
    "expected-points": "Points beside the points expected from forecasts and from shots",
    "discipline": "Cards per match and per foul of teams and referees; small samples are drawn to the mean",
    "players": "What every outfield player does in 90 minutes",
    "track-record": "How good the stored forecasts of the league were",
}
"""Name of the view to its summary in the OpenAPI document."""
