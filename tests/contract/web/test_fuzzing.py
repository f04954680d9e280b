"""Every function against what its own OpenAPI document allows, and against what it forbids, on real stores.

No input makes a 5xx, no status is undocumented, and every answer has the type, the headers and the schema it promises.
Operations are called by somebody who may do everything: strangers do not get far enough to break anything.
"""

from __future__ import annotations

import pytest
import schemathesis

from tests.support.functions.catalogue import FUNCTIONS
from tests.support.functions.fuzzing import hold_to_its_document
from tests.support.functions.stored_world import FunctionStack, broker, stored_world, world

__all__ = ["broker", "stored_world", "world"]


PAGES = {"site"}
"""What shows other functions' answers and has no store: `tests/site` holds its pages."""


# The pool of connections draws its jitter in a thread of its own, from the generator that hypothesis watches.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - PAGES))
def test_a_function_keeps_what_its_document_promises(name: str, world: FunctionStack) -> None:
    hold_to_its_document(schemathesis.openapi.from_wsgi("/openapi.json", world.apps[name]), world)
