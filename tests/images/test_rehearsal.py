"""Each image's packages and files alone serve what the function promises, on real stores and with nothing writable."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import schemathesis

from k8s.images.catalogue import Image
from tests.contract.test_fuzzed import World, hold_to_its_document
from tests.images.served import served

MEMORY = Path("/dev/shm")
pytestmark = pytest.mark.skipif(not MEMORY.is_dir(), reason="no /dev/shm here, which images write to")


@pytest.fixture
def in_memory() -> Iterator[str]:
    """The only kind of place that an image can write to."""
    with open_folder(MEMORY, 0o777) as folder:
        yield folder.as_uri()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where an image is laid out: its user, who is not ours, can read it."""
    with open_folder(None, 0o755) as made:
        yield made


@contextmanager
def open_folder(where: Path | None, mode: int) -> Iterator[Path]:
    """A new folder that others may enter."""
    made = Path(tempfile.mkdtemp(prefix="touchline-image-", dir=where))
    made.chmod(mode)
    yield made
    shutil.rmtree(made)


def test_a_function_does_from_its_image_what_its_document_promises(
    function_image: Image, world: World, in_memory: str, folder: Path
) -> None:
    known = world.environment | dict.fromkeys(("MESSAGES_URL", "OBJECT_STORE_URL"), in_memory)
    with served(function_image, known, folder) as url:
        assert httpx.get(f"{url}/health/live").json() == {"status": "live"}
        hold_to_its_document(schemathesis.openapi.from_url(f"{url}/openapi.json"), world)
