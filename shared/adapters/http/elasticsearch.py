"""Names in Elasticsearch or OpenSearch: both speak what is used here alike.

Words are folded and parted by us and stored as keywords, so that no analyzer has a say. ``fuzzy`` with ``AUTO`` takes
as many typos as `shared.domain.search.edit_distance.tolerated`. An alias leads to the index; all is replaced by filling
another index and turning the alias, in one step, so that whoever searches meanwhile finds what was stored before.
"""

from __future__ import annotations

import http.client
import json
import time
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import unquote, urlsplit

from shared.adapters.http.keep_alive import KeepAliveClient
from shared.domain.search.ranking import CANDIDATES, Entity, Wanted, batches
from shared.domain.search.text import folded
from shared.errors import Overloaded, Unavailable

Json = dict[str, Any]

_TIMEOUT_S = 5.0
_KEYWORDS = ("kind", "name", "aliases", "country", "position", "seasons", "folded", "words", "joined")
_MAPPINGS: Json = {
    "dynamic": "strict",
    "properties": {
        **{name: {"type": "keyword"} for name in _KEYWORDS},
        "id": {"type": "long"},
        "weight": {"type": "integer"},
    },
}


class ElasticSearch:
    """The names behind one alias. Shared by all threads; connects on first use."""

    def __init__(self, url: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        """Remember the address: ``https://user:password@host:9200/touchline-names``, the path being the alias."""
        parts = urlsplit(url)
        self._http = KeepAliveClient(parts, timeout_s=timeout_s)
        self._alias = parts.path.strip("/") or "touchline-names"
        self._headers = {"Content-Type": "application/json"}
        if parts.username:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"

    def put(self, entities: Sequence[Entity]) -> None:
        """Add these, or replace what is stored; the server shows them within a second."""
        if not self._indexes():
            self._create(f"{self._alias}-0", {self._alias: {}})
        self._fill(self._alias, entities)

    def replace_all(self, entities: Iterable[Entity]) -> int:
        """Only these can be found afterwards."""
        before = self._indexes()
        made = f"{self._alias}-{time.time_ns()}"
        self._create(made, {})
        n_stored = self._fill(made, entities)
        self._ask("POST", f"/{made}/_refresh")
        turned = [{"add": {"index": made, "alias": self._alias}}]
        self._ask("POST", "/_aliases", {"actions": [*turned, *({"remove_index": {"index": old}} for old in before)]})
        return n_stored

    def candidates(self, wanted: Wanted) -> list[Entity]:
        """What the filters allow and the words may mean."""
        n_words = len(wanted.words)
        for n_fitting in (n_words, n_words - 1):
            if n_fitting > 0 and (found := self._found(_search(wanted, n_fitting))):
                return found
        return []

    def probe(self) -> None:
        """Return when the server answers and knows us."""
        self._ask("GET", "/")

    def close(self) -> None:
        """Release this thread's connection."""
        self._http.close()

    def _found(self, search: Json) -> list[Entity]:
        answer = self._ask("POST", f"/{self._alias}/_search", search, absent={"hits": {"hits": []}})
        return [_entity(hit["_source"]) for hit in answer["hits"]["hits"]]

    def _indexes(self) -> list[str]:
        """What the alias leads to; nothing before the first name was stored."""
        return list(self._ask("GET", f"/_alias/{self._alias}", absent={}))

    def _create(self, index: str, aliases: Json) -> None:
        try:
            self._ask("PUT", f"/{index}", {"mappings": _MAPPINGS, "aliases": aliases})
        except _Refused as exc:
            if "resource_already_exists_exception" not in str(exc):  # somebody else made it just now
                raise

    def _fill(self, index: str, entities: Iterable[Entity]) -> int:
        """How many were stored; one that is given twice counts once."""
        stored = set()
        for batch in batches(entities):
            lines = [line for each in batch for line in ({"index": {"_id": _id(each)}}, _document(each))]
            answer = self._ask("POST", f"/{index}/_bulk", lines)
            if answer["errors"]:
                faults = [item["index"]["error"]["reason"] for item in answer["items"] if "error" in item["index"]]
                raise Unavailable(f"the search server does not store {len(faults)} names: {faults[0]}")
            stored |= {_id(each) for each in batch}
        return len(stored)

    def _ask(self, method: str, path: str, content: Json | list[Json] | None = None, *, absent: Any = None) -> Any:
        """The answer; `absent` is the one to a 404, if that is one.

        Raises
        ------
        Unavailable : it does not answer, or does not do it.
        Overloaded : it has no room for this now.
        """
        lines = content if isinstance(content, list) else [content] if content is not None else []
        body = "\n".join(json.dumps(line) for line in lines) + ("\n" if isinstance(content, list) else "")
        try:
            reply = self._http.request(method, path, self._headers, body.encode())
        except (OSError, http.client.HTTPException) as exc:
            raise Unavailable("the search server does not answer") from exc
        if reply.status == 404 and absent is not None:
            return absent
        if reply.status == 429:
            raise Overloaded("the search server is busy")
        if not 200 <= reply.status < 300:
            raise _Refused(f"the search server answers {reply.status}: {reply.body[:300].decode(errors='replace')}")
        return json.loads(reply.body or b"{}")


class _Refused(Unavailable):
    """The search server does not do it."""


def _search(wanted: Wanted, n_fitting: int) -> Json:
    """The heaviest names of which so many words fit, or all of them run together; the name itself before all."""
    given = {"kind": wanted.kind, "country": wanted.country, "position": wanted.position, "seasons": wanted.season}
    words = {"bool": {"should": [_fits(word) for word in wanted.words], "minimum_should_match": n_fitting}}
    joined = {"term": {"joined": "".join(wanted.words)}}
    fitting = {
        "must": [{"bool": {"should": [words, joined], "minimum_should_match": 1}}],
        "filter": [{"term": {name: value}} for name, value in given.items() if value],
    }
    order = [
        {"filter": {"term": {"folded": " ".join(wanted.words)}}, "weight": 1_000_000_000},
        {"field_value_factor": {"field": "weight"}},
    ]
    scored = {"query": {"bool": fitting}, "functions": order, "score_mode": "sum", "boost_mode": "replace"}
    return {"query": {"function_score": scored}, "size": CANDIDATES}


def _fits(word: str) -> Json:
    fuzzy = {"fuzzy": {"words": {"value": word, "fuzziness": "AUTO", "max_expansions": 100}}}
    return {"bool": {"should": [{"prefix": {"words": word}}, fuzzy], "minimum_should_match": 1}}


def _document(entity: Entity) -> Json:
    words, joined = sorted(entity.words()), sorted(entity.joined())
    return {**asdict(entity), "folded": folded(entity.name), "words": words, "joined": joined}


def _entity(source: Json) -> Entity:
    told = {name: source[name] for name in ("kind", "id", "name", "country", "position", "weight")}
    return Entity(**told, aliases=tuple(source["aliases"]), seasons=tuple(source["seasons"]))


def _id(entity: Entity) -> str:
    return f"{entity.kind}-{entity.id}"
