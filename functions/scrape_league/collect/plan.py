"""The first unit of a league: which seasons it has, which of their rounds are due."""

from __future__ import annotations

from collections.abc import Set

from functions.scrape_league.collect import parsing as reading
from functions.scrape_league.collect.chunk_output import Harvest
from functions.scrape_league.collect.fetch import fetch, is_content, told
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.unit_results import again, quarantined, unanswered
from functions.scrape_league.jobs import policy as core
from functions.scrape_league.jobs.model import ListRead, SeenMatch
from functions.scrape_league.jobs.units import Chunk, Ended, NewList, NewUnit, Unit, UnitEnd
from functions.scrape_league.quarantine.model import Held, Subject, Waiver
from functions.scrape_league.source import endpoints
from shared.domain.catalogue.leagues import by_id
from shared.domain.sofascore import Outcome
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest, PageResponse


def collect_plan(chunk: Chunk, deps: Deps) -> Harvest:
    """Read a league's seasons, choose, read their rounds and tables, and make a unit of every round that is due."""
    harvest, now = Harvest(), deps.clock.now()
    (unit,) = chunk.units
    path = f"/api/v1/unique-tournament/{unit.league_id}/seasons"
    (response,) = fetch([PageRequest(path=path)], deps)
    if not is_content(response):
        harvest.ended.units.append(unanswered(unit, response, "seasons"))
        return harvest
    try:
        offered = reading.seasons(response, by_id(unit.league_id).id)
    except InvalidInput as exc:
        harvest.ended.held.append(_held(_subject(unit, 0, "seasons"), exc, response))
        harvest.ended.units.append(quarantined(unit, str(exc)))
        return harvest
    chosen, unknown = core.choose_seasons(offered, chunk.seasons)
    reason = f"not offered: {', '.join(unknown)}" if unknown else ""
    faults = [fault for season in chosen if (fault := _plan_season(chunk, unit, season.season_id, harvest, deps))]
    if faults:
        harvest = Harvest(ended=Ended(units=[again(unit, "; ".join(faults))]))
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
    paths = {venue: f"{base}/standings/{venue}" for venue in endpoints.STANDINGS}
    responses = fetch([PageRequest(path=f"{base}/rounds"), *(PageRequest(path=path) for path in paths.values())], deps)
    for response in responses:
        if reading.judge(response).outcome not in (Outcome.OK, Outcome.ABSENT):
            return told(response)
    rounds, *tables = responses
    try:
        refs = reading.round_refs(rounds.text) if is_content(rounds) else []
    except InvalidInput as exc:
        return str(exc)
    lists = {known.ref: known for known in deps.queue.lists(unit.league_id, season_id)}
    for (venue, path), table in zip(paths.items(), tables, strict=True):
        _read_table(unit, season_id, venue, path, table, lists.get(endpoints.STANDINGS[venue]), harvest, deps)
    read_ats = {ref: known.read_at for ref, known in lists.items()}
    by_ref: dict[str, list[SeenMatch]] = {}
    for match in deps.queue.season_matches(unit.league_id, season_id):
        by_ref.setdefault(match.round_ref, []).append(match)
    for ref in refs or reading.WALKS:
        # A walk has no end of its own: what ends there comes from elsewhere.
        walked = ref in reading.WALKS
        if chunk.refresh or walked or core.is_due(by_ref.get(ref, []), read_ats.get(ref), now, asked=chunk.asked):
            harvest.ended.new_units.append(
                NewUnit(kind="round", league_id=unit.league_id, season_id=season_id, ref=ref)
            )
    return ""


def _read_table(
    unit: Unit,
    season_id: int,
    venue: str,
    path: str,
    response: PageResponse,
    known: ListRead | None,
    harvest: Harvest,
    deps: Deps,
) -> None:
    """Add one of the source's own tables, or that there is none."""
    n_absent, first_at = 0, deps.clock.now()
    if is_content(response):
        _read_standings(unit, season_id, venue, response, harvest, deps)
    elif known is not None:
        n_absent, first_at = core.said_again(known.confirmations, known.read_at, first_at)
    else:
        n_absent = 1
    harvest.ended.lists.append(
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
    unit: Unit, season_id: int, venue: str, response: PageResponse, harvest: Harvest, deps: Deps
) -> None:
    """Only a yardstick for our own table: held back, the matches are collected all the same."""
    subject = _subject(unit, season_id, "standings", venue)
    waived: Set[Waiver] = deps.queue.waived(subject.kind, season_id, [subject.ref]).get(subject.ref, frozenset())
    try:
        harvest.add(season_id, reading.standings(response, by_id(unit.league_id).id, season_id, venue, waived))
        harvest.ended.sound.append(subject)
    except InvalidInput as exc:
        harvest.ended.held.append(_held(subject, exc, response))


def _subject(unit: Unit, season_id: int, kind: str, ref: str = "total") -> Subject:
    return Subject(kind=kind, league_id=unit.league_id, season_id=season_id, ref=ref, part=kind)


def _held(subject: Subject, fault: InvalidInput, response: PageResponse) -> Held:
    violations = reading.violations_of(fault, subject.part)
    return Held(subject=subject, version=0, violations=violations, evidence=(response.raw_id,))
