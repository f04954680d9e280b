"""Parsers of the source's JSON responses: text in, records out, and rules that find falsified responses.

Pure and quick to import: no clients, standard library only. `body` is the text (or bytes) of a response; `read_at` is
the time of the response (aware), which is the version of everything without a change time; `match` is anything with
`league_id, season_id, match_id, home_id, away_id` (`MatchKeys`; a `Match` record will do).

| response | parser | result |
|---|---|---|
| any, before parsing | `judge(status, body, retry_after_s=None)` | `Verdict` |
| unique-tournament/{ut}/seasons | `parse_seasons(body, league_id=, read_at=)` | `SeasonRecord`s |
| .../season/{s}/rounds | `parse_rounds(body)` | `Rounds`: `current` and `Round`s with their `path` |
| .../events/round/{n}, last/{page}, next/{page} | `parse_events(body, read_at=, strict=True)` | `Events` |
| event/{e} | `parse_event(body, read_at=)` | `EventPage`: match, detail, teams, league |
| event/{e}/statistics | `parse_statistics(body, match=, read_at=)` | `TeamStatistic`s |
| event/{e}/lineups | `parse_lineups(body, match=, read_at=)` | `Lineups`: appearances, players, formations |
| event/{e}/incidents | `parse_incidents(body, match=, read_at=)` | `Incident`s in order of time |
| event/{e}/shotmap | `parse_shots(body, match=, read_at=)` | `Shot`s in order of time; `parse_shot_map` |
| event/{e}/managers | `parse_managers(body)` | `Managers`: `Person` or None per side |
| player/{p} | `parse_player(body, read_at=)` | `PlayerProfile` |
| .../standings/{total,home,away} | `parse_standings(body, league_id=, season_id=, read_at=)` | `Standings` |
| overlapping lists | `newest(matches)` | the newest version by match id |
| several of a match | `complete_detail(detail, lineups=None, managers=None)` | `MatchDetail` |

Every parser takes `source=` (the name written into the records) and raises `InvalidInput` that names the match and
the field when the body is not JSON, is cut off, is not an object or lacks what a record cannot be without. Unknown
fields are ignored; `drift.unknown_fields(kind, body)` counts them. PHP's `[]` in place of an object is read as an
empty object.

Checks: `invariants.check_match(...)` and `invariants.check_standings(...)` give `Violation`s; status codes are read
by `match_status.phase(code)`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.domain.sofascore.events import (
        EventPage,
        Events,
        Managers,
        Person,
        complete_detail,
        newest,
        parse_event,
        parse_events,
        parse_managers,
    )
    from shared.domain.sofascore.incidents import parse_incidents
    from shared.domain.sofascore.json_reader import SOURCE, MatchKeys
    from shared.domain.sofascore.lineups import Lineups, parse_lineups
    from shared.domain.sofascore.players import parse_player
    from shared.domain.sofascore.responses import Outcome, Verdict, judge
    from shared.domain.sofascore.rounds import Round, Rounds, parse_rounds
    from shared.domain.sofascore.seasons import parse_seasons
    from shared.domain.sofascore.shots import ShotMap, parse_shot_map, parse_shots
    from shared.domain.sofascore.standings import Standings, parse_standings
    from shared.domain.sofascore.statistics import parse_statistics

__all__ = [
    "SOURCE",
    "EventPage",
    "Events",
    "Lineups",
    "Managers",
    "MatchKeys",
    "Outcome",
    "Person",
    "Round",
    "Rounds",
    "ShotMap",
    "Standings",
    "Verdict",
    "complete_detail",
    "judge",
    "newest",
    "parse_event",
    "parse_events",
    "parse_incidents",
    "parse_lineups",
    "parse_managers",
    "parse_player",
    "parse_rounds",
    "parse_seasons",
    "parse_shot_map",
    "parse_shots",
    "parse_standings",
    "parse_statistics",
]

_MODULES = {
    "SOURCE": "json_reader",
    "EventPage": "events",
    "Events": "events",
    "Lineups": "lineups",
    "Managers": "events",
    "MatchKeys": "json_reader",
    "Outcome": "responses",
    "Person": "events",
    "Round": "rounds",
    "Rounds": "rounds",
    "Standings": "standings",
    "Verdict": "responses",
    "complete_detail": "events",
    "newest": "events",
    "parse_event": "events",
    "parse_events": "events",
    "parse_incidents": "incidents",
    "parse_lineups": "lineups",
    "parse_managers": "events",
    "parse_player": "players",
    "parse_rounds": "rounds",
    "parse_seasons": "seasons",
    "ShotMap": "shots",
    "parse_shot_map": "shots",
    "parse_shots": "shots",
    "parse_standings": "standings",
    "parse_statistics": "statistics",
    "judge": "responses",
}
"""Module of each name, imported with its first use: reading status codes must not import a parser."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
