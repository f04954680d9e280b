"""The conformance page: figures first, then every assertion with what proves it, or why nothing does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, get_args

from tests.conformance import names
from tests.conformance.contract.assertion import Level

Found = dict[str, Any]
"""What the plugin wrote down."""

STYLE = Path(__file__).with_name("page.css")
WORDS = {
    "passed": "proven",
    "failed": "failed",
    "skipped": "skipped",
    "untested": "untested",
    "outside": "not claimed",
}


def figures(results: Found) -> list[str]:
    """The sums, one line each."""
    return [f"{name}: {n} of {of}{f', {note}' if note else ''}" for name, n, of, note in _figures(results)]


def is_clean(results: Found) -> bool:
    """Whether every assertion is proven or outside, and nothing failed.

    A suite may be skipped for want of an engine, which the page tells. Recorded decisions are judged by their tests.
    """
    proven = all(each["verdict"] in {"passed", "outside"} for each in results["assertions"])
    return proven and not any(got["failed"] for got in results["suites"].values())


def html(results: Found, *, now: datetime | None = None) -> str:
    """The page, self-contained."""
    areas = [(area, list(rows)) for area, rows in groupby(results["assertions"], key=itemgetter("area"))]
    today = f"{now or datetime.now(UTC):%d %B %Y, %H:%M UTC}"
    parts = [
        "<header><h1>Knative conformance of the laptop</h1>",
        "<p>The contract of Knative's eventing, and what of serving a function may count on, in assertions of our own "
        "words after the public specifications and conformance suite; each with the tests that prove it. Made by "
        f"<code>./scripts/touchline conformance</code> on {escape(today)}. Where a test needs an event log it is the "
        "one in memory, unless it names another.</p></header>",
        f"<ul class=figures>{''.join(_card(*each) for each in _figures(results))}</ul>",
        _levels(results["assertions"]),
        _outside(results["assertions"]),
        *(_area(area, rows) for area, rows in areas),
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Touchline: Knative conformance</title><style>{STYLE.read_text()}</style>{''.join(parts)}</html>\n"
    )


def _figures(results: Found) -> Iterator[tuple[str, int, int, str]]:
    """Name, how many, of how many, and what there is to add."""
    counts = Counter(each["verdict"] for each in results["assertions"])
    rest = [f"{counts[verdict]} {WORDS[verdict]}" for verdict in WORDS if verdict != "passed" and counts[verdict]]
    yield "Assertions proven", counts["passed"], len(results["assertions"]), ", ".join(rest)
    for name, got in sorted(results["suites"].items()):
        n_cases = got["passed"] + got["failed"] + got["skipped"]
        yield name, got["passed"], n_cases, f"skipped: {got['reason']}" if got["skipped"] else ""
    for name, got in sorted(results["agreements"].items()):
        yield name, got["agreed"], got["of"], "as recorded from Knative's own code"


def _card(name: str, n: int, of: int, note: str) -> str:
    note_html = f"<small>{escape(note)}</small>" if note else ""
    return f"<li><b>{n:,}</b> <i>of {of:,}</i><span>{escape(name)}</span>{note_html}</li>"


def _levels(assertions: list[Found]) -> str:
    """How many of each level are proven."""
    of = Counter(each["level"] for each in assertions)
    proven = Counter(each["level"] for each in assertions if each["verdict"] == "passed")
    note_html = " · ".join(f"{level} {proven[level]} of {of[level]}" for level in get_args(Level) if of[level])
    return f"<p class=levels>Proven by level: {note_html}</p>"


def _outside(assertions: Iterable[Found]) -> str:
    """What is not claimed, by reason."""
    left = sorted((each for each in assertions if each["verdict"] == "outside"), key=itemgetter("reason"))
    rows = [
        f"<dt>{_marked(reason)}</dt><dd>{', '.join(_link(each['id']) for each in group)}</dd>"
        for reason, group in groupby(left, key=itemgetter("reason"))
    ]
    return (
        f"<section><h2>Not claimed, and why <i>{len(left)}</i></h2><dl>{''.join(rows)}</dl></section>" if rows else ""
    )


def _area(title: str, rows: list[Found]) -> str:
    n_proven = sum(each["verdict"] == "passed" for each in rows)
    return (
        f"<section><h2>{escape(title)} <i>{n_proven} of {len(rows)}</i></h2>"
        f"<ol>{''.join(_assertion(each) for each in rows)}</ol></section>"
    )


def _assertion(each: Found) -> str:
    note = f"<p class=here>Here: {_marked(each['here'])}.</p>" if each["here"] else ""
    reason = f"<p class=why>{_marked(each['reason'])}</p>" if each["reason"] else ""
    return (
        f'<li id="{escape(each["id"])}" class="{each["verdict"]}"><p><b>{each["level"]}</b> {_marked(each["text"])} '
        f"<em>{WORDS[each['verdict']]}</em></p>{note}{reason}{_proof(each)}</li>"
    )


def _proof(each: Found) -> str:
    tests = list(names.grouped(each["tests"]))
    if not tests:
        return f"<p class=id>{escape(each['id'])}</p>"
    items = "".join(
        f"<li>{escape(test.words)} <small>{escape(test.place)}{escape(test.cases)}</small>"
        + "".join(f" <kbd>{escape(log)}</kbd>" for log in test.over)
        + (f"<small>{escape(test.trouble)}</small>" if test.trouble else "")
        + "</li>"
        for test in tests
    )
    n_tests = f"{len(tests)} test{'s' if len(tests) > 1 else ''}"
    return f"<details><summary>{n_tests} <span class=id>{escape(each['id'])}</span></summary><ul>{items}</ul></details>"


def _link(id: str) -> str:
    return f'<a href="#{escape(id)}">{escape(id)}</a>'


def _marked(text: str) -> str:
    """What stands between backticks is code."""
    return "".join(
        f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(escape(text).split("`"))
    )
