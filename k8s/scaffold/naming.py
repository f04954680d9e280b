"""Name of a new function in the forms that files need, checked before anything is written."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

from shared.errors import InvalidInput

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_AREA = re.compile(r"[a-z][a-z ]*[a-z]")
_LONGEST = 40
"""Knative adds suffixes such as -00001-deployment, and a host name's label ends at 63 letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionName:
    """A function's name, its area in the README, and one sentence about it."""

    name: str
    area: str
    summary: str

    @property
    def folder(self) -> str:
        """Its folder below ``functions``, which is a Python package."""
        return self.name.replace("-", "_")

    @property
    def path(self) -> str:
        """Prefix of its public paths."""
        return f"/{self.name}"


def parse(name: str, area: str, summary: str = "") -> FunctionName:
    """Check and return a name; `InvalidInput` says what is wrong."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or keyword.iskeyword(name):
        raise InvalidInput(
            f"{name!r} is not a name of a function: lower-case words joined by hyphens, at most {_LONGEST} letters, "
            "verb first, such as settle-bets"
        )
    if not _AREA.fullmatch(area):
        raise InvalidInput(f"{area!r} is not a name of an area: lower-case words, such as betting")
    return FunctionName(name=name, area=area, summary=summary.strip().rstrip(".") or f"Serve {name.replace('-', ' ')}")
