"""What is found by name and in which order; the expected places are those a person would give."""

from __future__ import annotations

import pytest

from shared.domain.search.ranking import MIN_SCORE, Entity, NameSearch, rank, score


def player(id: int, name: str, weight: int = 0, *, country: str = "", position: str = "") -> Entity:
    first, _, last = name.partition(" ")
    return Entity(
        kind="player",
        id=id,
        name=name,
        aliases=(f"{first[0]}. {last}",),
        weight=weight,
        country=country,
        position=position,
    )


MULLER = player(1, "Thomas Müller", 400, country="Germany", position="F")
MULLER_TOO = player(2, "Florian Müller", 90, country="Germany", position="G")
MILLER = player(3, "Kenny Miller", 50, country="Scotland", position="F")
MADRID = Entity(kind="team", id=1, name="Real Madrid", aliases=("RMA",), country="Spain", weight=900)
ATLETICO = Entity(kind="team", id=2, name="Atlético Madrid", aliases=("ATM",), country="Spain", weight=900)
DIJK = player(4, "Virgil van Dijk", 300)
CONNELL = player(5, "Jack O'Connell", 80)
LEAGUE = Entity(kind="league", id=8, name="LaLiga", country="Spain", seasons=("2024/25", "2025/26"), weight=9000)
ALL = [MULLER, MULLER_TOO, MILLER, MADRID, ATLETICO, DIJK, CONNELL, LEAGUE]


def find(text: str, **filters: str) -> list[Entity]:
    return [each.entity for each in rank(NameSearch(text=text, **filters), ALL)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thomas Müller", [MULLER]),
        ("muller", [MULLER, MULLER_TOO, MILLER]),
        ("mueller", [MULLER, MULLER_TOO, MILLER]),
        ("müllr thomsa", [MULLER]),
        ("f müller", [MULLER_TOO]),
        ("mull", [MULLER, MULLER_TOO]),
        ("madrid", [MADRID, ATLETICO]),
        ("real madrdi", [MADRID]),
        ("realmadrid", [MADRID]),
        ("la liga", [LEAGUE]),
        ("vandijk", [DIJK]),
        ("virgilvan dijk", [DIJK]),
        ("o connell", [CONNELL]),
        ("jack oconnell", [CONNELL]),
        ("atm", [ATLETICO]),
        ("мюллер", [MULLER, MULLER_TOO]),
        ("zzz", []),
        ("", []),
        ("¿", []),
    ],
)
def test_the_best_fit_comes_first(text: str, expected: list[Entity]) -> None:
    assert find(text)[: len(expected)] == expected
    if not expected:
        assert find(text) == []


def test_of_equal_fits_the_one_more_is_known_of_comes_first() -> None:
    assert find("muller")[:2] == [MULLER, MULLER_TOO]
    lighter = Entity(kind="team", id=9, name="Real Madrid", weight=1)
    assert [each.entity for each in rank(NameSearch(text="real madrid"), [lighter, MADRID])] == [MADRID, lighter]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "team"}, []),
        ({"kind": "player"}, [MULLER, MULLER_TOO, MILLER]),
        ({"country": "Scotland"}, [MILLER]),
        ({"position": "G"}, [MULLER_TOO]),
        ({"season": "2024/25"}, []),
    ],
)
def test_filters_narrow(filters: dict[str, str], expected: list[Entity]) -> None:
    assert find("muller", **filters) == expected


def test_a_season_narrows_leagues() -> None:
    assert find("laliga", season="2024/25") == [LEAGUE]
    assert find("laliga", season="1999/00") == []


def test_scores_fall_from_the_name_itself_to_what_barely_fits() -> None:
    texts = ["thomas muller", "muller", "mull", "mullre"]
    scores = [score(NameSearch(text=text).words, MULLER) for text in texts]
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert all(each >= MIN_SCORE for each in scores)


def test_the_order_of_words_does_not_matter() -> None:
    assert score(("muller", "thomas"), MULLER) == score(("thomas", "muller"), MULLER)
