"""Every part of a simulated match agrees with every other, for whole leagues, many seeds and any moment."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8s.local.standin.site.clock import format_instant
from tests.support.collection.match_invariants import Json, check_event, check_match, values
from tests.support.collection.standin_api import SiteInterface

PARTS = ("statistics", "lineups", "incidents", "shotmap")


def check_in_full(site: SiteInterface, event: Json) -> None:
    parts = [site.get(f"/event/{event['id']}/{part}") for part in PARTS]
    full = site.get(f"/event/{event['id']}")["event"]
    for key, value in event.items():
        if key not in ("homeTeam", "awayTeam"):
            assert full[key] == value, (event["id"], key)
    check_match(full, *parts)


@pytest.mark.parametrize(("seed", "ut"), [(1, 17), (2, 203), (3, 35), (4, 52)])
def test_every_match_of_a_season_agrees_with_itself(seed: int, ut: int) -> None:
    site = SiteInterface(seed=seed)
    season = site.season(ut, "25/26")
    finished = 0
    for event in site.all_events(ut, season):
        check_event(event)
        if event["status"]["code"] == 100:
            finished += 1
            check_in_full(site, event)
        else:
            assert not event["hasEventPlayerStatistics"]
            assert not any(site.has(f"/event/{event['id']}/{part}") for part in PARTS)
    assert finished == {17: 380, 203: 240, 35: 306, 52: 306}[ut]


@given(seed=st.integers(0, 2**31), minutes=st.integers(-60, 180), ut=st.sampled_from((17, 8, 203)))
@settings(max_examples=40)
def test_a_match_agrees_with_itself_at_any_minute(seed: int, minutes: int, ut: int) -> None:
    site = SiteInterface(seed=seed)
    season = site.season(ut, "25/26")
    base = f"/unique-tournament/{ut}/season/{season}/events/round/30"
    start = site.get(base)["events"][0]["startTimestamp"]
    site.clock.move(start + 60 * minutes)
    for event in site.get(base)["events"]:
        check_event(event)
        if event["status"]["type"] == "inprogress":
            check_in_full(site, event)


def test_corrections_change_the_details_and_keep_them_in_agreement() -> None:
    site = SiteInterface(seed=5)
    corrected = 0
    for league in site.world.leagues:
        for match in site.world.season(league, 2025).matches:
            if match.correction is None or match.fate != "played":
                continue
            site.clock.move(match.correction.at - 60)
            before = site.get(f"/event/{match.id}")["event"]
            parts = [site.get(f"/event/{match.id}/{part}") for part in PARTS]
            check_match(before, *parts)
            site.clock.move(match.correction.at)
            after = site.get(f"/event/{match.id}")["event"]
            check_in_full(site, after)
            assert after["changes"]["changeTimestamp"] > before["changes"]["changeTimestamp"]
            if match.correction.kind == "goal":
                corrected += 1
                goals = [event[f"{side}Score"]["display"] for event in (before, after) for side in ("home", "away")]
                assert sum(goals[2:]) == sum(goals[:2]) + 1
    assert corrected > 3


def test_statistics_have_the_schema_of_2026() -> None:
    site = SiteInterface()
    event = site.all_events(17, site.season(17, "25/26"))[0]
    statistics = site.get(f"/event/{event['id']}/statistics")["statistics"]
    assert [entry["period"] for entry in statistics] == ["ALL", "1ST", "2ND"]
    groups = {group["groupName"] for group in statistics[0]["groups"]}
    assert groups == {"Match overview", "Shots", "Attack", "Passes", "Duels", "Defending", "Goalkeeping"}
    listed = [item["key"] for group in statistics[0]["groups"] for item in group["statisticsItems"]]
    assert listed.count("totalShotsOnGoal") == 2
    assert len(values(statistics, "ALL")) >= 38


def test_a_season_of_players_has_dozens_of_statistics() -> None:
    site = SiteInterface()
    names: set[str] = set()
    for event in site.all_events(8, site.season(8, "25/26"))[:60]:
        if event["status"]["code"] == 100:
            lineups = site.get(f"/event/{event['id']}/lineups")
            for side in ("home", "away"):
                for line in lineups[side]["players"]:
                    names |= line["statistics"].keys()
    assert len(names) >= 65


def test_answers_at_the_same_instant_are_the_same_bytes() -> None:
    sites = [SiteInterface(seed=9), SiteInterface(seed=9)]
    event = sites[0].all_events(23, sites[0].season(23, "26/27"))[3]
    order = [f"/event/{event['id']}/{part}" for part in PARTS]
    first = [sites[0].responses.get(path).body for path in order]
    second = [sites[1].responses.get(path).body for path in reversed(order)][::-1]
    assert first == second
    assert format_instant(sites[0].clock.now) == "2026-11-21T12:00:00Z"
