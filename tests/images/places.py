"""Folders that an image's user, who is not ours, may enter."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from k8s.images.rehearsal import CACHE

MEMORY = Path("/dev/shm")
"""The only kind of place that an image can write to."""


@contextmanager
def open_folder(mode: int, where: Path = CACHE) -> Iterator[Path]:
    """A new folder with this mode, deleted in the end; not in /tmp, which an image may have one of its own of."""
    where.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="touchline-image-", dir=where))
    made.chmod(mode)
    yield made
    shutil.rmtree(made, ignore_errors=True)
