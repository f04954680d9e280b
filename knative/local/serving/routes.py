"""The public paths: which function a request belongs to, by the longest matching prefix of the gateway's rules."""

from __future__ import annotations

from collections.abc import Iterable

from knative.manifests.model import Name, RouteRule


class Routes:
    """The route table."""

    def __init__(self, rules: Iterable[RouteRule]) -> None:
        self._rules = sorted(rules, key=lambda rule: len(rule.prefix), reverse=True)

    def match(self, path: str) -> Name | None:
        """The function a public path belongs to. A prefix matches whole path elements: /stats is not in /statistics."""
        for rule in self._rules:
            prefix = rule.prefix.rstrip("/")
            if path == prefix or path.startswith(f"{prefix}/"):
                return rule.service
        return None
