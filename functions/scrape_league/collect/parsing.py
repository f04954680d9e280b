"""Records from the source's responses, through the shared parsers and their rules."""

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
from shared.domain.sofascore import invariants
from shared.domain.sofascore.invariants import Violation
from shared.errors import InvalidInput
from shared.ports.collection import PageResponse

PAGED_LISTS = ("last", "next")
"""Lists of leagues without numbered rounds: pages into the past and into the future."""

MAX_PAGES = 100
"""No season has 3,000 matches; a list that goes on further is not paged properly."""

_DISTINCT_KINDS = frozenset({"leagues", "teams", "players", "managers"})
"""Kinds that many responses of one chunk repeat."""

_LIST_FIELDS = {Slice.STATISTICS: "statistics", Slice.INCIDENTS: "incidents", Slice.SHOTMAP: "shotmap"}

_MAX_EMPTY_LENGTH = 2_000
"""Characters of a response that may be empty: incidents name the colours of both sides even without an incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEvents:
    """The matches of one round or paged list."""

    matches: list[Match]
    """All readable matches, suspects as well."""
    records: list[Record]
    """Records that may be stored."""
    unreadable: list[str]
    """Why single events cannot be read."""
    suspects: dict[int, str]
    """Matches whose numbers contradict each other, and the rules that they break."""


class Contradiction(InvalidInput):
    """A response contradicts itself, or an earlier one."""

    def __init__(self, violations: Sequence[Violation], *, version: int = 0) -> None:
        super().__init__("; ".join(map(str, violations)))
        self.violations = tuple(violations)
        self.version = version


def violations_of(error: InvalidInput, part: str) -> tuple[Violation, ...]:
    """Return the rules that a response breaks; an unreadable one breaks a rule too."""
    if isinstance(error, Contradiction):
        return error.violations
    return (Violation(rule=UNREADABLE, match_id=0, part=part, expected="a whole response", seen=str(error)),)


def read_time(response: PageResponse) -> datetime:
    """Return the time of an archived response."""
    if response.received_at is None:
        raise ValueError("the response has no time: it was not archived")
    return response.received_at


def parse_seasons(response: PageResponse, league_id: UniqueTournamentId) -> Sequence[SeasonRecord]:
    """Return the seasons of a league."""
    return sofascore.parse_seasons(response.text, source=SOURCE, league_id=league_id, read_at=read_time(response))


def parse_standings(
    response: PageResponse,
    league_id: UniqueTournamentId,
    season_id: int,
    venue: str,
    waivers: Set[Waiver] = frozenset(),
) -> Sequence[Record]:
    """Return the source's own table, of all matches or of one venue.

    Raises
    ------
    InvalidInput : the table is unreadable, or a `Contradiction`: it breaks a rule that is not waived.
    """
    rows = sofascore.parse_standings(
        response.text, source=SOURCE, league_id=league_id, season_id=season_id, read_at=read_time(response)
    ).rows
    violations = [*_check_venue(rows, venue), *invariants.check_standings(rows)]
    violations = [one for one in violations if Waiver(0, one.part, one.rule) not in waivers]
    if violations:
        raise Contradiction(violations)
    return rows


def _check_venue(rows: Sequence[Standing], venue: str) -> list[Violation]:
    """Return a violation if the table is of another venue than requested."""
    others = sorted({row.kind for row in rows} - {venue})
    rule = "table_is_of_the_venue"
    return (
        [Violation(rule=rule, match_id=0, part="standings", expected=venue, seen=", ".join(others))] if others else []
    )


def parse_round_refs(body: str) -> list[str]:
    """Return the rounds as the ends of their paths; none for leagues without numbered rounds."""
    return [f"round/{one.path}" for one in sofascore.parse_rounds(body).rounds]


def has_next_page(body: str) -> bool:
    """Tell whether a paged list goes on."""
    try:
        page = json.loads(body)
    except ValueError:
        return False
    return isinstance(page, dict) and page.get("hasNextPage") is True


def parse_round(pages: Sequence[PageResponse], league_id: int, season_id: int) -> RoundEvents:
    """Return the matches of one list, each once; matches of other seasons are left out.

    An event that names no season, as live ones may, is of the season of the list.

    Records are only of matches that are not final. A final match is stored from its own page, once that agrees with
    the list: a single response may be falsified.
    """
    matches: dict[int, Match] = {}
    records: list[Record] = []
    unreadable: list[str] = []
    for response in pages:
        page = sofascore.parse_events(
            response.text, source=SOURCE, read_at=read_time(response), strict=False, season_id=season_id
        )
        unreadable += [str(error) for error in page.refused]
        for match in page.matches:
            if (match.league_id, match.season_id) == (league_id, season_id):
                known = matches.get(match.match_id)
                matches[match.match_id] = match if known is None or match.version >= known.version else known
        records += [*page.teams, *page.leagues]
    suspects = _find_suspects(matches.values())
    records += [one for one in matches.values() if one.match_id not in suspects and not is_final(one.status_code)]
    return RoundEvents(matches=list(matches.values()), records=records, unreadable=unreadable, suspects=suspects)


def _find_suspects(matches: Iterable[Match]) -> dict[int, str]:
    suspects = {}
    for match in matches:
        if violations := invariants.check_match(match):
            suspects[match.match_id] = f"match {match.match_id}: {'; '.join(map(str, violations))}"
    return suspects


def is_empty(part: Slice, body: str) -> bool:
    """Tell whether a response says, in the way of its slice, that there is nothing."""
    if len(body) > _MAX_EMPTY_LENGTH:
        return False
    try:
        content = json.loads(body)
    except ValueError:
        return False  # cut off or garbled: the parser names the fault
    if not isinstance(content, dict):
        return False
    if part is Slice.MANAGERS:
        return not (content.get("homeManager") or content.get("awayManager"))
    return part in _LIST_FIELDS and content.get(_LIST_FIELDS[part]) == []


def distinct(kind: str, records: Iterable[Record]) -> list[Record]:
    """Return records of one kind; of a kind that responses repeat, only the newest of each key."""
    if kind not in _DISTINCT_KINDS:
        return list(records)
    newest: dict[tuple[object, ...], Record] = {}
    for record in records:
        key = tuple(getattr(record, name) for name in record.KEY)
        if key not in newest or record.version >= newest[key].version:
            newest[key] = record
    return list(newest.values())
