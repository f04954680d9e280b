"""Everything that can be said of a rendering without a cluster: schemas, Knative's webhooks, and the rules."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from k8s.rendering import kustomize, schemas
from k8s.rendering.schemas import Schemas
from k8s.rules.checker import check
from k8s.rules.findings import Finding
from k8s.rules.object_index import object_label
from knative.lint import lint

SCHEMA = "schema"
"""Rule id of findings about objects that do not fit the schema of their kind."""


def review(texts: Sequence[str]) -> list[Finding]:
    """Find everything wrong with the objects of one rendering, each given as its YAML text."""
    by_schemas = [finding for text in texts for finding in _unfit(text)]
    return [*by_schemas, *_refused(texts), *check(map(kustomize.parse_object, texts))]


@cache
def _known() -> tuple[Schemas, ...]:
    """Schemas that are at hand without fetching anything; other operators' kinds are left to the cluster."""
    return (schemas.load_kubernetes(),)


@cache
def _unfit(text: str) -> tuple[Finding, ...]:
    """Find what does not fit the schema of an object's kind; cached, as most objects are the same in all overlays."""
    each = kustomize.parse_object(text)
    theirs = (some for some in _known() if (each["apiVersion"], each["kind"]) in some)
    return tuple(
        Finding(object=object_label(each), rule=SCHEMA, message=message)
        for some in theirs
        for message in some.find_faults(each)
    )


def _refused(texts: Sequence[str]) -> Iterator[Finding]:
    """Find what Knative's webhooks would refuse."""
    knative_texts = [text for text in texts if "knative.dev/" in str(kustomize.parse_object(text)["apiVersion"])]
    with tempfile.TemporaryDirectory(prefix="touchline-rendered-") as folder:
        path = Path(folder) / "rendered.yaml"
        path.write_text("\n---\n".join(knative_texts), "utf-8")
        for finding in lint([path]):
            if finding.severity == "error":
                yield Finding(object=finding.object, rule=finding.rule, message=finding.message)
