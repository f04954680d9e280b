"""The tables of a season: one, or one for each of its tournaments (Apertura and Clausura, groups, conferences)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from shared.domain.catalogue.competition_rules import SeasonRules
from shared.domain.football.table import TableMatch, is_knock_out


class TournamentMatch(TableMatch, Protocol):
    """A match that says which tournament of the season it belongs to."""

    @property
    def tournament_name(self) -> str: ...


M = TypeVar("M", bound=TournamentMatch)


@dataclass(frozen=True, slots=True)
class Group(Generic[M]):
    """The matches of one table."""

    name: str
    """Of the tournament; empty where the season has one table."""
    matches: Sequence[M]


def group_matches(matches: Iterable[M], rules: SeasonRules) -> list[Group[M]]:
    """Return the matches of each table of a season, in the order in which the tournaments begin.

    A season whose rules say how its phases add up (a split) has one table, and so has one of a single tournament.
    Knock-out matches belong to no table; with one table they stay among its matches, as `league_table` leaves them out.

    Parameters
    ----------
    matches : of one season, in any order and state.
    rules : of that season.
    """
    events = list(matches)
    tournaments: dict[int, list[M]] = {}
    for match in sorted(events, key=lambda match: (match.starts_at, match.match_id)):
        if not is_knock_out(match):
            tournaments.setdefault(match.tournament_id, []).append(match)
    if rules.split or len(tournaments) < 2:
        return [Group("", events)]
    return [Group(_name(each, number), each) for number, each in enumerate(tournaments.values(), start=1)]


def _name(matches: Sequence[TournamentMatch], number: int) -> str:
    """The newest name of a tournament; its number where it has none (a first phase often has none)."""
    names = [match.tournament_name for match in matches if match.tournament_name]
    return names[-1] if names else f"Phase {number}"
