"""The reviewed list of clubs: who is one, who is not, and what a suggestion may say."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from shared.adapters.sources.club_suggestions import normalised, suggest
from shared.domain.archives import footballdata
from shared.domain.archives.report import Report
from shared.domain.archives.seasons import Season
from shared.domain.catalogue import clubs, competitions


def test_no_name_means_two_clubs_in_one_season() -> None:
    meant = defaultdict(list)
    for name in clubs.names():
        meant[name.source, name.country, name.name].append(name)
    for names in meant.values():
        spans = sorted((name.since, name.until) for name in names)
        assert all(before[1] < after[0] for before, after in pairwise(spans)), names


def test_ids_are_as_many_as_clubs() -> None:
    keys = {name.club for name in clubs.names()}
    assert len({clubs.by_key(key).team_id for key in keys}) == len(keys) > 800
    numbers = Counter(name.number for name in clubs.names() if name.number)
    assert max(numbers.values()) == 1


def test_every_country_of_the_list_has_a_competition() -> None:
    known = {competition.country for key in _keys() if (competition := competitions.by_key(key))}
    assert {name.country for name in clubs.names() if name.country} <= known


def _keys() -> list[str]:
    return [row["key"] for row in competitions._rows()]


def test_one_club_has_one_id_under_the_names_of_all_sources() -> None:
    output = [
        ("footballdata", "Portugal", "Sp Lisbon"), ("openfootball", "Portugal", "Sporting CP"),
        ("openfootball", "Portugal", "Sporting Clube de Portugal"), ("schochastics", "", "Sporting CP (Portugal)"),
    ]  # fmt: skip
    result = [clubs.club(*name, 2015) for name in output]
    assert {club.team_id for club in result if club} == {3001}
    assert all(result)


def test_a_name_that_meant_two_clubs_is_dated() -> None:
    old, new = (clubs.club("footballdata", "Belgium", "Mouscron", year) for year in (2005, 2018))
    assert old
    assert new
    assert old.team_id != new.team_id
    assert clubs.club("footballdata", "Belgium", "mouscron", 2018) is None, "nothing is guessed"


def test_names_are_the_same_but_for_ornaments() -> None:
    assert normalised("1. FC Köln") == normalised("FC Koln") == "koln"
    assert normalised("FK Krasnodar 2") != normalised("FK Krasnodar")
    assert normalised("FC") == "fc", "something is left"


ROWS = (
    "E0,17/08/24,Arsenal,Wolves,2,0", "E0,17/08/24,Everton,Brighton,0,3", "E0,24/08/24,Brighton,Arsenal,1,2",
    "E0,24/08/24,Wolves,Everton,2,2", "E0,31/08/24,Arsenal,Everton,4,1", "E0,31/08/24,Wolves,Brighton,0,1",
)  # fmt: skip


def season(*rows: str) -> Season:
    content = "\n".join(("Div,Date,HomeTeam,AwayTeam,FTHG,FTAG", *rows)).encode()
    (result,) = footballdata.read(content, document="x", version=2, report=Report())
    return result


def test_a_suggestion_is_founded_on_shared_results_not_on_the_name() -> None:
    """Somebody calls Brighton The Seagulls, and by mistake a club of another league Wolves."""
    other = season(*(row.replace("Brighton", "The Seagulls").replace("Wolves", "Wulves") for row in ROWS))
    result = {one.name: one for one in suggest([other], [season(*ROWS)])}
    seagulls = result["The Seagulls"]
    assert (seagulls.other_name, seagulls.n_agree, seagulls.n_matches) == ("Brighton & Hove Albion", 3, 3)
    assert (seagulls.same_name, seagulls.is_listed, result["Arsenal"].is_listed) == (False, False, True)
    assert result["Wulves"].other_id == 3


def test_without_shared_results_only_the_same_name_is_suggested() -> None:
    later = season("E0,17/08/24,Brentford,FC Nobody,2,0", "E0,24/08/24,Somebody,FC Nobody,2,0")
    earlier = season("E0,17/08/19,Brentford,Nobody,3,0")
    assert [(one.name, one.other_name, one.n_matches) for one in suggest([later], [earlier])] == [
        ("Brentford", "Brentford", 0), ("FC Nobody", "Nobody", 0),
    ]  # fmt: skip
