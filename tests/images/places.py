"""Folders that the user of an image may enter."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from k8s.images.rehearsal import CACHE

MEMORY = Path("/dev/shm")
"""The only folder that an image can write to."""


@contextmanager
def open_folder(mode: int, where: Path = CACHE) -> Iterator[Path]:
    """Yield a new folder with this mode, deleted at the end; not in /tmp, as an image may have a /tmp of its own."""
    where.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="touchline-image-", dir=where))
    folder.chmod(mode)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
