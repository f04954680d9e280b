"""Checks that every reader of an archive makes of a match, so that none is stricter or looser than another."""

from __future__ import annotations

from datetime import date

from shared.domain.archives.report import Reason, Report

MOST_GOALS = 36
"""Of one side: the highest score of a match that counts is 36:0 (Arbroath, 1885); more is a slip."""
_SEASON_MONTHS = 30
"""From the start of the year that a season is called by: wide enough for a file that is called by the year before."""

Goals = tuple[int, int]


def possible(score: Goals | None, row: int, document: str, report: Report) -> Goals | None:
    """The score, or None, which is reported, for one that no match ends with."""
    if score is None or max(score) <= MOST_GOALS:
        return score
    report.note(document, Reason.IMPOSSIBLE_SCORE, f"{score[0]}:{score[1]}", row=row)
    return None


def is_within(day: date, starts_in: int) -> bool:
    """Whether a day may be of a season that begins in a year."""
    months = (day.year - starts_in) * 12 + day.month - 1
    return 0 <= months < _SEASON_MONTHS
