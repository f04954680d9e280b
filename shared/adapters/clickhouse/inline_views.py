"""Puts the text of ClickHouse's views in the place where a statement reads them.

Analysing a view costs ClickHouse as much as reading a season's matches does; its text in the view's place costs a
fraction (measured: a list of matches took 17 ms through two views, 9 ms inline). So statements are written over the
views and run without them; the text comes from the migrations, the only place where it stands. Views that look at all
rows of a match together keep their name: on a cluster each shard has its own. Comments and line ends are dropped:
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
def read_views() -> dict[str, str]:
    """Return the SELECT of each view that can be put inline, by name, from the newest migration that creates it."""
    texts = (_on_one_line(path.read_text("utf-8")) for path in sorted(_MIGRATIONS.glob("*.sql")))
    selects = {name: selected for text in texts for name, selected in _VIEW.findall(text)}
    return {name: selected for name, selected in selects.items() if not looks_at_matches(selected)}


@cache
def inline_views(sql: str) -> str:
    """Return the statement with the text of each view in the view's place, and so on within that text.

    A view's parameters are bound as the statement's own, so they must be named alike: ``v(team_id = {team_id:Int64})``.
    """
    return _reading_pattern().sub(_replace_view, _on_one_line(sql))


@cache
def _reading_pattern() -> re.Pattern[str]:
    names = "|".join(sorted(read_views(), key=len, reverse=True))
    return re.compile(rf"\b(FROM|JOIN) ({names})\b(?:\(([^()]*)\))?( AS \w+)?")


def _on_one_line(sql: str) -> str:
    return _PIECE.sub(lambda piece: piece[0] if piece[0].startswith("'") else " ", sql).strip()


def _replace_view(match: re.Match[str]) -> str:
    verb, name, arguments, alias = match.groups()
    if renamed := [value for parameter, value in _ARGUMENT.findall(arguments or "") if parameter != value]:
        raise ValueError(f"{name} gets {', '.join(renamed)} under another name than its own parameter")
    selected = read_views()[name]
    if plain := _PLAIN.fullmatch(selected):
        return f"{verb} {plain[1]}{alias or f' AS {name}'} FINAL"
    return f"{verb} ({inline_views(selected)}){alias or f' AS {name}'}"
