"""What a worker does with a chunk of units: fetch, read, check, append to the log, and only then mark them ended.

Killed at any point, the chunk is done again by whoever takes over its lease. Appending twice does no harm: a batch's
id comes from its content, and rows replace each other by natural key and version.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol
from uuid import uuid4

from functions.scrape_league import core, reading
from functions.scrape_league.core import MAX_ATTEMPTS, SeenMatch, Sizes, SliceState
from functions.scrape_league.service import ListRead
from shared.domain.leagues import by_id
from shared.domain.records import Match, Record
from shared.domain.sofascore import Outcome
from shared.domain.sofascore.status import is_final
from shared.errors import Blocked, InvalidInput, Overloaded, Unavailable
from shared.events.cloudevents import to_record
from shared.events.football import BatchScraped
from shared.ports import Answer, Ask, Clock, NewEntry, Pages

_log = logging.getLogger(__name__)

LEASE_S = 15.0
"""A worker that is gone is replaced after this long; the living renew three times within it."""

LONGEST_TASK_S = 60.0
"""After that a task ends between two chunks and invites again, so that one job does not keep a worker for itself."""

CONFIRM_AFTER_S = 5.0
"""Wait before "there is none" is asked a second time."""

_TROUBLES_IN_A_ROW = 5
_ABSENT_ONCE = "absent once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A claimed piece of work."""

    id: int
    kind: str
    league_id: int
    season_id: int
    ref: str
    attempts: int
    reason: str
    """How the last try went."""
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Units of one kind, league and season, leased together."""

    job_id: str
    owner: str
    asked: bool
    """A person asked, not the clock."""
    seasons: tuple[str, ...]
    refresh: bool
    units: tuple[Unit, ...]

    @property
    def kind(self) -> str:
        """Kind of all its units."""
        return self.units[0].kind

    @property
    def league_id(self) -> int:
        """League of all its units."""
        return self.units[0].league_id

    @property
    def season_id(self) -> int:
        """Season of all its units; 0 for plans."""
        return self.units[0].season_id


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEnd:
    """How a unit ended, or that it is to be tried again after a wait."""

    id: int
    state: str
    reason: str = ""
    n_rows: int = 0
    attempts: int = 0
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """Work that a unit led to."""

    kind: str
    league_id: int
    season_id: int
    ref: str
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewList(ListRead):
    """A list read now, to be remembered."""

    league_id: int
    season_id: int


@dataclass(slots=True, kw_only=True)
class Ended:
    """All that a chunk led to; committed as one."""

    units: list[UnitEnd] = field(default_factory=list)
    new_units: list[NewUnit] = field(default_factory=list)
    matches: list[SeenMatch] = field(default_factory=list)
    slices: list[SliceState] = field(default_factory=list)
    lists: list[NewList] = field(default_factory=list)


@dataclass(slots=True)
class Harvest:
    """Records to append, by season, and how the units ended."""

    ended: Ended = field(default_factory=Ended)
    records: dict[tuple[int, str], list[Record]] = field(default_factory=dict)

    def add(self, season_id: int, records: Iterable[Record]) -> int:
        """Keep records of any kind; how many there were."""
        n = 0
        for n, record in enumerate(records, start=1):  # noqa: B007 - the count is wanted
            self.records.setdefault((season_id, record.TABLE), []).append(record)
        return n


class Queue(Protocol):
    """The queue of record, as workers see it."""

    def claim(self, job_id: str, *, owner: str, prefer: str, sizes: Sizes, at_most: int) -> Chunk | None:
        """The next units, leased to `owner`; None when nothing is free."""

    def n_pending(self, job_id: str) -> int:
        """Units of the job that have not ended."""

    def release(self, chunk: Chunk, *, wait_s: float, trouble: str = "") -> None:
        """Give units back untouched; the job tells the trouble until something succeeds."""

    def commit(self, chunk: Chunk, ended: Ended) -> str:
        """Store it all, or nothing; the job's state afterwards."""

    def lists(self, league_id: int, season_id: int) -> list[ListRead]:
        """What was read of a season."""

    def season_matches(self, league_id: int, season_id: int) -> list[SeenMatch]:
        """Matches of a season."""

    def matches(self, ids: Sequence[int]) -> dict[int, SeenMatch]:
        """Matches by id."""

    def slices(self, ids: Sequence[int]) -> dict[int, dict[str, SliceState]]:
        """What is known of their slices, by match and slice."""

    def reserve(self, span_s: float) -> float:
        """Take the source's next `span_s` seconds; how long to wait for them. Raises `Blocked`."""

    def n_refusals(self) -> int:
        """How often in a row the source could not answer."""

    def hold(self, wait_s: float) -> None:
        """All workers leave the source alone for a while."""

    def answered(self) -> None:
        """The source answers again."""

    def block(self, reason: str) -> None:
        """Open the circuit: running jobs stop until a person decides."""


class Log(Protocol):
    """Where batches go."""

    def append(self, topic: str, entries: Sequence[NewEntry]) -> None:
        """Return once all entries are durable, raise `Unavailable` otherwise (some may be stored then)."""


class Part(Protocol):
    """An encoded batch."""

    @property
    def n_rows(self) -> int:
        """Rows in it."""

    @property
    def arrow(self) -> bytes:
        """The Arrow stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What a worker needs."""

    queue: Queue
    pages: Pages
    log: Log
    encode: Callable[[str, Sequence[Record]], Sequence[Part]]
    """Records of one kind as batches that fit into events."""
    clock: Clock
    rate_per_s: float
    pause: Callable[[float], bool]
    """Waits; False when the worker is to stop."""
    call: Callable[[str, str, int], None] = lambda job_id, kind, n: None
    """Calls `n` more workers to a job; a silent broker is none of a chunk's business."""
    leased: Callable[[str, bool], None] = lambda owner, held: None
    """Told when a lease begins and ends, so that it is renewed meanwhile."""


class Stopping(Exception):
    """The worker is to stop; what it holds goes back."""


class SourceSilent(Unavailable):
    """The source answers nothing at all; not the unit's fault."""


def work(job_id: str, prefer: str, deps: Deps) -> bool:
    """Do chunks of a job until none is free or the task has lasted long enough; whether work remains.

    Raises
    ------
    Unavailable, Overloaded : a dependency stayed silent; the job goes on with the next invitation.
    """
    until_s = time.monotonic() + LONGEST_TASK_S
    n_troubles = 0
    while time.monotonic() < until_s and deps.pause(0):
        n_pending = deps.queue.n_pending(job_id)
        sizes, at_most = core.sizes(deps.rate_per_s, n_pending), core.parallelism(n_pending, deps.rate_per_s)
        owner = uuid4().hex
        deps.leased(owner, True)
        try:
            chunk = deps.queue.claim(job_id, owner=owner, prefer=prefer, sizes=sizes, at_most=at_most)
            if chunk is None:
                return False
            n_troubles = 0 if _attempt(chunk, deps) else n_troubles + 1
        except Stopping:
            return True
        finally:
            deps.leased(owner, False)
        if n_troubles == _TROUBLES_IN_A_ROW or (n_troubles and not deps.pause(core.back_off_s(n_troubles) / 5)):
            return False
    return True


def _attempt(chunk: Chunk, deps: Deps) -> bool:
    """Do one chunk; False when a dependency was in the way and the chunk went back."""
    try:
        _do(chunk, deps)
    except Stopping:
        deps.queue.release(chunk, wait_s=0)
        raise
    except Blocked as exc:
        _log.error("the source refuses us: %s", exc, extra={"action": "blocked", "job": chunk.job_id})
        deps.queue.block(str(exc))
        deps.queue.release(chunk, wait_s=0)
    except (Unavailable, Overloaded) as exc:
        _log.warning("chunk given back: %s", exc, extra={"action": "given_back", "job": chunk.job_id})
        deps.queue.release(chunk, wait_s=1, trouble=str(exc))
        return False
    except Exception as exc:
        # The edge of a worker: one chunk's bug must not keep the others from being collected.
        _log.exception("chunk failed", extra={"action": "bug", "job": chunk.job_id})
        deps.queue.commit(chunk, Ended(units=[_again(unit, f"our fault: {exc!r}") for unit in chunk.units]))
    return True


def _do(chunk: Chunk, deps: Deps) -> None:
    harvest = {"plan": _plan, "round": _rounds, "match": _matches}[chunk.kind](chunk, deps)
    _append(chunk, harvest, deps)
    deps.queue.commit(chunk, harvest.ended)
    if new := harvest.ended.new_units:
        # This worker goes on itself; the others learn now rather than with the next pulse.
        deps.call(chunk.job_id, new[0].kind, core.parallelism(len(new), deps.rate_per_s) - 1)


# --- plan: which seasons, which rounds


def _plan(chunk: Chunk, deps: Deps) -> Harvest:
    """Read a league's seasons, choose, read their rounds and tables, and make a unit of every round that is due."""
    harvest, now = Harvest(), deps.clock.now()
    (unit,) = chunk.units
    path = f"/api/v1/unique-tournament/{unit.league_id}/seasons"
    (answer,) = _fetch([Ask(path=path)], deps)
    if not _is_content(answer):
        harvest.ended.units.append(_unanswered(unit, answer, "seasons"))
        return harvest
    try:
        offered = reading.seasons(answer.text, by_id(unit.league_id).id, now)
    except InvalidInput as exc:
        harvest.ended.units.append(_quarantined(unit, str(exc)))
        return harvest
    chosen, unknown = core.choose_seasons(offered, chunk.seasons)
    reason = f"not offered: {', '.join(unknown)}" if unknown else ""
    faults = [fault for season in chosen if (fault := _plan_season(chunk, unit, season.season_id, harvest, deps))]
    if faults:
        harvest = Harvest(ended=Ended(units=[_again(unit, "; ".join(faults))]))
        return harvest
    n_rows = sum(harvest.add(season.season_id, [season]) for season in chosen)
    n_rows += sum(len(records) for (_, kind), records in harvest.records.items() if kind == "standings")
    harvest.ended.lists.append(
        NewList(path=path, ref="seasons", etag="", read_at=now, league_id=unit.league_id, season_id=0)
    )
    state = "done" if chosen else "absent"
    harvest.ended.units.append(UnitEnd(id=unit.id, state=state, reason=reason, n_rows=n_rows))
    return harvest


def _plan_season(chunk: Chunk, unit: Unit, season_id: int, harvest: Harvest, deps: Deps) -> str:
    """Add a season's standings and due rounds to the harvest; what went wrong, or nothing."""
    base, now = f"/api/v1/unique-tournament/{unit.league_id}/season/{season_id}", deps.clock.now()
    answers = _fetch([Ask(path=f"{base}/rounds"), Ask(path=f"{base}/standings/total")], deps)
    for answer in answers:
        if reading.judge(answer).outcome not in (Outcome.OK, Outcome.ABSENT):
            return _told(answer)
    rounds, standings = answers
    try:
        refs = reading.round_refs(rounds.text) if _is_content(rounds) else []
    except InvalidInput as exc:
        return str(exc)
    if _is_content(standings):
        try:
            harvest.add(season_id, reading.standings(standings.text, by_id(unit.league_id).id, season_id, now))
        except InvalidInput as exc:
            # Only a yardstick for our own table: the matches are collected all the same.
            _log.warning("standings held back: %s", exc, extra={"action": "quarantine"})
    read_at = {known.ref: known.read_at for known in deps.queue.lists(unit.league_id, season_id)}
    by_ref: dict[str, list[SeenMatch]] = {}
    for match in deps.queue.season_matches(unit.league_id, season_id):
        by_ref.setdefault(match.round_ref, []).append(match)
    for ref in refs or reading.WALKS:
        # A walk has no end of its own: what ends there comes from elsewhere.
        walked = ref in reading.WALKS
        if chunk.refresh or walked or core.is_due(by_ref.get(ref, []), read_at.get(ref), now, asked=chunk.asked):
            harvest.ended.new_units.append(
                NewUnit(kind="round", league_id=unit.league_id, season_id=season_id, ref=ref)
            )
    return ""


# --- rounds: which matches


def _rounds(chunk: Chunk, deps: Deps) -> Harvest:
    """Read the matches of rounds, and make a unit of every finished match that lacks details."""
    harvest = Harvest()
    etags = {known.path: known.etag for known in deps.queue.lists(chunk.league_id, chunk.season_id)}
    listed = [unit for unit in chunk.units if unit.ref not in reading.WALKS]
    paths = {unit.id: _round_path(unit) for unit in listed}
    asks = [Ask(path=path, etag="" if chunk.refresh else etags.get(path, "")) for path in paths.values()]
    found: list[SeenMatch] = []
    for unit, answer in zip(listed, _fetch(asks, deps), strict=True):
        found += _read_round(unit, paths[unit.id], [answer], harvest, deps)
    for unit in chunk.units:
        if unit.ref in reading.WALKS:
            found += _read_round(unit, _round_path(unit), _walk(_round_path(unit), deps), harvest, deps)
    _want_details(chunk, found, harvest, deps)
    return harvest


def _round_path(unit: Unit) -> str:
    return f"/api/v1/unique-tournament/{unit.league_id}/season/{unit.season_id}/events/{unit.ref}"


def _walk(path: str, deps: Deps) -> list[Answer]:
    """Pages until the source says that there are no more. They move while a season runs, so events may repeat."""
    pages: list[Answer] = []
    for number in range(reading.MOST_PAGES):
        (answer,) = _fetch([Ask(path=f"{path}/{number}")], deps)
        if pages and reading.judge(answer).outcome is Outcome.ABSENT:
            break
        pages.append(answer)
        if not _is_content(answer) or not reading.has_next_page(answer.text):
            break
    return pages


def _read_round(unit: Unit, path: str, pages: Sequence[Answer], harvest: Harvest, deps: Deps) -> list[SeenMatch]:
    """Add a round's records; its matches, as far as they can be read."""
    now = deps.clock.now()
    read = NewList(
        path=path, ref=unit.ref, etag=pages[0].etag, read_at=now, league_id=unit.league_id, season_id=unit.season_id
    )
    if reading.judge(pages[0]).outcome is Outcome.UNCHANGED:
        harvest.ended.lists.append(read)
        harvest.ended.units.append(UnitEnd(id=unit.id, state="done"))
        known = deps.queue.season_matches(unit.league_id, unit.season_id)
        return [match for match in known if match.round_ref == unit.ref]
    if fault := next((page for page in pages if not _is_content(page)), None):
        harvest.ended.units.append(_unanswered(unit, fault, unit.ref))
        return []
    try:
        events = reading.events([page.text for page in pages], unit.league_id, unit.season_id, now)
    except InvalidInput as exc:
        harvest.ended.units.append(_quarantined(unit, str(exc)))
        return []
    n_rows = harvest.add(unit.season_id, events.records)
    seen = [_seen(match, unit.ref) for match in events.matches]
    harvest.ended.matches += seen
    if events.suspects:
        # Stored nowhere, but not forgotten: their own pages decide whether they are held back for good.
        _log.warning("suspect matches in %s: %s", path, events.suspects, extra={"action": "suspect"})
    if not events.refused:
        harvest.ended.lists.append(read)
    reason = f"unreadable: {'; '.join(events.refused)}" if events.refused else ""
    harvest.ended.units.append(UnitEnd(id=unit.id, state="done", reason=reason, n_rows=n_rows))
    return seen


def _seen(match: Match, ref: str) -> SeenMatch:
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
        version=match.version,
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
        if core.wanted_slices(match, known.get(match.match_id, {}), refresh=chunk.refresh)
    ]


# --- matches: their details


def _matches(chunk: Chunk, deps: Deps) -> Harvest:
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
    for (part, match), answer in zip(asked, _fetch(asks, deps), strict=True):
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
            harvest.ended.units.append(_quarantined(unit, str(exc)))
            harvest.ended.slices += [_failed(state, str(exc)) for state in outcomes.values()]
            return
        version = page.match.version
        n_rows = harvest.add(unit.season_id, page.records)
        held = page.held
        outcomes |= {part: _failed(outcomes[part], reason) for part, reason in held.items()}
        harvest.ended.matches.append(_seen(page.match, match.round_ref))
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
        harvest.ended.units.append(replace(_quarantined(unit, "; ".join(held.values())), n_rows=n_rows))
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
        return replace(base, outcome="absent", confirmations=said, reason=_told(answer))
    return _failed(base, _told(answer))


def _failed(state: SliceState, reason: str) -> SliceState:
    return replace(state, outcome="failed", confirmations=0, reason=reason[:200])


def _match_end(unit: Unit, states: Sequence[SliceState], n_rows: int) -> UnitEnd:
    failed = [f"{state.slice}: {state.reason}" for state in states if state.outcome == "failed"]
    if failed:
        return replace(_again(unit, "; ".join(failed)), n_rows=n_rows)
    unsure = [state.slice for state in states if state.outcome == "absent" and state.confirmations < 2]
    if unsure:
        reason = f"{', '.join(unsure)}: {_ABSENT_ONCE}"
        return UnitEnd(
            id=unit.id, state="pending", reason=reason, n_rows=n_rows, attempts=unit.attempts, wait_s=CONFIRM_AFTER_S
        )
    absent = [state.slice for state in states if state.outcome == "absent"]
    state = "absent" if core.Slice.DETAIL in absent else "done"
    reason = f"absent: {', '.join(absent)}" if absent else ""
    return UnitEnd(id=unit.id, state=state, reason=reason, n_rows=n_rows, attempts=unit.attempts)


# --- what all kinds share


def _again(unit: Unit, reason: str) -> UnitEnd:
    """To be tried again later, or given up."""
    attempts = unit.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        return UnitEnd(id=unit.id, state="failed", reason=reason, attempts=attempts)
    return UnitEnd(id=unit.id, state="pending", reason=reason, attempts=attempts, wait_s=core.back_off_s(attempts))


def _quarantined(unit: Unit, reason: str) -> UnitEnd:
    return UnitEnd(id=unit.id, state="quarantined", reason=reason, attempts=unit.attempts)


def _unanswered(unit: Unit, answer: Answer, what: str) -> UnitEnd:
    """A list that was not given: absent when said twice, else to be tried again."""
    if reading.judge(answer).outcome is Outcome.ABSENT:
        if unit.reason.endswith(_ABSENT_ONCE):
            return UnitEnd(id=unit.id, state="absent", reason=f"{what}: {_told(answer)}", attempts=unit.attempts)
        return UnitEnd(
            id=unit.id,
            state="pending",
            reason=f"{what}: {_ABSENT_ONCE}",
            attempts=unit.attempts,
            wait_s=CONFIRM_AFTER_S,
        )
    return _again(unit, f"{what}: {_told(answer)}")


def _told(answer: Answer) -> str:
    return reading.judge(answer).reason or "an empty answer"


def _is_content(answer: Answer) -> bool:
    return reading.judge(answer).outcome is Outcome.OK


def _fetch(asks: Sequence[Ask], deps: Deps) -> list[Answer]:
    """Ask the source at the permitted pace; its wish to be left alone holds all workers back.

    Raises
    ------
    Blocked : the source refuses us, or its circuit is open already.
    SourceSilent : it answers nothing at all for now.
    """
    burst, answers = core.sizes(deps.rate_per_s).burst, list[Answer]()
    for start in range(0, len(asks), burst):
        part = asks[start : start + burst]
        span_s = len(part) / deps.rate_per_s if deps.rate_per_s else 0.0
        wait_s = deps.queue.reserve(span_s)
        if wait_s > 0:
            # Jitter, so that workers and rate never fall into step with anything at the source.
            wait_s += random.uniform(0, 0.2 * span_s)
        if not deps.pause(wait_s):
            raise Stopping
        got = deps.pages.fetch_many(part)
        _mind(got, deps)
        answers += got
    return answers


def _mind(answers: Sequence[Answer], deps: Deps) -> None:
    """Hold everyone back when the source asks for it or is silent."""
    verdicts = [reading.judge(answer) for answer in answers]
    for verdict in verdicts:
        if verdict.outcome is Outcome.BLOCKED:
            verdict.raise_for("the source refuses us")
    silent = all(verdict.retryable for verdict in verdicts)
    held = [verdict for verdict in verdicts if verdict.outcome in (Outcome.SLOW_DOWN, Outcome.UNAVAILABLE)]
    if not silent and not held:
        deps.queue.answered()
        return
    wait_s = core.back_off_s(deps.queue.n_refusals() + 1)
    asked_s = max((answer.retry_after_s or 0 for answer in answers), default=0)
    deps.queue.hold(asked_s or wait_s)
    if silent:
        raise SourceSilent(f"the source answers nothing: {_told(answers[0])}")


def _append(chunk: Chunk, harvest: Harvest, deps: Deps) -> None:
    """Append the harvest to the log, durably."""
    now = deps.clock.now()
    entries = []
    for (season_id, kind), records in sorted(harvest.records.items()):
        for part in deps.encode(kind, reading.distinct(kind, records)):
            batch = BatchScraped(
                source=core.SOURCE,
                league_id=chunk.league_id,
                season_id=season_id,
                records=kind,
                n_rows=part.n_rows,
                scraped_at=now,
                arrow=part.arrow,
            )
            event = batch.to_event()
            headers, value = to_record(event)
            key = event.extensions["partitionkey"].encode()
            entries.append(NewEntry(value=value, key=key, headers=headers, dedup_id=event.id))
    if entries:
        deps.log.append(BatchScraped.TOPIC, entries)
