"""Modules imported on first use, for what a cold start cannot afford (pydantic alone costs a third of one).

Every `Module` registers itself; `shared.web.http.install` imports those registered in the background once the function
has answered that it is ready, so that the first request does not pay for them.
"""

from __future__ import annotations

import importlib
import threading
from types import ModuleType
from typing import Any

_registered: list[Module] = []
_importing = threading.RLock()
_WAIT_S = 20.0
"""Longer than any import takes; then it is tried beside the other one, so that nothing can wait for ever."""


class Module:
    """A stand-in for a module, which is imported when one of its attributes is first read.

    Used beside the import that type checkers read::

        if TYPE_CHECKING:
            from functions.login import edge
        else:
            edge = lazy.Module("functions.login.edge")
    """

    def __init__(self, name: str, *, warm: bool = True) -> None:
        """Register the module; `warm=False` leaves it to its first use, for what few requests need."""
        self._name = name
        self._module: ModuleType | None = None
        if warm:
            _registered.append(self)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._import(), attribute)

    def _import(self) -> ModuleType:
        if self._module is None:
            # One thread at a time: Python lets two that import parts of a package which imports itself in a circle
            # (psycopg, redis) go on with a half-made module rather than wait for each other for ever.
            is_alone = _importing.acquire(timeout=_WAIT_S)
            try:
                self._module = importlib.import_module(self._name)
            finally:
                if is_alone:
                    _importing.release()
        return self._module


def import_registered() -> None:
    """Import every registered module, and those that register while these are imported."""
    while True:
        try:
            module = _registered.pop()
        except IndexError:  # of several threads that came here, another took the last one
            return
        module._import()
