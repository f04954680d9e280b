"""Counter of unknown fields in responses: the first sign of a changed schema.

Parsers ignore unknown fields; a caller counts them over a sample of responses, which takes one more pass, and reports
their names. Known are the fields that are parsed and those that are ignored on purpose; inside the latter, and inside
open maps (player statistics), nothing is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from shared.domain.sofascore.json_reader import read_object
from shared.errors import NotFound

_Known = Mapping[str, "_Known | None"]
"""Known fields by name, with the fields inside them; None where nothing is counted inside."""


def _fields(names: str, **inside: _Known) -> _Known:
    return {**dict.fromkeys(names.split()), **inside}


_COUNTRY = _fields("alpha2 alpha3 name slug fieldTranslations")
_SPORT = _fields("id name slug")
_CITY = _fields("id name fieldTranslations", country=_COUNTRY)
_VENUE = _fields(
    "id name slug hidden capacity venueCoordinates fieldTranslations stadium", country=_COUNTRY, city=_CITY
)
_MANAGER = _fields("id name slug shortName dateOfBirthTimestamp fieldTranslations", country=_COUNTRY)
_CATEGORY = _fields("id name slug alpha2 flag priority fieldTranslations", country=_COUNTRY, sport=_SPORT)
_UNIQUE_TOURNAMENT = _fields(
    "id name slug primaryColorHex secondaryColorHex userCount hasPerformanceGraphFeature hasEventPlayerStatistics "
    "displayInverseHomeAwayTeams hasRounds fieldTranslations",
    category=_CATEGORY,
    country=_COUNTRY,
)
_TOURNAMENT = _fields(
    "id name slug priority isGroup isLive competitionType groupName groupSign roundPrefix fieldTranslations",
    category=_CATEGORY,
    uniqueTournament=_UNIQUE_TOURNAMENT,
)
_SEASON = _fields("id name year editor seasonCoverageInfo")
_TEAM = _fields(
    "id name slug shortName fullName nameCode gender national disabled type class userCount subTeams teamColors "
    "fieldTranslations timeActive foundationDateTimestamp",
    country=_COUNTRY,
    sport=_SPORT,
    manager=_MANAGER,
    venue=_VENUE,
)
_SCORE = _fields("current display normaltime period1 period2 extra1 extra2 overtime penalties aggregated")
_TIME = _fields(
    "injuryTime1 injuryTime2 injuryTime3 injuryTime4 currentPeriodStartTimestamp initial max extra periodLength "
    "overtimeLength totalPeriodCount"
)
_REFEREE = _fields(
    "id name slug games redCards yellowCards yellowRedCards fieldTranslations", country=_COUNTRY, sport=_SPORT
)
_EVENT = _fields(
    "id customId slug detailId startTimestamp winnerCode aggregatedWinnerCode homeRedCards awayRedCards hasXg "
    "hasEventPlayerStatistics hasEventPlayerHeatMap hasGlobalHighlights finalResultOnly feedLocked isEditor coverage "
    "crowdsourcingDataDisplayEnabled correctAiInsight correctHalftimeAiInsight lastPeriod previousLegEventId "
    "attendance currentPeriodStartTimestamp defaultPeriodCount defaultPeriodLength defaultOvertimeLength "
    "cupMatchesInRound fanRatingEvent seasonStatisticsType showTotoPromo eventState eventFilters statusTime "
    "varInProgress isAwarded",
    tournament=_TOURNAMENT,
    season=_SEASON,
    roundInfo=_fields("round name slug prefix cupRoundType"),
    status=_fields("code type description"),
    homeTeam=_TEAM,
    awayTeam=_TEAM,
    homeScore=_SCORE,
    awayScore=_SCORE,
    time=_TIME,
    changes=_fields("changes changeTimestamp"),
    venue=_VENUE,
    referee=_REFEREE,
)
_PLAYER = _fields(
    "id name firstName lastName slug shortName position jerseyNumber height userCount gender sofascoreId "
    "marketValueCurrency dateOfBirthTimestamp proposedMarketValueRaw fieldTranslations",
    country=_COUNTRY,
)
_PROFILE = {
    **_PLAYER,
    **_fields(
        "positionsDetailed preferredFoot shirtNumber contractUntilTimestamp retired deceased dateOfBirth "
        "proposedMarketValue",
        team=_TEAM,
    ),
}
_SIDE = _fields(
    "formation supportStaff playerColor goalkeeperColor",
    players=_fields("teamId shirtNumber jerseyNumber position substitute captain statistics", player=_PLAYER),
    missingPlayers=_fields("type reason description externalType expectedEndDate", player=_PLAYER),
)
_POINT = _fields("x y z")

_RESPONSES: dict[str, _Known] = {
    "seasons": _fields("", seasons=_SEASON),
    "rounds": _fields(
        "", currentRound=_fields("round name slug prefix"), rounds=_fields("round name slug prefix cupRoundType")
    ),
    "events": _fields("hasNextPage", events=_EVENT),
    "event": _fields("", event=_EVENT),
    "statistics": _fields(
        "",
        statistics=_fields(
            "period",
            groups=_fields(
                "groupName",
                statisticsItems=_fields(
                    "name key home away homeValue awayValue homeTotal awayTotal compareCode valueType renderType "
                    "statisticsType"
                ),
            ),
        ),
    ),
    "lineups": _fields("confirmed statisticalVersion", home=_SIDE, away=_SIDE),
    "incidents": _fields(
        "home away",
        incidents=_fields(
            "id incidentType incidentClass time addedTime timeSeconds periodTimeSeconds reversedPeriodTime "
            "reversedPeriodTimeSeconds isHome isLive text length homeScore awayScore from injury reason rescinded "
            "playerName confirmed sequence description footballPassingNetworkAction",
            player=_PLAYER,
            manager=_MANAGER,
            playerIn=_PLAYER,
            playerOut=_PLAYER,
            assist1=_PLAYER,
            assist2=_PLAYER,
        ),
    ),
    "shotmap": _fields(
        "",
        shotmap=_fields(
            "id incidentType isHome shotType goalType situation bodyPart goalMouthLocation xg xgot time addedTime "
            "timeSeconds reversedPeriodTime reversedPeriodTimeSeconds draw",
            player=_PLAYER,
            playerCoordinates=_POINT,
            goalMouthCoordinates=_POINT,
            blockCoordinates=_POINT,
        ),
    ),
    "managers": _fields("", homeManager=_MANAGER, awayManager=_MANAGER),
    "player": _fields("", player=_PROFILE),
    "standings": _fields(
        "",
        standings=_fields(
            "id type name updatedAtTimestamp",
            tournament=_TOURNAMENT,
            tieBreakingRule=_fields("id text"),
            rows=_fields(
                "id position matches wins draws losses scoresFor scoresAgainst points scoreDiffFormatted avgRating "
                "descriptions",
                team=_TEAM,
                promotion=_fields("id text"),
            ),
        ),
    ),
}


def unknown_fields(kind: str, body: str | bytes) -> Counter[str]:
    """Count each unknown field by its dotted path (`events[].homeTeam.mascot`).

    Parameters
    ----------
    kind : seasons, rounds, events, event, statistics, lineups, incidents, shotmap, managers, player or standings.

    Raises
    ------
    NotFound : there is no such kind.  InvalidInput : as every parser.
    """
    if kind not in _RESPONSES:
        raise NotFound(f"there is no kind of response {kind!r}")
    counts: Counter[str] = Counter()
    _count(read_object(body, kind), _RESPONSES[kind], "", counts)
    return counts


def _count(value: Any, known: _Known, path: str, counts: Counter[str]) -> None:
    if isinstance(value, list):
        for item in value:
            if not isinstance(item, list):  # the source never nests lists; those of others could be endless
                _count(item, known, f"{path}[]", counts)
    elif isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            if name not in known:
                counts[here] += 1
            elif (below := known[name]) is not None:
                _count(inner, below, here, counts)
