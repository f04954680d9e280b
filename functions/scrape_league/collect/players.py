"""Units of players: their profiles, asked for when they were first seen and seldom after that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from functions.scrape_league.collect import parsing
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.fetch import fetch, told
from functions.scrape_league.collect.ports import Deps
from functions.scrape_league.collect.unit_results import again
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.units import Chunk, ProfileState, Unit, UnitResult
from functions.scrape_league.source.endpoints import SOURCE
from shared.domain import sofascore
from shared.domain.football.records import PlayerProfile
from shared.domain.sofascore import Outcome
from shared.errors import InvalidInput
from shared.ports.collection import PageRequest, PageResponse


def collect_players(chunk: Chunk, deps: Deps) -> ChunkOutput:
    """Fetch profiles, a chunk of them together."""
    output = ChunkOutput()
    known = deps.queue.profiles([int(unit.ref) for unit in chunk.units])
    responses = fetch([PageRequest(path=f"/api/v1/player/{unit.ref}") for unit in chunk.units], deps)
    for unit, response in zip(chunk.units, responses, strict=True):
        _read(unit, response, known.get(int(unit.ref)), output, deps)
    return output


def parse(response: PageResponse, player_id: int) -> PlayerProfile:
    """The profile, or `InvalidInput`, also when it is another player's."""
    profile = sofascore.parse_player(response.text, source=SOURCE, read_at=parsing.received_at(response))
    if profile.player_id != player_id:
        raise InvalidInput(f"player {player_id}: the page is of player {profile.player_id}")
    return profile


def _read(unit: Unit, response: PageResponse, known: ProfileState | None, output: ChunkOutput, deps: Deps) -> None:
    now = deps.clock.now()
    state = ProfileState(
        player_id=int(unit.ref),
        outcome="present",
        confirmations=0,
        attempts=(known.attempts if known else 0) + 1,
        due_at=now + policy.PROFILE_REST,
    )
    outcome = parsing.judge(response).outcome
    if outcome is Outcome.ABSENT:
        said = 1 + (known.confirmations if known and known.outcome == "absent" else 0)
        rest = policy.PROFILE_REST if said >= 2 else policy.CONFIRM_AFTER
        state = replace(state, outcome="absent", confirmations=said, due_at=now + rest, reason=told(response))
        output.result.units.append(UnitResult(id=unit.id, state="absent", reason=state.reason, attempts=unit.attempts))
    else:
        fault = told(response) if outcome is not Outcome.OK else _store(unit, response, output)
        if fault:
            rest = timedelta(hours=min(state.attempts, 24))
            state = replace(state, outcome="failed", due_at=now + rest, reason=fault[:200])
            output.result.units.append(again(unit, fault))
        else:
            output.result.units.append(UnitResult(id=unit.id, state="done", n_rows=1, attempts=unit.attempts))
    output.result.profiles.append(state)


def _store(unit: Unit, response: PageResponse, output: ChunkOutput) -> str:
    """Add the profile to the harvest; what is wrong with it, or nothing."""
    try:
        output.add(unit.season_id, [parse(response, int(unit.ref))])
    except InvalidInput as exc:
        return str(exc)
    return ""
