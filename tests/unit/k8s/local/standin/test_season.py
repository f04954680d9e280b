"""A simulated season: fixtures, states by the clock, postponements, moving pages, years that follow each other."""

from __future__ import annotations

from collections import Counter
from statistics import correlation

import pytest

from k8s.local.standin.world.leagues import LEAGUES, SIMULATED
from k8s.local.standin.world.matches import state_at
from k8s.local.standin.world.season import Result, results, table
from k8s.local.standin.world.simulated_world import SimulatedWorld
from tests.support.collection.match_invariants import check_event
from tests.support.collection.standin_api import SiteInterface
from tests.support.reference import reference

SIZES = {17: 20, 8: 20, 35: 18, 23: 20, 34: 18, 37: 18, 238: 18, 52: 18, 203: 16}


@pytest.mark.parametrize("ut", SIZES)
def test_everybody_meets_everybody_at_home_and_away(ut: int) -> None:
    site = SiteInterface("2026-06-30T12:00:00Z")
    events = [e for e in site.all_events(ut, site.season(ut, "25/26")) if e["status"]["code"] == 100]
    n_teams = SIZES[ut]
    pairs = Counter((event["homeTeam"]["id"], event["awayTeam"]["id"]) for event in events)
    assert len(pairs) == len(events) == n_teams * (n_teams - 1)
    assert len({home for home, _ in pairs}) == n_teams
    per_round = Counter(event["roundInfo"]["round"] for event in events)
    assert set(per_round.values()) == {n_teams // 2}
    assert len(per_round) == 2 * (n_teams - 1)


def test_the_two_id_spaces_collide_as_the_real_ones_do() -> None:
    site = SiteInterface()
    shown = {}
    for league in SIMULATED:
        event = site.all_events(league.ut, site.season(league.ut, "25/26"))[0]
        shown[league.country] = (event["tournament"]["uniqueTournament"]["id"], event["tournament"]["id"])
    assert shown["Turkey"][0] == shown["Portugal"][1] == 52
    assert shown["Spain"] == (8, 36)
    assert next(league.ut for league in LEAGUES if league.country == "Scotland") == 36
    assert shown["England"] == (17, 1)


def test_everything_simulated_says_so() -> None:
    site = SiteInterface()
    for league in SIMULATED:
        detail = site.get(f"/unique-tournament/{league.ut}")["uniqueTournament"]
        assert "(simulated)" in detail["name"]
        for season in site.get(f"/unique-tournament/{league.ut}/seasons")["seasons"]:
            assert "(simulated)" in season["name"]


def test_invented_clubs_are_no_real_clubs() -> None:
    import pyarrow.parquet as pq

    names: set[str] = set()
    for path, columns in (
        ("football/large/matches_1871_2025.parquet", ("home", "away")),
        ("football/results/openfootball_json_2010_2025.parquet", ("team1", "team2")),
    ):
        known = pq.read_table(reference(path), columns=list(columns))
        names |= {name for column in columns for name in known.column(column).unique().to_pylist() if name}
    folded = {name.casefold() for name in names}
    for seed in range(5):
        for teams in SimulatedWorld(seed).register.by_league.values():
            for team in teams:
                assert not {team.name.casefold(), team.short_name.casefold()} & folded, team.name


def test_ids_are_unique_over_leagues_and_seasons() -> None:
    site = SiteInterface()
    seasons = [
        season["id"]
        for league in SIMULATED
        for season in site.get(f"/unique-tournament/{league.ut}/seasons")["seasons"]
    ]
    assert len(set(seasons)) == len(seasons) == 27
    world = site.world
    events = [m.id for league in SIMULATED for year in (2024, 2025, 2026) for m in world.season(league, year).matches]
    assert len(set(events)) == len(events)
    assert max(events) < 2**31
    assert isinstance(world, SimulatedWorld)
    players = [p.id for team in world.register.by_id.values() for p in world.register.squad(team.number, 2026)]
    assert len(set(players)) == len(players)
    assert len(world.register.by_id) == len(world.register.by_number)


@pytest.mark.parametrize(
    ("offset_s", "code", "score_shown"),
    [(-60, 0, False), (300, 6, True), (2700 + 700, 31, True), (2700 + 900 + 1200, 7, True), (3 * 3600, 100, True)],
)
def test_the_state_of_a_match_follows_the_clock(offset_s: int, code: int, score_shown: bool) -> None:
    site = SiteInterface()
    match = next(m for m in site.world.season(SIMULATED[0], 2025).matches if m.fate == "played" and max(m.added) < 8)
    site.clock.move(match.kick_off + offset_s)
    event = site.get(f"/event/{match.id}")["event"]
    assert event["status"]["code"] == code
    assert bool(event["homeScore"]) == bool(event["awayScore"]) == score_shown


def test_a_postponed_match_is_replayed_under_a_new_id_in_the_same_round() -> None:
    site = SiteInterface("2026-06-30T12:00:00Z")
    seen: Counter[int] = Counter()
    for league in SIMULATED:
        events = site.all_events(league.ut, site.season(league.ut, "25/26"))
        for void in (event for event in events if event["status"]["code"] in (60, 70, 90)):
            seen[void["status"]["code"]] += 1
            check_event(void)
            heirs = [
                event
                for event in events
                if event["id"] != void["id"]
                and event["homeTeam"]["id"] == void["homeTeam"]["id"]
                and event["awayTeam"]["id"] == void["awayTeam"]["id"]
            ]
            assert len(heirs) == 1
            assert heirs[0]["roundInfo"] == void["roundInfo"]
            assert heirs[0]["customId"] == void["customId"]
            assert heirs[0]["startTimestamp"] > void["startTimestamp"]
    assert seen[60] > 30
    assert seen[70] > 0
    assert seen[90] > 0


def test_a_postponement_shows_only_from_its_announcement_and_its_successor_later() -> None:
    world = SimulatedWorld(1)
    season = world.season(SIMULATED[0], 2025)
    void = next(match for match in season.matches if match.fate == "postponed")
    heir = next(m for m in season.matches if m.home == void.home and m.away == void.away and m.id != void.id)
    before, after = state_at(void, void.void_at - 1), state_at(void, void.void_at)
    assert before is not None
    assert after is not None
    assert (before.code, after.code) == (0, 60)
    assert state_at(heir, void.void_at) is None
    assert state_at(heir, heir.visible_from) is not None


def test_pages_hold_thirty_oldest_first_and_end_with_a_404() -> None:
    site = SiteInterface()
    season = site.season(17, "26/27")
    base = f"/unique-tournament/17/season/{season}/events"
    for direction in ("last", "next"):
        first = site.get(f"{base}/{direction}/0")
        starts = [event["startTimestamp"] for event in first["events"]]
        assert len(starts) == 30
        assert starts == sorted(starts)
        assert first["hasNextPage"] is True
        assert (starts[-1] <= site.clock.now) if direction == "last" else (starts[0] > site.clock.now)
        walked = site.walk(17, season, direction)
        assert len({event["id"] for event in walked}) == len(walked)
        pages = -(-len(walked) // 30)
        answer = site.responses.get(f"{base}/{direction}/{pages}")
        assert (answer.status, answer.body) == (404, b'{"error":{"code":404,"message":"Not Found"}}')
    both = {event["id"] for direction in ("last", "next") for event in site.walk(17, season, direction)}
    assert both == {event["id"] for event in site.all_events(17, season)}


def test_pages_move_as_the_clock_moves() -> None:
    site = SiteInterface("2026-11-20T12:00:00Z")
    season = site.season(17, "26/27")
    path = f"/unique-tournament/17/season/{season}/events/last/0"
    before = {event["id"] for event in site.get(path)["events"]}
    site.clock.move(site.clock.now + 3 * 86_400)
    after = {event["id"] for event in site.get(path)["events"]}
    assert before != after
    assert before & after


def test_a_start_may_move_under_the_same_id() -> None:
    world = SimulatedWorld(1)
    moved = [match for match in world.season(SIMULATED[0], 2026).matches if match.moved_at]
    assert len(moved) > 100
    before, after = state_at(moved[0], moved[0].moved_at - 1), state_at(moved[0], moved[0].moved_at)
    assert before is not None
    assert after is not None
    assert before.start != after.start
    assert after.changed_at > before.changed_at


@pytest.mark.parametrize("side", ["total", "home", "away"])
def test_standings_equal_the_results_at_the_clock(side: str) -> None:
    site = SiteInterface()
    for league in SIMULATED:
        season = site.season(league.ut, "26/27")
        standings = site.get(f"/unique-tournament/{league.ut}/season/{season}/standings/{side}")["standings"][0]
        counted: dict[int, list[int]] = {row["team"]["id"]: [0] * 5 for row in standings["rows"]}
        for event in site.all_events(league.ut, season):
            if event["status"]["type"] != "finished":
                continue
            goals = event["homeScore"]["display"], event["awayScore"]["display"]
            for key, mine, theirs in (("home", *goals), ("away", *goals[::-1])):
                if side in ("total", key):
                    row = counted[event[f"{key}Team"]["id"]]
                    row[0] += mine > theirs
                    row[1] += mine == theirs
                    row[2] += mine < theirs
                    row[3] += mine
                    row[4] += theirs
        assert len(standings["rows"]) == league.n_teams
        for place, row in enumerate(standings["rows"], start=1):
            wins, draws, losses, scored, conceded = counted[row["team"]["id"]]
            output = [row[key] for key in ("wins", "draws", "losses", "scoresFor", "scoresAgainst")]
            assert output == [wins, draws, losses, scored, conceded]
            assert row["position"] == place
            assert row["matches"] == wins + draws + losses
            assert row["points"] == 3 * wins + draws
        if side == "total":
            assert sum(r["scoresFor"] for r in standings["rows"]) == sum(r["scoresAgainst"] for r in standings["rows"])
        points = [row["points"] for row in standings["rows"]]
        assert points == sorted(points, reverse=True)


def test_level_teams_are_parted_by_the_chain_of_their_league() -> None:
    one, two, three = SimulatedWorld(1).register.by_league[17][:3]
    # One and two have 3 points each. Two beat one, but one scored more and has the better difference.
    played: list[Result] = [(two, one, 1, 0), (one, three, 4, 0), (three, two, 1, 0), (three, one, 0, 0)]
    difference_first = table((one, two, three), played, ("gd", "gf"))
    assert [row.team for row in difference_first] == [one, three, two]
    level: list[Result] = [
        (two, one, 1, 0),
        (one, three, 4, 0),
        (three, two, 0, 0),
        (two, three, 0, 0),
        (one, two, 0, 0),
    ]
    # Two: 1 win, 3 draws = 6; one: 1 win, 1 draw, 1 defeat = 4.
    assert [row.points for row in table((one, two, three), level, ("gd",))] == [6, 4, 2]
    tied: list[Result] = [(two, one, 1, 0), (one, three, 4, 0)]
    assert [row.team for row in table((one, two, three), tied, ("gd", "gf"))] == [one, two, three]
    assert [row.team for row in table((one, two, three), tied, ("h2h_points", "gd"))] == [two, one, three]


def test_the_football_is_of_the_usual_kind() -> None:
    goals = draws = home_wins = n = 0
    for seed in (1, 2, 3):
        world = SimulatedWorld(seed)
        for league in SIMULATED:
            for match in world.season(league, 2025).matches:
                if match.score is not None:
                    n += 1
                    goals += sum(match.score)
                    draws += match.score[0] == match.score[1]
                    home_wins += match.score[0] > match.score[1]
    assert 2.55 < goals / n < 2.9
    assert 0.23 < draws / n < 0.28
    assert 0.41 < home_wins / n < 0.48


def test_strength_persists_so_that_there_is_something_to_learn() -> None:
    similar = []
    for seed in range(4):
        world = SimulatedWorld(seed)
        for league in SIMULATED[:3]:
            points = []
            for year in (2024, 2025):
                season = world.season(league, year)
                rows = table(season.teams, results(season.states_at(2**31)), league.tie_break)
                points.append({row.team.id: row.points for row in rows})
            both = sorted(points[0].keys() & points[1].keys())
            assert len(both) == league.n_teams - league.n_relegated
            similar.append(correlation([points[0][team] for team in both], [points[1][team] for team in both]))
    assert 0.35 < sum(similar) / len(similar) < 0.95


def test_the_relegated_are_the_last_of_the_table() -> None:
    world = SimulatedWorld(1)
    league = SIMULATED[0]
    before, after = world.season(league, 2025), world.season(league, 2026)
    rows = table(before.teams, results(before.states_at(2**31)), league.tie_break)
    assert {row.team for row in rows[-3:]} == set(before.teams) - set(after.teams)


def test_seasons_are_listed_once_their_summer_has_come() -> None:
    site = SiteInterface("2026-06-30T12:00:00Z")
    labels = [season["year"] for season in site.get("/unique-tournament/17/seasons")["seasons"]]
    assert labels == ["25/26", "24/25"]
    site.clock.move(site.clock.now + 2 * 86_400)
    labels = [season["year"] for season in site.get("/unique-tournament/17/seasons")["seasons"]]
    assert labels == ["26/27", "25/26", "24/25"]


def test_teams_players_and_referees_answer() -> None:
    site = SiteInterface()
    event = site.get(f"/event/{site.all_events(8, site.season(8, '25/26'))[0]['id']}")["event"]
    team = site.get(f"/team/{event['homeTeam']['id']}")["team"]
    assert team["name"] == event["homeTeam"]["name"]
    assert team["manager"]["name"]
    assert team["venue"]["capacity"] > 0
    squad = site.get(f"/team/{team['id']}/players")["players"]
    assert len(squad) == 27
    player = site.get(f"/player/{squad[5]['player']['id']}")["player"]
    assert player["name"] == squad[5]["player"]["name"]
    assert player["team"]["id"] == team["id"]
    managers = site.get(f"/event/{event['id']}/managers")
    assert managers["homeManager"] == event["homeTeam"]["manager"]
    assert event["referee"]["name"]
    assert event["attendance"] <= event["venue"]["capacity"]
    assert len(site.get(f"/team/{team['id']}/events/last/0")["events"]) == 30
    assert all(e["status"]["type"] == "inprogress" for e in site.get("/sport/football/events/live")["events"])
    assert site.get("/unique-tournament/8/scheduled-events/2026-11-21")["events"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/event/x",
        "/event/99999999999999",
        "/event/5/lineups",
        "/unique-tournament/1/seasons",
        "/team/1",
        "/player/1",
        "/unique-tournament/17/season/1/rounds",
        "/event/-1",
        "/unique-tournament/17/scheduled-events/soon",
        "//",
        "/a/b",
    ],
)
def test_unknown_addresses_have_the_sites_own_404(path: str) -> None:
    answer = SiteInterface().responses.get(path)
    assert answer.status == 404
    assert answer.body == b'{"error":{"code":404,"message":"Not Found"}}'


def test_a_season_of_another_league_is_unknown() -> None:
    site = SiteInterface()
    assert not site.has(f"/unique-tournament/8/season/{site.season(17, '25/26')}/rounds")
