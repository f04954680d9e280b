"""Rebuild all football tables from the archived responses, without a request to the source.

Responses that were fetched together are parsed together again, the oldest first, by the current parsers and rules.
Their records go through the event log like new ones. Rows replace earlier ones by key and version; a parser that makes
other rows than before has a new revision, which makes them newer (`sofascore.json_reader.REVISION`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ParamSpec, Protocol

from functions.scrape_league.collect import parsing, players
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.fetch import FetchResult, judge
from functions.scrape_league.collect.match_page import MatchResponses, read_match
from functions.scrape_league.collect.publish import publish
from functions.scrape_league.collect.releases import group_by_match
from functions.scrape_league.collect.rounds import to_known_match, to_known_matches
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import KnownMatch
from functions.scrape_league.quarantine.model import Waiver
from functions.scrape_league.raw.model import FetchGroup, RebuildScope
from functions.scrape_league.source.endpoints import Slice
from shared.domain.catalogue.leagues import by_id
from shared.domain.sofascore.events import parse_event
from shared.domain.sofascore.json_reader import change_of
from shared.errors import InvalidInput
from shared.ports.clock import Clock
from shared.ports.collection import PageResponse

if TYPE_CHECKING:
    from functions.scrape_league.collect.ports import BatchLog, Encoder
    from functions.scrape_league.quarantine.model import Waivers
    from functions.scrape_league.raw.archive import Archive
    from functions.scrape_league.raw.model import ExpiredResponses

P = ParamSpec("P")

_SEASONS = re.compile(r"/api/v1/unique-tournament/\d+/seasons")
_STANDINGS = re.compile(r"/api/v1/unique-tournament/\d+/season/\d+/standings/(total|home|away)")
_LIST = re.compile(r"/api/v1/unique-tournament/\d+/season/\d+/events/(round/.+|last|next)(?:/(\d+))?")
_PLAYER = re.compile(r"/api/v1/player/(\d+)")


class FetchGroups(Protocol):
    """Index of what was fetched together."""

    def list_fetch_groups(self, scope: RebuildScope) -> list[FetchGroup]:
        """Return groups by league and season, the oldest first."""


class Expiry(Protocol):
    """Index of what has expired."""

    def list_expired(self, scope: RebuildScope) -> list[ExpiredResponses]:
        """Return what has expired, by league and season."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Dependencies of a rebuild."""

    groups: FetchGroups
    expiry: Expiry
    quarantine: Waivers
    archive: Archive
    log: BatchLog
    encode: Encoder
    clock: Clock


@dataclass(slots=True, kw_only=True)
class RebuildReport:
    """Result of a rebuild."""

    n_groups: int = 0
    n_responses: int = 0
    n_rows: int = 0
    quarantined: list[str] = field(default_factory=list)
    """Responses that break rules now, and the rules."""
    expired: list[ExpiredResponses] = field(default_factory=list)
    """Seasons that cannot be rebuilt, because their responses have expired."""


@dataclass(slots=True)
class _SeasonState:
    """State of one season during a rebuild; workers keep the same in Postgres."""

    waivers: dict[str, set[Waiver]]
    """By match."""
    standings_waivers: dict[str, set[Waiver]]
    """By venue."""
    slices: dict[int, tuple[int, dict[Slice, int]]] = field(default_factory=dict)
    """By match: the version read last, and the raw ids of its slices."""
    matches: dict[int, KnownMatch] = field(default_factory=dict)
    """Matches as they were named last."""


def season_id(league_id: int, selector: str, archive: Archive) -> int | None:
    """Return the season that ``current``, ``previous`` or a label selects in the newest archived list of the league."""
    path = f"/api/v1/unique-tournament/{league_id}/seasons"
    if (response := archive.load_newest([path]).get(path)) is None:
        return None
    chosen, _ = policy.choose_seasons(parsing.parse_seasons(response, by_id(league_id).id), [selector])
    return chosen[0].season_id if chosen else None


def rebuild(
    scope: RebuildScope, run: str, deps: Deps, *, progress: Callable[[FetchGroup, RebuildReport], None]
) -> RebuildReport:
    """Publish all records of the archived responses.

    Parameters
    ----------
    run : id of this rebuild in its events; the same id again, after a crash, stores nothing twice.
    progress : called after every group.

    Raises
    ------
    Corrupted, NotFound : an archived response is not what was stored, or is gone; nothing is left out silently.
        Responses that have expired are listed in the report instead.
    """
    report, groups = RebuildReport(expired=deps.expiry.list_expired(scope)), deps.groups.list_fetch_groups(scope)
    season_ids = {group.season_id for group in groups}
    state, season = None, (0, 0)
    for group in groups:
        if state is None or season != (group.league_id, group.season_id):
            state, season = _season_state(group.season_id, deps), (group.league_id, group.season_id)
        parser = _Parser(group, state, season_ids, deps.archive)
        n_responses = parser.parse()
        if group.is_in_scope:
            _publish(group, parser, run, report, deps)
            report.n_responses += n_responses
            progress(group, report)
    return report


def _publish(group: FetchGroup, parser: _Parser, run: str, report: RebuildReport, deps: Deps) -> None:
    records, now = parser.output.records, deps.clock.now()
    report.quarantined += parser.quarantined
    report.n_rows += publish(records, group.league_id, deps.log, deps.encode, now, rebuild=run)
    report.n_groups += 1


def _season_state(season_id: int, deps: Deps) -> _SeasonState:
    return _SeasonState(
        waivers=deps.quarantine.get_waivers("match", season_id, None),
        standings_waivers=deps.quarantine.get_waivers("standings", season_id, None),
    )


class _Parser:
    """Parses the responses of one group as workers did, with the state of what was read before."""

    def __init__(self, group: FetchGroup, state: _SeasonState, season_ids: set[int], archive: Archive) -> None:
        self._group, self._state, self._season_ids, self._archive = group, state, season_ids, archive
        self.output = ChunkOutput()
        self.quarantined: list[str] = []

    def parse(self) -> int:
        """Parse all responses of the group; return how many there are."""
        results = {path: judge(one) for path, one in self._archive.load_by_path(self._group.ids).items()}
        content = {path: result.response for path, result in results.items() if result.is_content}
        for path, response in content.items():
            self._try(path, self._parse_single, path, response)
        for ref, pages in _group_pages(results).items():
            self._try(ref, self._parse_list, pages)
        for match_id, fresh in group_by_match(content).items():
            self._try(str(match_id), self._parse_match, match_id, fresh)
        return len(results)

    def _try(self, subject: str, step: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call a parser; record why its response cannot be stored."""
        try:
            step(*args, **kwargs)
        except InvalidInput as exc:
            self.quarantined.append(f"{subject}: {exc}")

    def _parse_single(self, path: str, response: PageResponse) -> None:
        """Parse a response that stands alone: seasons, standings or a player."""
        group = self._group
        league_id = by_id(group.league_id).id
        if _SEASONS.fullmatch(path):
            for season in parsing.parse_seasons(response, league_id):
                if season.season_id in self._season_ids:
                    self.output.add(season.season_id, [season])
        elif match := _STANDINGS.fullmatch(path):
            waivers = self._state.standings_waivers.get(match[1], set())
            rows = parsing.parse_standings(response, league_id, group.season_id, match[1], waivers)
            self.output.add(group.season_id, rows)
        elif match := _PLAYER.fullmatch(path):
            self.output.add(group.season_id, [players.parse_profile(response, int(match[1]))])

    def _parse_list(self, pages: Sequence[PageResponse]) -> None:
        """Parse the matches of a round or paged list."""
        events = parsing.parse_round(pages, self._group.league_id, self._group.season_id)
        self.output.add(self._group.season_id, events.records)
        self._state.matches |= {match.match_id: match for match in to_known_matches(events, "")}

    def _parse_match(self, match_id: int, content: Mapping[Slice, PageResponse]) -> None:
        """Parse the slices of a match, completed by earlier ones of the same version."""
        fresh = {part: response for part, response in content.items() if not parsing.is_empty(part, response.text)}
        version, raw_ids = self._state.slices.get(match_id, (0, {}))
        if Slice.DETAIL not in fresh and Slice.DETAIL in raw_ids and fresh:
            # The page was unchanged, so the source did not send it again.
            fresh[Slice.DETAIL] = self._load(raw_ids[Slice.DETAIL])
        if Slice.DETAIL not in fresh:
            return
        responses = self._match_responses(match_id, fresh)
        if raw_ids and change_of(_version(fresh[Slice.DETAIL], self._group.season_id)) == version:
            responses = replace(responses, earlier={part: self._load(raw_id) for part, raw_id in raw_ids.items()})
        page = read_match(responses)
        self.output.add(self._group.season_id, page.records)
        stored = {part: one.raw_id for part, one in responses.latest.items() if part not in page.quarantined}
        self._state.slices[match_id] = (change_of(page.match.version), stored)
        self._state.matches[match_id] = to_known_match(page.match, "")
        self.quarantined += ["; ".join(map(str, violations)) for violations in page.quarantined.values()]

    def _match_responses(self, match_id: int, fresh: Mapping[Slice, PageResponse]) -> MatchResponses:
        return MatchResponses(
            league_id=self._group.league_id,
            season_id=self._group.season_id,
            match_id=match_id,
            fresh=fresh,
            listed=self._state.matches.get(match_id),
            waivers=self._state.waivers.get(str(match_id), set()),
        )

    def _load(self, raw_id: int) -> PageResponse:
        (response,) = self._archive.load_by_path([raw_id]).values()
        return response


def _group_pages(results: Mapping[str, FetchResult]) -> dict[str, list[PageResponse]]:
    """Return the pages of each list, in the order they were fetched; lists with a missing page are left out."""
    lists: dict[str, list[FetchResult]] = {}
    for path, result in results.items():
        if match := _LIST.fullmatch(path):
            lists.setdefault(match[1], []).append(result)
    return {
        ref: [page.response for page in pages if page.is_content] for ref, pages in lists.items() if _is_whole(pages)
    }


def _is_whole(pages: Sequence[FetchResult]) -> bool:
    """Tell whether no page is missing; the page after the last one of a paged list may be absent."""
    *first, last = pages
    return all(page.is_content for page in first) and (last.is_content or (bool(first) and last.is_absent))


def _version(response: PageResponse, season_id: int) -> int:
    return parse_event(response.text, read_at=parsing.read_time(response), season_id=season_id).match.version
