"""Records of one match from the responses about it: all slices are read together and checked against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from functions.scrape_league.collect.parsing import Contradiction, read_time
from functions.scrape_league.jobs.model import KnownMatch
from functions.scrape_league.jobs.policy import result_of
from functions.scrape_league.quarantine.model import Waiver
from functions.scrape_league.source.endpoints import SOURCE, Slice
from shared.domain import sofascore
from shared.domain.football.records import Appearance, Incident, Match, Player, Record, Shot, TeamStatistic
from shared.domain.sofascore import EventPage, Lineups, Managers, ShotMap, invariants
from shared.domain.sofascore.invariants import Violation
from shared.domain.sofascore.json_reader import change_of
from shared.ports.collection import PageResponse

T = TypeVar("T")

_SLICES = {"event": Slice.DETAIL, "shots": Slice.SHOTMAP, **{part.value: part for part in Slice}}
"""The slice of each part that a rule names."""

RESULT_CONFIRMED = "result_is_told_twice"
"""The rule that the page of a match and the list that named it agree on its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResponses:
    """The responses about one match."""

    league_id: int
    season_id: int
    match_id: int
    fresh: Mapping[Slice, PageResponse]
    """Fetched now."""
    earlier: Mapping[Slice, PageResponse] = field(default_factory=dict)
    """Fetched before for the same version: fresh slices are checked against them and completed by them."""
    listed: KnownMatch | None = None
    """The match as the list, or its own page before, named it."""
    waivers: Set[Waiver] = frozenset()

    @property
    def latest(self) -> dict[Slice, PageResponse]:
        """The last response for every slice."""
        return {**self.earlier, **self.fresh}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPage:
    """One match with the slices that were fetched."""

    match: Match
    records: list[Record]
    """Records of the fresh slices that may be stored."""
    remarks: list[str]
    """Notes on what was left out of slices that are stored."""
    quarantined: dict[Slice, tuple[Violation, ...]]
    """Fresh slices to put into quarantine, and the rules that they break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slices:
    """The parsed slices of one match."""

    page: EventPage
    statistics: Sequence[TeamStatistic]
    incidents: Sequence[Incident]
    shot_map: ShotMap | None
    lineups: Lineups | None
    managers: Managers | None

    @property
    def shots(self) -> Sequence[Shot]:
        return self.shot_map.shots if self.shot_map else ()

    @property
    def appearances(self) -> Sequence[Appearance]:
        return self.lineups.appearances if self.lineups else ()

    @property
    def players(self) -> Sequence[Player]:
        return self.lineups.players if self.lineups else ()


def read_match(responses: MatchResponses) -> MatchPage:
    """Read the page of a match and the slices fetched with it.

    Raises
    ------
    Contradiction : the match contradicts itself, or an earlier response of the same version; nothing may be stored.
    InvalidInput : a slice is unreadable.
    """
    slices = _parse(responses)
    quarantined = _quarantined_slices(responses, slices.page.match, _check(responses, slices))
    storable = {part for part in responses.fresh if part not in quarantined} | {Slice.DETAIL}
    records = _records(slices, without_lineups=Slice.LINEUPS in quarantined)
    return MatchPage(
        match=slices.page.match,
        records=[record for part in Slice if part in storable for record in records[part]],
        remarks=_remarks(slices) if Slice.SHOTMAP in storable else [],
        quarantined=quarantined,
    )


def _remarks(slices: _Slices) -> list[str]:
    n = slices.shot_map.n_without_place if slices.shot_map else 0
    return [f"shotmap: {n} shots without a place left out"] if n else []


def _parse(all_responses: MatchResponses) -> _Slices:
    responses = all_responses.latest
    page = _parse_page(responses[Slice.DETAIL], all_responses.season_id)
    match = page.match
    # Slices have no change time of their own. They get the version of the match, so that reading them again makes the
    # same rows, and never rows that seem newer than the match.
    at = datetime.fromtimestamp(match.version / 1000, UTC)
    managers = responses.get(Slice.MANAGERS)
    return _Slices(
        page=page,
        statistics=_parse_slice(responses, Slice.STATISTICS, sofascore.parse_statistics, match, at) or (),
        incidents=_parse_slice(responses, Slice.INCIDENTS, sofascore.parse_incidents, match, at) or (),
        shot_map=_parse_slice(responses, Slice.SHOTMAP, sofascore.parse_shot_map, match, at),
        lineups=_parse_slice(responses, Slice.LINEUPS, sofascore.parse_lineups, match, at),
        managers=sofascore.parse_managers(managers.text) if managers else None,
    )


def _parse_page(response: PageResponse, season_id: int) -> EventPage:
    return sofascore.parse_event(response.text, source=SOURCE, read_at=read_time(response), season_id=season_id)


def _parse_slice(
    responses: Mapping[Slice, PageResponse], part: Slice, parse: Callable[..., T], match: Match, read_at: datetime
) -> T | None:
    response = responses.get(part)
    return None if response is None else parse(response.text, source=SOURCE, match=match, read_at=read_at)


def _records(slices: _Slices, *, without_lineups: bool) -> dict[Slice, Sequence[Record]]:
    page, managers = slices.page, slices.managers
    lineups = None if without_lineups else slices.lineups
    detail = sofascore.complete_detail(page.detail, lineups=lineups, managers=managers)
    return {
        Slice.DETAIL: (page.match, *page.teams, detail),
        Slice.STATISTICS: slices.statistics,
        Slice.LINEUPS: (*slices.appearances, *slices.players),
        Slice.INCIDENTS: slices.incidents,
        Slice.SHOTMAP: slices.shots,
        Slice.MANAGERS: managers.records(page.match) if managers else (),
    }


def _check(responses: MatchResponses, slices: _Slices) -> list[Violation]:
    """Return the rules that the match breaks, by itself or beside what is known of it."""
    match, incidents = slices.page.match, slices.incidents
    violations = [
        *_check_ids(responses, match),
        *_check_same_version(responses, match),
        *invariants.check_match(
            match,
            detail=slices.page.detail,
            statistics=slices.statistics,
            appearances=slices.appearances,
            incidents=incidents,
            shots=slices.shots,
        ),
    ]
    if not any(one.refuses_match for one in violations):
        incidents_agree = bool(incidents) and not any(one.part == Slice.INCIDENTS for one in violations)
        violations += _check_result(responses, match, incidents_agree=incidents_agree)
    return violations


def _check_ids(responses: MatchResponses, match: Match) -> list[Violation]:
    """Return a violation if the page is of another match than requested."""
    expected = (responses.league_id, responses.season_id, responses.match_id)
    seen = (match.league_id, match.season_id, match.match_id)
    if expected == seen:
        return []
    rule = "page_is_of_the_match"
    return [Violation(rule=rule, match_id=responses.match_id, part="event", expected=f"ids {expected}", seen=f"{seen}")]


def _check_result(responses: MatchResponses, match: Match, *, incidents_agree: bool) -> list[Violation]:
    """Return a violation if the list, which is another response, names another result for the same version.

    If the list contradicts itself, incidents that agree with the score confirm it instead.
    """
    listed, result = responses.listed, result_of(match)
    if listed is None or listed.version != change_of(match.version) or listed.result == result:
        return []
    if not listed.result and incidents_agree:
        return []
    expected = listed.result or "a list or incidents that confirm it"
    return [Violation(rule=RESULT_CONFIRMED, match_id=match.match_id, part="event", expected=expected, seen=result)]


def _check_same_version(responses: MatchResponses, match: Match) -> list[Violation]:
    before, after = responses.earlier.get(Slice.DETAIL), responses.fresh.get(Slice.DETAIL)
    if before is None or after is None or before.text == after.text:
        return []
    earlier = _parse_page(before, responses.season_id).match
    return list(invariants.same_version_is_identical(earlier, match))


def _quarantined_slices(
    responses: MatchResponses, match: Match, violations: Sequence[Violation]
) -> dict[Slice, tuple[Violation, ...]]:
    """Return the fresh slices that break rules; raises if it is the whole match."""
    version = change_of(match.version)
    violations = [one for one in violations if Waiver(version, _SLICES[one.part], one.rule) not in responses.waivers]
    if any(one.refuses_match for one in violations):
        raise Contradiction([one for one in violations if one.refuses_match], version=version)
    quarantined: dict[Slice, tuple[Violation, ...]] = {}
    for one in violations:
        part = _SLICES[one.part]
        if part in responses.fresh:
            quarantined[part] = (*quarantined.get(part, ()), one)
    return quarantined
