"""Units of matches: their details, each slice present, absent or failed, stored as a whole or held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from functions.scrape_league import core, reading
from functions.scrape_league.core import SeenMatch, SliceState
from functions.scrape_league.endings import ABSENT_ONCE, CONFIRM_AFTER_S, again, quarantined
from functions.scrape_league.fetching import fetch, told
from functions.scrape_league.rounds import as_seen
from functions.scrape_league.units import Chunk, Harvest, Unit, UnitEnd
from functions.scrape_league.worker import Deps
from shared.domain.sofascore import Outcome
from shared.errors import InvalidInput
from shared.ports import Answer, Ask


def collect_matches(chunk: Chunk, deps: Deps) -> Harvest:
    """Fetch what matches lack, all of a chunk together; each match is stored as a whole or held back."""
    harvest = Harvest()
    ids = [int(unit.ref) for unit in chunk.units]
    seen, known = deps.queue.matches(ids), deps.queue.slices(ids)
    asked = [
        (part, match)
        for match in seen.values()
        for part in core.wanted_slices(match, known.get(match.match_id, {}), refresh=chunk.refresh)
    ]
    asked.sort(key=lambda pair: pair[0] is not core.Slice.DETAIL)
    asks = [Ask(path=core.SLICE_PATHS[part].format(id=match.match_id)) for part, match in asked]
    answers: dict[int, dict[core.Slice, Answer]] = {}
    for (part, match), answer in zip(asked, fetch(asks, deps), strict=True):
        answers.setdefault(match.match_id, {})[part] = answer
    for unit in chunk.units:
        match_id = int(unit.ref)
        if match_id not in answers:
            harvest.ended.units.append(UnitEnd(id=unit.id, state="done", attempts=unit.attempts))
            continue
        _read_match(unit, seen[match_id], answers[match_id], known.get(match_id, {}), harvest, deps)
    return harvest


def _read_match(
    unit: Unit,
    match: SeenMatch,
    answers: dict[core.Slice, Answer],
    known: dict[str, SliceState],
    harvest: Harvest,
    deps: Deps,
) -> None:
    """Read one match's answers into records and outcomes."""
    outcomes = {part: _outcome(match, part, answer, known.get(part)) for part, answer in answers.items()}
    present = {part: answers[part].text for part, state in outcomes.items() if state.outcome == "present"}
    version, n_rows, held = match.version, 0, dict[core.Slice, str]()
    if core.Slice.DETAIL in present:
        try:
            page = reading.match_page(
                present,
                unit.league_id,
                unit.season_id,
                match.match_id,
                deps.clock.now(),
                keep_detail=core.is_stored(match, known.get(core.Slice.LINEUPS)),
            )
        except InvalidInput as exc:
            harvest.ended.units.append(quarantined(unit, str(exc)))
            harvest.ended.slices += [_failed(state, str(exc)) for state in outcomes.values()]
            return
        version = page.match.version
        n_rows = harvest.add(unit.season_id, page.records)
        held = page.held
        outcomes |= {part: _failed(outcomes[part], reason) for part, reason in held.items()}
        harvest.ended.matches.append(as_seen(page.match, match.round_ref))
    else:
        # Without the match's own page nothing says of which version the rest would be.
        outcomes = {
            part: _failed(state, "the match's own page is missing") if state.outcome == "present" else state
            for part, state in outcomes.items()
        }
    states = [replace(state, version=max(version, match.version)) for state in outcomes.values()]
    harvest.ended.slices += states
    if held:
        # Asking again would give the same; the details tick does so hours later.
        harvest.ended.units.append(replace(quarantined(unit, "; ".join(held.values())), n_rows=n_rows))
    else:
        harvest.ended.units.append(_match_end(unit, states, n_rows))


def _outcome(match: SeenMatch, part: core.Slice, answer: Answer, known: SliceState | None) -> SliceState:
    """One of the three outcomes. Failed never turns into absent: an outage says nothing about a match."""
    base = SliceState(
        match_id=match.match_id,
        slice=part,
        outcome="present",
        confirmations=0,
        attempts=(known.attempts if known else 0) + 1,
        version=match.version,
    )
    outcome = reading.judge(answer).outcome
    empty = outcome is Outcome.OK and reading.is_empty(part, answer.text)
    if outcome is Outcome.OK and not empty:
        return base
    if empty or outcome is Outcome.ABSENT:
        said = core.confirmations(match, known)
        return replace(base, outcome="absent", confirmations=said, reason=told(answer))
    return _failed(base, told(answer))


def _failed(state: SliceState, reason: str) -> SliceState:
    return replace(state, outcome="failed", confirmations=0, reason=reason[:200])


def _match_end(unit: Unit, states: Sequence[SliceState], n_rows: int) -> UnitEnd:
    failed = [f"{state.slice}: {state.reason}" for state in states if state.outcome == "failed"]
    if failed:
        return replace(again(unit, "; ".join(failed)), n_rows=n_rows)
    unsure = [state.slice for state in states if state.outcome == "absent" and state.confirmations < 2]
    if unsure:
        reason = f"{', '.join(unsure)}: {ABSENT_ONCE}"
        return UnitEnd(
            id=unit.id, state="pending", reason=reason, n_rows=n_rows, attempts=unit.attempts, wait_s=CONFIRM_AFTER_S
        )
    absent = [state.slice for state in states if state.outcome == "absent"]
    state = "absent" if core.Slice.DETAIL in absent else "done"
    reason = f"absent: {', '.join(absent)}" if absent else ""
    return UnitEnd(id=unit.id, state=state, reason=reason, n_rows=n_rows, attempts=unit.attempts)
