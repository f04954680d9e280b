"""Inserts a new function into files that list all of them: text in, text out, comments and order kept."""

from __future__ import annotations

import re

from shared.errors import Conflict

_ROUTE = """\
    - matches:
        - path:
            type: PathPrefix
            value: {path}
      filters:
        - type: URLRewrite
          urlRewrite:
            hostname: {name}.touchline.svc.cluster.local
      backendRefs:
        - name: kourier-internal
          namespace: kourier-system
          port: 80
"""
_BUDGET = """\
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {name}
  namespace: touchline
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      serving.knative.dev/service: {name}
"""
MAX_RULES = 16
"""Of one HTTPRoute, by its definition."""
HEADING = "| area | function | woken by | emits | stores |"


def add_resource(text: str, file: str) -> str:
    """Add a file to the resources of a kustomization, in alphabetical order."""
    head, _, body = text.partition("resources:\n")
    lines = body.splitlines(keepends=True)
    n = next((k for k, line in enumerate(lines) if not line.startswith("  - ")), len(lines))
    entries = sorted({*lines[:n], f"  - {file}\n"})
    return f"{head}resources:\n{''.join([*entries, *lines[n:]])}"


def add_route(text: str, name: str, path: str) -> str:
    """Add a rule for a public prefix to the last HTTPRoute that has room for it, as its last rule.

    Raises
    ------
    Conflict : the prefix is part of another one, or another one of it, or every route is full.
    """
    for prefix in re.findall(r"^ +value: (/\S+)", text, re.MULTILINE):
        if f"{prefix}/".startswith(f"{path}/") or f"{path}/".startswith(f"{prefix}/"):
            raise Conflict(f"{path} overlaps with the public path {prefix} in knative/gateway.yaml")
    documents = text.split("---\n")
    with_room = [at for at, each in enumerate(documents) if 0 < each.count("    - matches:\n") < MAX_RULES]
    if not with_room:
        raise Conflict("every HTTPRoute of knative/gateway.yaml has its 16 rules: begin another one")
    documents[with_room[-1]] += _ROUTE.format(path=path, name=name)
    return "---\n".join(documents)


def add_disruption_budget(text: str, name: str) -> str:
    """Add a PodDisruptionBudget, in alphabetical order of names."""
    head, *budgets = re.split(r"^(?=apiVersion: policy/v1\n)", text.replace("---\n", ""), flags=re.MULTILINE)
    budgets = sorted([*budgets, _BUDGET.format(name=name).removeprefix("---\n")], key=_name_of_budget)
    return head + "---\n".join(budgets)


def _name_of_budget(budget: str) -> str:
    (name,) = re.findall(r"^  name: (\S+)", budget, re.MULTILINE)
    return str(name)


def add_image(text: str, image: str, tag: str) -> str:
    """Add an image to the images of an overlay: in alphabetical order among the functions, which are sorted."""
    lines = text.splitlines(keepends=True)
    start = next(k for k, line in enumerate(lines) if line.startswith("images:")) + 1
    names = [lines[k].split("name: ")[1].strip() for k in range(start, len(lines), 2) if "- name: " in lines[k]]
    place = next((k for k, name in enumerate(names) if name > image or (k and name < names[k - 1])), len(names))
    entry = [f"  - name: {image}\n", f"    newTag: {tag}\n"]
    return "".join([*lines[: start + 2 * place], *entry, *lines[start + 2 * place :]])


def add_readme_row(text: str, name: str, folder: str, area: str, path: str) -> str:
    """Add a row to the README's table of functions: after the last one of its area, else at the end.

    Raises
    ------
    Conflict : the README has no such table.
    """
    lines = text.splitlines(keepends=True)
    try:
        start = lines.index(f"{HEADING}\n") + 2
    except ValueError:
        raise Conflict(f"README.md has no table with the heading {HEADING}") from None
    end = next((k for k in range(start, len(lines)) if not lines[k].startswith("| ")), len(lines))
    of_area = [k for k in range(start, end) if lines[k].startswith(f"| {area} |")]
    row = f"| {area} | [`{name}`](functions/{folder}) | `GET {path}` | – | – |\n"
    place = of_area[-1] + 1 if of_area else end
    return "".join([*lines[:place], row, *lines[place:]])
