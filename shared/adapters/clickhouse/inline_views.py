"""Views of ClickHouse written out where they are read.

Analysing a view costs ClickHouse as much as reading a season's matches does, its text in the view's place a fraction
(measured: a list of matches took 17 ms through two views, 9 written out). So a question is written over the views, and
asked without them; the text comes from the migrations, where alone it stands. Left by name are the views that look at
all rows of a match together: on a cluster each shard has its own of them. Comments and line ends are left out:
clickhouse-connect reads every statement letter by letter before it sends it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from shared.schema.clickhouse_cluster import looks_at_matches

_MIGRATIONS = Path(__file__).parents[2] / "schema" / "clickhouse"
_PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|(?:\s|--[^\n]*)+")
_VIEW = re.compile(r"CREATE (?:OR REPLACE )?VIEW (?:IF NOT EXISTS )?(\w+) AS\s+(.*?)\s*;", re.DOTALL)
_PLAIN = re.compile(r"SELECT \* FROM (\w+) FINAL")
_ARGUMENT = re.compile(r"(\w+) = \{(\w+):")


@cache
def views() -> dict[str, str]:
    """By name what each view selects that is written out, as the newest migration that makes it says."""
    texts = (_on_one_line(path.read_text("utf-8")) for path in sorted(_MIGRATIONS.glob("*.sql")))
    made = {name: selected for text in texts for name, selected in _VIEW.findall(text)}
    return {name: selected for name, selected in made.items() if not looks_at_matches(selected)}


@cache
def inline_views(sql: str) -> str:
    """The statement with the text of each view it reads in the view's place, and so on within that text.

    A view's parameters are bound as the statement's own, so they must be named alike: ``v(team_id = {team_id:Int64})``.
    """
    return _read().sub(_in_place, _on_one_line(sql))


@cache
def _read() -> re.Pattern[str]:
    names = "|".join(sorted(views(), key=len, reverse=True))
    return re.compile(rf"\b(FROM|JOIN) ({names})\b(?:\(([^()]*)\))?( AS \w+)?")


def _on_one_line(sql: str) -> str:
    return _PIECE.sub(lambda piece: piece[0] if piece[0].startswith("'") else " ", sql).strip()


def _in_place(found: re.Match[str]) -> str:
    verb, name, arguments, alias = found.groups()
    if renamed := [given for taken, given in _ARGUMENT.findall(arguments or "") if taken != given]:
        raise ValueError(f"{name} is given {', '.join(renamed)} under other names")
    selected = views()[name]
    if plain := _PLAIN.fullmatch(selected):
        return f"{verb} {plain[1]}{alias or f' AS {name}'} FINAL"
    return f"{verb} ({inline_views(selected)}){alias or f' AS {name}'}"
