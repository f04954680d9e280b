"""A ClickHouse migration for a cluster: the same tables, replicated within a shard and spread over shards by season.

Migrations are written for one server. On a cluster a table ``matches`` becomes ``matches_local`` on every node, whose
replicas agree through Keeper, and a table ``matches`` over all shards, which is what code reads and writes as before.
Views stand on every node, over the tables that span the shards; but one that looks at all rows of a match together, as
``current_shots`` does, is local too and has such a table over it: conditions are not sent through a window, and each
shard knows all of a match's rows.

What is of a season lies by league and season, postings by their account, purchases by their id, sales by currency,
everything else by its own id; a table of
which none of this can be said is refused. Each is a column of the sorting key, so that all versions of a row meet on
one shard: ``FINAL`` and merges know nothing of another's. A match that moves to another season has another key, on one
server as well. Tables are made once: another rule here moves no row of a cluster that has them.

Queries may rely on this (tests/contract/adapters/clickhouse/test_cluster.py):

- It reads one shard of a season's tables when it names league and season, all of them otherwise.
- A table in a subquery of another is asked for by the node that was asked, which sends the shards what it found:
  ``distributed_product_mode = 'global'``, as k8s/base/clickhouse has it; the engine's own setting refuses. A view in
  such a subquery is asked for by each shard, over all shards: more work, the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.errors import InvalidInput

TOKEN = re.compile(r"""'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|--[^\n]*|/\*.*?\*/|;""", re.DOTALL)
"""Quoted text, comments and the semicolon; a semicolon or comma within quotes and comments separates nothing."""

SEASON = ("league_id", "season_id")
OWN = frozenset({"league_id", "manager_id", "player_id", "team_id"})
"""Ids of tables that belong to no season."""
OWNERS = ("account_id", "campaign_id", "issue_id")
"""First columns of keys by which rows are spread: the account of the ledger, the campaign, the issue of an error."""
PURCHASE = "purchase_id"
"""A purchase of the shop, all of whose versions meet on one shard."""
CURRENCY = "currency"
"""Sums of two currencies never meet, so those of one lie together: they are small, and a partition moves at once."""

_TABLE = re.compile(
    r"CREATE TABLE IF NOT EXISTS (?P<name>\w+)\s*(?P<columns>\(.*\))\s*"
    r"ENGINE = (?P<engine>\w*MergeTree)(?:\((?P<arguments>[^()]*)\))?\s*"
    r"(?P<rest>ORDER BY \(?(?P<key>\w+(?:,\s*\w+)*)\)?(?:\s.*)?)",
    re.DOTALL,
)
_ALTER = re.compile(r"ALTER TABLE (?P<name>\w+)\s+(?P<actions>.*)", re.DOTALL)
_VIEW = re.compile(r"(?P<create>CREATE (?:OR REPLACE )?VIEW (?:IF NOT EXISTS )?)(?P<name>\w+) (?P<rest>.*)", re.DOTALL)
_OF_COLUMNS = re.compile(r"(ADD|MODIFY|DROP|RENAME|COMMENT) COLUMN\b")
"""Actions that the table over all shards repeats; indexes and parts are the local table's own."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster that tables are spread over."""

    name: str
    """As in ClickHouse's own configuration; `a-z`, `0-9` and `_`."""
    database: str

    @property
    def everywhere(self) -> str:
        """The clause that makes a statement run on every node."""
        return f"ON CLUSTER '{self.name}'"


def spread(statement: str, cluster: Cluster) -> list[str]:
    """Return what a statement of a migration becomes on a cluster; `InvalidInput` for a kind without a rule.

    Parameters
    ----------
    statement : one, without its semicolon.
    cluster : whose nodes all execute it.
    """
    code = TOKEN.sub(lambda token: "" if token[0].startswith(("--", "/*")) else token[0], statement).strip()
    for pattern, rule in ((_TABLE, _table), (_ALTER, _alter), (_VIEW, _view)):
        if matched := pattern.fullmatch(code):
            return list(rule(matched, cluster))
    raise InvalidInput(f"how to spread this over shards is not known: {code.splitlines()[0]}")


def shard_columns(key: Sequence[str]) -> tuple[str, ...]:
    """The columns that a row's shard follows from; `InvalidInput` where no rule is known for the sorting key.

    Parameters
    ----------
    key : the columns of the sorting key, by which versions of a row are told to be of one row.
    """
    if set(SEASON) <= set(key):
        return SEASON
    if len(key) == 1 and key[0] in OWN:
        return tuple(key)
    if key and key[0] in OWNERS:
        return (key[0],)
    if PURCHASE in key:
        return (PURCHASE,)
    if key and key[0] == CURRENCY:
        return (CURRENCY,)
    raise InvalidInput(f"which shard has a row of the key ({', '.join(key)}) is not known")


def looks_at_matches(selected: str) -> bool:
    """Whether a view looks at all rows of a match together, which a shard has and several have not."""
    return f"PARTITION BY {', '.join(SEASON)}, match_id)" in selected


def replicated(engine: str, arguments: str = "", *, path: str = "{shard}/{database}/{table}") -> str:
    """An engine of the MergeTree family whose replicas meet at a path in Keeper."""
    arguments_ = [f"'/clickhouse/tables/{path}'", "'{replica}'", *([arguments] if arguments else [])]
    return f"Replicated{engine}({', '.join(arguments_)})"


def _table(match: re.Match[str], cluster: Cluster) -> Iterator[str]:
    name, engine = match["name"], replicated(match["engine"], match["arguments"] or "")
    shard = ", ".join(shard_columns(re.split(r",\s*", match["key"])))
    yield (
        f"CREATE TABLE IF NOT EXISTS {name}_local {cluster.everywhere} {match['columns']}\n"
        f"ENGINE = {engine}\n{match['rest']}"
    )
    yield (
        f"CREATE TABLE IF NOT EXISTS {name} {cluster.everywhere} AS {name}_local\n"
        f"ENGINE = Distributed('{cluster.name}', '{cluster.database}', '{name}_local', cityHash64({shard}))"
    )


def _alter(match: re.Match[str], cluster: Cluster) -> Iterator[str]:
    name, actions = match["name"], list(_actions(match["actions"]))
    yield f"ALTER TABLE {name}_local {cluster.everywhere} {', '.join(actions)}"
    if of_columns := [action for action in actions if _OF_COLUMNS.match(action)]:
        yield f"ALTER TABLE {name} {cluster.everywhere} {', '.join(of_columns)}"


def _view(match: re.Match[str], cluster: Cluster) -> Iterator[str]:
    create, name = match["create"], match["name"]
    if not looks_at_matches(match["rest"]):
        yield f"{create}{name} {cluster.everywhere} {match['rest']}"
        return
    table = re.findall(r"\bFROM (\w+)", match["rest"])
    if len(table) != 1:
        raise InvalidInput(f"of which table {name} looks at matches is not known")
    local = re.sub(rf"\bFROM {table[0]}\b", f"FROM {table[0]}_local", match["rest"])
    yield f"{create}{name}_local {cluster.everywhere} {local}"
    yield (
        f"{create.replace('VIEW', 'TABLE')}{name} {cluster.everywhere} AS {name}_local\n"
        f"ENGINE = Distributed('{cluster.name}', '{cluster.database}', '{name}_local', cityHash64({', '.join(SEASON)}))"
    )


def _actions(text: str) -> Iterator[str]:
    """The actions of an ALTER: split at commas outside brackets and quotes."""
    hidden = TOKEN.sub(lambda token: "x" * len(token[0]), text)
    start = depth = 0
    for at, sign in enumerate(hidden):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            yield text[start:at].strip()
            start = at + 1
    yield text[start:].strip()
