"""Units of rounds: the matches of a list, and a unit for every finished match that lacks slices."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.fetch import FetchResult, fetch
from functions.scrape_league.collect.parsing import RoundEvents
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.unit_results import quarantine, report_missing
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import KnownList, KnownMatch
from functions.scrape_league.jobs.units import Chunk, NewList, NewUnit, Unit, UnitResult
from functions.scrape_league.quarantine.model import UNREADABLE, QuarantineItem, Subject
from shared.domain.football.match_status import is_final
from shared.domain.football.records import Match
from shared.domain.sofascore.invariants import Violation
from shared.domain.sofascore.json_reader import change_of
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest

_log = logging.getLogger(__name__)


def collect_rounds(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Read the matches of rounds, and make a unit of every finished match that lacks slices."""
    output = ChunkOutput()
    matches: list[KnownMatch] = []
    for unit, pages in _fetch_rounds(chunk, deps) + _fetch_paged_lists(chunk, deps):
        matches += _read_round(unit, pages, output, deps)
    _add_match_units(chunk, matches, output, deps)
    return output


def _fetch_rounds(chunk: Chunk, deps: Deps) -> list[tuple[Unit, list[FetchResult]]]:
    """Fetch lists of one page together, conditionally unless the job is a refresh."""
    lists = {known.path: known for known in deps.queue.get_lists(chunk.league_id, chunk.season_id)}
    units = [unit for unit in chunk.units if unit.ref not in parsing.PAGED_LISTS]
    requests = [_request(path, None if chunk.refresh else lists.get(path)) for path in map(_path, units)]
    return [(unit, [result]) for unit, result in zip(units, fetch(requests, deps), strict=True)]


def _fetch_paged_lists(chunk: Chunk, deps: Deps) -> list[tuple[Unit, list[FetchResult]]]:
    units = [unit for unit in chunk.units if unit.ref in parsing.PAGED_LISTS]
    return [(unit, _fetch_pages(_path(unit), deps)) for unit in units]


def _path(unit: Unit) -> str:
    return f"/api/v1/unique-tournament/{unit.league_id}/season/{unit.season_id}/events/{unit.ref}"


def _request(path: str, known: KnownList | None) -> PageRequest:
    """Return a request that is conditional if the list was read before."""
    return (
        PageRequest(path=path, etag=known.etag, last_modified=known.last_modified) if known else PageRequest(path=path)
    )


def _fetch_pages(path: str, deps: Deps) -> list[FetchResult]:
    """Fetch pages until the source says that there are no more. They move while a season runs, so events may repeat."""
    pages: list[FetchResult] = []
    for number in range(parsing.MAX_PAGES):
        (page,) = fetch([PageRequest(path=f"{path}/{number}")], deps)
        if pages and page.is_absent:
            break
        pages.append(page)
        if not page.is_content or not parsing.has_next_page(page.response.text):
            break
    return pages


def _read_round(unit: Unit, pages: Sequence[FetchResult], output: ChunkOutput, deps: Deps) -> list[KnownMatch]:
    """Add the records of a round to the output; return its readable matches."""
    result = output.result
    if pages[0].is_unchanged:
        result.lists.append(_new_list(unit, pages, deps))
        result.units.append(UnitResult(id=unit.id, state="done"))
        known = deps.queue.get_season_matches(unit.league_id, unit.season_id)
        return [match for match in known if match.round_ref == unit.ref]
    if fault := next((page for page in pages if not page.is_content), None):
        result.units.append(report_missing(unit, fault, unit.ref))
        return []
    try:
        events = parsing.parse_round([page.response for page in pages], unit.league_id, unit.season_id)
    except InvalidInput as exc:
        result.quarantined.append(_item(unit, parsing.violations_of(exc, "events"), pages))
        result.units.append(quarantine(unit, str(exc)))
        return []
    return _add_round(unit, pages, events, output, deps)


def _add_round(
    unit: Unit, pages: Sequence[FetchResult], events: RoundEvents, output: ChunkOutput, deps: Deps
) -> list[KnownMatch]:
    result, matches = output.result, to_known_matches(events, unit.ref)
    n_rows = output.add(unit.season_id, events.records)
    result.matches += matches
    if events.suspects:
        # They are not stored yet: their own pages decide whether they are quarantined.
        suspects = list(events.suspects.values())
        _log.warning("suspect matches in %s: %s", _path(unit), suspects, extra={"action": "suspect"})
    if events.unreadable:
        result.quarantined.append(_item(unit, _unreadable(events.unreadable), pages))
    else:
        result.lists.append(_new_list(unit, pages, deps))
        result.passed.append(_subject(unit))
    reason = f"unreadable: {'; '.join(events.unreadable)}" if events.unreadable else ""
    result.units.append(UnitResult(id=unit.id, state="done", reason=reason, n_rows=n_rows))
    return matches


def _new_list(unit: Unit, pages: Sequence[FetchResult], deps: Deps) -> NewList:
    first = pages[0].response
    return NewList(
        path=_path(unit),
        ref=unit.ref,
        etag=first.etag,
        last_modified=first.last_modified,
        read_at=deps.clock.now(),
        league_id=unit.league_id,
        season_id=unit.season_id,
    )


def _subject(unit: Unit) -> Subject:
    return Subject(kind="round", league_id=unit.league_id, season_id=unit.season_id, ref=unit.ref, part="events")


def _item(unit: Unit, violations: Sequence[Violation], pages: Sequence[FetchResult]) -> QuarantineItem:
    evidence = tuple(page.response.raw_id for page in pages if page.response.raw_id)
    return QuarantineItem(subject=_subject(unit), version=0, violations=tuple(violations), evidence=evidence)


def _unreadable(faults: Sequence[str]) -> list[Violation]:
    return [
        Violation(rule=UNREADABLE, match_id=0, part="events", expected="an event that can be read", seen=fault)
        for fault in faults
    ]


def to_known_matches(events: RoundEvents, ref: str) -> list[KnownMatch]:
    """Return a list's matches as the collector remembers them; a match that contradicts itself has no result."""
    matches = [to_known_match(match, ref) for match in events.matches]
    return [replace(match, result="") if match.match_id in events.suspects else match for match in matches]


def to_known_match(match: Match, ref: str) -> KnownMatch:
    """Return a match as the collector remembers it."""
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


def _add_match_units(chunk: Chunk, matches: Sequence[KnownMatch], output: ChunkOutput, deps: Deps) -> None:
    finished = {match.match_id: match for match in matches if match.finished}
    known = deps.queue.get_slices(list(finished))
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
