"""Units of releases: what was held back is stored after all, because a person says that it is right.

The kept answers are read again, exactly the rules that were broken are let pass, and no request is made. Another
version of the match is judged anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.match_page import MatchResponses, match_page
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.rounds import to_known_match
from functions.scrape_league.collect.unit_results import again
from functions.scrape_league.jobs.model import SliceState
from functions.scrape_league.jobs.units import Chunk, UnitResult
from functions.scrape_league.quarantine.model import QuarantineEntry, Waiver
from functions.scrape_league.source.endpoints import Slice
from shared.domain.catalogue.leagues import by_id
from shared.errors import InvalidInput
from shared.ports.collection import PageResponse

_EVENT = re.compile(r"/api/v1/event/(\d+)(?:/([a-z]+))?")


def collect_releases(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Read what the entries hold."""
    output = ChunkOutput()
    for unit in chunk.units:
        entry = deps.queue.entry(int(unit.ref))
        responses = {place.path: deps.archive.load(place) for place in deps.archive.index.find(entry.evidence)}
        try:
            n_rows = (_release_match if entry.kind == "match" else _release_standings)(entry, responses, output, deps)
            end = UnitResult(id=unit.id, state="done", n_rows=n_rows, attempts=unit.attempts)
        except InvalidInput as exc:
            end = again(unit, f"entry {entry.id}: {exc}")
        output.result.units.append(end)
    return output


def slices(responses: Mapping[str, PageResponse]) -> dict[int, dict[Slice, PageResponse]]:
    """Answers about matches, by match and slice; other paths are left out."""
    found: dict[int, dict[Slice, PageResponse]] = {}
    for path, response in responses.items():
        if told := _EVENT.fullmatch(path):
            found.setdefault(int(told[1]), {})[Slice(told[2] or Slice.DETAIL)] = response
    return found


def _release_standings(
    entry: QuarantineEntry, responses: Mapping[str, PageResponse], output: ChunkOutput, deps: Deps
) -> int:
    (response,) = responses.values()
    rows = parsing.standings(response, by_id(entry.league_id).id, entry.season_id, entry.ref, _waivers(entry))
    return output.add(entry.season_id, rows)


def _release_match(
    entry: QuarantineEntry, responses: Mapping[str, PageResponse], output: ChunkOutput, deps: Deps
) -> int:
    """All that was read with it comes along, but for slices that break rules of their own."""
    match_id = int(entry.ref)
    given = MatchResponses(
        league_id=entry.league_id,
        season_id=entry.season_id,
        match_id=match_id,
        fresh=slices(responses)[match_id],
        waived=_waivers(entry),
    )
    page = match_page(given)
    (before,) = deps.queue.matches([match_id]).values()
    known, seen, now = (
        deps.queue.slices([match_id])[match_id],
        to_known_match(page.match, before.round_ref),
        deps.clock.now(),
    )
    output.result.matches.append(seen)
    output.result.slices += [
        SliceState(
            match_id=match_id,
            slice=part,
            outcome="present",
            confirmations=0,
            attempts=known[part].attempts if part in known else 0,
            version=max(seen.version, before.version),
            read_at=now,
            asked_at=now,
        )
        for part in given.fresh
        if part not in page.quarantined
    ]
    return output.add(entry.season_id, page.records)


def _waivers(entry: QuarantineEntry) -> set[Waiver]:
    return {Waiver(entry.version, entry.part, broken["rule"]) for broken in entry.violations}
