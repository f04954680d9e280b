"""Answers have the shape of recorded real ones: no field that real answers lack, none missing that all have."""

from __future__ import annotations

import json
from typing import Any

from tests.support.collection.standin_api import SiteInterface
from tests.support.reference import reference

# Names the recordings happen not to hold (nobody was so unlucky), of the same kind as their neighbours.
_RARE_STATISTICS = {"ownGoals", "penaltyMiss", "penaltySave", "diveSaves"}


def recorded(path: str) -> Any:
    return json.loads(reference(f"football/sofascore/{path}").read_bytes())


def finished(site: SiteInterface) -> list[dict[str, Any]]:
    events = site.all_events(17, site.season(17, "25/26"))
    return [event for event in events if event["status"]["code"] == 100]


def same_kind(ours: Any, real: Any, where: str) -> None:
    """Every field of ours is in the real object and of its type; numbers may be whole or not."""
    if isinstance(ours, dict) and isinstance(real, dict):
        for key, value in ours.items():
            if key in real and value != {} and real[key] != {}:
                same_kind(value, real[key], f"{where}.{key}")
        return
    number = (int, float)
    is_same = (isinstance(ours, number) and isinstance(real, number)) or type(ours) is type(real)
    assert is_same, f"{where}: {ours!r} against {real!r}"


def test_events_have_the_fields_of_recorded_events() -> None:
    real = recorded("events/ut8-s77559-spain-laliga-25-26.json")["events"]
    known = {key for event in real for key in event}
    always = set.intersection(*(set(event) for event in real))
    for event in finished(SiteInterface())[:50]:
        assert always <= set(event) <= known, set(event) ^ always
        same_kind(event, real[0], "event")


def test_event_details_have_the_fields_of_recorded_details() -> None:
    real = recorded("event/14348664.json")["event"]
    site = SiteInterface()
    event = site.get(f"/event/{finished(site)[0]['id']}")["event"]
    known = set(real) | {"winnerCode", "attendance", "eventState", "hasXg", "homeRedCards", "awayRedCards"}
    assert set(event) <= known
    same_kind(event, real, "event")


def test_line_ups_have_the_fields_of_recorded_line_ups() -> None:
    real = recorded("lineups/laliga-2025-26-celta.json")
    older = recorded("lineups/11369359.json")
    lines = [line for answer in (real, older) for side in ("home", "away") for line in answer[side]["players"]]
    statistics = {key: value for line in lines for key, value in line.get("statistics", {}).items()}
    site = SiteInterface()
    for event in finished(site)[:40]:
        ours = site.get(f"/event/{event['id']}/lineups")
        assert set(ours) == set(real)
        assert set(ours["home"]) <= set(real["home"])
        for line in ours["home"]["players"] + ours["away"]["players"]:
            unknown = set(line["statistics"]) - set(statistics) - _RARE_STATISTICS
            assert not unknown, unknown
            assert set(line["player"]) <= {key for entry in lines for key in entry["player"]}
            for key, value in line["statistics"].items():
                if key in statistics:
                    same_kind(value, statistics[key], key)


def test_statistics_have_the_groups_and_names_of_recorded_ones() -> None:
    real = recorded("statistics/brasileirao-2026-atletico-mg-internacional.json")["statistics"]
    site = SiteInterface()
    ours = site.get(f"/event/{finished(site)[0]['id']}/statistics")["statistics"]

    def named(statistics: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
        groups = statistics[0]["groups"]
        return {(group["groupName"], item["key"]): item for group in groups for item in group["statisticsItems"]}

    mine, theirs = named(ours), named(real)
    assert theirs.keys() - mine.keys() <= {("Goalkeeping", "diveSaves"), ("Goalkeeping", "punches")} | {
        ("Goalkeeping", "highClaims")
    }
    for key in mine.keys() & theirs.keys():
        assert mine[key].keys() == theirs[key].keys(), key
        for field in ("name", "statisticsType", "valueType", "renderType"):
            assert mine[key][field] == theirs[key][field], (key, field)


def test_shots_and_incidents_have_the_fields_of_recorded_ones() -> None:
    real_shots = recorded("shotmap/el-clasico-2025-05-array.json")
    known = {key for shot in real_shots for key in shot} | {"addedTime"}
    real_incidents = recorded("suspect/12436559-incidents.json")["incidents"]
    real_incidents += recorded("incidents/flat-goals-laliga-2023.json")
    real_incidents += recorded("incidents/flat-red-cards-laliga-2023.json")
    fields: dict[str, set[str]] = {}
    for incident in real_incidents:
        fields.setdefault(incident["incidentType"], {"playerName"}).update(incident, ("addedTime",))
    site = SiteInterface()
    for event in finished(site)[:40]:
        for shot in site.get(f"/event/{event['id']}/shotmap")["shotmap"]:
            assert set(shot) <= known
            same_kind(shot, real_shots[0], "shot")
        for incident in site.get(f"/event/{event['id']}/incidents")["incidents"]:
            kind = incident["incidentType"]
            if kind in fields:
                assert set(incident) <= fields[kind], (kind, set(incident) - fields[kind])
