"""``$(NAME)`` in the value of an environment variable, expanded as the kubelet does it.

Only a variable of the same container that stands before it is known; any other reference stays as it is written, also
one to what Knative adds behind the manifest's own variables, such as ``PORT`` and ``K_SERVICE``. ``$$`` is one dollar
sign, so ``$$(NAME)`` is the text ``$(NAME)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_REFERENCE = re.compile(r"\$(?:(?P<escaped>\$)|\((?P<name>[^)]*)\))")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace the references of a value by the values of the variables before it."""
    return _REFERENCE.sub(lambda match: "$" if match["escaped"] else variables.get(match["name"], match[0]), text)


def list_references(text: str) -> list[str]:
    """Return the names that a value refers to, in order."""
    return [match["name"] for match in _REFERENCE.finditer(text) if match["name"] is not None]


def find_unresolved(variables: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield a variable's name and each name it refers to that no variable before it has.

    `variables` are names and values in their order; a variable from a Secret or ConfigMap has an empty value.
    """
    known: set[str] = set()
    for name, value in variables:
        yield from ((name, other) for other in list_references(value) if other not in known)
        known.add(name)
