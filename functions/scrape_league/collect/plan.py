"""The first unit of a league: its seasons, and the rounds of them that are due."""

from __future__ import annotations

from collections.abc import Mapping, Set

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.fetch import FetchResult, fetch
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.unit_results import quarantine, report_missing, retry
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import KnownList, KnownMatch
from functions.scrape_league.jobs.units import Chunk, ChunkResult, NewList, NewUnit, Unit, UnitResult
from functions.scrape_league.quarantine.model import QuarantineItem, Subject, Waiver
from functions.scrape_league.source.endpoints import STANDINGS
from shared.domain.catalogue.leagues import by_id
from shared.domain.football.records import SeasonRecord
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest


def collect_plan(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Read a league's seasons, choose some, read their tables, and make a unit of every round that is due."""
    output = ChunkOutput()
    (unit,) = chunk.units
    path = f"/api/v1/unique-tournament/{unit.league_id}/seasons"
    (fetched,) = fetch([PageRequest(path=path)], deps)
    if not fetched.is_content:
        output.result.units.append(report_missing(unit, fetched, "seasons"))
        return output
    try:
        offered = parsing.parse_seasons(fetched.response, by_id(unit.league_id).id)
    except InvalidInput as exc:
        output.result.quarantined.append(_item(_subject(unit, 0, "seasons"), exc, fetched))
        output.result.units.append(quarantine(unit, str(exc)))
        return output
    chosen, unknown = policy.choose_seasons(offered, chunk.seasons)
    faults = [fault for season in chosen if (fault := _plan_season(chunk, unit, season.season_id, output, deps))]
    if faults:
        return ChunkOutput(result=ChunkResult(units=[retry(unit, "; ".join(faults))]))
    reason = f"not offered: {', '.join(unknown)}" if unknown else ""
    output.result.units.append(_unit_result(unit, chosen, reason, output))
    output.result.lists.append(
        NewList(path=path, ref="seasons", etag="", read_at=deps.clock.now(), league_id=unit.league_id, season_id=0)
    )
    return output


def _unit_result(unit: Unit, chosen: list[SeasonRecord], reason: str, output: ChunkOutput) -> UnitResult:
    """Add the seasons to the output; return the result of the plan."""
    n_rows = sum(output.add(season.season_id, [season]) for season in chosen)
    n_rows += sum(len(records) for (_, kind), records in output.records.items() if kind == "standings")
    return UnitResult(id=unit.id, state="done" if chosen else "absent", reason=reason, n_rows=n_rows)


def _plan_season(chunk: Chunk, unit: Unit, season_id: int, output: ChunkOutput, deps: Deps) -> str:
    """Add a season's tables and due rounds to the output; return what went wrong, or nothing."""
    base = f"/api/v1/unique-tournament/{unit.league_id}/season/{season_id}"
    paths = {venue: f"{base}/standings/{venue}" for venue in STANDINGS}
    results = fetch([PageRequest(path=f"{base}/rounds"), *(PageRequest(path=path) for path in paths.values())], deps)
    for result in results:
        if not (result.is_content or result.is_absent):
            return result.reason
    rounds, *tables = results
    try:
        refs = parsing.parse_round_refs(rounds.response.text) if rounds.is_content else []
    except InvalidInput as exc:
        return str(exc)
    lists = {known.ref: known for known in deps.queue.get_lists(unit.league_id, season_id)}
    for (venue, path), table in zip(paths.items(), tables, strict=True):
        known = lists.get(STANDINGS[venue])
        output.result.lists.append(_read_table(unit, season_id, venue, path, table, known, output, deps))
    _add_round_units(chunk, unit, season_id, refs, lists, output, deps)
    return ""


def _add_round_units(
    chunk: Chunk,
    unit: Unit,
    season_id: int,
    refs: list[str],
    lists: Mapping[str, KnownList],
    output: ChunkOutput,
    deps: Deps,
) -> None:
    """Add a unit of every round that is due; a paged list is always due, because it has no end of its own."""
    matches: dict[str, list[KnownMatch]] = {}
    for match in deps.queue.get_season_matches(unit.league_id, season_id):
        matches.setdefault(match.round_ref, []).append(match)
    for ref in refs or parsing.PAGED_LISTS:
        read_at, is_always_due = lists[ref].read_at if ref in lists else None, ref in parsing.PAGED_LISTS
        if (
            chunk.refresh
            or is_always_due
            or policy.is_round_due(matches.get(ref, []), read_at, deps.clock.now(), is_manual=chunk.is_manual)
        ):
            output.result.new_units.append(
                NewUnit(kind="round", league_id=unit.league_id, season_id=season_id, ref=ref)
            )


def _read_table(
    unit: Unit,
    season_id: int,
    venue: str,
    path: str,
    fetched: FetchResult,
    known: KnownList | None,
    output: ChunkOutput,
    deps: Deps,
) -> NewList:
    """Add one of the source's own tables to the output; return what is known of it now."""
    n_confirmations, read_at = 0, deps.clock.now()
    if fetched.is_content:
        _read_standings(unit, season_id, venue, fetched, output, deps)
    elif known is not None:
        n_confirmations, read_at = policy.confirm_absence(known.confirmations, known.read_at, read_at)
    else:
        n_confirmations = 1
    return NewList(
        path=path,
        ref=STANDINGS[venue],
        etag="",
        read_at=read_at,
        confirmations=n_confirmations,
        league_id=unit.league_id,
        season_id=season_id,
    )


def _read_standings(
    unit: Unit, season_id: int, venue: str, fetched: FetchResult, output: ChunkOutput, deps: Deps
) -> None:
    """Add a table, or quarantine it. It is only compared with our own table, so the matches are collected anyway."""
    subject = _subject(unit, season_id, "standings", venue)
    waivers: Mapping[str, Set[Waiver]] = deps.quarantine.get_waivers(subject.kind, season_id, [subject.ref])
    try:
        rows = parsing.parse_standings(
            fetched.response, by_id(unit.league_id).id, season_id, venue, waivers.get(subject.ref, frozenset())
        )
    except InvalidInput as exc:
        output.result.quarantined.append(_item(subject, exc, fetched))
        return
    output.add(season_id, rows)
    output.result.passed.append(subject)


def _subject(unit: Unit, season_id: int, kind: str, ref: str = "total") -> Subject:
    return Subject(kind=kind, league_id=unit.league_id, season_id=season_id, ref=ref, part=kind)


def _item(subject: Subject, error: InvalidInput, fetched: FetchResult) -> QuarantineItem:
    violations = parsing.violations_of(error, subject.part)
    return QuarantineItem(subject=subject, version=0, violations=violations, evidence=(fetched.response.raw_id,))
