"""Units of rounds: which matches there are, and which of them lack details."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from functions.scrape_league.collect import parsing as reading
from functions.scrape_league.collect.chunk_output import Harvest
from functions.scrape_league.collect.fetch import fetch, is_content
from functions.scrape_league.collect.parsing import RoundEvents
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.unit_results import quarantined, unanswered
from functions.scrape_league.jobs import policy as core
from functions.scrape_league.jobs.model import ListRead, SeenMatch
from functions.scrape_league.jobs.units import Chunk, NewList, NewUnit, Unit, UnitEnd
from functions.scrape_league.quarantine.model import UNREADABLE, Held, Subject
from shared.domain.football.match_status import is_final
from shared.domain.football.records import Match
from shared.domain.sofascore import Outcome
from shared.domain.sofascore.invariants import Violation
from shared.domain.sofascore.json_reader import change_of
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest, PageResponse

_log = logging.getLogger(__name__)


def collect_rounds(chunk: Chunk, deps: Deps) -> Harvest:
    """Read the matches of rounds, and make a unit of every finished match that lacks details."""
    harvest = Harvest()
    lists = {known.path: known for known in deps.queue.lists(chunk.league_id, chunk.season_id)}
    listed = [unit for unit in chunk.units if unit.ref not in reading.WALKS]
    paths = {unit.id: _round_path(unit) for unit in listed}
    requests = [_ask_for_news(path, None if chunk.refresh else lists.get(path)) for path in paths.values()]
    found: list[SeenMatch] = []
    for unit, response in zip(listed, fetch(requests, deps), strict=True):
        found += _read_round(unit, paths[unit.id], [response], harvest, deps)
    for unit in chunk.units:
        if unit.ref in reading.WALKS:
            found += _read_round(unit, _round_path(unit), _walk(_round_path(unit), deps), harvest, deps)
    _want_details(chunk, found, harvest, deps)
    return harvest


def _round_path(unit: Unit) -> str:
    return f"/api/v1/unique-tournament/{unit.league_id}/season/{unit.season_id}/events/{unit.ref}"


def _ask_for_news(path: str, known: ListRead | None) -> PageRequest:
    """Conditional where the list was read before."""
    return (
        PageRequest(path=path, etag=known.etag, last_modified=known.last_modified) if known else PageRequest(path=path)
    )


def _walk(path: str, deps: Deps) -> list[PageResponse]:
    """Pages until the source says that there are no more. They move while a season runs, so events may repeat."""
    pages: list[PageResponse] = []
    for number in range(reading.MOST_PAGES):
        (response,) = fetch([PageRequest(path=f"{path}/{number}")], deps)
        if pages and reading.judge(response).outcome is Outcome.ABSENT:
            break
        pages.append(response)
        if not is_content(response) or not reading.has_next_page(response.text):
            break
    return pages


def _read_round(unit: Unit, path: str, pages: Sequence[PageResponse], harvest: Harvest, deps: Deps) -> list[SeenMatch]:
    """Add a round's records; its matches, as far as they can be read."""
    now = deps.clock.now()
    subject = Subject(kind="round", league_id=unit.league_id, season_id=unit.season_id, ref=unit.ref, part="events")
    read = NewList(
        path=path,
        ref=unit.ref,
        etag=pages[0].etag,
        last_modified=pages[0].last_modified,
        read_at=now,
        league_id=unit.league_id,
        season_id=unit.season_id,
    )
    if reading.judge(pages[0]).outcome is Outcome.UNCHANGED:
        harvest.ended.lists.append(read)
        harvest.ended.units.append(UnitEnd(id=unit.id, state="done"))
        known = deps.queue.season_matches(unit.league_id, unit.season_id)
        return [match for match in known if match.round_ref == unit.ref]
    if fault := next((page for page in pages if not is_content(page)), None):
        harvest.ended.units.append(unanswered(unit, fault, unit.ref))
        return []
    try:
        events = reading.events(pages, unit.league_id, unit.season_id)
    except InvalidInput as exc:
        harvest.ended.held.append(_held(subject, reading.violations_of(exc, "events"), pages))
        harvest.ended.units.append(quarantined(unit, str(exc)))
        return []
    n_rows = harvest.add(unit.season_id, events.records)
    seen = as_listed(events, unit.ref)
    harvest.ended.matches += seen
    if events.suspects:
        # Stored nowhere, but not forgotten: their own pages decide whether they are held back for good.
        _log.warning("suspect matches in %s: %s", path, list(events.suspects.values()), extra={"action": "suspect"})
    if events.refused:
        harvest.ended.held.append(_held(subject, _unreadable(events.refused), pages))
    else:
        harvest.ended.lists.append(read)
        harvest.ended.sound.append(subject)
    reason = f"unreadable: {'; '.join(events.refused)}" if events.refused else ""
    harvest.ended.units.append(UnitEnd(id=unit.id, state="done", reason=reason, n_rows=n_rows))
    return seen


def _held(subject: Subject, violations: Sequence[Violation], pages: Sequence[PageResponse]) -> Held:
    evidence = tuple(page.raw_id for page in pages if page.raw_id)
    return Held(subject=subject, version=0, violations=tuple(violations), evidence=evidence)


def _unreadable(faults: Sequence[str]) -> list[Violation]:
    return [
        Violation(rule=UNREADABLE, match_id=0, part="events", expected="an event that can be read", seen=fault)
        for fault in faults
    ]


def as_listed(events: RoundEvents, ref: str) -> list[SeenMatch]:
    """What the collector remembers of a list's matches; a result that contradicts itself was not told."""
    seen = [as_seen(match, ref) for match in events.matches]
    return [replace(match, result="") if match.match_id in events.suspects else match for match in seen]


def as_seen(match: Match, ref: str) -> SeenMatch:
    """What the collector remembers of a match."""
    return SeenMatch(
        match_id=match.match_id,
        league_id=match.league_id,
        season_id=match.season_id,
        round_ref=ref,
        home_id=match.home_id,
        away_id=match.away_id,
        starts_at=match.starts_at,
        status_code=match.status_code,
        finished=is_final(match.status_code),
        has_xg=match.has_xg,
        has_player_statistics=match.has_player_statistics,
        version=change_of(match.version),
        result=core.result_of(match),
    )


def _want_details(chunk: Chunk, matches: Sequence[SeenMatch], harvest: Harvest, deps: Deps) -> None:
    finished = {match.match_id: match for match in matches if match.finished}
    known = deps.queue.slices(list(finished))
    harvest.ended.new_units += [
        NewUnit(
            kind="match",
            league_id=match.league_id,
            season_id=match.season_id,
            ref=str(match.match_id),
            version=match.version,
        )
        for match in finished.values()
        if core.wanted_slices(match, known.get(match.match_id, {}), deps.clock.now(), refresh=chunk.refresh)
    ]
