"""The conformance page: what was proven, skipped or is outside, each with its reason."""

from __future__ import annotations

from collections import Counter
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any

Found = dict[str, Any]
"""What the plugin wrote down."""

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884 }
td:nth-child(2) { white-space: nowrap }
.passed { color: light-dark(#176b2c, #6fd08c) } .outside, .skipped { color: light-dark(#666, #aaa) }
.failed, .untested { color: light-dark(#b00020, #ff8a80); font-weight: bold }
small { display: block; color: light-dark(#555, #aaa); overflow-wrap: anywhere }
"""


def figures(found: Found) -> list[str]:
    """The sums, one line each."""
    counts = Counter(each["verdict"] for each in found["assertions"])
    unproven = [
        f"{counts[verdict]} {verdict}" for verdict in ("failed", "skipped", "untested", "outside") if counts[verdict]
    ]
    proven = f"assertions: {counts['passed']} of {len(found['assertions'])} proven"
    lines = [", ".join([proven, *unproven])]
    lines += [
        f"{name}: {got.get('passed', 0)} of {sum(got.values())} cases" for name, got in sorted(found["suites"].items())
    ]
    lines += [f"{name}: {got['agreed']} of {got['of']}" for name, got in sorted(found["agreements"].items())]
    return lines


def is_clean(found: Found) -> bool:
    """Whether nothing failed, was skipped or is missing. Recorded decisions are judged by their own tests."""
    proven = all(each["verdict"] in {"passed", "outside"} for each in found["assertions"])
    return proven and all(set(got) <= {"passed"} for got in found["suites"].values())


def html(found: Found) -> str:
    """The page, self-contained."""
    parts = [f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in figures(found))}</ul>"]
    for area, rows in groupby(found["assertions"], key=itemgetter("area")):
        parts.append(f"<h2>{escape(area)}</h2><table><tr><th>Level<th>Name<th>Assertion<th>Verdict</tr>")
        parts += [_row(each) for each in rows]
        parts.append("</table>")
    head = f"<title>Touchline: Knative conformance</title><style>{_STYLE}</style>"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">{head}'
        f"<h1>Knative conformance of the laptop</h1>{''.join(parts)}</html>\n"
    )


def _row(each: dict[str, Any]) -> str:
    tests = "".join(f"<small>{escape(test)}</small>" for test in each["tests"])
    reason = f": {escape(each['reason'])}" if each["reason"] else ""
    return (
        f"<tr><td>{each['level']}<td>{escape(each['id'])}<td>{escape(each['text'])}{tests}"
        f'<td class="{each["verdict"]}">{each["verdict"]}{reason}</tr>'
    )
