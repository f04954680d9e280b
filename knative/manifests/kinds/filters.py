"""Reads what a Trigger filters by."""

from __future__ import annotations

from collections.abc import Mapping

from knative import cesql
from knative.manifests.dialects import Dialect
from knative.manifests.fields import Fields


def read(spec: Fields) -> tuple[Mapping[str, str], tuple[Dialect, ...]]:
    """`filter.attributes` and `filters`; beside items of the latter the former counts for nothing."""
    items = _dialects(spec, "filters")
    if items:
        spec.ignore("filters takes its place", "filter")
    fields = spec.section("filter")
    attributes = fields.named_texts("attributes")
    fields.close()
    return attributes, items


def _dialects(owner: Fields, name: str) -> tuple[Dialect, ...]:
    return tuple(_dialect(item) for item in owner.sections(name))


def _dialect(item: Fields) -> Dialect:
    parsed = Dialect(
        exact=item.named_texts("exact"),
        prefix=item.named_texts("prefix"),
        suffix=item.named_texts("suffix"),
        all=_dialects(item, "all"),
        any=_dialects(item, "any"),
        negated=_dialect(item.section("not")) if "not" in item else None,
        cesql=_cesql(item),
    )
    item.close()
    return parsed


def _cesql(item: Fields) -> str:
    """The expression, unless it has what a cluster's parser drops in silence."""
    source = item.text("cesql", "")
    try:
        if source:
            cesql.parse(source)
    except cesql.CesqlSyntaxError as error:
        item.refuse("cesql", str(error))
    return source
