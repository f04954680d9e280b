"""Groups the source's events into fixtures: a postponed match and its replay are one, two meetings of a pair are two.

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

from shared.domain.football.match_status import REMOVED, Phase, is_settled, phase_of


class FixtureEvent(Protocol):
    """The fields that identify an event's fixture; a `Match` record has them, and so may a lighter row."""

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


def group_fixtures(events: Iterable[E]) -> list[Fixture[E]]:
    """Group events into fixtures, ordered by the kick-off of their current event.

    Current is the newest event (highest id) that stands; an event falls when it is postponed, void or removed, and is
    current only while nothing stands in its place. A fallen event belongs to the event of its own slot. Has its slot
    none, it belongs to the only event of its pair in the same tournament, provided that tournament lets no pair meet
    twice at one ground: a replay may have moved to another round.

    Parameters
    ----------
    events : of any seasons; of one id several times, any one of them is taken.
    """
    single, repeated = _split_by_pairs(events)
    return sorted(
        [*map(Fixture, single), *repeated], key=lambda fixture: (fixture.current.starts_at, fixture.current.match_id)
    )


def current_events(events: Iterable[E]) -> list[E]:
    """Return one event per fixture, by kick-off: the one that counts."""
    single, repeated = _split_by_pairs(events)
    current = [*single, *(fixture.current for fixture in repeated)]
    return sorted(current, key=lambda event: (event.starts_at, event.match_id))


def map_successors(events: Iterable[E]) -> dict[int, int]:
    """Map the id of each replaced event to the id of the event that counts in its place."""
    return {
        event.match_id: fixture.current.match_id
        for fixture in group_fixtures(events)
        for event in fixture.replaced
        if event.match_id != fixture.current.match_id
    }


def _split_by_pairs(events: Iterable[E]) -> tuple[list[E], list[Fixture[E]]]:
    """Return the events of pairs that meet once at a ground, nearly all events, and the fixtures of all other pairs."""
    pairs: dict[tuple[int, int, int], list[E]] = defaultdict(list)
    for event in events:
        pairs[event.season_id, event.home_id, event.away_id].append(event)
    repeated_pairs = [meetings for meetings in pairs.values() if len(meetings) > 1]
    repeating = _tournaments_with_repeats(repeated_pairs)
    repeated = [fixture for meetings in repeated_pairs for fixture in _fixtures_of_pair(meetings, repeating)]
    return [meetings[0] for meetings in pairs.values() if len(meetings) == 1], repeated


def _fixtures_of_pair(meetings: list[E], repeating: set[tuple[int, int]]) -> list[Fixture[E]]:
    slots: dict[_Slot, list[E]] = defaultdict(list)
    for event in meetings:
        if not _is_fallen(event):
            slots[_slot(event)].append(event)
    for event in meetings:
        if _is_fallen(event):
            slots[_slot_of_fallen(event, slots, repeating)].append(event)
    return [_make_fixture(events) for events in slots.values()]


def _make_fixture(events: list[E]) -> Fixture[E]:
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
    return phase_of(event.status_code) in (Phase.POSTPONED, Phase.VOID) or event.status_code == REMOVED


def _tournaments_with_repeats(pairs: Iterable[list[E]]) -> set[tuple[int, int]]:
    """(season, tournament) in which some pair meets more than once at the same ground."""
    repeating: set[tuple[int, int]] = set()
    for meetings in pairs:
        slots = {_slot(event) for event in meetings if not _is_fallen(event)}
        tournaments = [slot[0] for slot in slots]
        season_id = meetings[0].season_id
        repeating.update((season_id, tournament) for tournament in tournaments if tournaments.count(tournament) > 1)
    return repeating
