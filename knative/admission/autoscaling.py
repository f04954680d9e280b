"""Annotations of ``autoscaling.knative.dev`` on a Revision."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from knative.admission import gotime
from knative.admission.field_errors import (
    INT32_MAX,
    FieldError,
    FieldErrors,
    generic_error,
    invalid_key,
    invalid_value,
    out_of_bounds_value,
)

GROUP = "autoscaling.knative.dev"
KPA, HPA = f"kpa.{GROUP}", f"hpa.{GROUP}"
ALGORITHMS = ("linear", "weighted-exponential", "weightedExponential")
_CAMEL_CASE_TOO = {
    "initial-scale",
    "max-scale",
    "metric-aggregation-algorithm",
    "min-scale",
    "panic-threshold-percentage",
    "panic-window-percentage",
    "scale-down-delay",
    "scale-to-zero-pod-retention-period",
    "target-burst-capacity",
    "target-utilization-percentage",
}
"""Annotations that may be written ``minScale`` as well; ``min-scale`` is preferred."""

Annotations = Mapping[str, str]


def misplaced(annotations: Annotations) -> FieldErrors:
    """On a Service, Configuration or Route these annotations do nothing, so they are refused."""
    details = 'autoscaling annotations must be put under "spec.template.metadata.annotations" to work'
    return [error for key in annotations if key.startswith(GROUP) for error in invalid_key(key, details=details)]


def validate(annotations: Annotations) -> FieldErrors:
    """Every error about them."""
    return [
        *_class(annotations),
        *_scale(annotations),
        *_percentages(annotations),
        *_target(annotations),
        *_durations(annotations),
        *_metric(annotations),
        *_algorithm(annotations),
        *_initial_scale(annotations),
    ]


def keys(name: str) -> tuple[str, ...]:
    """The annotation in each spelling that Knative reads, the preferred one first."""
    camel = re.sub("-(.)", lambda matched: matched[1].upper(), name)
    return tuple(f"{GROUP}/{spelt}" for spelt in ((name, camel) if name in _CAMEL_CASE_TOO else (name,)))


def find(annotations: Annotations, name: str) -> tuple[str, str] | None:
    """Key and value of an annotation in the spelling that is there."""
    return next(((key, annotations[key]) for key in keys(name) if key in annotations), None)


def _class(annotations: Annotations) -> FieldErrors:
    result = find(annotations, "class")
    if result and result[1].endswith(".knative.dev") and result[1] not in (KPA, HPA):
        return invalid_value(result[1], result[0])
    return []


def _scale(annotations: Annotations) -> FieldErrors:
    least, errors = _count(annotations, "min-scale")
    most, more = _count(annotations, "max-scale")
    errors = errors + more
    if most and most < least:
        errors += generic_error(
            f"max-scale={most} is less than min-scale={least}", f"{GROUP}/max-scale", f"{GROUP}/min-scale"
        )
    return errors + _activation_scale(annotations, least, most)


def _activation_scale(annotations: Annotations, least: int, most: int) -> FieldErrors:
    result = find(annotations, "activation-scale")
    if result is None:
        return []
    key, value = result
    scale = integer(value)
    if scale is None or not -(2**31) <= scale <= INT32_MAX:
        return invalid_value(value, key)
    if least > scale:
        return generic_error(f"min-scale={least} is greater than activation-scale={scale}", key)
    if most and most < scale:
        return generic_error(f"max-scale={most} is less than activation-scale={scale}", key)
    return generic_error(f"activation-scale={scale} must be greater than 1", key) if scale < 2 else []


def _count(annotations: Annotations, name: str) -> tuple[int, FieldErrors]:
    result = find(annotations, name)
    if result is None:
        return 0, []
    key, value = result
    number = integer(value)
    if number is None:
        return 0, invalid_value(value, key)
    return (number, []) if 0 <= number <= INT32_MAX else (0, out_of_bounds_value(value, 0, INT32_MAX, key))


def _percentages(annotations: Annotations) -> Iterator[FieldError]:
    bounds = {
        "panic-window-percentage": (1, 100),
        "panic-threshold-percentage": (110, 1000),
        "target-utilization-percentage": (1, 100),
    }
    for name, (least, most) in bounds.items():
        if result := find(annotations, name):
            number = decimal(result[1])
            if number is None:
                yield from invalid_value(result[1], result[0])
            elif number < least or number > most:
                yield from out_of_bounds_value(result[1], least, most, result[0])


def _target(annotations: Annotations) -> FieldErrors:
    errors: FieldErrors = []
    if result := find(annotations, "target"):
        number = decimal(result[1])
        if number is None:
            errors += invalid_value(result[1], result[0])
        elif number < 0.01:
            errors += generic_error(f"target {result[1]} should be at least 0.01", result[0])
    if result := find(annotations, "target-burst-capacity"):
        number = decimal(result[1])
        if number is None or (number < 0 and number != -1):
            errors += invalid_value(result[1], result[0])
    return errors


def _durations(annotations: Annotations) -> Iterator[FieldError]:
    rules = (
        ("window", 6 * gotime.SECOND, "6s", True),
        ("scale-to-zero-pod-retention-period", 0, "0s", False),
        ("scale-down-delay", 0, "0s", True),
    )
    for name, least, text, whole_seconds in rules:
        if result := find(annotations, name):
            duration = gotime.parse_duration(result[1])
            if duration is None:
                yield from invalid_value(result[1], result[0])
            elif not least <= duration <= gotime.HOUR:
                yield from out_of_bounds_value(result[1], text, "1h0m0s", result[0])
            elif whole_seconds and duration % gotime.SECOND:
                yield from generic_error("must be specified with at most second precision", result[0])


def _metric(annotations: Annotations) -> FieldErrors:
    result = find(annotations, "metric")
    chosen = find(annotations, "class") or ("", KPA)
    if result is None or chosen[1] not in (KPA, HPA):
        return []
    known = result[1] in ("concurrency", "rps") if chosen[1] == KPA else bool(result[1])
    return [] if known else invalid_value(result[1], result[0])


def _algorithm(annotations: Annotations) -> FieldErrors:
    result, chosen = find(annotations, "metric-aggregation-algorithm"), find(annotations, "class")
    if not result or not result[1] or not chosen or chosen[1] != KPA or result[1] in ALGORITHMS:
        return []
    return invalid_value(result[1], result[0])


def _initial_scale(annotations: Annotations) -> FieldErrors:
    result = find(annotations, "initial-scale")
    if result is None:
        return []
    number = integer(result[1])
    if number is None or not -(2**63) <= number < 2**63:
        return invalid_value(result[1], result[0])
    if number < 0:
        return invalid_value(result[1], f"{result[0]} must be greater than 0")
    return invalid_value(result[1], f"{result[0]}=0 not allowed by cluster") if number == 0 else []


def integer(text: str) -> int | None:
    """A decimal number as Go's ``strconv`` reads it."""
    return int(text) if re.fullmatch("[+-]?[0-9]+", text) else None


def decimal(text: str) -> float | None:
    """A float as Go's ``strconv`` reads it: hexadecimal too, underscores between digits, nothing beyond its range."""
    plain = re.sub("(?<=[0-9a-fx])_(?=[0-9a-f])", "", text.lower())
    if re.fullmatch(r"[+-]?(inf|infinity|nan)", plain):
        return float(plain) if not re.fullmatch("[+-]nan", plain) else None
    if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", plain):
        number = float(plain)
    elif re.fullmatch(r"[+-]?0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)p[+-]?[0-9]+", plain):
        number = float.fromhex(plain)
    else:
        return None
    return None if number in (float("inf"), float("-inf")) else number
