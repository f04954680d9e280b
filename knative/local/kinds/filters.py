"""Reads what a Trigger filters by."""

from __future__ import annotations

import re
from collections.abc import Mapping

from knative import cesql
from knative.local.dialects import Dialect
from knative.local.fields import Fields

_DIALECTS = ("exact", "prefix", "suffix", "all", "any", "not", "cesql")
_NAME = re.compile(r"[a-z][a-z0-9]*")


def read(spec: Fields) -> tuple[Mapping[str, str], tuple[Dialect, ...]]:
    """`filter.attributes` and `filters`; beside items of the latter the former counts for nothing."""
    items = _dialects(spec, "filters")
    if items:
        spec.ignore("filters takes its place", "filter")
    fields = spec.inner("filter")
    attributes = _named(fields, "attributes")
    fields.close()
    return attributes, items


def _dialects(owner: Fields, name: str) -> tuple[Dialect, ...]:
    return tuple(_dialect(item) for item in owner.inners(name))


def _dialect(item: Fields) -> Dialect:
    first, *more = [name for name in _DIALECTS if name in item] or [""]
    for name in more:
        item.refuse(name, f"one item has one dialect, and this has {first} already")
    found = Dialect(
        exact=_named(item, "exact"),
        prefix=_named(item, "prefix"),
        suffix=_named(item, "suffix"),
        all=_dialects(item, "all"),
        any=_dialects(item, "any"),
        denied=_dialect(item.inner("not")) if first == "not" else None,
        cesql=_cesql(item),
    )
    item.close()
    return found


def _named(fields: Fields, name: str) -> dict[str, str]:
    found = fields.named_texts(name)
    for attribute in found:
        if not _NAME.fullmatch(attribute):
            fields.refuse(f"{name}.{attribute}", "an attribute's name is lower-case letters and digits, a letter first")
    return found


def _cesql(item: Fields) -> str:
    source = item.text("cesql", "")
    try:
        if source:
            cesql.parse(source)
    except cesql.CesqlSyntaxError as error:
        item.refuse("cesql", str(error))
        return ""
    return source
