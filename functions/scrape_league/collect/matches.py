"""Units of matches: fetch the slices that a match lacks, and store or quarantine them together."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.fetch import FetchResult, fetch, judge
from functions.scrape_league.collect.match_page import RESULT_CONFIRMED, MatchPage, MatchResponses, read_match
from functions.scrape_league.collect.parsing import Contradiction
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.rounds import to_known_match
from functions.scrape_league.collect.unit_results import ABSENT_ONCE, quarantine, retry
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import KnownMatch, KnownPlayer, SliceState
from functions.scrape_league.jobs.units import Chunk, NewUnit, Unit, UnitResult
from functions.scrape_league.quarantine.model import QuarantineItem, Subject, Waiver
from functions.scrape_league.source.endpoints import SLICE_PATHS, Slice
from shared.domain.football.records import Appearance
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest, PageResponse

_log = logging.getLogger(__name__)

SliceStates = Mapping[str, SliceState]
"""By slice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchTask:
    """A match whose slices are to be fetched."""

    unit: Unit
    match: KnownMatch
    known: SliceStates
    slices: tuple[Slice, ...]
    """Slices to fetch."""
    earlier: Mapping[Slice, PageResponse]
    """Archived responses for this version that are needed beside the slices to fetch."""
    waivers: Set[Waiver]

    def responses(self, fresh: Mapping[Slice, PageResponse]) -> MatchResponses:
        """Return all responses about the match, with those fetched now."""
        return MatchResponses(
            league_id=self.unit.league_id,
            season_id=self.unit.season_id,
            match_id=self.match.match_id,
            fresh=fresh,
            earlier=self.earlier,
            listed=self.match,
            waivers=self.waivers,
        )


def collect_matches(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Fetch what the matches of a chunk lack; each match is stored as a whole or quarantined."""
    output = ChunkOutput()
    tasks = _make_tasks(chunk, deps)
    results = _fetch_slices(tasks, deps)
    for task in tasks:
        _read_match(task, results[task.match.match_id], output, deps)
    fetched = {task.unit.id for task in tasks}
    output.result.units += [
        UnitResult(id=unit.id, state="done", attempts=unit.attempts) for unit in chunk.units if unit.id not in fetched
    ]
    return output


def _make_tasks(chunk: Chunk, deps: Deps) -> list[MatchTask]:
    now, refs = deps.clock.now(), [unit.ref for unit in chunk.units]
    ids = [int(ref) for ref in refs]
    matches, known = deps.queue.get_matches(ids), deps.queue.get_slices(ids)
    waivers = deps.quarantine.get_waivers("match", chunk.season_id, refs)
    slices = {
        match_id: _slices_to_fetch(match, known.get(match_id, {}), now, chunk) for match_id, match in matches.items()
    }
    earlier = _load_earlier(matches, known, slices, deps)
    return [
        MatchTask(
            unit=unit,
            match=matches[match_id],
            known=known.get(match_id, {}),
            slices=tuple(slices[match_id]),
            earlier=earlier.get(match_id, {}),
            waivers=waivers.get(unit.ref, frozenset()),
        )
        for unit in chunk.units
        if slices.get(match_id := int(unit.ref))
    ]


def _load_earlier(
    matches: Mapping[int, KnownMatch],
    known: Mapping[int, SliceStates],
    slices: Mapping[int, Sequence[Slice]],
    deps: Deps,
) -> dict[int, dict[Slice, PageResponse]]:
    """Return by match the archived responses that are needed beside the slices to fetch."""
    by_path = {
        SLICE_PATHS[part].format(id=match_id): (match_id, part)
        for match_id, match in matches.items()
        for part in _reusable_slices(match, known.get(match_id, {}), slices[match_id])
    }
    earlier: dict[int, dict[Slice, PageResponse]] = {}
    for path, response in deps.archive.load_newest(list(by_path)).items() if by_path else ():
        match_id, part = by_path[path]
        earlier.setdefault(match_id, {})[part] = response
    return earlier


def _slices_to_fetch(match: KnownMatch, known: SliceStates, now: datetime, chunk: Chunk) -> list[Slice]:
    slices = policy.slices_to_fetch(match, known, now, refresh=chunk.refresh)
    return slices or ([Slice.DETAIL] if policy.is_correctable(match, known, now) else [])


def _reusable_slices(match: KnownMatch, known: SliceStates, slices: Sequence[Slice]) -> list[Slice]:
    """Return stored slices that complete the slices to fetch, and the page, which must not have changed silently."""
    if not slices:
        return []
    return [part for part in Slice if policy.is_stored(match, known.get(part)) and part not in slices[1:]]


def _fetch_slices(tasks: Sequence[MatchTask], deps: Deps) -> dict[int, dict[Slice, FetchResult]]:
    """Fetch the slices of all tasks, pages first; an unchanged page is replaced by the archived response."""
    pairs = [(part, task) for task in tasks for part in task.slices]
    pairs.sort(key=lambda pair: pair[0] is not Slice.DETAIL)
    results: dict[int, dict[Slice, FetchResult]] = {}
    fetched = fetch([_request(part, task) for part, task in pairs], deps)
    for (part, task), result in zip(pairs, fetched, strict=True):
        if result.is_unchanged and part in task.earlier:
            result = judge(task.earlier[part])
        results.setdefault(task.match.match_id, {})[part] = result
    return results


def _request(part: Slice, task: MatchTask) -> PageRequest:
    """Return a request that is conditional if the slice was fetched before."""
    path, earlier = SLICE_PATHS[part].format(id=task.match.match_id), task.earlier.get(part)
    return (
        PageRequest(path=path, etag=earlier.etag, last_modified=earlier.last_modified)
        if earlier
        else PageRequest(path=path)
    )


def _read_match(task: MatchTask, results: Mapping[Slice, FetchResult], output: ChunkOutput, deps: Deps) -> None:
    """Add the records of one match and the states of its slices to the output."""
    now = deps.clock.now()
    states = {
        part: _slice_state(task.match, part, result, task.known.get(part), now) for part, result in results.items()
    }
    present = {part: results[part].response for part, state in states.items() if state.outcome == "present"}
    if Slice.DETAIL not in present:
        _fail_without_page(task, states.values(), output)
        return
    responses = task.responses(present)
    try:
        page = read_match(responses)
    except InvalidInput as exc:
        _refuse(task, responses, exc, states.values(), output)
        return
    _accept(task, responses, page, states, now, output)


def _fail_without_page(task: MatchTask, states: Iterable[SliceState], output: ChunkOutput) -> None:
    """Fail the slices that were fetched: without the page of the match their version is unknown."""
    failed = [_fail(one, "the match's own page is missing") if one.outcome == "present" else one for one in states]
    output.result.slices += failed
    output.result.units.append(_unit_result(task.unit, failed, n_rows=0))


def _accept(
    task: MatchTask,
    responses: MatchResponses,
    page: MatchPage,
    states: Mapping[Slice, SliceState],
    now: datetime,
    output: ChunkOutput,
) -> None:
    """Add what may be stored, and quarantine the rest."""
    unit, match, result = task.unit, to_known_match(page.match, task.match.round_ref), output.result
    n_rows = output.add(unit.season_id, page.records)
    reasons = {part: "; ".join(map(str, violations)) for part, violations in page.quarantined.items()}
    states = {**states, **{part: _fail(states[part], reason) for part, reason in reasons.items()}}
    final = [replace(state, version=max(match.version, task.match.version)) for state in states.values()]
    result.matches.append(match)
    result.slices += final
    result.quarantined += [
        QuarantineItem(
            subject=_subject(unit, part), version=match.version, violations=violations, evidence=_evidence(responses)
        )
        for part, violations in page.quarantined.items()
    ]
    result.passed += [_subject(unit, part) for part in responses.fresh if part not in reasons]
    result.players += _players(unit, page)
    if page.remarks:
        _log.warning("match %s: %s", unit.ref, "; ".join(page.remarks), extra={"action": "left_out"})
    if reasons:
        # Fetching again now would give the same; the details tick does so hours later.
        result.units.append(replace(quarantine(unit, "; ".join(reasons.values())), n_rows=n_rows))
        return
    known = {**task.known, **{state.slice: state for state in final}}
    missing = set(policy.slices_to_fetch(match, known, now)) - set(task.slices)
    end = _unit_result(unit, final, n_rows, is_outdated=bool(missing))
    result.units.append(replace(end, reason="; ".join(filter(None, [end.reason, *page.remarks]))))


def _players(unit: Unit, page: MatchPage) -> list[KnownPlayer]:
    return [
        KnownPlayer(player_id=record.player_id, league_id=unit.league_id, season_id=unit.season_id)
        for record in page.records
        if isinstance(record, Appearance)
    ]


def _refuse(
    task: MatchTask,
    responses: MatchResponses,
    error: InvalidInput,
    states: Iterable[SliceState],
    output: ChunkOutput,
) -> None:
    """Quarantine the whole match. An unreadable response may have been cut off on the way, so it is fetched again."""
    unit, result, reason = task.unit, output.result, str(error)
    is_contradiction = isinstance(error, Contradiction)
    result.slices += [_fail(state, reason) for state in states]
    result.quarantined.append(
        QuarantineItem(
            subject=_subject(unit, Slice.DETAIL),
            version=error.version if isinstance(error, Contradiction) else task.match.version,
            violations=parsing.violations_of(error, "event"),
            evidence=_evidence(responses),
        )
    )
    result.units.append(quarantine(unit, reason) if is_contradiction else retry(unit, reason))
    if any(one.rule == RESULT_CONFIRMED for one in parsing.violations_of(error, "event")):
        # The list may be wrong: its next version decides when the match is fetched again.
        ref = task.match.round_ref
        result.new_units.append(NewUnit(kind="round", league_id=unit.league_id, season_id=unit.season_id, ref=ref))


def _subject(unit: Unit, part: Slice) -> Subject:
    return Subject(kind="match", league_id=unit.league_id, season_id=unit.season_id, ref=unit.ref, part=part)


def _evidence(responses: MatchResponses) -> tuple[int, ...]:
    return tuple(sorted(response.raw_id for response in responses.latest.values() if response.raw_id))


def _slice_state(
    match: KnownMatch, part: Slice, fetched: FetchResult, known: SliceState | None, now: datetime
) -> SliceState:
    """Return the state of a slice: present, absent or failed. A failure never becomes an absence."""
    state = SliceState(
        match_id=match.match_id,
        slice=part,
        outcome="present",
        confirmations=0,
        attempts=(known.attempts if known else 0) + 1,
        version=match.version,
        read_at=now,
        asked_at=now,
    )
    is_empty = fetched.is_content and parsing.is_empty(part, fetched.response.text)
    if fetched.is_content and not is_empty:
        return state
    if is_empty or fetched.is_absent:
        n_confirmations, first_at = policy.count_confirmations(match, known, now)
        return replace(state, outcome="absent", confirmations=n_confirmations, read_at=first_at, reason=fetched.reason)
    return _fail(state, fetched.reason)


def _fail(state: SliceState, reason: str) -> SliceState:
    return replace(state, outcome="failed", confirmations=0, reason=reason[:200])


def _unit_result(unit: Unit, states: Sequence[SliceState], n_rows: int, *, is_outdated: bool = False) -> UnitResult:
    failed = [f"{state.slice}: {state.reason}" for state in states if state.outcome == "failed"]
    if failed:
        return replace(retry(unit, "; ".join(failed)), n_rows=n_rows)
    if is_outdated:
        # The match was corrected since the lists were read: slices that were not fetched are of an older version.
        return UnitResult(id=unit.id, state="pending", reason="corrected", n_rows=n_rows, attempts=unit.attempts)
    confirmations = {state.slice: state.confirmations for state in states if state.outcome == "absent"}
    state = "absent" if confirmations.get(Slice.DETAIL, 0) >= 2 else "done"
    reason = _absence_reason(confirmations)
    return UnitResult(id=unit.id, state=state, reason=reason, n_rows=n_rows, attempts=unit.attempts)


def _absence_reason(confirmations: Mapping[str, int]) -> str:
    """Name the absent slices; the details tick requests those with one 404 again."""
    if not confirmations:
        return ""
    unconfirmed = [part for part, n in confirmations.items() if n < 2]
    reason = f"absent: {', '.join(confirmations)}"
    return f"{reason} ({ABSENT_ONCE}: {', '.join(unconfirmed)})" if unconfirmed else reason
