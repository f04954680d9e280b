"""SQL of analysts: one SELECT over the documented views, checked before it runs, as a user that can only read.

Four fences stand one behind the other. The text is a subquery of ours, so it can be nothing but a SELECT: no second
statement, no ``INTO OUTFILE``, no ``FORMAT``. In ClickHouse's own syntax tree of that whole text it may name no table
but the views and its own WITH, no table function, and no function that tells of the server or reaches beyond it. Its
resolved tree may read nothing else either. And it runs with ``readonly = 1`` under limits of time, memory and rows that
the text cannot change. On a server `ANALYST_SQL_URL` is a user that may do no more than that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.football import data_dictionary
from shared.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS = 100_000
TIMEOUT_S = 10
MEMORY_BYTES = 500_000_000
MAX_LENGTH = 20_000

SETTINGS: Mapping[str, Any] = {
    "readonly": 1,
    "max_execution_time": TIMEOUT_S,
    "max_memory_usage": MEMORY_BYTES,
    "max_result_rows": MAX_ROWS + 1,
    "max_subquery_depth": 50,
    "max_ast_depth": 500,
    "max_ast_elements": 10_000,
    "max_expanded_ast_elements": 100_000,
    "max_threads": 2,
    "allow_introspection_functions": 0,
}
_FORBIDDEN = re.compile(
    r"^(dict|joinget|file$|url$|s3|remote|cluster|hdfs|azure|sleep|get(macro|setting|serversetting|client|oskernel|"
    r"maxtable|merge|typeserialization|scalar)|hostname|fqdn|.*user$|user$|current|enabledroles|defaultroles|serveruuid|"
    r"servertimezone|uptime|version|.*version$|build|tcpport|filesystem|hascolumnintable|catboost|showcertificate|address|"
    r"demangle|revision|zookeeper|initialquery|query|connectionid|throw|globalvariable|executable|python|evalml|"
    r"model|blocknumber|rownumberinallblocks|runningaccumulate|neighbor|finalizeaggregation|initializeaggregation|"
    r"transaction|schema$|database$|connection_id|ai|llm|naivebayes|reverseip|generaterandomstructure|structureto|"
    r"partitionid|ignore|identity|__|is(mergetree|keeper))",
    re.IGNORECASE,
)
"""Functions that tell of the server, read beyond the tables, or wait."""
_LINE = re.compile(r"^(?P<indent> *)(?P<kind>\w+)(?: (?P<rest>.*?))?(?: \(alias [^)]*\))?(?: \(children \d+\))?$")
_STATEMENTS = re.compile(r"Query$|^Explain|^Show|^Describe|^Set$|^Insert|^Create|^Drop|^System|^Use")
_SELECTS = frozenset({"SelectQuery", "SelectWithUnionQuery", "SelectIntersectExceptQuery", "TablesInSelectQuery"})
_RESOLVED_TABLE = re.compile(r"\bTABLE id: \d+(?:, alias: \S+)?, table_name: (\S+?)(?:,|$)")


class Engine(Protocol):
    """Runs statements as the user of analysts."""

    def lines(self, sql: str, settings: Mapping[str, Any]) -> list[str]:
        """Return the rows of a statement with one column of text."""

    def arrow(self, sql: str, settings: Mapping[str, Any]) -> pa.Table:
        """Return the rows of a SELECT."""


@dataclass(frozen=True, slots=True)
class _Node:
    depth: int
    kind: str
    text: str


def select(query: str, engine: Engine) -> pa.Table:
    """Return the rows of a SELECT over the documented views.

    Raises
    ------
    InvalidInput : it is no such SELECT, or goes beyond a limit; says which.
    NotFound : SQL is not enabled.
    """
    text = _wrapped(query)
    tables = engine.lines("SELECT name FROM system.tables WHERE database = currentDatabase()", SETTINGS)
    _check_syntax(list(_nodes(engine.lines(f"EXPLAIN AST {text}", SETTINGS))), tables)
    _check_tables(engine.lines(f"EXPLAIN QUERY TREE {text}", SETTINGS))
    table = engine.arrow(text, SETTINGS)
    if table.num_rows > MAX_ROWS:
        raise InvalidInput(f"more than {MAX_ROWS:,} rows; add a LIMIT, or read a whole table at its address")
    return table


def disabled() -> NotFound:
    """Return the error where SQL is not enabled."""
    return NotFound("SQL is not enabled here: an operator sets ANALYST_SQL=true")


def _wrapped(query: str) -> str:
    """Return the query as a subquery of ours, which only a SELECT can be."""
    text = query.strip().removesuffix(";").strip()
    if len(text) > MAX_LENGTH:
        raise InvalidInput(f"longer than {MAX_LENGTH:,} characters")
    if not text or ";" in text:
        raise InvalidInput("one SELECT, without a semicolon inside it")
    if "\0" in text:
        raise InvalidInput("the query holds a NUL")
    # On lines of its own, so that a comment at its end ends before our bracket.
    return f"SELECT * FROM (\n{text}\n) LIMIT {MAX_ROWS + 1}"  # nosec B608 - checked before it runs


def _nodes(lines: list[str]) -> Iterator[_Node]:
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            raise InvalidInput("the query has a part that is not understood")
        yield _Node(len(match["indent"]), match["kind"], match["rest"] or "")


def _check_syntax(nodes: list[_Node], tables: Collection[str]) -> None:
    """Refuse whatever is no SELECT over the views and the query's own WITH, before anything of it is resolved.

    A name that is neither a view nor a table of ours is one of a WITH, or of nothing.
    """
    others = set(tables) - data_dictionary.BY_NAME.keys()
    for place, node in enumerate(nodes):
        if _STATEMENTS.search(node.kind) and node.kind not in _SELECTS:
            raise InvalidInput("only SELECT is allowed")
        if node.kind == "TableIdentifier":
            _check_table(node.text, others)
        if node.kind == "Function":
            if _FORBIDDEN.match(node.text):
                raise InvalidInput(f"the function {node.text} is not allowed")
            if node.text.lower().endswith("in"):
                _check_right_of_in(nodes, place, others)
        if node.kind == "TableExpression" and nodes[place + 1].kind == "Function":
            raise InvalidInput(f"the table function {nodes[place + 1].text} is not allowed")


def _check_table(name: str, others: Collection[str]) -> None:
    if "." in name or name in others:
        raise InvalidInput(f"{name} is not among the views: {', '.join(data_dictionary.BY_NAME)}")


def _check_right_of_in(nodes: list[_Node], place: int, others: Collection[str]) -> None:
    """Refuse ``x IN some_table``, which names a table without being one in the tree."""
    depth = nodes[place].depth
    for node in nodes[place + 1 :]:
        if node.depth <= depth:
            return
        if node.depth == depth + 2 and node.kind == "Identifier" and node.text.rpartition(".")[2] in others:
            raise InvalidInput(f"{node.text} is not among the views; if it is a column, give it another name")
        if node.depth == depth + 2 and node.kind == "Identifier" and node.text.startswith(("system.", "information_")):
            raise InvalidInput(f"{node.text} is not among the views")


def _check_tables(lines: list[str]) -> None:
    """Refuse a query whose resolved tree reads a table that is no view."""
    for line in lines:
        if "TABLE_FUNCTION" in line:
            raise InvalidInput("table functions are not allowed")
        for name in _RESOLVED_TABLE.findall(line):
            if name.rpartition(".")[2] not in data_dictionary.BY_NAME:
                raise InvalidInput(f"{name} is not among the views")
