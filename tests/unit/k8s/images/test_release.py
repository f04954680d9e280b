"""The commands that build and sign: what ./scripts/images prints for a shell."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from k8s.images import catalogue, dockerfile, release
from k8s.images.__main__ import main

DIGEST = f"sha256:{'0123456789abcdef' * 4}"


@pytest.fixture
def pushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the worker's image had been pushed from here."""
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "CACHE", tmp_path / "built")
    monkeypatch.setattr(release, "BILLS", tmp_path / "bills")
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "scrape-worker.json").write_text(json.dumps({"containerimage.digest": DIGEST}))


def test_every_image_can_be_built_with_what_its_target_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build"]) == 0
    lines = [shlex.split(line) for line in capsys.readouterr().out.splitlines()]
    assert [line[line.index("--tag") + 1] for line in lines] == [
        catalogue.reference(image) for image in catalogue.images()
    ]
    targets = {line[line.index("--target") + 1] for line in lines}
    assert targets <= set(dockerfile.load().stages)
    assert not [line for line in lines if "--push" in line]


def test_what_is_pushed_is_for_two_kinds_of_machines_and_says_where_it_comes_from() -> None:
    command = release.build(catalogue.find_image("login"), "registry.example", push=True)
    assert {"--push", "--provenance=mode=max", "--sbom=true", "linux/amd64,linux/arm64"} <= set(command)
    assert f"registry.example/login:{catalogue.version()}" in command


def test_what_was_pushed_is_signed_by_its_digest_and_carries_its_bill(
    pushed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sign", "scrape-worker"]) == 0
    sign, attest = capsys.readouterr().out.splitlines()
    assert sign == f"cosign sign --yes ghcr.io/touchline/scrape-worker@{DIGEST}"
    assert attest.startswith("cosign attest --yes --type cyclonedx --predicate bills/scrape-worker.cdx.json ")
    assert main(["digests", "scrape-worker"]) == 0
    assert f"digest: {DIGEST}" in capsys.readouterr().out


@pytest.mark.parametrize("asked", [["sign", "login"], ["build", "nobody"]], ids=["never pushed", "unknown"])
def test_what_cannot_be_done_is_told(pushed: None, asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(asked)
    assert ("was not pushed from here" if asked[0] == "sign" else "there is no image 'nobody'") in (
        capsys.readouterr().err
    )
