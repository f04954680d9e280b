"""Folders of manifests for tests: documents to begin with, and what loading them gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from knative.manifests.errors import InvalidManifests
from knative.manifests.kinds import loader
from knative.manifests.model import Manifests

SERVICE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: sink, namespace: touchline}
spec: {template: {spec: {containers: [{image: example.org/fn, env: [{name: A, value: "1"}]}]}}}
"""
BROKER = """
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: default, namespace: touchline}
"""
TRIGGER = """
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: t, namespace: touchline}
spec:
  broker: default
  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: sink}, uri: /events/x}
"""
PING = """
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: {name: p, namespace: touchline}
spec:
  schedule: "*/5 * * * *"
  contentType: application/json
  data: '{"a": 1}'
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: sink}}
"""
SOURCE = """
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: s, namespace: touchline}
spec:
  bootstrapServers: [b:9092]
  topics: [t]
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: sink}}
"""


def load(folder: Path, *documents: str) -> Manifests:
    """What the documents say together."""
    (folder / "all.yaml").write_text("---".join(documents))
    return loader.load(folder)


def faults(folder: Path, *documents: str) -> str:
    """Why they are refused."""
    with pytest.raises(InvalidManifests) as caught:
        load(folder, *documents)
    return str(caught.value)
