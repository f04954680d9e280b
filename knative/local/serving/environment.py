"""The environment a function sees: what its manifest says, resolved from the process's own by key, and nothing else."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from knative.manifests import variable_references
from knative.manifests.model import Manifests, Service, SinkBinding
from knative.manifests.references import References
from shared.errors import InvalidSettings

BASE = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV",
    "LC_ALL", "LC_CTYPE", "SSL_CERT_FILE", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)  # fmt: skip
"""What every process has; a container's image would bring its own."""

EXPORT_PARTS = "EXPORT_PARTS"
"""The key that a cluster's ConfigMap holds, and that here is made of the manifests."""
FUNCTIONS_URL = "FUNCTIONS_URL"
"""The same of the pattern of every function's address."""

_log = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()


def of_service(
    service: Service, manifests: Manifests, references: References, *, process_env: Mapping[str, str], port: int
) -> dict[str, str]:
    """The environment of one function.

    Parameters
    ----------
    service : the function.
    manifests, references : for the SinkBindings that give it ``K_SINK``.
    process_env : the environment of this process: key K of any Secret or ConfigMap is its variable K.
    port : what ``PORT`` says.

    Raises
    ------
    InvalidSettings : names every key that is missing and not optional.
    """
    variables = {name: process_env[name] for name in BASE if name in process_env}
    variables |= {
        "PORT": str(port),
        "K_SERVICE": service.name.name,
        "K_CONFIGURATION": service.name.name,
        "K_REVISION": service.revision or f"{service.name.name}-00001",
    }
    own: dict[str, str] = {}
    made = {
        EXPORT_PARTS: _export_parts(manifests, references),
        FUNCTIONS_URL: references.url_of_functions(service.name.namespace),
    }
    process_env = made | dict(process_env)
    missing = []
    for variable in service.variables:
        if not variable.source:
            own[variable.name] = variable_references.expand(variable.value, own)
        elif variable.key in process_env:
            own[variable.name] = process_env[variable.key]
        elif not variable.optional:
            missing.append(f"{variable.name}: {variable.source} has no key {variable.key} (set it in the environment)")
    if missing:
        raise InvalidSettings("; ".join(missing))
    variables |= own
    if binding := binding_of(service, manifests):
        sink = references.resolve(binding.sink)
        variables |= {"K_SINK": sink.url, "K_CE_OVERRIDES": _overrides(binding.extensions)}
    return variables


def binding_of(service: Service, manifests: Manifests) -> SinkBinding | None:
    """The SinkBinding that holds: of several the last, those by name before those by selector, each in name order."""
    bindings = [binding for binding in manifests.sink_bindings if binding.subject.selects(service)]
    bindings.sort(key=lambda binding: (not binding.subject.name, str(binding.name)))
    if len(bindings) > 1:
        several = ", ".join(str(binding.name) for binding in bindings)
        _log.warning("Service %s has SinkBindings %s: the last holds", service.name, several)
    return bindings[-1] if bindings else None


@contextmanager
def only(environment: Mapping[str, str]) -> Iterator[None]:
    """`os.environ` is exactly this inside, and as before afterwards. One at a time: a process has one environment."""
    with _one_at_a_time:
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _export_parts(manifests: Manifests, references: References) -> str:
    """`EXPORT_PARTS`: the name and the address of every part of a user's export."""
    return ",".join(
        f"{part.name}={references.url_of('Service', service.name).rstrip('/')}{part.path}"
        for service in manifests.services
        for part in service.exports
    )


def _overrides(extensions: Mapping[str, str]) -> str:
    """`K_CE_OVERRIDES`: empty when there are none."""
    import json

    if not extensions:
        return ""
    return json.dumps({"extensions": dict(extensions)}, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
