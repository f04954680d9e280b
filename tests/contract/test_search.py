"""One suite over every search index: whatever keeps the names, the same names are found in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.postgres import Postgres
from shared.adapters.search_postgres import PostgresSearch
from shared.domain.search import CANDIDATES, Entity, Wanted, ranked
from shared.errors import Unavailable
from shared.ports import SearchIndex
from shared.testing.memory_search import MemorySearch


def player(id: int, name: str, weight: int = 0, **more: Any) -> Entity:
    first, _, last = name.partition(" ")
    return Entity(kind="player", id=id, name=name, aliases=(f"{first[0]}. {last}",), weight=weight, **more)


STORED = [
    Entity(kind="league", id=17, name="Premier League", country="England", seasons=("2024/25", "2025/26"), weight=9000),
    Entity(kind="league", id=203, name="Russian Premier League", country="Russia", seasons=("2025/26",), weight=4000),
    Entity(kind="league", id=8, name="LaLiga", country="Spain", seasons=("2025/26",), weight=9000),
    Entity(kind="team", id=35, name="Manchester United", aliases=("Man Utd", "MUN"), country="England", weight=800),
    Entity(kind="team", id=17, name="Manchester City", aliases=("Man City", "MCI"), country="England", weight=810),
    Entity(kind="team", id=2829, name="Real Madrid", aliases=("RMA",), country="Spain", weight=820),
    Entity(kind="team", id=1, name="AS Saint-Étienne", country="France", weight=300),
    Entity(kind="team", id=2, name="Зенит Санкт-Петербург", country="Russia", weight=350),
    player(1, "Thomas Müller", 400, country="Germany", position="F"),
    player(2, "Florian Müller", 90, country="Germany", position="G"),
    player(3, "Martin Ødegaard", 210, country="Norway", position="M"),
    player(4, "N'Golo Kanté", 330, country="France", position="M"),
    player(5, "Artem Dzyuba", 300, country="Russia", position="F"),
    player(6, "Robert Lewandowski", 500, country="Poland", position="F"),
    player(7, "Ronaldinho", 200, country="Brazil", position="F"),
    player(8, "Cristiano Ronaldo", 700, country="Portugal", position="F"),
    player(9, "손흥민", 350, country="South Korea", position="F"),
    Entity(kind="manager", id=1, name="Thomas Tuchel", weight=450),
]


@pytest.fixture(params=["memory", "postgres"])
def index(request: pytest.FixtureRequest) -> Iterator[SearchIndex]:
    if request.param == "memory":
        yield MemorySearch()
        return
    database = Postgres(request.getfixturevalue("emptied_database_url"))
    yield PostgresSearch(database)
    database.close()


@pytest.fixture
def filled(index: SearchIndex) -> SearchIndex:
    index.put(STORED)
    return index


def found(index: SearchIndex, text: str, **filters: str) -> list[str]:
    """Names of what is found, in order."""
    wanted = Wanted(text=text, **filters)
    return [each.entity.name for each in ranked(wanted, index.candidates(wanted))]


QUESTIONS: dict[str, list[str]] = {
    "Thomas Müller": ["Thomas Müller"],
    "muller": ["Thomas Müller", "Florian Müller"],
    "MUELLER": ["Thomas Müller", "Florian Müller"],
    "мюллер": ["Thomas Müller", "Florian Müller"],
    "mul": ["Thomas Müller", "Florian Müller"],
    "thomsa mulelr": ["Thomas Müller"],
    "müller f": ["Florian Müller"],
    "odegard": ["Martin Ødegaard"],
    "ngolo kante": ["N'Golo Kanté"],
    "kante n'golo": ["N'Golo Kanté"],
    "Дзюба": ["Artem Dzyuba"],
    "zenit": ["Зенит Санкт-Петербург"],
    "zenit saint petersburg": ["Зенит Санкт-Петербург"],
    "st etienne": ["AS Saint-Étienne"],
    "lewandovsky": ["Robert Lewandowski"],
    "lewnadovski": ["Robert Lewandowski"],
    "r lewandowski": ["Robert Lewandowski"],
    "ronaldo": ["Cristiano Ronaldo"],
    "ronald": ["Cristiano Ronaldo", "Ronaldinho"],
    "manchester": ["Manchester City", "Manchester United"],
    "man utd": ["Manchester United"],
    "mun": ["Manchester United"],
    "realmadrid": ["Real Madrid"],
    "la liga": ["LaLiga"],
    "premier leage": ["Premier League", "Russian Premier League"],
    "손흥민": ["손흥민"],
    "손": ["손흥민"],
    "qwxzk": [],
    "": [],
    " - ": [],
    "' OR 1=1 --": [],
    "\\ & | ! ( ) : * <-> \x00 \ud800": [],
}
"""What is asked, and the first of what is found."""


@pytest.mark.parametrize("text", QUESTIONS)
def test_the_same_is_found_in_the_same_order(filled: SearchIndex, text: str) -> None:
    expected = QUESTIONS[text]
    assert found(filled, text)[: max(1, len(expected))] == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "manager"}, ["Thomas Tuchel"]),
        ({"kind": "player", "country": "Germany"}, ["Thomas Müller"]),
        ({"position": "G"}, []),
        ({"country": "France"}, []),
    ],
)
def test_filters_narrow_what_is_found(filled: SearchIndex, filters: dict[str, str], expected: list[str]) -> None:
    assert found(filled, "thomas", **filters) == expected


def test_leagues_are_found_by_season(filled: SearchIndex) -> None:
    assert found(filled, "premier league", season="2024/25") == ["Premier League"]


def test_what_is_put_again_is_replaced(filled: SearchIndex) -> None:
    filled.put(STORED)
    moved = replace(STORED[5], name="Real Atlantis", aliases=())
    filled.put([replace(moved, name="Real Nowhere"), moved])
    assert found(filled, "real") == ["Real Atlantis"]
    assert found(filled, "madrid") == []


def test_ids_are_apart_by_kind(filled: SearchIndex) -> None:
    filled.put([Entity(kind="team", id=6, name="Robert FC")])
    assert set(found(filled, "robert")) == {"Robert FC", "Robert Lewandowski"}


def test_replacing_all_leaves_nothing_else(filled: SearchIndex) -> None:
    assert filled.replace_all(iter(STORED[:2])) == 2
    assert found(filled, "premier") == ["Premier League", "Russian Premier League"]
    assert found(filled, "muller") == []


def test_the_name_itself_is_found_among_many_heavier_ones(index: SearchIndex) -> None:
    crowd = [Entity(kind="player", id=n, name=f"Silva Number{n}", weight=n) for n in range(1, CANDIDATES + 50)]
    index.put([*crowd, Entity(kind="player", id=9999, name="Silva")])
    assert found(index, "silva")[0] == "Silva"


_NAMES = st.lists(st.text("aeé ñM-x", min_size=1, max_size=9), min_size=1, max_size=6)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=_NAMES, typed=st.text("aexm ", max_size=9), data=st.data())
def test_any_name_is_found_by_itself(index: SearchIndex, names: list[str], typed: str, data: st.DataObject) -> None:
    index.replace_all(Entity(kind="team", id=n, name=name) for n, name in enumerate(names, start=1))
    name = data.draw(st.sampled_from(names))
    if Wanted(text=name).words:
        assert name in found(index, name)
    memory = MemorySearch()
    memory.put([Entity(kind="team", id=n, name=name) for n, name in enumerate(names, start=1)])
    assert set(found(index, typed)) <= set(found(memory, typed))


def gone_memory() -> SearchIndex:
    index = MemorySearch()
    index.gone = True
    return index


def gone_postgres() -> SearchIndex:
    return PostgresSearch(Postgres("postgresql://nobody@127.0.0.1:1/none", acquire_timeout_s=0.1))


GONE = {
    "memory": gone_memory,
    "postgres": gone_postgres,
}


@pytest.mark.parametrize("kind", GONE)
def test_an_index_that_is_gone_says_so(kind: str) -> None:
    index = GONE[kind]()
    asked: list[Callable[[], object]] = [
        lambda: index.candidates(Wanted(text="muller")),
        lambda: index.put(STORED),
        lambda: index.replace_all(STORED),
        index.probe,
    ]
    for ask in asked:
        with pytest.raises(Unavailable):
            ask()
