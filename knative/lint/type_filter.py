"""Evaluates a Trigger's filter for an event of which only the type is known."""

from __future__ import annotations

from knative import cesql
from knative.admission.eventing import drop_ignored_characters
from knative.lint import cesql_verdict
from knative.lint.object_index import Fields
from knative.lint.yaml_objects import Object, as_mapping, as_mappings


def has_no_filter(trigger: Object) -> bool:
    """Return True if a Trigger has no filter at all."""
    return not trigger.spec.get("filters") and not as_mapping(trigger.spec.get("filter")).get("attributes")


def passes_type(trigger: Object, type_: str) -> bool | None:
    """Return True if a Trigger passes events of a type; None when that depends on more than the type."""
    if filters := as_mappings(trigger.spec.get("filters")):
        return _conjoin([_passes_dialect(each, type_) for each in filters])
    attributes = as_mapping(as_mapping(trigger.spec.get("filter")).get("attributes"))
    return _passes_exact({name: value for name, value in attributes.items() if value}, type_)


def _passes_dialect(filter_: Fields, type_: str) -> bool | None:
    for dialect, value in filter_.items():
        if dialect == "exact":
            return _passes_exact(as_mapping(value), type_)
        if dialect in ("prefix", "suffix"):
            part = str(as_mapping(value).get("type", ""))
            fits = type_.startswith(part) if dialect == "prefix" else type_.endswith(part)
            return False if not fits else True if list(as_mapping(value)) == ["type"] else None
        if dialect == "all":
            return _conjoin([_passes_dialect(each, type_) for each in as_mappings(value)])
        if dialect == "any":
            refused = [_negate(_passes_dialect(each, type_)) for each in as_mappings(value)]
            return _negate(_conjoin(refused)) if refused else None
        if dialect == "not":
            return _negate(_passes_dialect(as_mapping(value), type_))
        if dialect == "cesql":
            return _passes_expression(str(value), type_)
    return True


def _passes_expression(source: str, type_: str) -> bool | None:
    """The verdict of a CESQL expression; one that cannot be read is the webhook's to refuse."""
    try:
        return cesql_verdict.passes(cesql.parse(drop_ignored_characters(source)), type_)
    except cesql.CesqlSyntaxError:
        return None


def _passes_exact(attributes: Fields, type_: str) -> bool | None:
    if attributes.get("type", type_) != type_:
        return False
    return True if set(attributes) <= {"type"} else None


def _conjoin(verdicts: list[bool | None]) -> bool | None:
    return False if False in verdicts else None if None in verdicts else True


def _negate(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict
