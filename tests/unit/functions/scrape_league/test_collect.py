"""What a chunk of units leads to, over a site in memory."""

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
from functions.scrape_league.source.circuit import OPEN_AFTER, Circuit, Slot
from functions.scrape_league.source.endpoints import Slice
from shared.domain.football.records import MatchDetail, PlayerProfile, Standing
from shared.errors import Blocked, SourceSilent, Unavailable
from shared.ports.collection import PageRequest, PageResponse
from tests.support.collection.doubles import (
    NOW,
    Bench,
    MemoryIndex,
    OneChunk,
    SiteInMemory,
    details_of,
    listed_round,
    path,
    unit,
)


@pytest.fixture(scope="module")
def played() -> tuple[SiteInMemory, list[KnownMatch]]:
    return listed_round()


@pytest.fixture
def site(played: tuple[SiteInMemory, list[KnownMatch]]) -> SiteInMemory:
    played[0].instead.clear()
    played[0].trouble = None
    played[0].asked.clear()
    return played[0]


@pytest.fixture
def match(played: tuple[SiteInMemory, list[KnownMatch]]) -> KnownMatch:
    return played[1][0]


def test_a_plan_makes_a_unit_of_every_round(site: SiteInMemory) -> None:
    queue = OneChunk(unit("plan", "seasons"))
    bench = Bench(queue, site)
    bench.run()
    assert [new.ref for new in queue.result.new_units] == [f"round/{number}" for number in range(1, 31)]
    assert bench.kinds() == {"seasons": 1, "standings": 48}
    assert [(end.state, end.n_rows) for end in queue.result.units] == [("done", 49)]
    assert [read.ref for read in queue.result.lists] == ["standings", "standings/home", "standings/away", "seasons"]


def test_what_teams_did_at_home_and_away_adds_up_to_their_total(site: SiteInMemory) -> None:
    bench = Bench(OneChunk(unit("plan", "seasons")), site)
    bench.run()
    counted = ("matches", "wins", "draws", "losses", "goals_for", "goals_against", "points")
    by_team: dict[int, dict[str, list[int]]] = {}
    for row in bench.records:
        if isinstance(row, Standing):
            by_team.setdefault(row.team_id, {})[row.kind] = [getattr(row, name) for name in counted]
    assert len(by_team) == 16
    for rows in by_team.values():
        home, away = rows["home"], rows["away"]
        assert [ours + theirs for ours, theirs in zip(home, away, strict=True)] == rows["total"]
        assert home[0] == away[0] == 15


def test_a_table_that_is_not_there_is_absent_only_when_said_twice_an_hour_apart(
    site: SiteInMemory, match: KnownMatch
) -> None:
    place = f"/api/v1/unique-tournament/203/season/{match.season_id}/standings/home"
    site.instead[place] = PageResponse(status=404, text='{"error":{"code":404}}')
    known: list[KnownList] = []
    for aged, said in ((timedelta(), 1), (timedelta(minutes=59), 1), (timedelta(hours=1), 2)):
        queue = OneChunk(unit("plan", "seasons"))
        queue.known_lists = [replace(one, read_at=NOW - aged) for one in known]
        bench = Bench(queue, site)
        bench.run()
        assert bench.kinds() == {"seasons": 1, "standings": 32}
        known = [read for read in queue.result.lists if read.path == place]
        assert [(read.confirmations, read.read_at) for read in known] == [(said, NOW - aged)]
        assert queue.result.units[0].state == "done"


def test_a_table_of_another_venue_is_held_back(site: SiteInMemory, match: KnownMatch) -> None:
    base = f"/api/v1/unique-tournament/203/season/{match.season_id}/standings"
    site.instead[f"{base}/away"] = site.fetch_many([PageRequest(path=f"{base}/total")])[0]
    queue = OneChunk(unit("plan", "seasons"))
    bench = Bench(queue, site)
    bench.run()
    assert bench.kinds() == {"seasons": 1, "standings": 32}
    (held,) = queue.result.quarantined
    assert (held.subject.kind, held.subject.ref) == ("standings", "away")
    assert [str(broken) for broken in held.violations] == [
        "standings breaks table_is_of_the_venue: expected away, saw total"
    ]


def test_a_season_that_is_not_offered_is_told(site: SiteInMemory) -> None:
    queue = OneChunk(unit("plan", "seasons"), seasons=("1950/51",))
    Bench(queue, site).run()
    assert [(end.state, end.reason) for end in queue.result.units] == [("absent", "not offered: 1950/51")]


def test_a_round_names_matches_and_wants_their_details(site: SiteInMemory, match: KnownMatch) -> None:
    queue = OneChunk(unit("round", "round/1", season_id=match.season_id))
    bench = Bench(queue, site)
    bench.run()
    # Matches that were played are stored from their own pages.
    assert bench.kinds() == {"teams": 16, "leagues": 1}
    assert [new.kind for new in queue.result.new_units] == ["match"] * 8
    assert queue.result.lists[0].etag
    assert all(seen.finished and seen.round_ref == "round/1" for seen in queue.result.matches)


def test_a_round_that_has_not_changed_appends_nothing_but_still_wants_missing_details(
    site: SiteInMemory, match: KnownMatch
) -> None:
    first = OneChunk(unit("round", "round/1", season_id=match.season_id))
    Bench(first, site).run()
    again = OneChunk(unit("round", "round/1", season_id=match.season_id))
    again.known_lists = [
        KnownList(path=known.path, ref=known.ref, etag=known.etag, read_at=NOW) for known in first.result.lists
    ]
    again.known_matches = {seen.match_id: seen for seen in first.result.matches}
    bench = Bench(again, site)
    bench.run()
    assert bench.records == []
    assert len(again.result.new_units) == 8
    assert again.result.units[0].state == "done"


def test_a_source_without_etags_is_asked_for_what_changed_since(site: SiteInMemory, match: KnownMatch) -> None:
    date = "Sat, 21 Nov 2026 12:00:00 GMT"
    text = site.fetch_many([PageRequest(path=_round(match))])[0].text
    asked = list[PageRequest]()

    def response(request: PageRequest) -> PageResponse:
        asked.append(request)
        return (
            PageResponse(status=304)
            if request.last_modified
            else PageResponse(status=200, text=text, last_modified=date)
        )

    site.instead[_round(match)] = response
    first, again = (OneChunk(unit("round", "round/1", season_id=match.season_id)) for _ in range(2))
    Bench(first, site).run()
    (read,) = first.result.lists
    again.known_lists = [
        KnownList(path=read.path, ref=read.ref, etag=read.etag, read_at=NOW, last_modified=read.last_modified)
    ]
    Bench(again, site).run()
    assert [(request.etag, request.last_modified) for request in asked] == [("", ""), ("", date)]
    assert again.result.units[0].state == "done"


def test_a_list_that_is_not_there_is_absent_only_when_said_twice(site: SiteInMemory, match: KnownMatch) -> None:
    once = OneChunk(unit("round", "round/99", season_id=match.season_id))
    Bench(once, site).run()
    (end,) = once.result.units
    assert (end.state, end.wait_s) == ("pending", CONFIRM_AFTER_S)
    twice = OneChunk(unit("round", "round/99", season_id=match.season_id, reason=end.reason))
    Bench(twice, site).run()
    assert twice.result.units[0].state == "absent"


def test_an_outage_between_two_absences_does_not_confirm(site: SiteInMemory, match: KnownMatch) -> None:
    queue = OneChunk(unit("round", "round/99", season_id=match.season_id, attempts=1, reason="round/99: status 500"))
    Bench(queue, site).run()
    assert queue.result.units[0].state == "pending"


def test_leagues_without_rounds_are_walked_page_by_page(site: SiteInMemory, match: KnownMatch) -> None:
    queue = OneChunk(unit("round", "last", season_id=match.season_id))
    bench = Bench(queue, site)
    bench.run()
    assert len(queue.result.matches) >= 240
    assert len({seen.match_id for seen in queue.result.matches}) == len(queue.result.matches)
    assert queue.result.units[0].state == "done"


def test_a_match_brings_all_its_parts_at_once(site: SiteInMemory, match: KnownMatch) -> None:
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.run()
    kinds = bench.kinds()
    assert (kinds["matches"], kinds["match_details"], kinds["teams"]) == (1, 1, 2)
    assert min(kinds[kind] for kind in ("team_statistics", "appearances", "players", "incidents", "shots")) > 10
    assert {state.outcome for state in queue.result.slices} == {"present"}
    assert queue.result.units[0].state == "done"
    assert len({record.version for record in bench.records if record.TABLE == "shots"}) == 1


def test_the_same_match_read_again_is_the_same_event(site: SiteInMemory, match: KnownMatch) -> None:
    first, second = Bench(details_of(match), site), Bench(details_of(match), site)
    first.run()
    second.run()
    ids = [
        sorted(dict(entry.headers)["ce_id"] for entry in bench.log.replay("touchline.football.scraped"))
        for bench in (first, second)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 9


def test_a_missing_slice_is_asked_again_before_it_counts_as_absent(site: SiteInMemory, match: KnownMatch) -> None:
    site.instead[path(match, Slice.INCIDENTS)] = PageResponse(status=404, text='{"error":{"code":404}}')
    once = details_of(match)
    Bench(once, site).run()
    known = {state.slice: state for state in once.result.slices}
    assert (known["incidents"].outcome, known["incidents"].confirmations) == ("absent", 1)
    assert (once.result.units[0].state, once.result.units[0].reason) == (
        "done",
        "absent: incidents (absent once: incidents)",
    )
    site.asked.clear()
    Bench(details_of(match, known=known), site).run()
    assert sum(site.asked.values()) == 0
    known["incidents"] = replace(known["incidents"], read_at=NOW - CONFIRM_AFTER)
    twice = details_of(match, known=known)
    Bench(twice, site).run()
    assert set(site.asked) == {path(match, Slice.DETAIL), path(match, Slice.INCIDENTS)}
    assert twice.result.units[0].state == "done"
    assert {state.slice: state.confirmations for state in twice.result.slices}["incidents"] == 2


def test_an_empty_answer_is_an_absence_too(site: SiteInMemory, match: KnownMatch) -> None:
    site.instead[path(match, Slice.STATISTICS)] = PageResponse(status=200, text='{"statistics":[]}')
    queue = details_of(match)
    Bench(queue, site).run()
    assert {state.slice: state.outcome for state in queue.result.slices}["statistics"] == "absent"


def test_the_flags_of_a_match_spare_a_request_and_confirm_nothing(site: SiteInMemory, match: KnownMatch) -> None:
    plain = replace(match, has_xg=False, has_player_statistics=False)
    site.instead[path(match, Slice.STATISTICS)] = PageResponse(status=404)
    queue = details_of(plain)
    Bench(queue, site).run()
    assert path(match, Slice.SHOTMAP) not in site.asked
    assert {state.slice: state.confirmations for state in queue.result.slices}["statistics"] == 1


@pytest.mark.parametrize("status", [500, 502, 0])
def test_a_failed_slice_is_tried_again_and_never_turns_into_absent(
    site: SiteInMemory, match: KnownMatch, status: int
) -> None:
    site.instead[path(match, Slice.LINEUPS)] = PageResponse(status=status, text="oops")
    known: dict[str, SliceState] = {}
    for attempts in range(MAX_ATTEMPTS):
        queue = details_of(match, known=known, attempts=attempts)
        Bench(queue, site).run()
        known |= {state.slice: state for state in queue.result.slices}
        assert known["lineups"].outcome == "failed"
    (end,) = queue.result.units
    assert (end.state, end.attempts) == ("failed", MAX_ATTEMPTS)
    assert "lineups" in end.reason


def test_parts_that_did_arrive_are_stored_while_one_fails(site: SiteInMemory, match: KnownMatch) -> None:
    site.instead[path(match, Slice.LINEUPS)] = PageResponse(status=500)
    bench = Bench(details_of(match), site)
    bench.run()
    assert bench.kinds()["shots"] > 0
    assert bench.kinds()["appearances"] == 0


def test_reading_a_failed_part_again_does_not_wipe_out_formations(site: SiteInMemory, match: KnownMatch) -> None:
    site.instead[path(match, Slice.STATISTICS)] = PageResponse(status=500)
    first = Bench(details_of(match), site)
    first.run()
    (told,) = [record for record in first.records if isinstance(record, MatchDetail)]
    assert told.home_formation
    site.instead.clear()
    known = {state.slice: state for state in first.queue.result.slices}
    again = Bench(details_of(match, known=known), site, archive=first.archive)
    again.run()
    assert again.kinds()["team_statistics"] > 0
    assert [record for record in again.records if isinstance(record, MatchDetail)] == [told]
    assert (again.kinds()["appearances"], again.kinds()["shots"]) == (0, 0)


def test_a_part_that_contradicts_the_match_is_held_back_alone(site: SiteInMemory, match: KnownMatch) -> None:
    shown = json.loads(site.fetch_many([_ask(match, Slice.INCIDENTS)])[0].text)
    shown["incidents"] = [incident for incident in shown["incidents"] if incident["incidentType"] != "period"]
    shown["incidents"] += [{"incidentType": "period", "text": "FT", "time": 85, "homeScore": 9, "awayScore": 9}]
    site.instead[path(match, Slice.INCIDENTS)] = PageResponse(status=200, text=json.dumps(shown))
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.run()
    assert bench.kinds()["incidents"] == 0
    assert bench.kinds()["shots"] > 0
    (end,) = queue.result.units
    assert end.state == "quarantined"
    assert "period_marks_on_the_minute" in end.reason
    assert {state.slice: state.outcome for state in queue.result.slices}["incidents"] == "failed"


def test_a_match_that_contradicts_itself_is_held_back_whole(site: SiteInMemory, match: KnownMatch) -> None:
    shown = json.loads(site.fetch_many([_ask(match, Slice.DETAIL)])[0].text)
    shown["event"]["homeScore"]["display"] += 1
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=200, text=json.dumps(shown))
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.run()
    assert bench.records == []
    assert queue.result.units[0].state == "quarantined"
    assert "score_is_sum_of_halves" in queue.result.units[0].reason


def test_a_page_that_tells_another_result_than_the_list_is_held_back_and_the_list_read_again(
    site: SiteInMemory, match: KnownMatch
) -> None:
    queue = details_of(replace(match, result="100 7-0 winner 1"))
    bench = Bench(queue, site)
    bench.run()
    assert bench.records == []
    assert queue.result.units[0].state == "quarantined"
    assert [one.rule for one in queue.result.quarantined[0].violations] == ["result_is_told_twice"]
    assert [(new.kind, new.ref) for new in queue.result.new_units] == [("round", "round/1")]


def test_a_newer_page_than_the_list_decides_alone(site: SiteInMemory, match: KnownMatch) -> None:
    queue = details_of(replace(match, result="100 7-0 winner 1", version=match.version - 1000))
    Bench(queue, site).run()
    assert queue.result.quarantined == []


@pytest.mark.parametrize(("lacks", "n_held"), [((), 0), ((Slice.INCIDENTS,), 1)])
def test_where_no_list_tells_the_result_incidents_must(
    site: SiteInMemory, match: KnownMatch, lacks: tuple[Slice, ...], n_held: int
) -> None:
    for part in lacks:
        site.instead[path(match, part)] = PageResponse(status=500)
    queue = details_of(replace(match, result=""))
    Bench(queue, site).run()
    assert len(queue.result.quarantined) == n_held


def test_a_list_that_contradicts_itself_has_told_no_result(site: SiteInMemory, match: KnownMatch) -> None:
    shown = json.loads(site.fetch_many([PageRequest(path=_round(match))])[0].text)
    shown["events"][0]["homeScore"]["current"] += 1
    site.instead[_round(match)] = PageResponse(status=200, text=json.dumps(shown))
    queue = OneChunk(unit("round", "round/1", season_id=match.season_id))
    Bench(queue, site).run()
    assert [seen.result for seen in queue.result.matches].count("") == 1


def test_a_page_of_another_match_is_held_back(
    site: SiteInMemory, played: tuple[SiteInMemory, list[KnownMatch]], match: KnownMatch
) -> None:
    site.instead[path(match, Slice.DETAIL)] = site.fetch_many([_ask(played[1][1], Slice.DETAIL)])[0]
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.run()
    assert bench.records == []
    assert queue.result.units[0].state == "quarantined"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"event": 3}', "<html>"])
def test_a_garbled_answer_holds_the_match_back_with_a_reason(site: SiteInMemory, match: KnownMatch, text: str) -> None:
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=200, text=text)
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.run()
    assert bench.records == []
    assert queue.result.units[0].state in ("quarantined", "pending")
    assert queue.result.units[0].reason


def test_a_refusal_opens_the_circuit_and_gives_the_chunk_back(site: SiteInMemory, match: KnownMatch) -> None:
    site.trouble = Blocked("the source refuses /api/v1/event: 403 challenge")
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.run()
    assert bench.guard.circuit.health == "blocked"
    assert "403" in bench.guard.circuit.blocked_reason
    assert len(queue.released) == 1
    assert sum(site.asked.values()) == len(Slice)


def test_a_refusal_from_before_a_person_resumed_the_source_gives_the_chunk_back_and_stops_nobody(
    site: SiteInMemory, match: KnownMatch
) -> None:
    site.trouble = Blocked("403 challenge")
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.guard.resumed_epoch = 10
    bench.run()
    assert bench.guard.circuit.health == "ok"
    assert ["403 challenge" in trouble for trouble in queue.released] == [True]


def test_who_only_hears_that_the_source_is_blocked_does_not_block_it(
    site: SiteInMemory, match: KnownMatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = details_of(match)
    bench = Bench(queue, site)

    def resumed_just_after(span_s: float) -> Slot:
        raise Blocked("403 challenge")

    monkeypatch.setattr(bench.guard, "acquire_slot", resumed_just_after)
    bench.run()
    assert bench.guard.circuit.health == "ok"
    assert len(queue.released) == 1


def test_a_lost_browser_gives_the_chunk_back_without_counting_a_try(site: SiteInMemory, match: KnownMatch) -> None:
    site.trouble = Unavailable("the browser is gone")
    queue = details_of(match)
    Bench(queue, site).run()
    assert queue.released == ["the browser is gone"]
    assert queue.result.units == []


def test_a_wish_to_be_left_alone_holds_everyone_back(site: SiteInMemory, match: KnownMatch) -> None:
    site.instead[path(match, Slice.SHOTMAP)] = PageResponse(status=429, retry_after_s=17)
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.run()
    assert bench.guard.retry_after_s == [17]
    assert bench.guard.circuit.opened_until == NOW + timedelta(seconds=17)
    assert queue.result.units[0].state == "pending"
    assert {state.slice for state in queue.result.slices if state.outcome == "failed"} == {"shotmap"}


def test_a_second_429_after_the_wait_is_a_refusal(site: SiteInMemory, match: KnownMatch) -> None:
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=429, retry_after_s=17)
    bench = Bench(details_of(match), site)
    bench.guard.circuit = Circuit(limited=True, opened_until=NOW)
    bench.run()
    assert bench.guard.circuit.health == "blocked"
    assert sum(site.asked.values()) == 1


def test_a_storm_is_not_the_matches_fault(site: SiteInMemory, match: KnownMatch) -> None:
    for part in Slice:
        site.instead[path(match, part)] = PageResponse(status=503)
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.guard.circuit = Circuit(n_failures=OPEN_AFTER - 1, failing_since=NOW)
    bench.run()
    assert bench.guard.circuit.opened_until is not None
    assert len(queue.released) == 1
    assert queue.result.units == []


def test_trouble_of_one_match_is_its_own_failure(site: SiteInMemory, match: KnownMatch) -> None:
    for part in Slice:
        site.instead[path(match, part)] = PageResponse(status=500)
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.run()
    assert bench.guard.circuit.health == "degraded"
    assert (queue.result.units[0].state, queue.result.units[0].attempts) == ("pending", 1)


def test_what_was_answered_before_the_source_fell_silent_is_kept(site: SiteInMemory, match: KnownMatch) -> None:
    site.instead[path(match, Slice.INCIDENTS)] = PageResponse(status=429)
    queue = details_of(match)
    bench = Bench(queue, site, rate_per_s=1)
    bench.run()
    outcomes = {state.slice: state.outcome for state in queue.result.slices}
    assert outcomes == {
        **dict.fromkeys(("detail", "statistics", "lineups"), "present"),
        **dict.fromkeys(("incidents", "shotmap", "managers"), "failed"),
    }
    assert path(match, Slice.SHOTMAP) not in site.asked


def test_a_circuit_that_was_open_is_tried_with_one_request(site: SiteInMemory, match: KnownMatch) -> None:
    bench = Bench(details_of(match), site)
    bench.guard.circuit = Circuit(n_failures=OPEN_AFTER, failing_since=NOW, n_opened=1, opened_until=NOW)
    bench.run()
    assert bench.guard.circuit == Circuit()
    assert sum(site.asked.values()) == len(Slice)
    assert len(bench.guard.spans_s) == 2


def test_a_site_whose_page_does_not_open_counts_as_trouble(site: SiteInMemory, match: KnownMatch) -> None:
    site.trouble = SourceSilent("the source's page answers 500")
    bench = Bench(details_of(match), site)
    bench.run()
    assert bench.guard.circuit.n_failures == 1


def test_whoever_waited_asks_for_a_turn_again_when_a_pause_came_between(site: SiteInMemory, match: KnownMatch) -> None:
    bench = Bench(details_of(match), site)
    bench.guard.waits_s, bench.guard.n_stale = [3.0, 30.0], 1
    bench.run()
    assert bench.runtime.waits_s == [3.0, 30.0]
    assert len(bench.guard.spans_s) == 2


def test_a_rate_is_kept_by_bursts_of_at_most_a_second_and_never_exceeded(site: SiteInMemory, match: KnownMatch) -> None:
    bench = Bench(details_of(match), site, rate_per_s=2)
    bench.run()
    for span_s, n_requests in zip(bench.guard.spans_s, (2, 2, 2), strict=True):
        assert n_requests / 2 <= span_s <= n_requests / 2 * (1 + JITTER)


def test_a_silent_log_gives_the_chunk_back(site: SiteInMemory, match: KnownMatch) -> None:
    queue = details_of(match)
    bench = Bench(queue, site)
    bench.log.down = True
    bench.run()
    assert len(queue.released) == 1
    assert queue.result.units == []


def _ask(match: KnownMatch, part: Slice) -> PageRequest:
    return PageRequest(path=path(match, part))


def recheck(site: SiteInMemory, match: KnownMatch, first: Bench, *, age: timedelta = RECHECK_EVERY) -> Bench:
    """The match read a second time, while it may still be corrected."""
    young = replace(match, starts_at=NOW - timedelta(hours=30))
    known = {state.slice: replace(state, asked_at=NOW - age) for state in first.queue.result.slices}
    site.asked.clear()
    bench = Bench(details_of(young, known=known), site, archive=first.archive)
    bench.run()
    return bench


def corrected(site: SiteInMemory, match: KnownMatch, *, later_s: int) -> None:
    """The source shows another number of red cards, changed `later_s` seconds after it was read first."""
    shown = json.loads(site.fetch_many([_ask(match, Slice.DETAIL)])[0].text)
    shown["event"]["changes"]["changeTimestamp"] += later_s
    shown["event"]["homeRedCards"] = 5
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=200, text=json.dumps(shown), etag="new")


def test_a_young_match_is_asked_for_its_page_alone_and_conditionally(site: SiteInMemory, match: KnownMatch) -> None:
    first = Bench(details_of(match), site)
    first.run()
    again = recheck(site, match, first)
    assert dict(site.asked) == {path(match, Slice.DETAIL): 1}
    assert isinstance(first.archive.index, MemoryIndex)
    assert len(first.archive.index.responses) == len(Slice)
    assert [(state.slice, state.outcome) for state in again.queue.result.slices] == [("detail", "present")]
    recheck(site, match, first, age=RECHECK_EVERY - timedelta(seconds=1))
    assert sum(site.asked.values()) == 0


def test_a_corrected_match_is_read_whole_at_once(site: SiteInMemory, match: KnownMatch) -> None:
    first = Bench(details_of(match), site)
    first.run()
    corrected(site, match, later_s=60)
    again = recheck(site, match, first)
    (end,) = again.queue.result.units
    assert (end.state, end.reason, end.wait_s) == ("pending", "corrected", 0)
    assert again.queue.result.matches[0].version == match.version + 60_000
    newer = {state.slice: state for state in (*first.queue.result.slices, *again.queue.result.slices)}
    site.asked.clear()
    rest = Bench(details_of(again.queue.result.matches[0], known=newer), site, archive=first.archive)
    rest.run()
    assert set(site.asked) == {path(match, part) for part in Slice}
    assert {state.version for state in rest.queue.result.slices} == {match.version + 60_000}


def test_a_page_that_changed_without_a_newer_change_time_is_held_back(site: SiteInMemory, match: KnownMatch) -> None:
    first = Bench(details_of(match), site)
    first.run()
    corrected(site, match, later_s=0)
    again = recheck(site, match, first)
    assert again.records == []
    (held,) = again.queue.result.quarantined
    assert [violation.rule for violation in held.violations] == ["same_version_is_identical"]
    assert held.evidence


def test_a_rule_that_a_person_let_pass_holds_nothing_back(site: SiteInMemory, match: KnownMatch) -> None:
    shown = json.loads(site.fetch_many([_ask(match, Slice.DETAIL)])[0].text)
    shown["event"]["winnerCode"] = 4 - shown["event"]["winnerCode"] if shown["event"]["winnerCode"] != 2 else 3
    site.instead[path(match, Slice.DETAIL)] = PageResponse(status=200, text=json.dumps(shown))
    queue = details_of(match)
    Bench(queue, site).run()
    (held,) = queue.result.quarantined
    assert (held.subject.part, [one.rule for one in held.violations]) == ("detail", ["winner_agrees_with_score"])
    assert len(held.evidence) == len(Slice)
    waiver = Waiver(held.version, "detail", "winner_agrees_with_score")
    bench = Bench(details_of(match), site, waivers={waiver})
    bench.run()
    assert bench.kinds()["matches"] == 1
    bench = Bench(details_of(match), site, waivers={waiver._replace(version=held.version - 1000)})
    bench.run()
    assert bench.records == []


def test_managers_are_a_slice_and_records_of_their_own(site: SiteInMemory, match: KnownMatch) -> None:
    bench = Bench(details_of(match), site)
    bench.run()
    assert bench.kinds()["managers"] == 2
    site.instead[path(match, Slice.MANAGERS)] = PageResponse(status=200, text="{}")
    queue = details_of(match)
    Bench(queue, site).run()
    assert {state.slice: state.outcome for state in queue.result.slices}["managers"] == "absent"


def test_players_of_a_match_are_remembered_and_their_profiles_read(site: SiteInMemory, match: KnownMatch) -> None:
    queue = details_of(match)
    Bench(queue, site).run()
    seen = [player.player_id for player in queue.result.players]
    assert len(seen) == len(set(seen)) >= 22
    one, other = seen[:2]
    site.instead[f"/api/v1/player/{other}"] = PageResponse(status=404)
    asking = OneChunk(
        unit("player", str(one), season_id=match.season_id),
        unit("player", str(other), season_id=match.season_id, number=2),
    )
    bench = Bench(asking, site)
    bench.run()
    (profile,) = bench.records
    assert isinstance(profile, PlayerProfile)
    assert (profile.player_id, bool(profile.team_name), bool(profile.positions)) == (one, True, True)
    assert [(state.outcome, state.due_at - NOW) for state in asking.result.profiles] == [
        ("present", PROFILE_MAX_AGE),
        ("absent", CONFIRM_AFTER),
    ]


def test_a_page_of_another_player_is_a_failure(site: SiteInMemory, match: KnownMatch) -> None:
    site.instead["/api/v1/player/7"] = PageResponse(status=200, text='{"player": {"id": 8, "name": "Another"}}')
    queue = OneChunk(unit("player", "7", season_id=match.season_id))
    bench = Bench(queue, site)
    bench.run()
    assert bench.records == []
    assert [(state.outcome, state.due_at - NOW) for state in queue.result.profiles] == [("failed", timedelta(hours=1))]


def _round(match: KnownMatch) -> str:
    return f"/api/v1/unique-tournament/{match.league_id}/season/{match.season_id}/events/round/1"
