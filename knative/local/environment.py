"""The environment a function sees: what its manifest says, resolved from the process's own by key, and nothing else."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from knative.local.manifests import Manifests, Service
from knative.local.references import Address, References
from shared.errors import InvalidSettings

BASE = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV",
    "LC_ALL", "LC_CTYPE", "SSL_CERT_FILE", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
)  # fmt: skip
"""What every process has; a container's image would bring its own."""

_one_at_a_time = threading.Lock()


def of_service(
    service: Service, manifests: Manifests, references: References, *, given: Mapping[str, str], port: int
) -> dict[str, str]:
    """The environment of one function.

    Parameters
    ----------
    service : the function.
    manifests, references : for the SinkBindings that give it ``K_SINK``.
    given : the process's environment: key K of any Secret or ConfigMap is its variable K.
    port : what ``PORT`` says.

    Raises
    ------
    InvalidSettings : names every key that is missing and not optional.
    """
    found = {name: given[name] for name in BASE if name in given}
    found |= {
        "PORT": str(port),
        "K_SERVICE": service.name.name,
        "K_CONFIGURATION": service.name.name,
        "K_REVISION": f"{service.name.name}-00001",
    }
    missing = []
    for variable in service.variables:
        if not variable.holder:
            found[variable.name] = variable.value
        elif variable.key in given:
            found[variable.name] = given[variable.key]
        elif not variable.optional:
            missing.append(f"{variable.name}: {variable.holder} has no key {variable.key} (set it in the environment)")
    if missing:
        raise InvalidSettings("; ".join(missing))
    for binding in manifests.sink_bindings:
        if binding.subject.kind == "Service" and binding.subject.name == service.name:
            sink = references.resolve(binding.sink)
            if not isinstance(sink, Address):
                raise InvalidSettings(f"SinkBinding {binding.name}: a topic cannot be posted to here")
            found["K_SINK"] = sink.url
            found["K_CE_OVERRIDES"] = _overrides(binding.extensions)
    return found


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


def _overrides(extensions: Mapping[str, str]) -> str:
    """`K_CE_OVERRIDES`: empty when there are none."""
    import json

    return json.dumps({"extensions": dict(extensions)}) if extensions else ""
