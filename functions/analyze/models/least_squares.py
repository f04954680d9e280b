"""Massey and Colley ratings: each solves one linear system of a season's matches.

References
----------
Massey (1997), Statistical models applied to the rating of sports teams, Bluefield College. Colley (2002), Colley's bias
free college football ranking method, Princeton University.
"""

from __future__ import annotations

import numpy as np

from functions.analyze.models.results import Floats, Results


def massey(results: Results) -> Floats:
    """Massey ratings, shape (T,): goals by which each team beats an average one, ``M r = d``; they sum to 0.

    The diagonal of M holds each team's number of matches, the other cells minus the number of meetings; d are the goal
    differences. If the teams form groups that never met, the ratings of each group sum to 0.
    """
    meetings = _meetings(results)
    played = np.diag(meetings.sum(axis=1))
    margin = results.home_goals - results.away_goals
    difference = np.zeros(len(results.team_ids))
    np.add.at(difference, results.home, margin)
    np.add.at(difference, results.away, -margin)
    return np.asarray(np.linalg.lstsq(played - meetings, difference, rcond=None)[0])


def colley(results: Results) -> Floats:
    """Colley ratings, shape (T,), from wins and losses alone, with mean 0.5: ``C r = b``.

    The diagonal of C is 2 + matches, the other cells are minus the number of meetings; b = 1 + (wins - losses) / 2.
    """
    meetings = _meetings(results)
    won = np.sign(results.home_goals - results.away_goals)
    balance = np.ones(len(results.team_ids))
    np.add.at(balance, results.home, won / 2)
    np.add.at(balance, results.away, -won / 2)
    return np.asarray(np.linalg.solve(np.diag(2.0 + meetings.sum(axis=1)) - meetings, balance))


def _meetings(results: Results) -> Floats:
    """Shape (T, T): number of meetings of two teams."""
    teams = len(results.team_ids)
    met = np.zeros((teams, teams))
    np.add.at(met, (results.home, results.away), 1.0)
    return met + met.T
