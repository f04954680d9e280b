"""Units of rounds: which matches there are, and which of them lack details."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.fetch import fetch, is_content
from functions.scrape_league.collect.parsing import RoundEvents
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.unit_results import quarantined, unanswered
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import KnownList, KnownMatch
from functions.scrape_league.jobs.units import Chunk, NewList, NewUnit, Unit, UnitResult
from functions.scrape_league.quarantine.model import UNREADABLE, QuarantineItem, Subject
from shared.domain.football.match_status import is_final
from shared.domain.football.records import Match
from shared.domain.sofascore import Outcome
from shared.domain.sofascore.invariants import Violation
from shared.domain.sofascore.json_reader import change_of
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest, PageResponse

_log = logging.getLogger(__name__)


def collect_rounds(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Read the matches of rounds, and make a unit of every finished match that lacks details."""
    output = ChunkOutput()
    lists = {known.path: known for known in deps.queue.lists(chunk.league_id, chunk.season_id)}
    listed = [unit for unit in chunk.units if unit.ref not in parsing.WALKS]
    paths = {unit.id: _round_path(unit) for unit in listed}
    requests = [_ask_for_news(path, None if chunk.refresh else lists.get(path)) for path in paths.values()]
    found: list[KnownMatch] = []
    for unit, response in zip(listed, fetch(requests, deps), strict=True):
        found += _read_round(unit, paths[unit.id], [response], output, deps)
    for unit in chunk.units:
        if unit.ref in parsing.WALKS:
            found += _read_round(unit, _round_path(unit), _walk(_round_path(unit), deps), output, deps)
    _want_details(chunk, found, output, deps)
    return output


def _round_path(unit: Unit) -> str:
    return f"/api/v1/unique-tournament/{unit.league_id}/season/{unit.season_id}/events/{unit.ref}"


def _ask_for_news(path: str, known: KnownList | None) -> PageRequest:
    """Conditional where the list was read before."""
    return (
        PageRequest(path=path, etag=known.etag, last_modified=known.last_modified) if known else PageRequest(path=path)
    )


def _walk(path: str, deps: Deps) -> list[PageResponse]:
    """Pages until the source says that there are no more. They move while a season runs, so events may repeat."""
    pages: list[PageResponse] = []
    for number in range(parsing.MOST_PAGES):
        (response,) = fetch([PageRequest(path=f"{path}/{number}")], deps)
        if pages and parsing.judge(response).outcome is Outcome.ABSENT:
            break
        pages.append(response)
        if not is_content(response) or not parsing.has_next_page(response.text):
            break
    return pages


def _read_round(
    unit: Unit, path: str, pages: Sequence[PageResponse], output: ChunkOutput, deps: Deps
) -> list[KnownMatch]:
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
    if parsing.judge(pages[0]).outcome is Outcome.UNCHANGED:
        output.result.lists.append(read)
        output.result.units.append(UnitResult(id=unit.id, state="done"))
        known = deps.queue.season_matches(unit.league_id, unit.season_id)
        return [match for match in known if match.round_ref == unit.ref]
    if fault := next((page for page in pages if not is_content(page)), None):
        output.result.units.append(unanswered(unit, fault, unit.ref))
        return []
    try:
        events = parsing.events(pages, unit.league_id, unit.season_id)
    except InvalidInput as exc:
        output.result.quarantined.append(_held(subject, parsing.violations_of(exc, "events"), pages))
        output.result.units.append(quarantined(unit, str(exc)))
        return []
    n_rows = output.add(unit.season_id, events.records)
    seen = to_known_matches(events, unit.ref)
    output.result.matches += seen
    if events.suspects:
        # Stored nowhere, but not forgotten: their own pages decide whether they are held back for good.
        _log.warning("suspect matches in %s: %s", path, list(events.suspects.values()), extra={"action": "suspect"})
    if events.refused:
        output.result.quarantined.append(_held(subject, _unreadable(events.refused), pages))
    else:
        output.result.lists.append(read)
        output.result.passed.append(subject)
    reason = f"unreadable: {'; '.join(events.refused)}" if events.refused else ""
    output.result.units.append(UnitResult(id=unit.id, state="done", reason=reason, n_rows=n_rows))
    return seen


def _held(subject: Subject, violations: Sequence[Violation], pages: Sequence[PageResponse]) -> QuarantineItem:
    evidence = tuple(page.raw_id for page in pages if page.raw_id)
    return QuarantineItem(subject=subject, version=0, violations=tuple(violations), evidence=evidence)


def _unreadable(faults: Sequence[str]) -> list[Violation]:
    return [
        Violation(rule=UNREADABLE, match_id=0, part="events", expected="an event that can be read", seen=fault)
        for fault in faults
    ]


def to_known_matches(events: RoundEvents, ref: str) -> list[KnownMatch]:
    """What the collector remembers of a list's matches; a result that contradicts itself was not told."""
    seen = [to_known_match(match, ref) for match in events.matches]
    return [replace(match, result="") if match.match_id in events.suspects else match for match in seen]


def to_known_match(match: Match, ref: str) -> KnownMatch:
    """What the collector remembers of a match."""
    return KnownMatch(
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
        result=policy.result_of(match),
    )


def _want_details(chunk: Chunk, matches: Sequence[KnownMatch], output: ChunkOutput, deps: Deps) -> None:
    finished = {match.match_id: match for match in matches if match.finished}
    known = deps.queue.slices(list(finished))
    output.result.new_units += [
        NewUnit(
            kind="match",
            league_id=match.league_id,
            season_id=match.season_id,
            ref=str(match.match_id),
            version=match.version,
        )
        for match in finished.values()
        if policy.slices_to_fetch(match, known.get(match.match_id, {}), deps.clock.now(), refresh=chunk.refresh)
    ]
