"""Event log, graph and consumers of a running platform, for commands that read or resend events."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from k8s.local import running_platform
from k8s.local.platform import ROOT
from knative.graph import builder
from knative.graph.model import Graph
from knative.local.eventing.ingress import endpoints
from knative.local.eventing.ingress.endpoints import IngressEndpoint
from knative.local.eventing.process import consumers
from knative.local.eventing.process.consumers import Consumer
from knative.manifests.kinds import loader
from knative.manifests.references import References
from shared.adapters import event_log
from shared.errors import NotFound
from shared.ports.log import EventLog


@dataclass(frozen=True, slots=True, kw_only=True)
class EventingContext:
    """The event log of a platform and what its manifests say about it."""

    log: EventLog
    journal: Path
    graph: Graph
    endpoints: Sequence[IngressEndpoint]
    consumers: Sequence[Consumer]


@contextmanager
def open_context(data: Path, folder: Path | None) -> Iterator[EventingContext]:
    """Connect to the event log of the only platform that runs below a directory.

    Parameters
    ----------
    data : the directory of ``./scripts/run``, or of one of its worlds.
    folder : folder of manifests; None for those of this checkout.

    Raises
    ------
    NotFound : no platform runs, several do, or a process that is needed has not started.
    """
    platform = running_platform.single_running(data)
    try:
        functions, eventing = platform.state.ports["functions"], platform.state.urls["eventing"]
    except KeyError as exc:
        raise NotFound(f"the platform in {platform.data} has no {exc.args[0]} process yet") from exc
    loaded = loader.load(folder or ROOT / "knative")
    references = References(loaded, functions_url=f"http://127.0.0.1:{functions}", eventing_url=eventing)
    doors = list(endpoints.from_manifests(loaded, references))
    log = event_log.connect(platform.event_log_url(os.environ))
    try:
        yield EventingContext(
            log=log,
            journal=platform.data / running_platform.JOURNAL,
            graph=builder.build_graph(loaded),
            endpoints=doors,
            consumers=list(consumers.build_consumers(loaded, references, {door.path: door for door in doors})),
        )
    finally:
        log.close()
