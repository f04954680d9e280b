"""The autoscaling annotations of a Revision: what each would do on a cluster, and why it does nothing here."""

from __future__ import annotations

from knative.admission import autoscaling

_ONE_INSTANCE = "one instance of each function runs here, from the start to the end"
_NO_MEASURE = "no autoscaler measures load here; containerConcurrency is the limit that holds"
_NO_AVERAGE = "no autoscaler averages load here"
_NEVER_ZERO = "nothing goes to zero or is woken from it here"

_BY_NAME = {
    "class": "no autoscaler runs here",
    "min-scale": _ONE_INSTANCE,
    "max-scale": _ONE_INSTANCE,
    "initial-scale": _ONE_INSTANCE,
    "activation-scale": _NEVER_ZERO,
    "scale-down-delay": _ONE_INSTANCE,
    "scale-to-zero-pod-retention-period": _NEVER_ZERO,
    "metric": _NO_MEASURE,
    "target": _NO_MEASURE,
    "target-utilization-percentage": _NO_MEASURE,
    "target-burst-capacity": "no activator stands before the function here; its own queue is all that holds requests",
    "window": _NO_AVERAGE,
    "panic-window-percentage": _NO_AVERAGE,
    "panic-threshold-percentage": _NO_AVERAGE,
    "metric-aggregation-algorithm": _NO_AVERAGE,
}


WITHOUT_EFFECT = {key: why for name, why in _BY_NAME.items() for key in autoscaling.keys(name)}
"""By annotation, why it has no effect."""
