"""From the source's answers to records, through the shared parsers and their invariants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from functions.scrape_league.core import SOURCE, Slice
from shared.domain import sofascore
from shared.domain.leagues import UniqueTournamentId
from shared.domain.records import Match, Record, SeasonRecord
from shared.domain.sofascore import Verdict, invariants
from shared.errors import InvalidInput
from shared.ports import Answer

T = TypeVar("T")

WALKS = ("last", "next")
"""Lists of leagues without numbered rounds: pages into the past and into the future."""

MOST_PAGES = 100
"""No season has 3,000 matches; a source that goes on further is not paging."""

_DISTINCT = frozenset({"leagues", "teams", "players"})
"""Kinds that many answers of one chunk repeat."""

_CONTENT = {Slice.STATISTICS: "statistics", Slice.INCIDENTS: "incidents", Slice.SHOTMAP: "shotmap"}

_PARTS = {**{part.value: part for part in Slice}, "shots": Slice.SHOTMAP}
"""Slices by the invariants' names of parts."""

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
    suspects: list[str]
    """Matches whose numbers contradict each other, and the rules they break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPage:
    """One match with whatever slices were given."""

    match: Match
    records: list[Record]
    """What may be stored."""
    held: dict[Slice, str]
    """Slices held back, and the rules they break."""


def judge(answer: Answer) -> Verdict:
    """What an answer is, before anybody parses it."""
    return sofascore.refusal(answer.status, answer.text, retry_after_s=answer.retry_after_s)


def seasons(body: str, league_id: UniqueTournamentId, read_at: datetime) -> Sequence[SeasonRecord]:
    """The seasons a league has."""
    return sofascore.parse_seasons(body, source=SOURCE, league_id=league_id, read_at=read_at)


def standings(body: str, league_id: UniqueTournamentId, season_id: int, read_at: datetime) -> Sequence[Record]:
    """The source's own table; `InvalidInput` when it contradicts itself."""
    rows = sofascore.parse_standings(
        body, source=SOURCE, league_id=league_id, season_id=season_id, read_at=read_at
    ).rows
    if broken := invariants.check_standings(rows):
        raise InvalidInput(f"standings: {'; '.join(map(str, broken))}")
    return rows


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


def events(bodies: Sequence[str], league_id: int, season_id: int, read_at: datetime) -> RoundEvents:
    """The matches of one list, each once; what belongs to another season is left out."""
    matches: dict[int, Match] = {}
    records: list[Record] = []
    refused: list[str] = []
    for body in bodies:
        page = sofascore.parse_events(body, source=SOURCE, read_at=read_at, strict=False)
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
    records += [match for match in matches.values() if match.match_id not in suspects]
    return RoundEvents(
        matches=list(matches.values()), records=records, refused=refused, suspects=list(suspects.values())
    )


def match_page(
    bodies: Mapping[Slice, str],
    league_id: int,
    season_id: int,
    match_id: int,
    read_at: datetime,
    *,
    keep_detail: bool = False,
) -> MatchPage:
    """Read a match's own page and the slices given with it.

    Parameters
    ----------
    bodies : answers by slice, the detail among them.
    keep_detail : what is stored of the page itself is complete: without line-ups among the answers it stays as it is,
        because half of it (the formations) comes from them and would be wiped out.

    Raises
    ------
    InvalidInput : something cannot be read, is of another match, or the match contradicts itself; the rule is named.
    """
    page = sofascore.parse_event(bodies[Slice.DETAIL], source=SOURCE, read_at=read_at)
    match = page.match
    if (match.league_id, match.season_id, match.match_id) != (league_id, season_id, match_id):
        raise InvalidInput(f"match {match_id}: its page is of match {match.match_id}, season {match.season_id}")
    # Slices have no change time of their own. They are of the match's version, so that reading them again gives the
    # same rows, and never rows that seem newer than the match.
    at = datetime.fromtimestamp(match.version / 1000, UTC)
    statistics = _maybe(bodies, Slice.STATISTICS, sofascore.parse_statistics, match, at) or ()
    incidents = _maybe(bodies, Slice.INCIDENTS, sofascore.parse_incidents, match, at) or ()
    shots = _maybe(bodies, Slice.SHOTMAP, sofascore.parse_shots, match, at) or ()
    lineups = _maybe(bodies, Slice.LINEUPS, sofascore.parse_lineups, match, at)
    appearances = lineups.appearances if lineups else ()
    broken = invariants.check_match(
        match,
        detail=page.detail,
        statistics=statistics,
        appearances=appearances,
        incidents=incidents,
        shots=shots,
    )
    if refusing := [violation for violation in broken if violation.refuses_match]:
        raise InvalidInput(f"match {match_id}: {'; '.join(map(str, refusing))}")
    held = {_PARTS[violation.part]: str(violation) for violation in broken}
    detail = sofascore.complete_detail(page.detail, lineups=None if Slice.LINEUPS in held else lineups)
    parts: dict[Slice, Sequence[Record]] = {
        Slice.DETAIL: () if keep_detail and lineups is None else (detail,),
        Slice.STATISTICS: statistics,
        Slice.LINEUPS: (*appearances, *(lineups.players if lineups else ())),
        Slice.INCIDENTS: incidents,
        Slice.SHOTMAP: shots,
    }
    kept = [record for part, records in parts.items() if part not in held for record in records]
    return MatchPage(match=match, records=[match, *page.teams, *kept], held=held)


def _maybe(
    bodies: Mapping[Slice, str], part: Slice, parse: Callable[..., T], match: Match, read_at: datetime
) -> T | None:
    body = bodies.get(part)
    return None if body is None else parse(body, source=SOURCE, match=match, read_at=read_at)


def is_empty(part: Slice, body: str) -> bool:
    """Whether an answer says in its own way that there is nothing."""
    name = _CONTENT.get(part)
    if name is None or len(body) > _LONGEST_EMPTY:
        return False
    try:
        answer = json.loads(body)
    except ValueError:
        return False  # cut off or garbled: the parser names the fault
    return isinstance(answer, dict) and answer.get(name) == []


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
