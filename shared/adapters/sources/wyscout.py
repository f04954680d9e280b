"""Wyscout's open shots of 2016 to 2018, in two Parquet files: one of matches, one of shots.

Places are per cent of the pitch seen from the shooting side; kick-offs are UTC. Players are numbers without names. The
archive does not tell who set a shot up, so what came out of play is `regular`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from shared.adapters.sources import parquet
from shared.domain.archives import checks, seasons
from shared.domain.archives.competition_lookup import find_competition
from shared.domain.archives.report import Reason, Report
from shared.domain.archives.seasons import ArchivedMatch, Goals, Season, SeasonKey
from shared.domain.catalogue import ids
from shared.domain.football.records import Record, Shot
from shared.ports.collection import Document

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_PERIODS = {"1H": (0, 45), "2H": (45, 90), "E1": (90, 105), "E2": (105, 120)}
"""First and last minute."""
_SHOOT_OUT = "P"
_GOAL, _COUNTER, _BLOCKED, _ACCURATE = 101, 1901, 2101, 1801
_POSTS = range(1217, 1224)
"""Zones of the frame itself."""
_BODY_PARTS = {401: "left-foot", 402: "right-foot", 403: "head"}
_SITUATIONS = {"Free kick shot": "free-kick", "Penalty": "penalty"}

_Rows = list[dict[str, Any]]


class Wyscout:
    """Shots of five leagues and two tournaments; beside the file of shots lies that of the matches."""

    name = "wyscout"
    in_bulk = False

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """Season by season; `InvalidInput` for what is neither file, `NotFound` for shots without their matches."""
        file = parquet.opened(document.content, document.name)
        matches, shots = file, None
        if "event_sec" in file.schema_arrow.names:
            name = document.name.rpartition("/")[2].replace("shots", "matches")
            matches, shots = parquet.opened(document.sibling(name), name), file
        of_match: dict[int, _Rows] = defaultdict(list)
        for row in _rows(shots):
            of_match[row["match_id"]].append(row)
        for (code,), table in parquet.parts(matches, ["competition"]):
            if season := _season(self.name, str(code), table.to_pylist(), of_match, document, report):
                yield season
        for match_id in of_match:
            report.note(document.name, Reason.UNREADABLE, f"match {match_id}, which is not listed,")


def _rows(file: pq.ParquetFile | None) -> Iterator[dict[str, Any]]:
    if file is not None:
        for _, table in parquet.parts(file, ["competition"]):
            yield from table.to_pylist()


def _season(
    source: str, code: str, rows: _Rows, of_match: dict[int, _Rows], document: Document, report: Report
) -> Season | None:
    competition = find_competition(source, code, document=document.name, report=report)
    rows = _readable(rows, document.name, report)
    if not rows:
        return None
    starts_in = min(row["date"] for row in rows).year
    key = SeasonKey(
        source=source,
        competition=competition,
        starts_in=starts_in,
        label=seasons.label(starts_in, calendar_year=not competition.country),
        version=document.version,
    )
    matches = [_match(row, document.name, report) for row in rows]
    season = seasons.season(key, matches, document=document.name, report=report)
    shots: list[Record] = []
    for row in rows:
        at = season.match_ids[row[parquet.ROW]]
        shots += _shots(key, at, row["home_id"], of_match.pop(row["match_id"], []), document.name, report)
    report.n_rows += len(shots)
    season.more = {"shots": shots}
    return season


def _readable(rows: _Rows, document: str, report: Report) -> _Rows:
    """The matches that say when and who; the others are reported."""
    readable = []
    for row in rows:
        if missing := [name for name in ("match_id", "date", "home", "away", "home_id") if row[name] is None]:
            report.note(document, Reason.UNREADABLE, f"a match without {', '.join(missing)}", row=row[parquet.ROW])
        else:
            readable.append(row)
    return readable


def _match(row: dict[str, Any], document: str, report: Report) -> ArchivedMatch:
    score = checks.possible(_pair(row, ""), row[parquet.ROW], document, report)
    if score is None:
        report.note(document, Reason.NO_RESULT, "the match", row=row[parquet.ROW])
    return ArchivedMatch(
        row=row[parquet.ROW],
        starts_at=row["date"].replace(tzinfo=UTC),
        home=_unescaped(row["home"]),
        away=_unescaped(row["away"]),
        fate="played" if score else "abandoned",
        score=score,
        half_time=_pair(row, "_ht") if score else None,
        after_extra_time=_pair(row, "_et") if score and row["duration"] != "Regular" else None,
        shoot_out=_pair(row, "_p") if score and row["duration"] == "Penalties" else None,
        round=row["gameweek"] or None,
    )


def _pair(row: dict[str, Any], suffix: str) -> Goals | None:
    home, away = row[f"home_score{suffix}"], row[f"away_score{suffix}"]
    return None if home is None or away is None else (int(home), int(away))


def _unescaped(name: str) -> str:
    """Some names carry JSON's escapes as text: ``\\u00f3`` for an o with an accent."""
    return str(json.loads(f'"{name}"')) if "\\u" in name else name


def _shots(
    key: SeasonKey, match_id: int, home_id: int, rows: Sequence[dict[str, Any]], document: str, report: Report
) -> Iterator[Shot]:
    league_id, season_id = key.league_id, key.season_id
    played = []
    for row in rows:
        if fault := _fault_of(row):
            report.note(document, *fault, row=row[parquet.ROW])
        else:
            played.append(row)
    played.sort(key=lambda row: (_PERIODS[row["period"]][0], row["event_sec"], row["event_id"]))
    for ordinal, row in enumerate(played):
        tags = {int(tag) for tag in row["tags"].split()}
        first, last = _PERIODS[row["period"]]
        minute = first + int(row["event_sec"] // 60) + 1
        situation = _SITUATIONS.get(row["sub_event"], "fast-break" if _COUNTER in tags else "regular")
        outcome = _outcome(tags)
        goal_type = "penalty" if situation == "penalty" else "regular"
        yield Shot(
            source=key.source,
            version=key.version,
            league_id=league_id,
            season_id=season_id,
            match_id=match_id,
            ordinal=ordinal,
            shot_id=row["event_id"],
            player_id=ids.player_id(key.source, row["player_id"]),
            player_name="",
            is_home=row["team_id"] == home_id,
            outcome=outcome,
            situation=situation,
            body_part=next((part for tag, part in _BODY_PARTS.items() if tag in tags), ""),
            goal_type=goal_type if outcome == "goal" else "",
            minute=min(minute, last),
            added_minute=minute - last if minute > last else None,
            second=first * 60 + int(row["event_sec"]),
            x=100.0 - row["x"],
            y=float(row["y"]),
            z=0.0,
            goal_mouth_location="",
            goal_mouth_y=None,
            goal_mouth_z=None,
            xg=None,
            xgot=None,
        )


def _fault_of(row: dict[str, Any]) -> tuple[Reason, str] | None:
    """Why a shot cannot be stored."""
    if row["period"] not in _PERIODS:
        reason = Reason.SHOOT_OUT if row["period"] == _SHOOT_OUT else Reason.UNREADABLE
        return reason, f"a shot of period {row['period']}"
    if missing := [name for name in ("event_id", "event_sec", "player_id", "team_id", "tags") if row[name] is None]:
        return Reason.UNREADABLE, f"a shot without {', '.join(missing)}"
    if not (parquet.is_number(row["x"]) and parquet.is_number(row["y"])):
        return Reason.NO_PLACE, f"shot {row['event_id']}"
    return None


def _outcome(tags: set[int]) -> str:
    if _GOAL in tags:
        return "goal"
    if _BLOCKED in tags:
        return "block"
    if any(zone in tags for zone in _POSTS):
        return "post"
    return "save" if _ACCURATE in tags else "miss"


SOURCES = {"wyscout": Wyscout()}
