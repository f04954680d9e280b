"""Parser of the team statistics of a match by period, in the schema of 2023 (without keys) and the present one."""

from __future__ import annotations

import re
from datetime import datetime

from shared.domain.football.records import TeamStatistic
from shared.domain.sofascore.json_reader import (
    SOURCE,
    Json,
    MatchKeys,
    fault,
    objects,
    optional_number,
    read_object,
    required_text,
    text,
    version_of,
)

_KEYS_BY_NAME = {
    "Aerial duels": "aerialDuelsPercentage",
    "Accurate passes": "accuratePasses",
    "Ball possession": "ballPossession",
    "Big chances": "bigChanceCreated",
    "Big chances missed": "bigChanceMissed",
    "Big chances scored": "bigChanceScored",
    "Blocked shots": "blockedScoringAttempt",
    "Clearances": "totalClearance",
    "Corner kicks": "cornerKicks",
    "Crosses": "accurateCross",
    "Dribbles": "dribblesPercentage",
    "Ground duels": "groundDuelsPercentage",
    "Hit woodwork": "hitWoodwork",
    "Interceptions": "interceptionWon",
    "Long balls": "accurateLongBalls",
    "Shots inside box": "totalShotsInsideBox",
    "Shots off target": "shotsOffGoal",
    "Shots on target": "shotsOnGoal",
    "Shots outside box": "totalShotsOutsideBox",
    "Tackles": "totalTackle",
    "Through balls": "accurateThroughBall",
    "Total shots": "totalShotsOnGoal",
}
"""Names of 2023 whose present key is not the name in camel case, from two recordings of each schema."""

_NUMBER_IN_TEXT = re.compile(r"\s*(-?\d+(?:\.\d+)?)(?:\s*/\s*(\d+(?:\.\d+)?))?")


def parse_statistics(
    body: str | bytes, *, match: MatchKeys, read_at: datetime, source: str = SOURCE
) -> tuple[TeamStatistic, ...]:
    """Read every statistic once per period, with all groups that list it.

    An item is in several groups (total shots in "Match overview" and in "Shots"), so the natural key is (match,
    period, key); its name is the first one. Responses of 2023 have no keys: known names get the
    present key, others their name in camel case.

    Raises
    ------
    InvalidInput : as every parser; also when two groups have different values of one item.
    """
    what = f"match {match.match_id}: statistics"
    content = read_object(body, what)
    version = version_of(read_at)
    items: dict[tuple[str, str], tuple[Json, list[str]]] = {}
    for period in objects(content, "statistics", what):
        period_name = required_text(period, "period", what, "statistics[].period")
        for group in objects(period, "groups", what):
            group_name = text(group, "groupName", what)
            for item in objects(group, "statisticsItems", what):
                key = text(item, "key", what) or statistic_key(required_text(item, "name", what, "item without name"))
                first, groups = items.setdefault((period_name, key), (item, []))
                if first is not item and not _agree(first, item):
                    raise fault(what, f"{period_name}.{key}", "has different values in two groups")
                if group_name not in groups:
                    groups.append(group_name)
    return tuple(
        _record(item, tuple(groups), period, key, match, version, source, what)
        for (period, key), (item, groups) in items.items()
    )


def statistic_key(name: str) -> str:
    """Return the key of a statistic without one."""
    if (known := _KEYS_BY_NAME.get(name)) is not None:
        return known
    words: list[str] = re.findall(r"[^\W_]+", name) or [name]
    first, *others = words
    return first.lower() + "".join(word[:1].upper() + word[1:].lower() for word in others)


def _agree(one: Json, other: Json) -> bool:
    fields = ("homeValue", "awayValue", "homeTotal", "awayTotal", "home", "away")
    return all(one.get(field) == other.get(field) for field in fields)


def _record(
    item: Json, groups: tuple[str, ...], period: str, key: str, match: MatchKeys, version: int, source: str, what: str
) -> TeamStatistic:
    home_text, away_text = text(item, "home", what), text(item, "away", what)
    home_value, home_total = _values(item, "home", home_text, what)
    away_value, away_total = _values(item, "away", away_text, what)
    return TeamStatistic(
        source=source,
        version=version,
        league_id=match.league_id,
        season_id=match.season_id,
        match_id=match.match_id,
        period=period,
        key=key,
        name=text(item, "name", what),
        groups=groups,
        home_value=home_value,
        away_value=away_value,
        home_total=home_total,
        away_total=away_total,
        home_text=home_text,
        away_text=away_text,
    )


def _values(item: Json, side: str, text_value: str, what: str) -> tuple[float | None, float | None]:
    value = optional_number(item, f"{side}Value", what)
    total = optional_number(item, f"{side}Total", what)
    if value is None and (number := _NUMBER_IN_TEXT.match(text_value)):
        # Matches of low coverage have the text only: "70%", "27/37 (73%)", "1.98".
        value = float(number.group(1))
        total = float(number.group(2)) if total is None and number.group(2) else total
    return value, total
