"""From the answers about one match to its records: all slices together, checked against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from functions.scrape_league.collect.parsing import Contradiction, received_at
from functions.scrape_league.jobs.model import KnownMatch
from functions.scrape_league.jobs.policy import result_of
from functions.scrape_league.quarantine.model import Waiver
from functions.scrape_league.source.endpoints import SOURCE, Slice
from shared.domain import sofascore
from shared.domain.football.records import Match, Record
from shared.domain.sofascore import EventPage, invariants
from shared.domain.sofascore.invariants import Violation
from shared.domain.sofascore.json_reader import change_of
from shared.ports.collection import PageResponse

T = TypeVar("T")

_SLICES = {"event": Slice.DETAIL, "shots": Slice.SHOTMAP, **{part.value: part for part in Slice}}
"""Slices by the invariants' names of parts."""


RESULT_CONFIRMED = "result_is_told_twice"
"""The rule that a match's page and the list that named it agree on its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResponses:
    """What was answered about one match."""

    league_id: int
    season_id: int
    match_id: int
    fresh: Mapping[Slice, PageResponse]
    """Read now."""
    earlier: Mapping[Slice, PageResponse] = field(default_factory=dict)
    """Read before for the same version of the match: what is fresh is checked against it and completed by it."""
    seen: KnownMatch | None = None
    """As the list told it that named the match, or the page itself before."""
    waived: Set[Waiver] = frozenset()
    """Rules that a person decided to let pass."""

    @property
    def responses(self) -> dict[Slice, PageResponse]:
        """The last one of every slice."""
        return {**self.earlier, **self.fresh}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPage:
    """One match with whatever slices were given."""

    match: Match
    records: list[Record]
    """What may be stored of the fresh slices."""
    quarantined: dict[Slice, tuple[Violation, ...]]
    """Slices held back, and the rules they break."""


def match_page(given: MatchResponses) -> MatchPage:
    """Read a match's own page and the slices given with it.

    Raises
    ------
    Contradiction : the match contradicts itself, or what was read of the same version before; nothing may be stored.
    InvalidInput : something cannot be read.
    """
    responses = given.responses
    page = _page(responses[Slice.DETAIL])
    match = page.match
    # Slices have no change time of their own. They are of the match's version, so that reading them again gives the
    # same rows, and never rows that seem newer than the match.
    at = datetime.fromtimestamp(match.version / 1000, UTC)
    statistics = _maybe(responses, Slice.STATISTICS, sofascore.parse_statistics, match, at) or ()
    incidents = _maybe(responses, Slice.INCIDENTS, sofascore.parse_incidents, match, at) or ()
    shots = _maybe(responses, Slice.SHOTMAP, sofascore.parse_shots, match, at) or ()
    lineups = _maybe(responses, Slice.LINEUPS, sofascore.parse_lineups, match, at)
    managers = sofascore.parse_managers(responses[Slice.MANAGERS].text) if Slice.MANAGERS in responses else None
    appearances = lineups.appearances if lineups else ()
    broken = [
        *_of_another(given, match),
        *_changed_silently(given, match),
        *invariants.check_match(
            match,
            detail=page.detail,
            statistics=statistics,
            appearances=appearances,
            incidents=incidents,
            shots=shots,
        ),
    ]
    if not any(one.refuses_match for one in broken):
        witnessed = bool(incidents) and not any(one.part == Slice.INCIDENTS for one in broken)
        broken += _not_told_twice(given, match, witnessed=witnessed)
    quarantined = _held(given, match, broken)
    detail = sofascore.complete_detail(
        page.detail, lineups=None if Slice.LINEUPS in quarantined else lineups, managers=managers
    )
    parts: dict[Slice, Sequence[Record]] = {
        Slice.DETAIL: (match, *page.teams, detail),
        Slice.STATISTICS: statistics,
        Slice.LINEUPS: (*appearances, *(lineups.players if lineups else ())),
        Slice.INCIDENTS: incidents,
        Slice.SHOTMAP: shots,
        Slice.MANAGERS: managers.records(match) if managers else (),
    }
    kept = {part for part in given.fresh if part not in quarantined} | {Slice.DETAIL}
    return MatchPage(
        match=match,
        records=[record for part in Slice if part in kept for record in parts[part]],
        quarantined=quarantined,
    )


def _page(response: PageResponse) -> EventPage:
    return sofascore.parse_event(response.text, source=SOURCE, read_at=received_at(response))


def _maybe(
    responses: Mapping[Slice, PageResponse], part: Slice, parse: Callable[..., T], match: Match, read_at: datetime
) -> T | None:
    response = responses.get(part)
    return None if response is None else parse(response.text, source=SOURCE, match=match, read_at=read_at)


def _of_another(given: MatchResponses, match: Match) -> list[Violation]:
    """An address that answers with another match's page is no answer about this one."""
    asked = (given.league_id, given.season_id, given.match_id)
    seen = (match.league_id, match.season_id, match.match_id)
    if asked == seen:
        return []
    rule = "page_is_of_the_match"
    return [Violation(rule=rule, match_id=given.match_id, part="event", expected=f"ids {asked}", seen=f"{seen}")]


def _not_told_twice(given: MatchResponses, match: Match, *, witnessed: bool) -> list[Violation]:
    """One answer alone may be falsified: the list that named the match tells the same result of the same change.

    Where the list contradicts itself, incidents that fit the score bear witness.
    """
    seen, result = given.seen, result_of(match)
    if seen is None or seen.version != change_of(match.version) or seen.result == result:
        return []
    if not seen.result and witnessed:
        return []
    expected = seen.result or "a list or incidents that tell it, too"
    return [Violation(rule=RESULT_CONFIRMED, match_id=match.match_id, part="event", expected=expected, seen=result)]


def _changed_silently(given: MatchResponses, match: Match) -> list[Violation]:
    before, after = given.earlier.get(Slice.DETAIL), given.fresh.get(Slice.DETAIL)
    if before is None or after is None or before.text == after.text:
        return []
    return list(invariants.same_version_is_identical(_page(before).match, match))


def _held(given: MatchResponses, match: Match, broken: Sequence[Violation]) -> dict[Slice, tuple[Violation, ...]]:
    """Fresh slices to hold back; raises when it is the whole match."""
    version = change_of(match.version)
    broken = [one for one in broken if Waiver(version, _SLICES[one.part], one.rule) not in given.waived]
    if any(one.refuses_match for one in broken):
        raise Contradiction([one for one in broken if one.refuses_match], version=version)
    quarantined: dict[Slice, tuple[Violation, ...]] = {}
    for one in broken:
        part = _SLICES[one.part]
        if part in given.fresh:
            quarantined[part] = (*quarantined.get(part, ()), one)
    return quarantined
