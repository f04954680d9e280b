"""Understat's shots with expected goals, in Parquet; matches are read off the shots.

Places are shares of the pitch towards the attacked goal, so x from the goal line is the rest of it. Kick-offs are
British wall time. An own goal is a shot of the side that shot it, of the type ``own``: it counts for the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from shared.adapters.sources import parquet
from shared.domain.archives import checks, seasons, wall_time
from shared.domain.archives.competition_lookup import find_competition
from shared.domain.archives.report import Reason, Report
from shared.domain.archives.seasons import ArchivedMatch, Season, SeasonKey
from shared.domain.catalogue import ids
from shared.domain.football.records import Player, Shot
from shared.ports.collection import Document

OUTCOMES = {
    "Goal": "goal",
    "OwnGoal": "goal",
    "SavedShot": "save",
    "MissedShots": "miss",
    "BlockedShot": "block",
    "ShotOnPost": "post",
}
SITUATIONS = {
    "FromCorner": "corner",
    "SetPiece": "set-piece",
    "DirectFreekick": "free-kick",
    "Penalty": "penalty",
}
"""In the site's words; what is none of these came out of play, `assisted` or `regular`."""
BODY_PARTS = {"RightFoot": "right-foot", "LeftFoot": "left-foot", "Head": "head", "OtherBodyPart": "other"}
_GOAL_TYPES = {"OwnGoal": "own", "Goal": "regular"}

_Rows = list[dict[str, Any]]


class Understat:
    """Shots of six leagues since 2014."""

    name = "understat"
    in_bulk = False

    def read(self, document: Document, report: Report) -> Iterator[Season]:
        """Season by season; `InvalidInput` for what is no Parquet file."""
        for key, table in parquet.parts(parquet.opened(document.content, document.name), ["league", "season"]):
            league, starts_in = str(key[0]), int(str(key[1]))
            season_key = SeasonKey(
                source=self.name,
                competition=find_competition(self.name, league, document=document.name, report=report),
                starts_in=starts_in,
                label=seasons.label(starts_in),
                version=document.version,
            )
            yield _season(season_key, table.to_pylist(), document.name, report)


def _season(key: SeasonKey, rows: _Rows, document: str, report: Report) -> Season:
    of_match: dict[int, _Rows] = defaultdict(list)
    for row in rows:
        if fault := _fault_of(row):
            report.note(document, *fault, row=row[parquet.ROW])
        else:
            of_match[row["match_id"]].append(row)
    matches = {shots[0][parquet.ROW]: shots for shots in of_match.values()}
    archived = [_match(shots[0], document, report) for shots in matches.values()]
    season = seasons.season(key, archived, document=document, report=report)
    report.n_rows += sum(map(len, matches.values())) - len(season.matches)
    shots = [shot for row, shots in matches.items() for shot in _shots(key, season.match_ids[row], shots)]
    readable = [row for shots_of_match in matches.values() for row in shots_of_match]
    players = {row["player_id"]: row["player"] for row in readable if row["player"] and row["player_id"] is not None}
    season.more = {
        "shots": shots,
        "players": [_player(key, number, name) for number, name in sorted(players.items())],
    }
    return season


_NEEDED = ("match_id", "id", "date", "h_team", "a_team", "player_id", "minute", "h_a")


def _fault_of(row: dict[str, Any]) -> tuple[Reason, str] | None:
    """Why a shot cannot be stored."""
    if missing := [name for name in _NEEDED if row[name] is None]:
        return Reason.UNREADABLE, f"a shot without {', '.join(missing)}"
    if row["result"] not in OUTCOMES:
        return Reason.UNREADABLE, f"result {row['result']!r}"
    if not (parquet.is_number(row["X"]) and parquet.is_number(row["Y"])):
        return Reason.NO_PLACE, f"shot {row['id']}"
    return None


def _match(row: dict[str, Any], document: str, report: Report) -> ArchivedMatch:
    goals = row["h_goals"], row["a_goals"]
    score = (
        None if None in goals else checks.possible((int(goals[0]), int(goals[1])), row[parquet.ROW], document, report)
    )
    if score is None:
        report.note(document, Reason.NO_RESULT, "the match", row=row[parquet.ROW])
    return ArchivedMatch(
        row=row[parquet.ROW],
        starts_at=wall_time.utc(row["date"]),
        home=row["h_team"],
        away=row["a_team"],
        fate="played" if score else "abandoned",
        score=score,
        has_xg=True,
    )


def _shots(key: SeasonKey, match_id: int, archived: Sequence[dict[str, Any]]) -> Iterator[Shot]:
    league_id, season_id = key.league_id, key.season_id
    in_time = sorted(archived, key=lambda row: (row["minute"], row["id"]))
    for ordinal, row in enumerate(in_time):
        situation = SITUATIONS.get(row["situation"], "assisted" if row["player_assisted"] else "regular")
        is_own = row["result"] == "OwnGoal"
        goal_type = _GOAL_TYPES.get(row["result"], "")
        yield Shot(
            source=key.source,
            version=key.version,
            league_id=league_id,
            season_id=season_id,
            match_id=match_id,
            ordinal=ordinal,
            shot_id=row["id"],
            player_id=ids.player_id(key.source, row["player_id"]),
            player_name=row["player"] or "",
            is_home=row["h_a"] == "h",
            outcome=OUTCOMES[row["result"]],
            situation=situation,
            body_part=BODY_PARTS.get(row["shotType"], ""),
            goal_type="penalty" if goal_type == "regular" and situation == "penalty" else goal_type,
            minute=row["minute"],
            added_minute=None,
            second=None,
            x=100 - 100 * row["X"],
            y=100 * row["Y"],
            z=0.0,
            goal_mouth_location="",
            goal_mouth_y=None,
            goal_mouth_z=None,
            xg=row["xG"] if not is_own and parquet.is_number(row["xG"]) else None,
            xgot=None,
        )


def _player(key: SeasonKey, number: int, name: str) -> Player:
    return Player(
        source=key.source,
        version=key.version,
        player_id=ids.player_id(key.source, number),
        name=name,
        short_name=name,
        position="",
        country="",
        born_on=None,
        height_cm=None,
    )


SOURCES = {"understat": Understat()}
