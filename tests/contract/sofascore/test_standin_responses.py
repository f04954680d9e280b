"""Parsers and stand-in site agree: no unknown field, no contradiction, equal tables."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from k8s.local.standin.site.clock import DEFAULT_NOW, SiteClock, parse_instant
from k8s.local.standin.site.json_interface import JsonInterface
from k8s.local.standin.world.simulated_world import SimulatedWorld
from shared.domain import sofascore
from shared.domain.catalogue import competition_rules, leagues
from shared.domain.football import fixtures
from shared.domain.football.match_status import is_final
from shared.domain.football.records import Match
from shared.domain.football.standings_check import find_disagreements
from shared.domain.football.table import league_table
from shared.domain.sofascore import drift, invariants

NOW = datetime.fromisoformat(DEFAULT_NOW)
ENDLESS = datetime(2100, 1, 1, tzinfo=UTC)
LEAGUES = ("england", "spain", "russia")
"""Goal difference first, head-to-head first, and fewer teams."""


@functools.cache
def site() -> JsonInterface:
    return JsonInterface(SimulatedWorld(1), SiteClock(parse_instant(DEFAULT_NOW)), 1)


def answer(path: str) -> bytes:
    result = site().get(path)
    assert sofascore.judge(result.status, result.body).outcome is sofascore.Outcome.OK
    return result.body


@functools.cache
def finished_season(slug: str) -> tuple[str, tuple[Match, ...]]:
    """Return the path of last season and its events, read round by round."""
    league = leagues.by_slug(slug)
    newest, last, *_ = sofascore.parse_seasons(
        answer(f"/unique-tournament/{league.id}/seasons"), league_id=league.id, read_at=NOW
    )
    assert newest.starts_in == last.starts_in + 1
    season = f"/unique-tournament/{league.id}/season/{last.season_id}"
    matches: list[Match] = []
    for result in sofascore.parse_rounds(answer(f"{season}/rounds")).rounds:
        body = answer(f"{season}/events/round/{result.path}")
        assert drift.unknown_fields("events", body) == {}
        matches += sofascore.parse_events(body, read_at=NOW).matches
    return season, tuple(matches)


@pytest.mark.parametrize("slug", LEAGUES)
def test_every_pair_meets_once_at_each_ground(slug: str) -> None:
    _, matches = finished_season(slug)
    current = fixtures.current_events(matches)
    n_teams = len({match.home_id for match in matches})
    assert len(current) == len({(match.home_id, match.away_id) for match in current}) == n_teams * (n_teams - 1)
    assert len(matches) > len(current)
    assert all(is_final(match.status_code) for match in current)
    assert Counter(rule for match in matches for rule in invariants.check_match(match)) == {}


@pytest.mark.parametrize(("kind", "venue"), [("total", ""), ("home", "home"), ("away", "away")])
@pytest.mark.parametrize("slug", LEAGUES)
def test_our_table_is_the_sites_table(slug: str, kind: str, venue: str) -> None:
    league = leagues.by_slug(slug)
    season, matches = finished_season(slug)
    standings = sofascore.parse_standings(
        answer(f"{season}/standings/{kind}"), league_id=league.id, season_id=matches[0].season_id, read_at=NOW
    )
    assert invariants.check_standings(standings.rows) == []
    theirs = [
        (row.team_id, row.matches, row.wins, row.draws, row.losses, row.goals_for, row.goals_against, row.points)
        for row in sorted(standings.rows, key=lambda row: row.position)
    ]
    ours = [
        (row.team_id, row.matches, row.wins, row.draws, row.losses, row.goals_for, row.goals_against, row.points)
        for row in league_table(matches, as_of=ENDLESS, tie_break=league.tie_break, venue=venue)
    ]
    assert ours == theirs


@pytest.mark.parametrize("slug", LEAGUES)
def test_the_check_of_tables_finds_what_was_falsified_and_nothing_else(slug: str) -> None:
    league = leagues.by_slug(slug)
    season, matches = finished_season(slug)
    rows = [
        row
        for kind in ("total", "home", "away")
        for row in sofascore.parse_standings(
            answer(f"{season}/standings/{kind}"), league_id=league.id, season_id=matches[0].season_id, read_at=NOW
        ).rows
    ]
    starts_in = min(match.starts_at for match in matches).year
    rules = competition_rules.of_season(slug, starts_in)
    assert find_disagreements(matches, rows, rules=rules, as_of=ENDLESS) == []
    doctored = [
        replace(row, points=row.points + 1) if (row.kind, row.position) == ("total", 1) else row for row in rows
    ]
    (one,) = find_disagreements(matches, doctored, rules=rules, as_of=ENDLESS)
    assert (one.kind, one.team_id, one.field) == ("total", rows[0].team_id, "points")


@pytest.mark.parametrize("slug", LEAGUES)
def test_all_parts_of_a_match_are_read_and_agree(slug: str) -> None:
    _, matches = finished_season(slug)
    for match in [match for match in matches if is_final(match.status_code)][::40]:
        bodies = {
            part: answer(f"/event/{match.match_id}/{part}".rstrip("/"))
            for part in ("", "statistics", "lineups", "incidents", "shotmap", "managers")
        }
        for part, body in bodies.items():
            assert drift.unknown_fields(part or "event", body) == {}
        page = sofascore.parse_event(bodies[""], read_at=NOW)
        lineups = sofascore.parse_lineups(bodies["lineups"], match=match, read_at=NOW)
        managers = sofascore.parse_managers(bodies["managers"])
        assert page.match == match
        assert sofascore.complete_detail(page.detail, lineups=lineups, managers=managers).home_formation
        statistics = sofascore.parse_statistics(bodies["statistics"], match=match, read_at=NOW)
        incidents = sofascore.parse_incidents(bodies["incidents"], match=match, read_at=NOW)
        shots = sofascore.parse_shots(bodies["shotmap"], match=match, read_at=NOW)
        assert statistics
        assert incidents
        assert shots
        assert (
            invariants.check_match(
                match, detail=page.detail, statistics=statistics, appearances=lineups.appearances,
                incidents=incidents, shots=shots,
            )
            == []
        )  # fmt: skip
