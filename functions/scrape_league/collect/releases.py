"""Units of releases: store what was quarantined, because an operator says that it is right.

The archived responses are parsed again with exactly the broken rules waived; no request is made. A later version of the
match is checked against all rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.match_page import MatchPage, MatchResponses, read_match
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.rounds import to_known_match
from functions.scrape_league.collect.unit_results import retry
from functions.scrape_league.jobs.model import SliceState
from functions.scrape_league.jobs.units import Chunk, Unit, UnitResult
from functions.scrape_league.quarantine.model import QuarantineEntry, Waiver
from functions.scrape_league.source.endpoints import Slice
from shared.domain.catalogue.leagues import by_id
from shared.errors import InvalidInput
from shared.ports.collection import PageResponse

Responses = Mapping[str, PageResponse]
"""By path."""

_EVENT = re.compile(r"/api/v1/event/(\d+)(?:/([a-z]+))?")


def collect_releases(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Store the released entries of a chunk."""
    output = ChunkOutput()
    output.result.units += [_release(unit, output, deps) for unit in chunk.units]
    return output


def group_by_match(responses: Responses) -> dict[int, dict[Slice, PageResponse]]:
    """Return the responses about matches, by match and slice; other paths are left out."""
    by_match: dict[int, dict[Slice, PageResponse]] = {}
    for path, response in responses.items():
        if match := _EVENT.fullmatch(path):
            by_match.setdefault(int(match[1]), {})[Slice(match[2] or Slice.DETAIL)] = response
    return by_match


def _release(unit: Unit, output: ChunkOutput, deps: Deps) -> UnitResult:
    entry = deps.quarantine.get_entry(int(unit.ref))
    responses = deps.archive.load_by_path(entry.evidence)
    try:
        n_rows = (_release_match if entry.kind == "match" else _release_standings)(entry, responses, output, deps)
    except InvalidInput as exc:
        return retry(unit, f"entry {entry.id}: {exc}")
    return UnitResult(id=unit.id, state="done", n_rows=n_rows, attempts=unit.attempts)


def _release_standings(entry: QuarantineEntry, responses: Responses, output: ChunkOutput, deps: Deps) -> int:
    (response,) = responses.values()
    rows = parsing.parse_standings(response, by_id(entry.league_id).id, entry.season_id, entry.ref, _waivers(entry))
    return output.add(entry.season_id, rows)


def _release_match(entry: QuarantineEntry, responses: Responses, output: ChunkOutput, deps: Deps) -> int:
    """Store all slices fetched with the entry, except those that break rules of their own."""
    match_id = int(entry.ref)
    fresh = group_by_match(responses)[match_id]
    page = read_match(
        MatchResponses(
            league_id=entry.league_id,
            season_id=entry.season_id,
            match_id=match_id,
            fresh=fresh,
            waivers=_waivers(entry),
        )
    )
    output.result.slices += _slice_states(page, fresh, output, deps)
    return output.add(entry.season_id, page.records)


def _slice_states(
    page: MatchPage, fresh: Mapping[Slice, PageResponse], output: ChunkOutput, deps: Deps
) -> list[SliceState]:
    """Add the match to the output; return the states of the slices that are stored with it."""
    match_id, now = page.match.match_id, deps.clock.now()
    (before,) = deps.queue.get_matches([match_id]).values()
    known, match = deps.queue.get_slices([match_id])[match_id], to_known_match(page.match, before.round_ref)
    output.result.matches.append(match)
    return [
        SliceState(
            match_id=match_id,
            slice=part,
            outcome="present",
            confirmations=0,
            attempts=known[part].attempts if part in known else 0,
            version=max(match.version, before.version),
            read_at=now,
            asked_at=now,
        )
        for part in fresh
        if part not in page.quarantined
    ]


def _waivers(entry: QuarantineEntry) -> set[Waiver]:
    return {Waiver(entry.version, entry.part, violation["rule"]) for violation in entry.violations}
