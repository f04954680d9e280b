"""Units of matches: their details, each slice present, absent or failed, stored as a whole or held back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.fetch import fetch, told
from functions.scrape_league.collect.match_page import RESULT_CONFIRMED, MatchPage, MatchResponses, match_page
from functions.scrape_league.collect.parsing import Contradiction
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.rounds import to_known_match
from functions.scrape_league.collect.unit_results import ABSENT_ONCE, again, quarantined
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import KnownMatch, KnownPlayer, SliceState
from functions.scrape_league.jobs.units import Chunk, NewUnit, Unit, UnitResult
from functions.scrape_league.quarantine.model import QuarantineItem, Subject, Waiver
from functions.scrape_league.source import endpoints
from functions.scrape_league.source.endpoints import Slice
from shared.domain.football.records import Appearance
from shared.domain.sofascore import Outcome
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest, PageResponse

Known = Mapping[str, SliceState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A match whose slices are asked for."""

    unit: Unit
    match: KnownMatch
    known: Known
    wanted: tuple[Slice, ...]
    earlier: Mapping[Slice, PageResponse]
    """What was read before for this version, as far as it is of use now."""
    waived: Set[Waiver]

    @property
    def given(self) -> MatchResponses:
        """With no answer yet."""
        unit, match_id = self.unit, self.match.match_id
        return MatchResponses(
            league_id=unit.league_id,
            season_id=unit.season_id,
            match_id=match_id,
            fresh={},
            earlier=self.earlier,
            seen=self.match,
            waived=self.waived,
        )


def collect_matches(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Fetch what matches lack, all of a chunk together; each match is stored as a whole or held back."""
    output = ChunkOutput()
    tasks = _tasks(chunk, deps)
    responses = _ask(tasks, deps)
    for task in tasks:
        _read_match(task, responses[task.match.match_id], output, deps)
    asked = {task.unit.id for task in tasks}
    output.result.units += [
        UnitResult(id=unit.id, state="done", attempts=unit.attempts) for unit in chunk.units if unit.id not in asked
    ]
    return output


def _tasks(chunk: Chunk, deps: Deps) -> list[Task]:
    now, ids = deps.clock.now(), [int(unit.ref) for unit in chunk.units]
    seen, known = deps.queue.matches(ids), deps.queue.slices(ids)
    waived = deps.queue.waived("match", chunk.season_id, [unit.ref for unit in chunk.units])
    wanted = {match_id: _wanted(match, known.get(match_id, {}), now, chunk) for match_id, match in seen.items()}
    earlier = _earlier(seen, known, wanted, deps)
    return [
        Task(
            unit=unit,
            match=seen[match_id],
            known=known.get(match_id, {}),
            wanted=tuple(wanted[match_id]),
            earlier=earlier.get(match_id, {}),
            waived=waived.get(unit.ref, frozenset()),
        )
        for unit in chunk.units
        if wanted.get(match_id := int(unit.ref))
    ]


def _earlier(
    seen: Mapping[int, KnownMatch], known: Mapping[int, Known], wanted: Mapping[int, Sequence[Slice]], deps: Deps
) -> dict[int, dict[Slice, PageResponse]]:
    """By match, the kept answers that are of use beside what is asked for."""
    places = {
        endpoints.SLICE_PATHS[part].format(id=match_id): (match_id, part)
        for match_id, match in seen.items()
        for part in _of_use(match, known.get(match_id, {}), wanted[match_id])
    }
    earlier: dict[int, dict[Slice, PageResponse]] = {}
    for path, response in deps.archive.load_newest(list(places)).items() if places else ():
        match_id, part = places[path]
        earlier.setdefault(match_id, {})[part] = response
    return earlier


def _wanted(match: KnownMatch, known: Known, now: datetime, chunk: Chunk) -> list[Slice]:
    wanted = policy.slices_to_fetch(match, known, now, refresh=chunk.refresh)
    return wanted or ([Slice.DETAIL] if policy.is_correctable(match, known, now) else [])


def _of_use(match: KnownMatch, known: Known, wanted: Sequence[Slice]) -> list[Slice]:
    """Slices read before that complete what is asked for, and the page that must not have changed silently."""
    if not wanted:
        return []
    return [part for part in Slice if policy.is_stored(match, known.get(part)) and (part not in wanted[1:])]


def _ask(tasks: Sequence[Task], deps: Deps) -> dict[int, dict[Slice, PageResponse]]:
    """Every wanted slice; of a page that has not changed, the answer of before."""
    pairs = [(part, task) for task in tasks for part in task.wanted]
    pairs.sort(key=lambda pair: pair[0] is not Slice.DETAIL)
    requests = [
        PageRequest(
            path=endpoints.SLICE_PATHS[part].format(id=task.match.match_id),
            etag=task.earlier[part].etag if part in task.earlier else "",
            last_modified=task.earlier[part].last_modified if part in task.earlier else "",
        )
        for part, task in pairs
    ]
    responses: dict[int, dict[Slice, PageResponse]] = {}
    for (part, task), response in zip(pairs, fetch(requests, deps), strict=True):
        unchanged = part in task.earlier and parsing.judge(response).outcome is Outcome.UNCHANGED
        responses.setdefault(task.match.match_id, {})[part] = task.earlier[part] if unchanged else response
    return responses


def _read_match(task: Task, responses: Mapping[Slice, PageResponse], output: ChunkOutput, deps: Deps) -> None:
    """Read one match's answers into records and outcomes."""
    unit, match, now = task.unit, task.match, deps.clock.now()
    outcomes = {
        part: _outcome(match, part, response, task.known.get(part), now) for part, response in responses.items()
    }
    present = {part: responses[part] for part, state in outcomes.items() if state.outcome == "present"}
    if Slice.DETAIL not in present:
        # Without the match's own page nothing says of which version the rest would be.
        states = [
            _failed(state, "the match's own page is missing") if state.outcome == "present" else state
            for state in outcomes.values()
        ]
        output.result.slices += states
        output.result.units.append(_match_end(unit, states, n_rows=0))
        return
    given = replace(task.given, fresh=present)
    try:
        page = match_page(given)
    except InvalidInput as exc:
        _refuse(task, given, exc, outcomes.values(), output)
        return
    _accept(task, given, page, outcomes, now, output)


def _accept(
    task: Task,
    given: MatchResponses,
    page: MatchPage,
    outcomes: dict[Slice, SliceState],
    now: datetime,
    output: ChunkOutput,
) -> None:
    """Keep what may be stored, and why the rest may not."""
    unit, seen = task.unit, to_known_match(page.match, task.match.round_ref)
    n_rows = output.add(unit.season_id, page.records)
    held = {part: "; ".join(map(str, violations)) for part, violations in page.quarantined.items()}
    outcomes = outcomes | {part: _failed(outcomes[part], reason) for part, reason in held.items()}
    states = [replace(state, version=max(seen.version, task.match.version)) for state in outcomes.values()]
    result = output.result
    result.matches.append(seen)
    result.slices += states
    result.quarantined += [
        QuarantineItem(
            subject=_subject(unit, part), version=seen.version, violations=violations, evidence=_evidence(given)
        )
        for part, violations in page.quarantined.items()
    ]
    result.passed += [_subject(unit, part) for part in given.fresh if part not in held]
    result.players += [
        KnownPlayer(player_id=record.player_id, league_id=unit.league_id, season_id=unit.season_id)
        for record in page.records
        if isinstance(record, Appearance)
    ]
    if held:
        # Asking again would give the same; the details tick does so hours later.
        result.units.append(replace(quarantined(unit, "; ".join(held.values())), n_rows=n_rows))
        return
    known = {**task.known, **{state.slice: state for state in states}}
    left = set(policy.slices_to_fetch(seen, known, now)) - set(task.wanted)
    result.units.append(_match_end(unit, states, n_rows, newer=bool(left)))


def _refuse(
    task: Task, given: MatchResponses, fault: InvalidInput, states: Iterable[SliceState], output: ChunkOutput
) -> None:
    """Nothing of the match is stored. What cannot be read may have been cut off on the way, so it is asked again."""
    unit, result = task.unit, output.result
    result.slices += [_failed(state, str(fault)) for state in states]
    result.quarantined.append(
        QuarantineItem(
            subject=_subject(unit, Slice.DETAIL),
            version=fault.version if isinstance(fault, Contradiction) else task.match.version,
            violations=parsing.violations_of(fault, "event"),
            evidence=_evidence(given),
        )
    )
    result.units.append((quarantined if isinstance(fault, Contradiction) else again)(unit, str(fault)))
    if isinstance(fault, Contradiction) and any(one.rule == RESULT_CONFIRMED for one in fault.violations):
        # It may be the list that is wrong: what it says now decides when the match is asked for again.
        ref = task.match.round_ref
        result.new_units.append(NewUnit(kind="round", league_id=unit.league_id, season_id=unit.season_id, ref=ref))


def _subject(unit: Unit, part: Slice) -> Subject:
    return Subject(kind="match", league_id=unit.league_id, season_id=unit.season_id, ref=unit.ref, part=part)


def _evidence(given: MatchResponses) -> tuple[int, ...]:
    return tuple(sorted(response.raw_id for response in given.responses.values() if response.raw_id))


def _outcome(
    match: KnownMatch, part: Slice, response: PageResponse, known: SliceState | None, now: datetime
) -> SliceState:
    """One of the three outcomes. Failed never turns into absent: an outage says nothing about a match."""
    base = SliceState(
        match_id=match.match_id,
        slice=part,
        outcome="present",
        confirmations=0,
        attempts=(known.attempts if known else 0) + 1,
        version=match.version,
        read_at=now,
        asked_at=now,
    )
    outcome = parsing.judge(response).outcome
    empty = outcome is Outcome.OK and parsing.is_empty(part, response.text)
    if outcome is Outcome.OK and not empty:
        return base
    if empty or outcome is Outcome.ABSENT:
        said, first_at = policy.confirmations(match, known, now)
        return replace(base, outcome="absent", confirmations=said, read_at=first_at, reason=told(response))
    return _failed(base, told(response))


def _failed(state: SliceState, reason: str) -> SliceState:
    return replace(state, outcome="failed", confirmations=0, reason=reason[:200])


def _match_end(unit: Unit, states: Sequence[SliceState], n_rows: int, *, newer: bool = False) -> UnitResult:
    failed = [f"{state.slice}: {state.reason}" for state in states if state.outcome == "failed"]
    if failed:
        return replace(again(unit, "; ".join(failed)), n_rows=n_rows)
    if newer:
        # Corrected since the lists were read: what was not asked for is of the version before.
        return UnitResult(id=unit.id, state="pending", reason="corrected", n_rows=n_rows, attempts=unit.attempts)
    absent = {state.slice: state.confirmations for state in states if state.outcome == "absent"}
    once = [part for part, said in absent.items() if said < 2]
    told_absent = f"absent: {', '.join(absent)}" if absent else ""
    # The second asking comes hours later, with the details tick.
    reason = f"{told_absent} ({ABSENT_ONCE}: {', '.join(once)})" if once else told_absent
    state = "absent" if absent.get(Slice.DETAIL, 0) >= 2 else "done"
    return UnitResult(id=unit.id, state=state, reason=reason, n_rows=n_rows, attempts=unit.attempts)
