"""Tables that can be sorted by their headers, by links and by script, and taken away in other formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.site.page import PageRequest

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    key: str
    """Of the value in a row, and in the address that sorts by it."""
    title: str
    """What the header says, marked for translation; short."""
    meaning: str = ""
    """What it is short for."""
    kind: str = "number"
    """How the macro ``cell`` shows it."""
    digits: int = 0
    rises: bool = False
    """Whether the smallest value comes first when it is chosen."""
    css: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as a template shows it."""

    id: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    sorted_by: str = ""
    """The column's key; with a minus sign in front the largest comes first."""
    base: PageRequest | None = None
    """Makes the addresses of the headers; without it they cannot be chosen."""
    note: str = ""
    zones: Mapping[Any, str] = field(default_factory=dict)

    def sort_address(self, column: Column) -> str:
        """Return the address that sorts by a column; a second time the other way round."""
        assert self.base is not None
        down, up = f"-{column.key}", column.key
        first, second = (up, down) if column.rises or column.kind in ("text", "team", "player") else (down, up)
        return self.base.address(sort=second if self.sorted_by == first else first)

    def aria_sort(self, column: Column) -> str:
        """Return ``ascending``, ``descending`` or nothing."""
        if self.sorted_by.removeprefix("-") != column.key:
            return ""
        return "descending" if self.sorted_by.startswith("-") else "ascending"


def sort_rows(
    rows: Sequence[Row], columns: Sequence[Column], request: PageRequest, default: str
) -> tuple[list[Row], str]:
    """Return rows in the order that the address asks for, and the name of that order; missing values stand last."""
    keys = {column.key for column in columns}
    wanted = request.query.get("sort", "")
    order = wanted if wanted.removeprefix("-") in keys else default
    key = order.removeprefix("-")
    present = [row for row in rows if row.get(key) is not None]
    missing = [row for row in rows if row.get(key) is None]
    present.sort(key=_sorter(key), reverse=order.startswith("-"))
    return [*present, *missing], order


def _sorter(key: str) -> Callable[[Row], Any]:
    def value(row: Row) -> Any:
        each = row[key]
        return each.casefold() if isinstance(each, str) else each

    return value
