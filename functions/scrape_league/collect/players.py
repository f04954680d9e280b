"""Units of players: their profiles, read when a line-up first names them and seldom after that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.fetch import FetchResult, fetch
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.unit_results import retry
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.units import Chunk, ProfileState, Unit, UnitResult
from functions.scrape_league.source.endpoints import SOURCE
from shared.domain import sofascore
from shared.domain.football.records import PlayerProfile
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest, PageResponse


def collect_players(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Fetch the profiles of a chunk."""
    output = ChunkOutput()
    known = deps.queue.get_profiles([int(unit.ref) for unit in chunk.units])
    results = fetch([PageRequest(path=f"/api/v1/player/{unit.ref}") for unit in chunk.units], deps)
    for unit, result in zip(chunk.units, results, strict=True):
        _read_profile(unit, result, known.get(int(unit.ref)), output, deps)
    return output


def parse_profile(response: PageResponse, player_id: int) -> PlayerProfile:
    """Return the profile; raises `InvalidInput` if it is unreadable or of another player."""
    profile = sofascore.parse_player(response.text, source=SOURCE, read_at=parsing.read_time(response))
    if profile.player_id != player_id:
        raise InvalidInput(f"player {player_id}: the page is of player {profile.player_id}")
    return profile


def _read_profile(
    unit: Unit, fetched: FetchResult, known: ProfileState | None, output: ChunkOutput, deps: Deps
) -> None:
    now = deps.clock.now()
    state = ProfileState(
        player_id=int(unit.ref),
        outcome="present",
        confirmations=0,
        attempts=(known.attempts if known else 0) + 1,
        due_at=now + policy.PROFILE_MAX_AGE,
    )
    if fetched.is_absent:
        n = 1 + (known.confirmations if known and known.outcome == "absent" else 0)
        wait = policy.PROFILE_MAX_AGE if n >= 2 else policy.CONFIRM_AFTER
        state = replace(state, outcome="absent", confirmations=n, due_at=now + wait, reason=fetched.reason)
        end = UnitResult(id=unit.id, state="absent", reason=state.reason, attempts=unit.attempts)
    elif fault := _add_profile(unit, fetched, output):
        wait = timedelta(hours=min(state.attempts, 24))
        state = replace(state, outcome="failed", due_at=now + wait, reason=fault[:200])
        end = retry(unit, fault)
    else:
        end = UnitResult(id=unit.id, state="done", n_rows=1, attempts=unit.attempts)
    output.result.units.append(end)
    output.result.profiles.append(state)


def _add_profile(unit: Unit, fetched: FetchResult, output: ChunkOutput) -> str:
    """Add the profile to the output; return what is wrong with it, or nothing."""
    if not fetched.is_content:
        return fetched.reason
    try:
        output.add(unit.season_id, [parse_profile(fetched.response, int(unit.ref))])
    except InvalidInput as exc:
        return str(exc)
    return ""
