"""The output of chunks of units, over a site in memory."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.scrape_league.collect.fetch import JITTER
from functions.scrape_league.collect.unit_results import CONFIRM_AFTER_S
from functions.scrape_league.jobs.model import KnownList, KnownMatch, SliceState
from functions.scrape_league.jobs.policy import CONFIRM_AFTER, MAX_ATTEMPTS, PROFILE_MAX_AGE, RECHECK_EVERY
from functions.scrape_league.quarantine.model import Waiver
from functions.scrape_league.source.endpoints import Slice
from shared.domain.collection.circuit import OPEN_AFTER, Circuit, Slot
from shared.domain.football.records import MatchDetail, PlayerProfile, Standing
from shared.errors import Blocked, SourceSilent, Unavailable
from shared.ports.collection import PageRequest, PageResponse
from tests.support.collection.doubles import (
    NOW,
    MemoryIndex,
    MemorySite,
    SingleChunkQueue,
    WorkerHarness,
    listed_round,
    match_queue,
    path,
    unit,
)


@pytest.fixture(scope="module")
def first_round() -> tuple[MemorySite, list[KnownMatch]]:
    return listed_round()


@pytest.fixture
def site(first_round: tuple[MemorySite, list[KnownMatch]]) -> MemorySite:
    first_round[0].instead.clear()
    first_round[0].trouble = None
    first_round[0].requests.clear()
    return first_round[0]


@pytest.fixture
def match(first_round: tuple[MemorySite, list[KnownMatch]]) -> KnownMatch:
    return first_round[1][0]


def test_a_plan_makes_a_unit_of_every_round(site: MemorySite) -> None:
    queue = SingleChunkQueue(unit("plan", "seasons"))
    harness = WorkerHarness(queue, site)
    harness.run()
    assert [new.ref for new in queue.result.new_units] == [f"round/{number}" for number in range(1, 31)]
    assert harness.kinds() == {"seasons": 1, "standings": 48}
    assert [(end.state, end.n_rows) for end in queue.result.units] == [("done", 49)]
    assert [read.ref for read in queue.result.lists] == ["standings", "standings/home", "standings/away", "seasons"]


def test_home_and_away_tables_add_up_to_the_total_table(site: MemorySite) -> None:
    harness = WorkerHarness(SingleChunkQueue(unit("plan", "seasons")), site)
    harness.run()
    counted = ("matches", "wins", "draws", "losses", "goals_for", "goals_against", "points")
    by_team: dict[int, dict[str, list[int]]] = {}
    for row in harness.records:
        if isinstance(row, Standing):
            by_team.setdefault(row.team_id, {})[row.kind] = [getattr(row, name) for name in counted]
    assert len(by_team) == 16
    for rows in by_team.values():
        home, away = rows["home"], rows["away"]
        assert [ours + theirs for ours, theirs in zip(home, away, strict=True)] == rows["total"]
        assert home[0] == away[0] == 15


def test_a_table_is_absent_only_after_two_404s_an_hour_apart(site: MemorySite, match: KnownMatch) -> None:
    place = f"/api/v1/unique-tournament/203/season/{match.season_id}/standings/home"
    site.instead[place] = PageResponse(status=404, text='{"error":{"code":404}}')
    known: list[KnownList] = []
    for aged, n_confirmations in ((timedelta(), 1), (timedelta(minutes=59), 1), (timedelta(hours=1), 2)):
        queue = SingleChunkQueue(unit("plan", "seasons"))
        queue.known_lists = [replace(one, read_at=NOW - aged) for one in known]
        harness = WorkerHarness(queue, site)
        harness.run()
        assert harness.kinds() == {"seasons": 1, "standings": 32}
        known = [read for read in queue.result.lists if read.path == place]
        assert [(read.confirmations, read.read_at) for read in known] == [(n_confirmations, NOW - aged)]
        assert queue.result.units[0].state == "done"


def test_a_table_of_another_venue_is_quarantined(site: MemorySite, match: KnownMatch) -> None:
    base = f"/api/v1/unique-tournament/203/season/{match.season_id}/standings"
    site.instead[f"{base}/away"] = site.fetch_many([PageRequest(path=f"{base}/total")])[0]
    queue = SingleChunkQueue(unit("plan", "seasons"))
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.kinds() == {"seasons": 1, "standings": 32}
    (item,) = queue.result.quarantined
    assert (item.subject.kind, item.subject.ref) == ("standings", "away")
    assert [str(violation) for violation in item.violations] == [
        "standings breaks table_is_of_the_venue: expected away, saw total"
    ]


def test_a_season_that_the_source_does_not_offer_is_named(site: MemorySite) -> None:
    queue = SingleChunkQueue(unit("plan", "seasons"), seasons=("1950/51",))
    WorkerHarness(queue, site).run()
    assert [(end.state, end.reason) for end in queue.result.units] == [("absent", "not offered: 1950/51")]


def test_a_round_names_matches_and_adds_units_for_their_details(site: MemorySite, match: KnownMatch) -> None:
    queue = SingleChunkQueue(unit("round", "round/1", season_id=match.season_id))
    harness = WorkerHarness(queue, site)
    harness.run()
    # Final matches are stored from their own pages.
    assert harness.kinds() == {"teams": 16, "leagues": 1}
    assert [new.kind for new in queue.result.new_units] == ["match"] * 8
    assert queue.result.lists[0].etag
    assert all(listed.finished and listed.round_ref == "round/1" for listed in queue.result.matches)


def test_an_unchanged_round_publishes_nothing_but_adds_units_for_missing_details(
    site: MemorySite, match: KnownMatch
) -> None:
    first = SingleChunkQueue(unit("round", "round/1", season_id=match.season_id))
    WorkerHarness(first, site).run()
    second = SingleChunkQueue(unit("round", "round/1", season_id=match.season_id))
    second.known_lists = [
        KnownList(path=known.path, ref=known.ref, etag=known.etag, read_at=NOW) for known in first.result.lists
    ]
    second.known_matches = {listed.match_id: listed for listed in first.result.matches}
    harness = WorkerHarness(second, site)
    harness.run()
    assert harness.records == []
    assert len(second.result.new_units) == 8
    assert second.result.units[0].state == "done"


def test_a_source_without_etags_gets_if_modified_since(site: MemorySite, match: KnownMatch) -> None:
    date = "Sat, 21 Nov 2026 12:00:00 GMT"
    text = site.fetch_many([PageRequest(path=_round(match))])[0].text
    requests = list[PageRequest]()

    def response(request: PageRequest) -> PageResponse:
        requests.append(request)
        return (
            PageResponse(status=304)
            if request.last_modified
            else PageResponse(status=200, text=text, last_modified=date)
        )

    site.instead[_round(match)] = response
    first, second = (SingleChunkQueue(unit("round", "round/1", season_id=match.season_id)) for _ in range(2))
    WorkerHarness(first, site).run()
    (read,) = first.result.lists
    second.known_lists = [
        KnownList(path=read.path, ref=read.ref, etag=read.etag, read_at=NOW, last_modified=read.last_modified)
    ]
    WorkerHarness(second, site).run()
    assert [(request.etag, request.last_modified) for request in requests] == [("", ""), ("", date)]
    assert second.result.units[0].state == "done"


def test_a_list_is_absent_only_after_two_404s(site: MemorySite, match: KnownMatch) -> None:
    once = SingleChunkQueue(unit("round", "round/99", season_id=match.season_id))
    WorkerHarness(once, site).run()
    (end,) = once.result.units
    assert (end.state, end.wait_s) == ("pending", CONFIRM_AFTER_S)
    twice = SingleChunkQueue(unit("round", "round/99", season_id=match.season_id, reason=end.reason))
    WorkerHarness(twice, site).run()
    assert twice.result.units[0].state == "absent"


def test_an_outage_between_two_404s_confirms_no_absence(site: MemorySite, match: KnownMatch) -> None:
    queue = SingleChunkQueue(
        unit("round", "round/99", season_id=match.season_id, attempts=1, reason="round/99: status 500")
    )
    WorkerHarness(queue, site).run()
    assert queue.result.units[0].state == "pending"


def test_leagues_without_rounds_are_read_page_by_page(site: MemorySite, match: KnownMatch) -> None:
    queue = SingleChunkQueue(unit("round", "last", season_id=match.season_id))
    harness = WorkerHarness(queue, site)
    harness.run()
    assert len(queue.result.matches) >= 240
    assert len({listed.match_id for listed in queue.result.matches}) == len(queue.result.matches)
    assert queue.result.units[0].state == "done"


def test_a_match_publishes_all_its_slices_at_once(site: MemorySite, match: KnownMatch) -> None:
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.run()
    kinds = harness.kinds()
    assert (kinds["matches"], kinds["match_details"], kinds["teams"]) == (1, 1, 2)
    assert min(kinds[kind] for kind in ("team_statistics", "appearances", "players", "incidents", "shots")) > 10
    assert {state.outcome for state in queue.result.slices} == {"present"}
    assert queue.result.units[0].state == "done"
    assert len({record.version for record in harness.records if record.TABLE == "shots"}) == 1


def test_the_same_match_read_again_is_the_same_event(site: MemorySite, match: KnownMatch) -> None:
    first, second = WorkerHarness(match_queue(match), site), WorkerHarness(match_queue(match), site)
    first.run()
    second.run()
    ids = [
        sorted(dict(entry.headers)["ce_id"] for entry in harness.log.replay("touchline.football.scraped"))
        for harness in (first, second)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 9


def test_a_missing_slice_is_requested_again_before_it_counts_as_absent(site: MemorySite, match: KnownMatch) -> None:
    site.instead[path(match, Slice.INCIDENTS)] = PageResponse(status=404, text='{"error":{"code":404}}')
    once = match_queue(match)
    WorkerHarness(once, site).run()
    known = {state.slice: state for state in once.result.slices}
    assert (known["incidents"].outcome, known["incidents"].confirmations) == ("absent", 1)
    assert (once.result.units[0].state, once.result.units[0].reason) == (
        "done",
        "absent: incidents (absent once: incidents)",
    )
    site.requests.clear()
    WorkerHarness(match_queue(match, known=known), site).run()
    assert sum(site.requests.values()) == 0
    known["incidents"] = replace(known["incidents"], read_at=NOW - CONFIRM_AFTER)
    twice = match_queue(match, known=known)
    WorkerHarness(twice, site).run()
    assert set(site.requests) == {path(match, Slice.DETAIL), path(match, Slice.INCIDENTS)}
    assert twice.result.units[0].state == "done"
    assert {state.slice: state.confirmations for state in twice.result.slices}["incidents"] == 2


def test_an_empty_response_is_an_absence_too(site: MemorySite, match: KnownMatch) -> None:
    site.instead[path(match, Slice.STATISTICS)] = PageResponse(status=200, text='{"statistics":[]}')
    queue = match_queue(match)
    WorkerHarness(queue, site).run()
    assert {state.slice: state.outcome for state in queue.result.slices}["statistics"] == "absent"


def test_the_flags_of_a_match_save_a_request_but_confirm_nothing(site: MemorySite, match: KnownMatch) -> None:
    plain = replace(match, has_xg=False, has_player_statistics=False)
    site.instead[path(match, Slice.STATISTICS)] = PageResponse(status=404)
    queue = match_queue(plain)
    WorkerHarness(queue, site).run()
    assert path(match, Slice.SHOTMAP) not in site.requests
    assert {state.slice: state.confirmations for state in queue.result.slices}["statistics"] == 1


@pytest.mark.parametrize("status", [500, 502, 0])
def test_a_failed_slice_is_retried_and_never_becomes_absent(site: MemorySite, match: KnownMatch, status: int) -> None:
    site.instead[path(match, Slice.LINEUPS)] = PageResponse(status=status, text="oops")
    known: dict[str, SliceState] = {}
    for attempts in range(MAX_ATTEMPTS):
        queue = match_queue(match, known=known, attempts=attempts)
        WorkerHarness(queue, site).run()
        known |= {state.slice: state for state in queue.result.slices}
        assert known["lineups"].outcome == "failed"
    (end,) = queue.result.units
    assert (end.state, end.attempts) == ("failed", MAX_ATTEMPTS)
    assert "lineups" in end.reason


def test_slices_that_arrived_are_stored_while_one_fails(site: MemorySite, match: KnownMatch) -> None:
    site.instead[path(match, Slice.LINEUPS)] = PageResponse(status=500)
    harness = WorkerHarness(match_queue(match), site)
    harness.run()
    assert harness.kinds()["shots"] > 0
    assert harness.kinds()["appearances"] == 0


def test_retrying_a_failed_slice_keeps_the_formations(site: MemorySite, match: KnownMatch) -> None:
    site.instead[path(match, Slice.STATISTICS)] = PageResponse(status=500)
    first = WorkerHarness(match_queue(match), site)
    first.run()
    (detail,) = [record for record in first.records if isinstance(record, MatchDetail)]
    assert detail.home_formation
    site.instead.clear()
    known = {state.slice: state for state in first.queue.result.slices}
    second = WorkerHarness(match_queue(match, known=known), site, archive=first.archive)
    second.run()
    assert second.kinds()["team_statistics"] > 0
    assert [record for record in second.records if isinstance(record, MatchDetail)] == [detail]
    assert (second.kinds()["appearances"], second.kinds()["shots"]) == (0, 0)


def test_a_slice_that_contradicts_the_match_is_quarantined_alone(site: MemorySite, match: KnownMatch) -> None:
    shown = json.loads(site.fetch_many([_request(match, Slice.INCIDENTS)])[0].text)
    shown["incidents"] = [incident for incident in shown["incidents"] if incident["incidentType"] != "period"]
    shown["incidents"] += [{"incidentType": "period", "text": "FT", "time": 85, "homeScore": 9, "awayScore": 9}]
    site.instead[path(match, Slice.INCIDENTS)] = PageResponse(status=200, text=json.dumps(shown))
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.kinds()["incidents"] == 0
    assert harness.kinds()["shots"] > 0
    (end,) = queue.result.units
    assert end.state == "quarantined"
    assert "period_marks_on_the_minute" in end.reason
    assert {state.slice: state.outcome for state in queue.result.slices}["incidents"] == "failed"


def test_a_shot_without_a_place_is_left_out_and_the_others_are_stored(site: MemorySite, match: KnownMatch) -> None:
    content = json.loads(site.fetch_many([_request(match, Slice.SHOTMAP)])[0].text)
    n_shots = len(content["shotmap"])
    del content["shotmap"][0]["playerCoordinates"]
    site.instead[path(match, Slice.SHOTMAP)] = PageResponse(status=200, text=json.dumps(content))
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.kinds()["shots"] == n_shots - 1
    assert {state.outcome for state in queue.result.slices} == {"present"}
    (end,) = queue.result.units
    assert (end.state, end.reason) == ("done", "shotmap: 1 shots without a place left out")


def test_an_event_without_a_season_is_of_the_season_of_its_list(site: MemorySite, match: KnownMatch) -> None:
    content = json.loads(site.fetch_many([PageRequest(path=_round(match))])[0].text)
    for event in content["events"]:
        del event["season"]
    site.instead[_round(match)] = PageResponse(status=200, text=json.dumps(content))
    queue = SingleChunkQueue(unit("round", "round/1", season_id=match.season_id))
    WorkerHarness(queue, site).run()
    assert {listed.season_id for listed in queue.result.matches} == {match.season_id}
    assert (len(queue.result.matches), queue.result.quarantined) == (len(content["events"]), [])


def test_an_awarded_match_is_stored_from_its_list_and_no_slice_is_fetched(site: MemorySite, match: KnownMatch) -> None:
    content = json.loads(site.fetch_many([PageRequest(path=_round(match))])[0].text)
    (event,) = (one for one in content["events"] if one["id"] == match.match_id)
    event["isAwarded"] = True
    site.instead[_round(match)] = PageResponse(status=200, text=json.dumps(content))
    queue = SingleChunkQueue(unit("round", "round/1", season_id=match.season_id))
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.kinds()["matches"] == 1
    assert str(match.match_id) not in {new.ref for new in queue.result.new_units}


def test_a_match_that_contradicts_itself_is_quarantined_as_a_whole(site: MemorySite, match: KnownMatch) -> None:
    shown = json.loads(site.fetch_many([_request(match, Slice.DETAIL)])[0].text)
    shown["event"]["homeScore"]["display"] += 1
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=200, text=json.dumps(shown))
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.records == []
    assert queue.result.units[0].state == "quarantined"
    assert "score_is_sum_of_halves" in queue.result.units[0].reason


def test_a_page_with_another_result_than_its_list_is_quarantined_and_the_list_is_read_again(
    site: MemorySite, match: KnownMatch
) -> None:
    queue = match_queue(replace(match, result="100 7-0 winner 1"))
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.records == []
    assert queue.result.units[0].state == "quarantined"
    assert [one.rule for one in queue.result.quarantined[0].violations] == ["result_is_told_twice"]
    assert [(new.kind, new.ref) for new in queue.result.new_units] == [("round", "round/1")]


def test_a_page_newer_than_its_list_needs_no_confirmation(site: MemorySite, match: KnownMatch) -> None:
    queue = match_queue(replace(match, result="100 7-0 winner 1", version=match.version - 1000))
    WorkerHarness(queue, site).run()
    assert queue.result.quarantined == []


@pytest.mark.parametrize(("lacks", "n_held"), [((), 0), ((Slice.INCIDENTS,), 1)])
def test_without_a_result_in_the_list_the_incidents_must_confirm_it(
    site: MemorySite, match: KnownMatch, lacks: tuple[Slice, ...], n_held: int
) -> None:
    for part in lacks:
        site.instead[path(match, part)] = PageResponse(status=500)
    queue = match_queue(replace(match, result=""))
    WorkerHarness(queue, site).run()
    assert len(queue.result.quarantined) == n_held


def test_a_list_that_contradicts_itself_confirms_no_result(site: MemorySite, match: KnownMatch) -> None:
    shown = json.loads(site.fetch_many([PageRequest(path=_round(match))])[0].text)
    shown["events"][0]["homeScore"]["current"] += 1
    site.instead[_round(match)] = PageResponse(status=200, text=json.dumps(shown))
    queue = SingleChunkQueue(unit("round", "round/1", season_id=match.season_id))
    WorkerHarness(queue, site).run()
    assert [listed.result for listed in queue.result.matches].count("") == 1


def test_a_page_of_another_match_is_quarantined(
    site: MemorySite, first_round: tuple[MemorySite, list[KnownMatch]], match: KnownMatch
) -> None:
    site.instead[path(match, Slice.DETAIL)] = site.fetch_many([_request(first_round[1][1], Slice.DETAIL)])[0]
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.records == []
    assert queue.result.units[0].state == "quarantined"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"event": 3}', "<html>"])
def test_a_garbled_response_quarantines_the_match_with_a_reason(site: MemorySite, match: KnownMatch, text: str) -> None:
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=200, text=text)
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.records == []
    assert queue.result.units[0].state in ("quarantined", "pending")
    assert queue.result.units[0].reason


def test_a_refusal_blocks_the_source_and_releases_the_chunk(site: MemorySite, match: KnownMatch) -> None:
    site.trouble = Blocked("the source refuses /api/v1/event: 403 challenge")
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.guard.circuit.health == "blocked"
    assert "403" in harness.guard.circuit.blocked_reason
    assert len(queue.released) == 1
    assert sum(site.requests.values()) == len(Slice)


def test_a_refusal_from_before_the_resume_releases_the_chunk_and_blocks_nothing(
    site: MemorySite, match: KnownMatch
) -> None:
    site.trouble = Blocked("403 challenge")
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.guard.resumed_epoch = 10
    harness.run()
    assert harness.guard.circuit.health == "ok"
    assert ["403 challenge" in trouble for trouble in queue.released] == [True]


def test_a_worker_that_finds_the_source_blocked_does_not_block_it_again(
    site: MemorySite, match: KnownMatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)

    def resumed_just_after(span_s: float) -> Slot:
        raise Blocked("403 challenge")

    monkeypatch.setattr(harness.guard, "acquire_slot", resumed_just_after)
    harness.run()
    assert harness.guard.circuit.health == "ok"
    assert len(queue.released) == 1


def test_a_lost_browser_releases_the_chunk_without_counting_an_attempt(site: MemorySite, match: KnownMatch) -> None:
    site.trouble = Unavailable("the browser is gone")
    queue = match_queue(match)
    WorkerHarness(queue, site).run()
    assert queue.released == ["the browser is gone"]
    assert queue.result.units == []


def test_a_429_pauses_all_workers(site: MemorySite, match: KnownMatch) -> None:
    site.instead[path(match, Slice.SHOTMAP)] = PageResponse(status=429, retry_after_s=17)
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.guard.retry_after_s == [17]
    assert harness.guard.circuit.opened_until == NOW + timedelta(seconds=17)
    assert queue.result.units[0].state == "pending"
    assert {state.slice for state in queue.result.slices if state.outcome == "failed"} == {"shotmap"}


def test_a_second_429_after_the_wait_is_a_refusal(site: MemorySite, match: KnownMatch) -> None:
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=429, retry_after_s=17)
    harness = WorkerHarness(match_queue(match), site)
    harness.guard.circuit = Circuit(limited=True, opened_until=NOW)
    harness.run()
    assert harness.guard.circuit.health == "blocked"
    assert sum(site.requests.values()) == 1


def test_an_outage_does_not_fail_the_matches(site: MemorySite, match: KnownMatch) -> None:
    for part in Slice:
        site.instead[path(match, part)] = PageResponse(status=503)
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.guard.circuit = Circuit(n_failures=OPEN_AFTER - 1, failing_since=NOW)
    harness.run()
    assert harness.guard.circuit.opened_until is not None
    assert len(queue.released) == 1
    assert queue.result.units == []


def test_a_server_error_for_one_match_fails_that_match_only(site: MemorySite, match: KnownMatch) -> None:
    for part in Slice:
        site.instead[path(match, part)] = PageResponse(status=500)
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.guard.circuit.health == "degraded"
    assert (queue.result.units[0].state, queue.result.units[0].attempts) == ("pending", 1)


def test_responses_from_before_an_outage_are_used(site: MemorySite, match: KnownMatch) -> None:
    site.instead[path(match, Slice.INCIDENTS)] = PageResponse(status=429)
    queue = match_queue(match)
    harness = WorkerHarness(queue, site, rate_per_s=1)
    harness.run()
    outcomes = {state.slice: state.outcome for state in queue.result.slices}
    assert outcomes == {
        **dict.fromkeys(("detail", "statistics", "lineups"), "present"),
        **dict.fromkeys(("incidents", "shotmap", "managers"), "failed"),
    }
    assert path(match, Slice.SHOTMAP) not in site.requests


def test_an_open_circuit_is_probed_with_one_request(site: MemorySite, match: KnownMatch) -> None:
    harness = WorkerHarness(match_queue(match), site)
    harness.guard.circuit = Circuit(n_failures=OPEN_AFTER, failing_since=NOW, n_opened=1, opened_until=NOW)
    harness.run()
    assert harness.guard.circuit == Circuit()
    assert sum(site.requests.values()) == len(Slice)
    assert len(harness.guard.spans_s) == 2


def test_a_site_whose_page_does_not_open_counts_as_a_failure(site: MemorySite, match: KnownMatch) -> None:
    site.trouble = SourceSilent("the source's page answers 500")
    harness = WorkerHarness(match_queue(match), site)
    harness.run()
    assert harness.guard.circuit.n_failures == 1


def test_a_slot_that_a_pause_invalidated_is_acquired_again(site: MemorySite, match: KnownMatch) -> None:
    harness = WorkerHarness(match_queue(match), site)
    harness.guard.waits_s, harness.guard.n_stale = [3.0, 30.0], 1
    harness.run()
    assert harness.runtime.waits_s == [3.0, 30.0]
    assert len(harness.guard.spans_s) == 2


def test_a_rate_limit_is_kept_with_bursts_of_at_most_one_second(site: MemorySite, match: KnownMatch) -> None:
    harness = WorkerHarness(match_queue(match), site, rate_per_s=2)
    harness.run()
    for span_s, n_requests in zip(harness.guard.spans_s, (2, 2, 2), strict=True):
        assert n_requests / 2 <= span_s <= n_requests / 2 * (1 + JITTER)


def test_an_unavailable_log_releases_the_chunk(site: MemorySite, match: KnownMatch) -> None:
    queue = match_queue(match)
    harness = WorkerHarness(queue, site)
    harness.log.down = True
    harness.run()
    assert len(queue.released) == 1
    assert queue.result.units == []


def _request(match: KnownMatch, part: Slice) -> PageRequest:
    return PageRequest(path=path(match, part))


def recheck(
    site: MemorySite, match: KnownMatch, first: WorkerHarness, *, age: timedelta = RECHECK_EVERY
) -> WorkerHarness:
    """Read the match a second time, within the correction window."""
    young = replace(match, starts_at=NOW - timedelta(hours=30))
    known = {state.slice: replace(state, asked_at=NOW - age) for state in first.queue.result.slices}
    site.requests.clear()
    harness = WorkerHarness(match_queue(young, known=known), site, archive=first.archive)
    harness.run()
    return harness


def correct(site: MemorySite, match: KnownMatch, *, later_s: int) -> None:
    """Change the red cards in the source, `later_s` seconds after the first read."""
    shown = json.loads(site.fetch_many([_request(match, Slice.DETAIL)])[0].text)
    shown["event"]["changes"]["changeTimestamp"] += later_s
    shown["event"]["homeRedCards"] = 5
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=200, text=json.dumps(shown), etag="new")


def test_within_the_correction_window_only_the_page_is_requested_and_conditionally(
    site: MemorySite, match: KnownMatch
) -> None:
    first = WorkerHarness(match_queue(match), site)
    first.run()
    second = recheck(site, match, first)
    assert dict(site.requests) == {path(match, Slice.DETAIL): 1}
    assert isinstance(first.archive.index, MemoryIndex)
    assert len(first.archive.index.responses) == len(Slice)
    assert [(state.slice, state.outcome) for state in second.queue.result.slices] == [("detail", "present")]
    recheck(site, match, first, age=RECHECK_EVERY - timedelta(seconds=1))
    assert sum(site.requests.values()) == 0


def test_all_slices_of_a_corrected_match_are_read_at_once(site: MemorySite, match: KnownMatch) -> None:
    first = WorkerHarness(match_queue(match), site)
    first.run()
    correct(site, match, later_s=60)
    second = recheck(site, match, first)
    (end,) = second.queue.result.units
    assert (end.state, end.reason, end.wait_s) == ("pending", "corrected", 0)
    assert second.queue.result.matches[0].version == match.version + 60_000
    newer = {state.slice: state for state in (*first.queue.result.slices, *second.queue.result.slices)}
    site.requests.clear()
    rest = WorkerHarness(match_queue(second.queue.result.matches[0], known=newer), site, archive=first.archive)
    rest.run()
    assert set(site.requests) == {path(match, part) for part in Slice}
    assert {state.version for state in rest.queue.result.slices} == {match.version + 60_000}


def test_a_page_that_changed_without_a_newer_change_time_is_quarantined(site: MemorySite, match: KnownMatch) -> None:
    first = WorkerHarness(match_queue(match), site)
    first.run()
    correct(site, match, later_s=0)
    second = recheck(site, match, first)
    assert second.records == []
    (item,) = second.queue.result.quarantined
    assert [violation.rule for violation in item.violations] == ["same_version_is_identical"]
    assert item.evidence


def test_a_waived_rule_quarantines_nothing(site: MemorySite, match: KnownMatch) -> None:
    shown = json.loads(site.fetch_many([_request(match, Slice.DETAIL)])[0].text)
    shown["event"]["winnerCode"] = 4 - shown["event"]["winnerCode"] if shown["event"]["winnerCode"] != 2 else 3
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=200, text=json.dumps(shown))
    queue = match_queue(match)
    WorkerHarness(queue, site).run()
    (item,) = queue.result.quarantined
    assert (item.subject.part, [one.rule for one in item.violations]) == ("detail", ["winner_agrees_with_score"])
    assert len(item.evidence) == len(Slice)
    waiver = Waiver(item.version, "detail", "winner_agrees_with_score")
    harness = WorkerHarness(match_queue(match), site, waivers={waiver})
    harness.run()
    assert harness.kinds()["matches"] == 1
    harness = WorkerHarness(match_queue(match), site, waivers={waiver._replace(version=item.version - 1000)})
    harness.run()
    assert harness.records == []


def test_managers_are_a_slice_and_records_of_their_own(site: MemorySite, match: KnownMatch) -> None:
    harness = WorkerHarness(match_queue(match), site)
    harness.run()
    assert harness.kinds()["managers"] == 2
    site.instead[path(match, Slice.MANAGERS)] = PageResponse(status=200, text="{}")
    queue = match_queue(match)
    WorkerHarness(queue, site).run()
    assert {state.slice: state.outcome for state in queue.result.slices}["managers"] == "absent"


def test_players_of_a_match_are_stored_and_their_profiles_read(site: MemorySite, match: KnownMatch) -> None:
    queue = match_queue(match)
    WorkerHarness(queue, site).run()
    listed = [player.player_id for player in queue.result.players]
    assert len(listed) == len(set(listed)) >= 22
    one, other = listed[:2]
    site.instead[f"/api/v1/player/{other}"] = PageResponse(status=404)
    asking = SingleChunkQueue(
        unit("player", str(one), season_id=match.season_id),
        unit("player", str(other), season_id=match.season_id, number=2),
    )
    harness = WorkerHarness(asking, site)
    harness.run()
    (profile,) = harness.records
    assert isinstance(profile, PlayerProfile)
    assert (profile.player_id, bool(profile.team_name), bool(profile.positions)) == (one, True, True)
    assert [(state.outcome, state.due_at - NOW) for state in asking.result.profiles] == [
        ("present", PROFILE_MAX_AGE),
        ("absent", CONFIRM_AFTER),
    ]


def test_a_page_of_another_player_is_a_failure(site: MemorySite, match: KnownMatch) -> None:
    site.instead["/api/v1/player/7"] = PageResponse(status=200, text='{"player": {"id": 8, "name": "Another"}}')
    queue = SingleChunkQueue(unit("player", "7", season_id=match.season_id))
    harness = WorkerHarness(queue, site)
    harness.run()
    assert harness.records == []
    assert [(state.outcome, state.due_at - NOW) for state in queue.result.profiles] == [("failed", timedelta(hours=1))]


def _round(match: KnownMatch) -> str:
    return f"/api/v1/unique-tournament/{match.league_id}/season/{match.season_id}/events/round/1"
