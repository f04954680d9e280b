"""One suite over every search index: whatever keeps the names, the same names are found in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.http.elasticsearch import ElasticSearch
from shared.adapters.postgres.database import Postgres
from shared.adapters.postgres.search import PostgresSearch
from shared.domain.search.ranking import MAX_CANDIDATES, Entity, NameSearch, rank
from shared.errors import Overloaded, Unavailable
from shared.ports.search import SearchIndex
from shared.testing.memory_search import MemorySearch
from tests.support.engines.postgres import Server
from tests.support.servers.elasticsearch import ElasticServer, elastic_server


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
    Entity(kind="player", id=91, name="Virgil van Dijk", country="Netherlands", position="D", weight=300),
    Entity(kind="player", id=92, name="Jack O'Connell", country="England", position="D", weight=80),
]


@pytest.fixture(scope="module")
def server() -> Iterator[ElasticServer]:
    with elastic_server() as running:
        yield running


@pytest.fixture(scope="module")
def database(postgres_server: Server) -> Iterator[Postgres]:
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE search TEMPLATE template")
    opened = Postgres(postgres_server.url("search"))
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=["memory", "postgres", "elastic"])
def empty_index(request: pytest.FixtureRequest) -> Iterator[SearchIndex]:
    if request.param == "postgres":
        yield PostgresSearch(request.getfixturevalue("database"))
    elif request.param == "elastic":
        elastic = ElasticSearch(request.getfixturevalue("server").url)
        yield elastic
        elastic.close()
    else:
        yield MemorySearch()


@pytest.fixture
def filled(empty_index: SearchIndex) -> SearchIndex:
    """An index with all that is stored, and nothing else."""
    if len(empty_index.candidates(NameSearch(text="thomas"))) != 2:
        empty_index.replace_all(STORED)
    return empty_index


def find(index: SearchIndex, text: str, **filters: str) -> list[str]:
    """Names of what is found, in order."""
    query = NameSearch(text=text, **filters)
    return [each.entity.name for each in rank(query, index.candidates(query))]


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
    "vandijk": ["Virgil van Dijk"],
    "virgil vandijk": ["Virgil van Dijk"],
    "o connell": ["Jack O'Connell"],
    "jack o connell": ["Jack O'Connell"],
    "oconnell": ["Jack O'Connell"],
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
    assert find(filled, text)[: max(1, len(expected))] == expected


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
    assert find(filled, "thomas", **filters) == expected


def test_leagues_are_found_by_season(filled: SearchIndex) -> None:
    assert find(filled, "premier league", season="2024/25") == ["Premier League"]


@pytest.fixture
def index(empty_index: SearchIndex) -> Iterator[SearchIndex]:
    """The same, to be changed."""
    empty_index.replace_all(STORED)
    yield empty_index
    empty_index.replace_all([])


def test_what_is_put_again_is_replaced(index: SearchIndex) -> None:
    index.replace_all(STORED)
    moved = replace(STORED[5], name="Real Atlantis", aliases=())
    index.put([replace(moved, name="Real Nowhere"), moved])
    assert find(index, "real") == ["Real Atlantis"]
    assert find(index, "madrid") == []


def test_ids_are_apart_by_kind(index: SearchIndex) -> None:
    index.put([Entity(kind="team", id=6, name="Robert FC")])
    assert set(find(index, "robert")) == {"Robert FC", "Robert Lewandowski"}


def test_replacing_all_leaves_nothing_else(index: SearchIndex) -> None:
    assert index.replace_all(iter(STORED[:2])) == 2
    assert find(index, "premier") == ["Premier League", "Russian Premier League"]
    assert find(index, "muller") == []


def test_the_name_itself_is_found_among_many_heavier_ones(index: SearchIndex) -> None:
    crowd = [Entity(kind="player", id=n, name=f"Silva Number{n}", weight=n) for n in range(1, MAX_CANDIDATES + 50)]
    index.put([*crowd, Entity(kind="player", id=9999, name="Silva")])
    assert find(index, "silva")[0] == "Silva"


_NAMES = st.lists(st.text("aeé ñM-x", min_size=1, max_size=9), min_size=1, max_size=6)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=_NAMES, typed=st.text("aexm ", max_size=9), data=st.data())
def test_any_name_is_found_by_itself(index: SearchIndex, names: list[str], typed: str, data: st.DataObject) -> None:
    index.replace_all(Entity(kind="team", id=n, name=name) for n, name in enumerate(names, start=1))
    name = data.draw(st.sampled_from(names))
    if NameSearch(text=name).words:
        assert name in find(index, name)
    memory = MemorySearch()
    memory.put([Entity(kind="team", id=n, name=name) for n, name in enumerate(names, start=1)])
    assert set(find(index, typed)) <= set(find(memory, typed))


def gone_memory() -> SearchIndex:
    index = MemorySearch()
    index.gone = True
    return index


def gone_postgres() -> SearchIndex:
    return PostgresSearch(Postgres("postgresql://nobody@127.0.0.1:1/none", acquire_timeout_s=0.1))


def gone_elastic() -> SearchIndex:
    return ElasticSearch("http://127.0.0.1:1/names")


GONE: dict[str, Callable[[], SearchIndex]] = {
    "memory": gone_memory,
    "postgres": gone_postgres,
    "elastic": gone_elastic,
}


@pytest.mark.parametrize("kind", GONE)
def test_an_index_that_is_gone_says_so(kind: str) -> None:
    index = GONE[kind]()
    calls: list[Callable[[], object]] = [
        lambda: index.candidates(NameSearch(text="muller")),
        lambda: index.put(STORED),
        lambda: index.replace_all(STORED),
        index.probe,
    ]
    for ask in calls:
        with pytest.raises(Unavailable):
            ask()


# --- what only a search server does


@pytest.fixture
def elastic(server: ElasticServer) -> Iterator[ElasticSearch]:
    """A client of the server, which has no index."""
    server.indexes.clear()
    search = ElasticSearch(server.url)
    yield search
    search.close()
    server.indexes.clear()
    server.refused_ids.clear()


@pytest.mark.parametrize(("status", "kind"), [(429, Overloaded), (500, Unavailable), (403, Unavailable)])
def test_what_the_server_refuses_can_be_tried_again(
    server: ElasticServer, elastic: ElasticSearch, status: int, kind: type[Exception]
) -> None:
    server.status = status
    with pytest.raises(kind):
        elastic.candidates(NameSearch(text="muller"))
    server.status = 0
    assert elastic.candidates(NameSearch(text="muller")) == []


def test_a_name_that_the_server_does_not_take_is_told(server: ElasticServer, elastic: ElasticSearch) -> None:
    server.refused_ids.add("player-1")
    with pytest.raises(Unavailable, match="1 names: player-1 is not taken"):
        elastic.put(STORED)


def test_replacing_all_turns_the_alias_and_drops_what_it_led_to(server: ElasticServer, elastic: ElasticSearch) -> None:
    elastic.put(STORED)
    assert server.behind("names") == ["names-0"]
    for _ in range(2):
        elastic.replace_all(STORED)
        assert len(server.indexes) == len(server.behind("names")) == 1
    assert "names-0" not in server.indexes


def test_an_index_that_somebody_else_makes_meanwhile_is_used(server: ElasticServer, elastic: ElasticSearch) -> None:
    other = ElasticSearch(server.url)
    other.put(STORED[:1])
    other.close()
    server.indexes["names-0"]["aliases"].clear()
    with pytest.raises(Unavailable):
        elastic.put(STORED)  # it has no alias yet; the event comes again
    server.indexes["names-0"]["aliases"]["names"] = {}
    elastic.put(STORED)
    assert find(elastic, "muller") == ["Thomas Müller", "Florian Müller"]
