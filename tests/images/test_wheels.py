"""Every locked package has a wheel for the images' Python on both kinds of machines, where nothing is compiled."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from k8s.images import catalogue, dockerfile
from k8s.images.catalogue import ROOT, Image


@pytest.mark.every_image
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("image", catalogue.images(), ids=lambda image: image.name)
def test_every_package_can_be_installed_into_the_image(image: Image, machine: str, tmp_path: Path) -> None:
    match = re.search(r"python:(\d+\.\d+)\.", dockerfile.load().base_image("base"))
    assert match is not None
    # Debian 13 has glibc 2.41.
    target = ["--python-version", match[1], "--python-platform", f"{machine}-manylinux_2_39"]
    options = [
        "--dry-run",
        "--target",
        str(tmp_path),
        "--only-binary",
        ":all:",
        "--require-hashes",
        "-r",
        str(ROOT / image.lock),
    ]
    completed = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", *target, *options], capture_output=True, text=True
    )
    assert completed.returncode == 0, completed.stderr
    assert "Would install" in completed.stderr
