"""PingSource and SinkBinding."""

from __future__ import annotations

import base64
import re

from knative.admission import cron, destinations, gojson, names
from knative.admission.custom import text_of
from knative.admission.decode import Fields
from knative.admission.field_errors import (
    FieldErrors,
    go_quote,
    invalid_value,
    missing_field,
    missing_one_of,
    multiple_one_of,
    with_prefix,
)

DEFAULT_SCHEDULE = "* * * * *"


def default_ping_source(ping: Fields) -> None:
    """A tick each minute; references keep their missing namespace."""
    spec = ping.setdefault("spec", {})
    if not spec.get("schedule"):
        spec["schedule"] = DEFAULT_SCHEDULE


def validate_ping_source(ping: Fields) -> FieldErrors:
    """A schedule that is no ``@every``, one kind of data, and an object when it is said to be JSON."""
    spec = ping["spec"]
    result = _schedule(spec["schedule"], spec.get("timezone", ""))
    return with_prefix(result + _data(spec) + destinations.source(spec), "spec")


def _schedule(schedule: str, timezone: str) -> FieldErrors:
    errors = invalid_value("unsupported descriptor @every", "schedule") if "@every" in schedule else []
    try:
        cron.parse(f"CRON_TZ={timezone} {schedule}" if timezone else schedule)
    except cron.InvalidSchedule as exc:
        field = "timezone" if str(exc).startswith("provided bad location") else "schedule"
        errors += invalid_value(exc, field)
    return errors


def _data(spec: Fields) -> FieldErrors:
    if spec.get("data") and spec.get("dataBase64"):
        return multiple_one_of("data", "dataBase64")
    is_json = spec.get("contentType") == "application/json"
    field = "dataBase64" if spec.get("dataBase64") else "data"
    try:
        text = _decoded(spec["dataBase64"]) if field == "dataBase64" else spec.get("data", "")
        if text and is_json:
            gojson.check_object(text)
    except ValueError as exc:
        return invalid_value(exc, field)
    return []


def _decoded(text: str) -> str:
    """Base64 with padding; line ends do not count."""
    plain = re.sub(r"[\r\n]", "", text)
    groups = re.match(r"(?:[A-Za-z0-9+/]{4})*", plain)
    end = groups.end() if groups else 0
    padded = re.compile(r"[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=)").match(plain, end)
    end = padded.end() if padded else end
    if end < len(plain):
        started = re.compile(r"[A-Za-z0-9+/]*").match(plain, end)
        wrong = started.end() if started and not padded else end
        raise ValueError(f"illegal base64 data at input byte {end if wrong == len(plain) else wrong}")
    return base64.b64decode(plain).decode(errors="surrogateescape")


def default_sink_binding(binding: Fields) -> None:
    """The namespaces of subject and sink."""
    metadata, spec = binding.setdefault("metadata", {}), binding.setdefault("spec", {})
    namespace = metadata.get("namespace", "")
    destinations.default_reference(spec.setdefault("subject", {}), namespace)
    destinations.default_destination(spec.get("sink"), namespace)


def validate_sink_binding(binding: Fields) -> FieldErrors:
    """A subject of its own namespace, by name or by labels, and a sink."""
    spec = binding["spec"]
    errors = with_prefix(_subject(spec["subject"]), "subject") + destinations.source(spec)
    namespace = spec["subject"].get("namespace", "")
    if namespace and namespace != binding["metadata"].get("namespace", ""):
        errors += invalid_value(namespace, "subject.namespace")
    return with_prefix(errors, "spec")


def _subject(subject: Fields) -> FieldErrors:
    errors: FieldErrors = []
    rules = {"apiVersion": names.qualified_name, "kind": names.c_identifier, "namespace": names.dns_1123_label}
    for field, rule in rules.items():
        if not subject.get(field):
            errors += missing_field(field)
        elif wrong := rule(subject[field]):
            errors += invalid_value(", ".join(wrong), field)
    if "selector" in subject and subject.get("name"):
        errors += multiple_one_of("selector", "name")
    elif "selector" in subject:
        wrong_selector = _selector(subject["selector"])
        errors += invalid_value(wrong_selector, "selector") if wrong_selector else []
    elif not subject.get("name"):
        errors += missing_one_of("selector", "name")
    elif wrong_name := names.dns_1123_label(subject["name"]):
        errors += invalid_value(", ".join(wrong_name), "name")
    return errors


def _selector(selector: Fields) -> str:
    """Find what is wrong with the first faulty requirement of a label selector; empty when nothing is."""
    for key, value in selector.get("matchLabels", {}).items():
        if wrong := _requirement(key, [value]):
            return wrong
    for each in selector.get("matchExpressions", []):
        operator, values = each.get("operator", ""), each.get("values")
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            return f"{go_quote(operator)} is not a valid label selector operator"
        if wrong := _requirement(each.get("key", ""), values or [], _count(operator, values)):
            return wrong
    return ""


def _count(operator: str, values: list[str] | None) -> str:
    if operator in ("In", "NotIn") and not values:
        return "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"
    if operator in ("Exists", "DoesNotExist") and values:
        return f"values: Invalid value: {text_of(values)}: values set must be empty for exists and does not exist"
    return ""


def _requirement(key: str, values: list[str], count: str = "") -> str:
    result = (
        [f"key: Invalid value: {go_quote(key)}: {'; '.join(wrong)}"] if (wrong := names.qualified_name(key)) else []
    )
    result += [count] if count else []
    for index, value in enumerate(values):
        if wrong := names.label_value(value):
            result.append(f"values[{index}][{key}]: Invalid value: {go_quote(value)}: {'; '.join(wrong)}")
    return result[0] if len(result) == 1 else f"[{', '.join(result)}]" if result else ""
