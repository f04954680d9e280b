"""Which of the source's events are one fixture: a postponed match and its replay are, two meetings of a pair are not.

The source keeps a postponed event under its old id and gives the replay a new one, so counting events counts fixtures
twice. Within a double round robin a fixture is (season, home, away). Seasons with splits and play-offs let a pair meet
again at the same ground: such meetings differ in their slot, that is tournament, round and round name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from shared.domain.football.match_status import REMOVED, Phase, is_settled, phase


class FixtureEvent(Protocol):
    """What an event needs to be told apart; a `Match` record has it, and so may a lighter row."""

    @property
    def season_id(self) -> int: ...
    @property
    def match_id(self) -> int: ...
    @property
    def tournament_id(self) -> int: ...
    @property
    def round(self) -> int | None: ...
    @property
    def round_name(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def status_code(self) -> int: ...
    @property
    def home_id(self) -> int: ...
    @property
    def away_id(self) -> int: ...


E = TypeVar("E", bound=FixtureEvent)
_Slot = tuple[int, int | None, str, date | None]


@dataclass(frozen=True, slots=True)
class Fixture(Generic[E]):
    """One fixture: the event that counts, and those it replaced, oldest first."""

    current: E
    replaced: tuple[E, ...] = ()


def fixtures(events: Iterable[E]) -> list[Fixture[E]]:
    """Group events into fixtures, ordered by the kick-off of their current event.

    Current is the newest event (highest id) that stands; an event falls when it is postponed, void or removed, and is
    current only while nothing stands in its place. A fallen event belongs to the event of its own slot. Has its slot
    none, it belongs to the only event of its pair in the same tournament, provided that tournament lets no pair meet
    twice at one ground: a replay may have moved to another round.

    Parameters
    ----------
    events : of any seasons; of one id several times, any one of them is taken.
    """
    once, again = _by_pairs(events)
    found = [*map(Fixture, once), *again]
    return sorted(found, key=lambda fixture: (fixture.current.starts_at, fixture.current.match_id))


def current_events(events: Iterable[E]) -> list[E]:
    """One event per fixture, by kick-off: the one that counts."""
    once, again = _by_pairs(events)
    found = [*once, *(fixture.current for fixture in again)]
    return sorted(found, key=lambda event: (event.starts_at, event.match_id))


def successors(events: Iterable[E]) -> dict[int, int]:
    """By the id of each replaced event the id of the event that counts in its place."""
    return {
        event.match_id: fixture.current.match_id
        for fixture in fixtures(events)
        for event in fixture.replaced
        if event.match_id != fixture.current.match_id
    }


def _by_pairs(events: Iterable[E]) -> tuple[list[E], list[Fixture[E]]]:
    """The events of pairs that meet but once at a ground, nearly all there are; and the fixtures of all others."""
    pairs: dict[tuple[int, int, int], list[E]] = defaultdict(list)
    for event in events:
        pairs[event.season_id, event.home_id, event.away_id].append(event)
    met_again = [meetings for meetings in pairs.values() if len(meetings) > 1]
    repeating = _tournaments_with_repeats(met_again)
    again = [fixture for meetings in met_again for fixture in _fixtures_of_pair(meetings, repeating)]
    return [meetings[0] for meetings in pairs.values() if len(meetings) == 1], again


def _fixtures_of_pair(meetings: list[E], repeating: set[tuple[int, int]]) -> list[Fixture[E]]:
    slots: dict[_Slot, list[E]] = defaultdict(list)
    for event in meetings:
        if not _is_fallen(event):
            slots[_slot(event)].append(event)
    for event in meetings:
        if _is_fallen(event):
            slots[_slot_of_fallen(event, slots, repeating)].append(event)
    return [_fixture(events) for events in slots.values()]


def _fixture(events: list[E]) -> Fixture[E]:
    *replaced, current = sorted(events, key=lambda event: (not _is_fallen(event), event.match_id))
    return Fixture(current, tuple(sorted(replaced, key=lambda event: event.match_id)))


def _slot_of_fallen(event: E, slots: dict[_Slot, list[E]], repeating: set[tuple[int, int]]) -> _Slot:
    own = (event.tournament_id, event.round, event.round_name)
    of_tournament = [slot for slot in slots if slot[0] == event.tournament_id]
    same = [slot for slot in of_tournament if slot[:3] == own]
    if len(same) == 1:
        return same[0]
    if len(of_tournament) == 1 and (event.season_id, event.tournament_id) not in repeating:
        return of_tournament[0]
    return (*own, None)


def _slot(event: FixtureEvent) -> _Slot:
    # Without round numbers (some leagues have none) only the day tells two settled meetings apart.
    unnumbered = event.round is None and not event.round_name
    day = event.starts_at.date() if unnumbered and is_settled(event.status_code) else None
    return (event.tournament_id, event.round, event.round_name, day)


def _is_fallen(event: FixtureEvent) -> bool:
    return phase(event.status_code) in (Phase.POSTPONED, Phase.VOID) or event.status_code == REMOVED


def _tournaments_with_repeats(pairs: Iterable[list[E]]) -> set[tuple[int, int]]:
    """(season, tournament) in which some pair meets more than once at the same ground."""
    repeating: set[tuple[int, int]] = set()
    for meetings in pairs:
        slots = {_slot(event) for event in meetings if not _is_fallen(event)}
        tournaments = [slot[0] for slot in slots]
        season_id = meetings[0].season_id
        repeating.update((season_id, tournament) for tournament in tournaments if tournaments.count(tournament) > 1)
    return repeating
