"""Modules imported with their first use, for what a cold start cannot afford (pydantic alone costs a third of one)."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any


class Module:
    """Stands in for a module until something of it is asked for.

    Used beside the import that type checkers read::

        if TYPE_CHECKING:
            from functions.login import edge
        else:
            edge = lazy.Module("functions.login.edge")
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        if self._module is None:
            # It holds the import lock, so that threads which come together import once.
            self._module = importlib.import_module(self._name)
        return getattr(self._module, attribute)
