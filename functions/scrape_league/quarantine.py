"""Held answers: shown with the rules they break, and released when a person says that they are right after all.

To release reads the kept answers again, lets pass exactly the rules that were broken, and appends what they hold; no
request is made. A newer version of the match is judged anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from functions.scrape_league import reading
from functions.scrape_league.appending import append
from functions.scrape_league.core import Slice
from functions.scrape_league.match_page import Given, match_page
from functions.scrape_league.reading import Waiver
from shared.domain.leagues import by_id
from shared.errors import Conflict, InvalidInput
from shared.ports import Clock

if TYPE_CHECKING:
    from functions.scrape_league.archive import Archive
    from functions.scrape_league.worker import Encode, Log
    from shared.domain.records import Record
    from shared.ports import Answer

_EVENT = re.compile(r"/api/v1/event/(\d+)(?:/([a-z]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An answer that was held back."""

    id: int
    kind: str
    league_id: int
    season_id: int
    ref: str
    part: str
    version: int
    violations: list[dict[str, str]]
    """rule, expected, seen."""
    evidence: list[int]
    """Ids of raw answers."""
    state: str
    """held, released or resolved."""
    n_seen: int
    found_at: datetime
    seen_at: datetime
    decided_at: datetime | None
    decided_by: str
    note: str


class Quarantine(Protocol):
    """Where entries are kept."""

    def entries(self, *, state: str, league_id: int | None, after: int, limit: int) -> list[Entry]:
        """Entries in a state (all when empty), the oldest first."""

    def entry(self, entry_id: int) -> Entry:
        """One of them, or `NotFound`."""

    def release(self, entry: Entry, slices: Sequence[str], *, by: str, note: str) -> bool:
        """Mark it released and its slices present; whether it was still held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What releasing needs."""

    quarantine: Quarantine
    archive: Archive
    log: Log
    encode: Encode
    clock: Clock


def evidence(entry: Entry, archive: Archive) -> dict[str, Answer]:
    """The answers that show it, by path."""
    return {place.path: archive.answer(place) for place in archive.index.places(entry.evidence)}


def release(entry_id: int, *, by: str, note: str, deps: Deps) -> Entry:
    """Store what an entry holds; its state afterwards.

    Raises
    ------
    NotFound : no such entry.
    Conflict : it is held no more, or there is nothing in it that could be stored.
    """
    entry = deps.quarantine.entry(entry_id)
    if entry.state != "held":
        raise Conflict(f"entry {entry_id} is {entry.state} already")
    slices, records = _read(entry, evidence(entry, deps.archive))
    append(records, entry.league_id, deps.log, deps.encode, deps.clock.now())
    if not deps.quarantine.release(entry, slices, by=by, note=note):
        raise Conflict(f"entry {entry_id} was decided meanwhile")
    return deps.quarantine.entry(entry_id)


def slices(answers: Mapping[str, Answer]) -> dict[int, dict[Slice, Answer]]:
    """Answers about matches, by match and slice; other paths are left out."""
    found: dict[int, dict[Slice, Answer]] = {}
    for path, answer in answers.items():
        if told := _EVENT.fullmatch(path):
            found.setdefault(int(told[1]), {})[Slice(told[2] or "detail")] = answer
    return found


def _read(entry: Entry, answers: Mapping[str, Answer]) -> tuple[list[str], dict[tuple[int, str], list[Record]]]:
    """What is stored by releasing: slices, and records by season and kind."""
    waived = {Waiver(entry.version, entry.part, broken["rule"]) for broken in entry.violations}
    try:
        if entry.kind == "match":
            found, records = _match(entry, slices(answers)[int(entry.ref)], waived)
        elif entry.kind == "standings":
            (answer,) = answers.values()
            found, records = [], [*reading.standings(answer, by_id(entry.league_id).id, entry.season_id, waived)]
        else:
            raise Conflict(f"entry {entry.id}: a list that cannot be read holds nothing to release")
    except (InvalidInput, KeyError) as exc:
        raise Conflict(f"entry {entry.id} cannot be released: {exc}") from exc
    sorted_out: dict[tuple[int, str], list[Record]] = {}
    for record in records:
        sorted_out.setdefault((entry.season_id, record.TABLE), []).append(record)
    return found, sorted_out


def _match(entry: Entry, fresh: Mapping[Slice, Answer], waived: set[Waiver]) -> tuple[list[str], list[Record]]:
    given = Given(
        league_id=entry.league_id,
        season_id=entry.season_id,
        match_id=int(entry.ref),
        fresh=fresh,
        waived=waived,
    )
    page = match_page(given)
    # Of a match that was held back as a whole all slices come with it, but for those that break rules of their own.
    return [part for part in fresh if part not in page.held], page.records


def shown(entry: Entry) -> dict[str, Any]:
    """An entry as callers see it."""
    from functions.scrape_league.service import slug_of

    return {
        "id": entry.id,
        "state": entry.state,
        "league": slug_of(entry.league_id),
        "season_id": entry.season_id,
        "kind": entry.kind,
        "ref": entry.ref,
        "part": entry.part,
        "violations": entry.violations,
        "evidence": entry.evidence,
        "times_seen": entry.n_seen,
        "found_at": entry.found_at,
        "seen_at": entry.seen_at,
        "decided_at": entry.decided_at,
        "decided_by": entry.decided_by,
        "note": entry.note,
    }
