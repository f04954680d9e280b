"""What commands that touch the event log need of a running platform."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from k8s.local import running as outside
from k8s.local.platform import ROOT
from knative.graph import builder
from knative.graph.model import Graph
from knative.local.eventing.ingress import endpoints
from knative.local.eventing.ingress.endpoints import IngressEndpoint
from knative.local.eventing.process import consumers
from knative.local.eventing.process.consumers import Consumer
from knative.manifests import loader
from knative.manifests.references import References
from shared.adapters import event_log
from shared.errors import NotFound
from shared.ports.log import EventLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The log, and who reads it by which rules."""

    log: EventLog
    journal: Path
    graph: Graph
    endpoints: Sequence[IngressEndpoint]
    consumers: Sequence[Consumer]


@contextmanager
def of(data: Path, folder: Path | None) -> Iterator[Reach]:
    """Reach into the one platform that runs below a directory.

    Parameters
    ----------
    data : as given to ``./scripts/run``, or the folder of one world.
    folder : of the manifests; None for those of this checkout.

    Raises
    ------
    NotFound : nothing runs, or not the processes that are needed, or more than one platform does.
    """
    found = outside.the_one(outside.running(data), data)
    try:
        functions, eventing = found.state.ports["functions"], found.state.urls["eventing"]
    except KeyError as exc:
        raise NotFound(f"the platform in {found.data} has no {exc.args[0]} process yet") from exc
    known = loader.load(folder or ROOT / "knative")
    references = References(known, functions_url=f"http://127.0.0.1:{functions}", eventing_url=eventing)
    doors = list(endpoints.from_manifests(known, references))
    log = event_log.connect(found.event_log_url(os.environ))
    try:
        yield Reach(
            log=log,
            journal=found.data / outside.JOURNAL,
            graph=builder.build_graph(known),
            endpoints=doors,
            consumers=list(consumers.build_consumers(known, references, {door.path: door for door in doors})),
        )
    finally:
        log.close()
