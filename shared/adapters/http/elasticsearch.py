"""Searches names in Elasticsearch or OpenSearch; the API used here is the same in both.

Words are folded and split before they are stored as keywords, so that no analyzer changes them. ``fuzzy`` with ``AUTO``
allows as many typos as `shared.domain.search.edit_distance.max_typos`. An alias names the index; `replace_all` fills
another index and then moves the alias in one step, so that searches meanwhile see the old names.
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
from shared.domain.search.ranking import MAX_CANDIDATES, Entity, NameSearch, split_batches
from shared.domain.search.text import fold
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
        """Store the address: ``https://user:password@host:9200/touchline-names``, where the path is the alias."""
        parts = urlsplit(url)
        self._http = KeepAliveClient(parts, timeout_s=timeout_s)
        self._alias = parts.path.strip("/") or "touchline-names"
        self._headers = {"Content-Type": "application/json"}
        if parts.username:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"

    def put(self, entities: Sequence[Entity]) -> None:
        """Add or replace names; searches see them within a second."""
        if not self._indexes():
            self._create(f"{self._alias}-0", {self._alias: {}})
        self._fill(self._alias, entities)

    def replace_all(self, entities: Iterable[Entity]) -> int:
        """Replace all names by these; their number."""
        before = self._indexes()
        index = f"{self._alias}-{time.time_ns()}"
        self._create(index, {})
        n_stored = self._fill(index, entities)
        self._request("POST", f"/{index}/_refresh")
        add = {"add": {"index": index, "alias": self._alias}}
        self._request("POST", "/_aliases", {"actions": [add, *({"remove_index": {"index": old}} for old in before)]})
        return n_stored

    def candidates(self, query: NameSearch) -> list[Entity]:
        """Return the names that the filters allow and that the words may mean."""
        n_words = len(query.words)
        for n_fitting in (n_words, n_words - 1):
            if n_fitting > 0 and (entities := self._search(_build_search(query, n_fitting))):
                return entities
        return []

    def probe(self) -> None:
        """Return when the server answers and accepts our login."""
        self._request("GET", "/")

    def close(self) -> None:
        """Close this thread's connection."""
        self._http.close()

    def _search(self, search: Json) -> list[Entity]:
        answer = self._request("POST", f"/{self._alias}/_search", search, absent={"hits": {"hits": []}})
        return [_read_entity(hit["_source"]) for hit in answer["hits"]["hits"]]

    def _indexes(self) -> list[str]:
        """Return the indexes behind the alias; none before the first name was stored."""
        return list(self._request("GET", f"/_alias/{self._alias}", absent={}))

    def _create(self, index: str, aliases: Json) -> None:
        try:
            self._request("PUT", f"/{index}", {"mappings": _MAPPINGS, "aliases": aliases})
        except _Refused as exc:
            if "resource_already_exists_exception" not in str(exc):  # another process created it just now
                raise

    def _fill(self, index: str, entities: Iterable[Entity]) -> int:
        """Store names; the number of different ones."""
        stored = set()
        for batch in split_batches(entities):
            lines = [line for each in batch for line in ({"index": {"_id": _id(each)}}, _document(each))]
            answer = self._request("POST", f"/{index}/_bulk", lines)
            if answer["errors"]:
                faults = [item["index"]["error"]["reason"] for item in answer["items"] if "error" in item["index"]]
                raise Unavailable(f"the search server does not store {len(faults)} names: {faults[0]}")
            stored |= {_id(each) for each in batch}
        return len(stored)

    def _request(self, method: str, path: str, content: Json | list[Json] | None = None, *, absent: Any = None) -> Any:
        """Send a request and return the response's JSON, or `absent` for a 404.

        Raises
        ------
        Unavailable : the server does not answer, or refuses.
        Overloaded : the server is busy.
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
            raise _Refused(f"the search server returns {reply.status}: {reply.body[:300].decode(errors='replace')}")
        return json.loads(reply.body or b"{}")


class _Refused(Unavailable):
    """The search server refuses a request."""


def _build_search(query: NameSearch, n_fitting: int) -> Json:
    """Build the search for the heaviest names with this many fitting words, or all words run together; exact first."""
    filters = {"kind": query.kind, "country": query.country, "position": query.position, "seasons": query.season}
    words = {"bool": {"should": [_match_word(word) for word in query.words], "minimum_should_match": n_fitting}}
    joined = [{"term": {field: "".join(query.words)}} for field in ("joined", "words")]
    fitting = {
        "must": [{"bool": {"should": [words, *joined], "minimum_should_match": 1}}],
        "filter": [{"term": {name: value}} for name, value in filters.items() if value],
    }
    order = [
        {"filter": {"term": {"folded": " ".join(query.words)}}, "weight": 1_000_000_000},
        {"field_value_factor": {"field": "weight"}},
    ]
    scored = {"query": {"bool": fitting}, "functions": order, "score_mode": "sum", "boost_mode": "replace"}
    return {"query": {"function_score": scored}, "size": MAX_CANDIDATES}


def _match_word(word: str) -> Json:
    fuzzy = {"fuzzy": {"words": {"value": word, "fuzziness": "AUTO", "max_expansions": 100}}}
    return {"bool": {"should": [{"prefix": {"words": word}}, fuzzy], "minimum_should_match": 1}}


def _document(entity: Entity) -> Json:
    words, joined = sorted(entity.words()), sorted(entity.joined())
    return {**asdict(entity), "folded": fold(entity.name), "words": words, "joined": joined}


def _read_entity(source: Json) -> Entity:
    fields = {name: source[name] for name in ("kind", "id", "name", "country", "position", "weight")}
    return Entity(**fields, aliases=tuple(source["aliases"]), seasons=tuple(source["seasons"]))


def _id(entity: Entity) -> str:
    return f"{entity.kind}-{entity.id}"
