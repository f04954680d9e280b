"""The report on the manifests' fields, as lines and as a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from knative.lint import output
from knative.manifests import report
from knative.manifests.fields import FieldVerdict, Verdict
from knative.manifests.model import Manifests
from tests.support.eventing.manifest_folders import BROKER, SERVICE, SOURCE, TRIGGER


def finding(document: str, field: str, verdict: Verdict, reason: str = "") -> FieldVerdict:
    return FieldVerdict(document=document, field=field, verdict=verdict, reason=reason)


FOUND = Manifests(
    findings=(
        finding("a.yaml Service/a", "kind", "honoured"),
        finding("a.yaml Service/a", "spec.template.spec.containers[0].image", "ignored", "no images"),
        finding("a.yaml Service/a", "spec.template.spec.containers[0].imagePullPolicy", "ignored", "no images"),
        finding("b.yaml Service/b", "spec.template.spec.containers[0].image", "ignored", "no images"),
        finding("b.yaml Service/b", "metadata.labels.app.kubernetes.io/name", "ignored", "for people"),
        finding("b.yaml Service/b", "metadata.annotations.example.com/a.b", "ignored", "for people"),
        finding("p.yaml PingSource/p", "spec.timezone", "honoured", "UTC"),
        finding("p.yaml PingSource/p", "spec.tier", "refused", "is not known here"),
    )
)


def test_fields_alike_are_told_together_and_honoured_ones_only_with_a_reason() -> None:
    assert report.format_report(FOUND) == [
        "manifests: fields 2 honoured, 5 ignored, 1 refused",
        "honoured: PingSource timezone: UTC",
        "ignored: Service labels, example.com/a.b: for people",
        "ignored: Service image, imagePullPolicy: no images",
        "refused: PingSource tier: is not known here",
    ]


def test_verbose_is_a_table_of_every_field() -> None:
    lines = report.format_report(FOUND, verbose=True)
    assert len(lines) == 1 + len(FOUND.findings)
    assert lines[1].split() == ["a.yaml", "Service/a", "kind", "honoured"]
    assert lines[8].endswith("refused   is not known here")
    assert len({line.index(result.verdict) for line, result in zip(lines[1:], FOUND.findings, strict=True)}) == 1


def test_nothing_to_tell_is_told() -> None:
    assert report.format_report(Manifests(), verbose=True) == ["manifests: fields 0 honoured, 0 ignored, 0 refused"]


@pytest.mark.parametrize(("kind", "words"), [("Kafka", "without end"), ("MTChannelBasedBroker", "up to 255 times")])
def test_a_loop_of_replies_is_told_at_start(
    kind: str, words: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broker = BROKER.replace("touchline}", f"touchline, annotations: {{eventing.knative.dev/broker.class: {kind}}}}}")
    service = SERVICE.replace("touchline}", "touchline, annotations: {touchline.io/emits: a.v1}}")
    (tmp_path / "all.yaml").write_text("---".join([service, broker, TRIGGER]))
    output.log_loops(tmp_path)
    assert f"Trigger touchline/t: a.v1 leads back to this Trigger, {words}; filter by" in caplog.text


def test_what_does_not_go_round_is_not_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "all.yaml").write_text("---".join([SERVICE, BROKER, SOURCE]))
    output.log_loops(tmp_path)
    assert caplog.text == ""
