"""All tables of football made again from the raw answers, without one request.

Answers that were parsed together are parsed together again, the oldest first, by the parsers and rules of today. What
they give goes the way of what was just read: through the log. Rows replace those of before by key and version; where a
parser gives other rows than before, its new revision makes them newer (`sofascore.answers.REVISION`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ParamSpec, Protocol

from functions.scrape_league.collect import parsing, players
from functions.scrape_league.collect.chunk_output import ChunkOutput
from functions.scrape_league.collect.match_page import MatchResponses, match_page
from functions.scrape_league.collect.publish import append
from functions.scrape_league.collect.releases import slices
from functions.scrape_league.collect.rounds import to_known_match, to_known_matches
from functions.scrape_league.jobs import policy
from functions.scrape_league.jobs.model import KnownMatch
from functions.scrape_league.quarantine.model import Waiver
from functions.scrape_league.raw.model import FetchGroup, RebuildScope
from functions.scrape_league.source.endpoints import Slice
from shared.domain.catalogue.leagues import by_id
from shared.domain.sofascore import Outcome
from shared.domain.sofascore.events import parse_event
from shared.domain.sofascore.json_reader import change_of
from shared.errors import InvalidInput
from shared.ports.clock import Clock
from shared.ports.collection import PageResponse

if TYPE_CHECKING:
    from functions.scrape_league.collect.ports import Encoder, Log
    from functions.scrape_league.raw.archive import Archive
    from functions.scrape_league.raw.model import ExpiredResponses

P = ParamSpec("P")

_SEASONS = re.compile(r"/api/v1/unique-tournament/\d+/seasons")
_STANDINGS = re.compile(r"/api/v1/unique-tournament/\d+/season/\d+/standings/(total|home|away)")
_LIST = re.compile(r"/api/v1/unique-tournament/\d+/season/\d+/events/(round/.+|last|next)(?:/(\d+))?")
_PLAYER = re.compile(r"/api/v1/player/(\d+)")


class Readings(Protocol):
    """Knows what was fetched together."""

    def list_fetch_groups(self, wanted: RebuildScope) -> list[FetchGroup]:
        """By league and season, the oldest first."""


class Expiry(Protocol):
    """Knows what was kept long enough and is no more."""

    def list_expired(self, wanted: RebuildScope) -> list[ExpiredResponses]:
        """By league and season."""


class Waivers(Protocol):
    """Knows what a person let pass."""

    def get_waivers(self, kind: str, season_id: int, refs: Sequence[str] | None) -> dict[str, set[Waiver]]:
        """Rules, by what was read; of all when `refs` is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What a rebuild needs."""

    readings: Readings
    expiry: Expiry
    waivers: Waivers
    archive: Archive
    log: Log
    encode: Encoder
    clock: Clock


@dataclass(slots=True, kw_only=True)
class Report:
    """What came of it."""

    n_readings: int = 0
    n_responses: int = 0
    n_rows: int = 0
    quarantined: list[str] = field(default_factory=list)
    """Answers that break rules today."""
    expired: list[ExpiredResponses] = field(default_factory=list)
    """What cannot be made again, as its answers were kept long enough."""


@dataclass(slots=True)
class _Season:
    """What was read so far of one season: as workers know it from Postgres."""

    waived: dict[str, set[Waiver]]
    standings_waived: dict[str, set[Waiver]]
    """By venue."""
    known: dict[int, tuple[int, dict[Slice, int]]] = field(default_factory=dict)
    """By match the version read last, and its slices' raw answers."""
    seen: dict[int, KnownMatch] = field(default_factory=dict)
    """Matches as they were told last."""


def season_id(league_id: int, selector: str, archive: Archive) -> int | None:
    """The season meant by ``current``, ``previous`` or a label, by the league's list as it was kept last."""
    path = f"/api/v1/unique-tournament/{league_id}/seasons"
    if (response := archive.load_newest([path]).get(path)) is None:
        return None
    chosen, _ = policy.choose_seasons(parsing.seasons(response, by_id(league_id).id), [selector])
    return chosen[0].season_id if chosen else None


def rebuild(wanted: RebuildScope, run: str, deps: Deps, *, progress: Callable[[FetchGroup, Report], None]) -> Report:
    """Append all that the raw answers hold.

    Parameters
    ----------
    run : names this rebuild in its events; the same one again, after a crash, stores nothing twice.
    progress : told after every reading.

    Raises
    ------
    Corrupted, NotFound : a raw answer is not what was kept, or gone; nothing is left out silently, and what was kept
        no longer than it had to be is told in the report.
    """
    report, season, at = Report(expired=deps.expiry.list_expired(wanted)), None, (0, 0)
    found = deps.readings.list_fetch_groups(wanted)
    offered = {one.season_id for one in found}
    for one in found:
        if season is None or at != (one.league_id, one.season_id):
            season, at = _season(one.season_id, deps), (one.league_id, one.season_id)
        output = ChunkOutput()
        n_responses, held = _parse(one, season, offered, output, deps)
        if not one.is_in_scope:
            continue
        report.quarantined += held
        report.n_rows += append(output.records, one.league_id, deps.log, deps.encode, deps.clock.now(), rebuild=run)
        report.n_readings += 1
        report.n_responses += n_responses
        progress(one, report)
    return report


def _season(season_id: int, deps: Deps) -> _Season:
    return _Season(
        waived=deps.waivers.get_waivers("match", season_id, None),
        standings_waived=deps.waivers.get_waivers("standings", season_id, None),
    )


def _parse(
    one: FetchGroup, season: _Season, offered: set[int], output: ChunkOutput, deps: Deps
) -> tuple[int, list[str]]:
    """Add all records of a reading to the harvest; how many answers it has, and why some of them are held back."""
    responses = {place.path: deps.archive.load(place) for place in deps.archive.index.find(one.ids)}
    content = {path: response for path, response in responses.items() if parsing.judge(response).outcome is Outcome.OK}
    found = _Parser(one, season, offered, output, deps.archive)
    for path, response in content.items():
        found.read(path, found.single, path, response)
    for ref, pages in _lists(responses).items():
        found.read(ref, found.list, pages)
    for match_id, fresh in slices(content).items():
        found.read(str(match_id), found.match, match_id, fresh)
    return len(responses), found.quarantined


def _lists(responses: Mapping[str, PageResponse]) -> dict[str, list[PageResponse]]:
    """Pages by list, in the order they were read; a list of which one page is missing is left out, as it was then."""
    lists: dict[str, list[PageResponse]] = {}
    for path, response in responses.items():
        if told := _LIST.fullmatch(path):
            lists.setdefault(told[1], []).append(response)
    return {ref: pages for ref, pages in lists.items() if _is_whole(pages)}


def _is_whole(pages: Sequence[PageResponse]) -> bool:
    """The page after the last one of a walk may be absent."""
    *first, last = (parsing.judge(page).outcome for page in pages)
    return all(outcome is Outcome.OK for outcome in first) and (
        last is Outcome.OK or (bool(first) and last is Outcome.ABSENT)
    )


class _Parser:
    """Reads answers as the workers did, with what was read before at hand."""

    def __init__(
        self, one: FetchGroup, season: _Season, offered: set[int], output: ChunkOutput, archive: Archive
    ) -> None:
        self._one, self._season, self._offered, self._harvest, self._archive = one, season, offered, output, archive
        self.quarantined: list[str] = []

    def read(self, what: str, step: Callable[P, None], *args: P.args, **named: P.kwargs) -> None:
        """Take a step; what cannot be stored is told."""
        try:
            step(*args, **named)
        except InvalidInput as exc:
            self.quarantined.append(f"{what}: {exc}")

    def single(self, path: str, response: PageResponse) -> None:
        """Seasons, standings or a player."""
        one = self._one
        league_id = by_id(one.league_id).id
        if _SEASONS.fullmatch(path):
            for season in parsing.seasons(response, league_id):
                if season.season_id in self._offered:
                    self._harvest.add(season.season_id, [season])
        elif told := _STANDINGS.fullmatch(path):
            waived = self._season.standings_waived.get(told[1], set())
            rows = parsing.standings(response, league_id, one.season_id, told[1], waived)
            self._harvest.add(one.season_id, rows)
        elif told := _PLAYER.fullmatch(path):
            self._harvest.add(one.season_id, [players.parse(response, int(told[1]))])

    def list(self, pages: Sequence[PageResponse]) -> None:
        """The matches of a round or a walk."""
        pages = [page for page in pages if parsing.judge(page).outcome is Outcome.OK]
        found = parsing.events(pages, self._one.league_id, self._one.season_id)
        self._harvest.add(self._one.season_id, found.records)
        self._season.seen |= {match.match_id: match for match in to_known_matches(found, "")}

    def match(self, match_id: int, content: Mapping[Slice, PageResponse]) -> None:
        """A match's slices, completed by those read before for the same version."""
        fresh = {part: response for part, response in content.items() if not parsing.is_empty(part, response.text)}
        version, known = self._season.known.get(match_id, (0, {}))
        if Slice.DETAIL not in fresh and Slice.DETAIL in known and fresh:
            # The page had not changed: it was not sent again.
            fresh[Slice.DETAIL] = self._answer(known[Slice.DETAIL])
        if Slice.DETAIL not in fresh:
            return
        given = MatchResponses(
            league_id=self._one.league_id,
            season_id=self._one.season_id,
            match_id=match_id,
            fresh=fresh,
            seen=self._season.seen.get(match_id),
            waived=self._season.waived.get(str(match_id), set()),
        )
        if known and change_of(_version(fresh[Slice.DETAIL])) == version:
            given = replace(given, earlier={part: self._answer(raw_id) for part, raw_id in known.items()})
        page = match_page(given)
        self._harvest.add(self._one.season_id, page.records)
        kept = {part: response.raw_id for part, response in given.responses.items() if part not in page.quarantined}
        self._season.known[match_id] = (change_of(page.match.version), kept)
        self._season.seen[match_id] = to_known_match(page.match, "")
        self.quarantined += ["; ".join(map(str, violations)) for violations in page.quarantined.values()]

    def _answer(self, raw_id: int) -> PageResponse:
        (place,) = self._archive.index.find([raw_id])
        return self._archive.load(place)


def _version(response: PageResponse) -> int:
    return parse_event(response.text, read_at=parsing.received_at(response)).match.version
