"""A linter for Knative manifests: what a cluster would refuse, and what it would take and then do otherwise than meant.

`lint` reads files and folders. `webhook` sorts what the admission webhooks say under rules; `objects`, `delivery`,
`triggers`, `sources` and `serving` hold the rules of good sense, one short check each; `output` prints.
"""

from knative.lint.findings import RULES, SEVERITIES, Finding, Rule
from knative.lint.linter import find_loops, lint

__all__ = ["RULES", "SEVERITIES", "Finding", "Rule", "find_loops", "lint"]
