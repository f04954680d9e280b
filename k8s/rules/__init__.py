"""Rules for rendered manifests beyond their schemas: what a cluster accepts silently, or breaks on.

`check` holds all objects of one rendering to every rule. `normalization`, `pods`, `secrets`, `references`, `versions`
and `reach` hold the rules, one short function each; Knative's own objects have theirs in `knative.lint`.
"""

from k8s.rules.checker import RULES, Finding, check

__all__ = ["RULES", "Finding", "check"]
