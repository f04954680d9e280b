"""From the source's answers to records, through the shared parsers and their invariants."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from functions.scrape_league.quarantine.model import UNREADABLE, Waiver
from functions.scrape_league.source.endpoints import SOURCE, Slice
from shared.domain import sofascore
from shared.domain.catalogue.leagues import UniqueTournamentId
from shared.domain.football.match_status import is_final
from shared.domain.football.records import Match, Record, SeasonRecord, Standing
from shared.domain.sofascore import Verdict, invariants
from shared.domain.sofascore.invariants import Violation
from shared.errors import InvalidInput
from shared.ports.collection import PageResponse

WALKS = ("last", "next")
"""Lists of leagues without numbered rounds: pages into the past and into the future."""

MOST_PAGES = 100
"""No season has 3,000 matches; a source that goes on further is not paging."""

_DISTINCT = frozenset({"leagues", "teams", "players", "managers"})
"""Kinds that many answers of one chunk repeat."""

_LISTED = {Slice.STATISTICS: "statistics", Slice.INCIDENTS: "incidents", Slice.SHOTMAP: "shotmap"}

_LONGEST_EMPTY = 2_000
"""Characters of an answer that may be empty: incidents name both sides' colours all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEvents:
    """What the pages of one round or walk hold."""

    matches: list[Match]
    """All that can be read, suspects too."""
    records: list[Record]
    """What may be stored."""
    refused: list[str]
    """What cannot be read, and why."""
    suspects: dict[int, str]
    """Matches whose numbers contradict each other, and the rules they break."""


class Contradiction(InvalidInput):
    """An answer contradicts itself, or an earlier one."""

    def __init__(self, violations: Sequence[Violation], *, version: int = 0) -> None:
        super().__init__("; ".join(map(str, violations)))
        self.violations = tuple(violations)
        self.version = version


def violations_of(fault: InvalidInput, part: str) -> tuple[Violation, ...]:
    """What was wrong with an answer as rules broken; not to be readable breaks one too."""
    if isinstance(fault, Contradiction):
        return fault.violations
    return (Violation(rule=UNREADABLE, match_id=0, part=part, expected="a whole answer", seen=str(fault)),)


def received_at(response: PageResponse) -> datetime:
    """When an answer came, as the archive noted it."""
    if response.received_at is None:
        raise ValueError("nobody noted when the answer came")
    return response.received_at


def judge(response: PageResponse) -> Verdict:
    """What an answer is, before anybody parses it."""
    return sofascore.refusal(response.status, response.text, retry_after_s=response.retry_after_s)


def seasons(response: PageResponse, league_id: UniqueTournamentId) -> Sequence[SeasonRecord]:
    """The seasons a league has."""
    return sofascore.parse_seasons(response.text, source=SOURCE, league_id=league_id, read_at=received_at(response))


def standings(
    response: PageResponse, league_id: UniqueTournamentId, season_id: int, venue: str, waived: Set[Waiver] = frozenset()
) -> Sequence[Record]:
    """The source's own table of all matches, or of one venue; `Contradiction` when it breaks a rule nobody let pass."""
    rows = sofascore.parse_standings(
        response.text, source=SOURCE, league_id=league_id, season_id=season_id, read_at=received_at(response)
    ).rows
    found = [*_of_another_venue(rows, venue), *invariants.check_standings(rows)]
    broken = [one for one in found if Waiver(0, one.part, one.rule) not in waived]
    if broken:
        raise Contradiction(broken)
    return rows


def _of_another_venue(rows: Sequence[Standing], venue: str) -> list[Violation]:
    """An address that answers with another table is no answer about this one."""
    others = sorted({row.kind for row in rows} - {venue})
    rule = "table_is_of_the_venue"
    return (
        [Violation(rule=rule, match_id=0, part="standings", expected=venue, seen=", ".join(others))] if others else []
    )


def round_refs(body: str) -> list[str]:
    """Rounds as the ends of their addresses; none for leagues without numbered rounds."""
    return [f"round/{found.path}" for found in sofascore.parse_rounds(body).rounds]


def has_next_page(body: str) -> bool:
    """Whether a walk goes on."""
    try:
        page = json.loads(body)
    except ValueError:
        return False
    return isinstance(page, dict) and page.get("hasNextPage") is True


def events(pages: Sequence[PageResponse], league_id: int, season_id: int) -> RoundEvents:
    """The matches of one list, each once; what belongs to another season is left out.

    Records are of matches that were not played yet or never will be; the others are only named.
    """
    matches: dict[int, Match] = {}
    records: list[Record] = []
    refused: list[str] = []
    for response in pages:
        page = sofascore.parse_events(response.text, source=SOURCE, read_at=received_at(response), strict=False)
        refused += [str(fault) for fault in page.refused]
        for match in page.matches:
            if (match.league_id, match.season_id) == (league_id, season_id):
                known = matches.get(match.match_id)
                matches[match.match_id] = match if known is None or match.version >= known.version else known
        records += [*page.teams, *page.leagues]
    suspects: dict[int, str] = {}
    for match in matches.values():
        if broken := invariants.check_match(match):
            suspects[match.match_id] = f"match {match.match_id}: {'; '.join(map(str, broken))}"
    # A played match is stored from its own page, once that says the same: one answer alone may be falsified.
    records += [one for one in matches.values() if one.match_id not in suspects and not is_final(one.status_code)]
    return RoundEvents(matches=list(matches.values()), records=records, refused=refused, suspects=suspects)


def is_empty(part: Slice, body: str) -> bool:
    """Whether an answer says in its own way that there is nothing."""
    if len(body) > _LONGEST_EMPTY:
        return False
    try:
        response = json.loads(body)
    except ValueError:
        return False  # cut off or garbled: the parser names the fault
    if not isinstance(response, dict):
        return False
    if part is Slice.MANAGERS:
        return not (response.get("homeManager") or response.get("awayManager"))
    return part in _LISTED and response.get(_LISTED[part]) == []


def distinct(kind: str, records: Iterable[Record]) -> list[Record]:
    """Records of one kind, each key once where answers repeat them, the newest last read."""
    if kind not in _DISTINCT:
        return list(records)
    kept: dict[tuple[object, ...], Record] = {}
    for record in records:
        key = tuple(getattr(record, name) for name in record.KEY)
        if key not in kept or record.version >= kept[key].version:
            kept[key] = record
    return list(kept.values())
