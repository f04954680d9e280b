"""Each image's packages and files alone serve what the function promises, on real stores and with nothing writable."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import schemathesis

from k8s.images.catalogue import Image
from tests.images.served import served
from tests.support.functions.fuzzing import hold_to_its_document
from tests.support.functions.stored_world import FunctionStack


@pytest.mark.timeout(600)  # the first time its packages are installed
def test_a_function_does_from_its_image_what_its_document_promises(
    function_image: Image, world: FunctionStack, in_memory: str, folder: Path
) -> None:
    environment = world.environment | dict.fromkeys(("MESSAGES_URL", "OBJECT_STORE_URL"), in_memory)
    with served(function_image, environment, folder) as url:
        assert httpx.get(f"{url}/health/live").json() == {"status": "live"}
        hold_to_its_document(schemathesis.openapi.from_url(f"{url}/openapi.json"), world)
