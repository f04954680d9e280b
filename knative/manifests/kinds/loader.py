"""Reads a folder of manifests: strictly, as a cluster would, and with every fault at once."""

from __future__ import annotations

from pathlib import Path

from knative.manifests import documents, references
from knative.manifests.errors import InvalidManifests
from knative.manifests.kinds import parser
from knative.manifests.model import Manifests


def load(folder: Path) -> Manifests:
    """Read every ``*.yaml`` of a folder.

    Raises
    ------
    InvalidManifests : names everything that a cluster's webhooks would refuse, in their words; every field that cannot
        be honoured here; and every reference to something that is not there.
    """
    manifests = parser.parse(documents.read(folder))
    faults = [str(finding) for finding in manifests.findings if finding.verdict == "refused"]
    # What refers to a refused object would be named as well, which would only distract from what is wrong.
    faults = faults or references.find_unresolved(manifests)
    if faults:
        raise InvalidManifests(faults)
    return manifests
