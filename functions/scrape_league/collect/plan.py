"""The first unit of a league: which seasons it has, which of their rounds are due."""

from __future__ import annotations

from collections.abc import Set

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.fetch import fetch, is_content, told
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.unit_results import again, quarantined, unanswered
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import KnownList, KnownMatch
from functions.scrape_league.jobs.units import Chunk, ChunkResult, NewList, NewUnit, Unit, UnitResult
from functions.scrape_league.quarantine.model import QuarantineItem, Subject, Waiver
from functions.scrape_league.source import endpoints
from shared.domain.catalogue.leagues import by_id
from shared.domain.sofascore import Outcome
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest, PageResponse


def collect_plan(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Read a league's seasons, choose, read their rounds and tables, and make a unit of every round that is due."""
    output, now = ChunkOutput(), deps.clock.now()
    (unit,) = chunk.units
    path = f"/api/v1/unique-tournament/{unit.league_id}/seasons"
    (response,) = fetch([PageRequest(path=path)], deps)
    if not is_content(response):
        output.result.units.append(unanswered(unit, response, "seasons"))
        return output
    try:
        offered = parsing.seasons(response, by_id(unit.league_id).id)
    except InvalidInput as exc:
        output.result.quarantined.append(_held(_subject(unit, 0, "seasons"), exc, response))
        output.result.units.append(quarantined(unit, str(exc)))
        return output
    chosen, unknown = policy.choose_seasons(offered, chunk.seasons)
    reason = f"not offered: {', '.join(unknown)}" if unknown else ""
    faults = [fault for season in chosen if (fault := _plan_season(chunk, unit, season.season_id, output, deps))]
    if faults:
        output = ChunkOutput(result=ChunkResult(units=[again(unit, "; ".join(faults))]))
        return output
    n_rows = sum(output.add(season.season_id, [season]) for season in chosen)
    n_rows += sum(len(records) for (_, kind), records in output.records.items() if kind == "standings")
    output.result.lists.append(
        NewList(path=path, ref="seasons", etag="", read_at=now, league_id=unit.league_id, season_id=0)
    )
    state = "done" if chosen else "absent"
    output.result.units.append(UnitResult(id=unit.id, state=state, reason=reason, n_rows=n_rows))
    return output


def _plan_season(chunk: Chunk, unit: Unit, season_id: int, output: ChunkOutput, deps: Deps) -> str:
    """Add a season's standings and due rounds to the harvest; what went wrong, or nothing."""
    base, now = f"/api/v1/unique-tournament/{unit.league_id}/season/{season_id}", deps.clock.now()
    paths = {venue: f"{base}/standings/{venue}" for venue in endpoints.STANDINGS}
    responses = fetch([PageRequest(path=f"{base}/rounds"), *(PageRequest(path=path) for path in paths.values())], deps)
    for response in responses:
        if parsing.judge(response).outcome not in (Outcome.OK, Outcome.ABSENT):
            return told(response)
    rounds, *tables = responses
    try:
        refs = parsing.round_refs(rounds.text) if is_content(rounds) else []
    except InvalidInput as exc:
        return str(exc)
    lists = {known.ref: known for known in deps.queue.lists(unit.league_id, season_id)}
    for (venue, path), table in zip(paths.items(), tables, strict=True):
        _read_table(unit, season_id, venue, path, table, lists.get(endpoints.STANDINGS[venue]), output, deps)
    read_ats = {ref: known.read_at for ref, known in lists.items()}
    by_ref: dict[str, list[KnownMatch]] = {}
    for match in deps.queue.season_matches(unit.league_id, season_id):
        by_ref.setdefault(match.round_ref, []).append(match)
    for ref in refs or parsing.WALKS:
        # A walk has no end of its own: what ends there comes from elsewhere.
        walked = ref in parsing.WALKS
        if chunk.refresh or walked or policy.is_due(by_ref.get(ref, []), read_ats.get(ref), now, asked=chunk.asked):
            output.result.new_units.append(
                NewUnit(kind="round", league_id=unit.league_id, season_id=season_id, ref=ref)
            )
    return ""


def _read_table(
    unit: Unit,
    season_id: int,
    venue: str,
    path: str,
    response: PageResponse,
    known: KnownList | None,
    output: ChunkOutput,
    deps: Deps,
) -> None:
    """Add one of the source's own tables, or that there is none."""
    n_absent, first_at = 0, deps.clock.now()
    if is_content(response):
        _read_standings(unit, season_id, venue, response, output, deps)
    elif known is not None:
        n_absent, first_at = policy.confirm_absence(known.confirmations, known.read_at, first_at)
    else:
        n_absent = 1
    output.result.lists.append(
        NewList(
            path=path,
            ref=endpoints.STANDINGS[venue],
            etag="",
            read_at=first_at,
            confirmations=n_absent,
            league_id=unit.league_id,
            season_id=season_id,
        )
    )


def _read_standings(
    unit: Unit, season_id: int, venue: str, response: PageResponse, output: ChunkOutput, deps: Deps
) -> None:
    """Only a yardstick for our own table: held back, the matches are collected all the same."""
    subject = _subject(unit, season_id, "standings", venue)
    waived: Set[Waiver] = deps.queue.waived(subject.kind, season_id, [subject.ref]).get(subject.ref, frozenset())
    try:
        output.add(season_id, parsing.standings(response, by_id(unit.league_id).id, season_id, venue, waived))
        output.result.passed.append(subject)
    except InvalidInput as exc:
        output.result.quarantined.append(_held(subject, exc, response))


def _subject(unit: Unit, season_id: int, kind: str, ref: str = "total") -> Subject:
    return Subject(kind=kind, league_id=unit.league_id, season_id=season_id, ref=ref, part=kind)


def _held(subject: Subject, fault: InvalidInput, response: PageResponse) -> QuarantineItem:
    violations = parsing.violations_of(fault, subject.part)
    return QuarantineItem(subject=subject, version=0, violations=violations, evidence=(response.raw_id,))
