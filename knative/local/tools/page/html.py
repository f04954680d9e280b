"""The page's HTML; every text that comes from outside is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from knative.local.tools.page.view import EventStatus, View
from knative.local.tools.text.text_tree import Line, Tone
from knative.local.tools.text.time_format import iso, span
from knative.local.tools.trace.event_tree import short_address
from knative.local.tools.trace.trace_reader import RecordedStep, TracedEvent
from knative.manifests import report as manifest_report
from knative.manifests.model import Manifests

_FARES = {
    Tone.GOOD: "delivered",
    Tone.BAD: "given up",
    Tone.OPEN: "under way",
    Tone.NONE: "unwanted",
    Tone.PLAIN: "",
}
_SHORT = 10
"""Letters of an id that are shown where there are many."""
_ENDS = {"dead_lettered": "dead letter", "dropped": "dropped", "lost": "lost"}


def page(view: View, *, picture: str, report: str, style: str, script: str) -> str:
    """The whole page, with everything it needs inside."""
    shown = live(view)["parts"]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Eventing · Touchline</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>{style}</style></head>
<body><header><h1>Eventing</h1><p>What goes where on this machine, by the manifests in <code>knative/</code>.</p>
<p><a href="/">functions</a> <label><input type="checkbox" id="watch" checked> keep up to date</label></p>
<p id="trouble" role="status">{shown["trouble"]}</p></header>
<main>
<section class="graph" aria-labelledby="h-graph"><h2 id="h-graph">Who emits, who listens</h2>
<div class="scroll" role="region" tabindex="0" aria-labelledby="h-graph">{picture}</div></section>
<section class="events" aria-labelledby="h-events"><h2 id="h-events">Newest events</h2>
<div class="scroll" role="region" tabindex="0" aria-labelledby="h-events">
<table><thead><tr><th>time</th><th>event</th><th>type</th><th>fares</th></tr></thead>
<tbody id="events">{shown["events"]}</tbody></table></div></section>
<section class="life" aria-labelledby="h-life"><h2 id="h-life">The life of an event</h2>
<div id="life">{shown["life"]}</div></section>
<section class="given-up" aria-labelledby="h-given-up"><h2 id="h-given-up">Given up</h2>
<div class="scroll" role="region" tabindex="0" aria-labelledby="h-given-up">
<table><thead><tr><th>time</th><th>event</th><th>by</th><th>end</th><th>why</th></tr></thead>
<tbody id="letters">{shown["letters"]}</tbody></table></div>
<p><code>./scripts/touchline dlq</code> lists what dead-letter topics hold, and sends it again.</p></section>
<section class="manifests" aria-labelledby="h-manifests"><h2 id="h-manifests">What becomes of the manifests</h2>
{report}</section>
</main><script>{script}</script></body></html>
"""


def live(view: View) -> dict[str, Any]:
    """What changes: counts by owner, and parts of the page by the id of the element they fill."""
    return {
        "counts": dict(view.counts),
        "parts": {
            "trouble": escape(view.trouble),
            "events": "".join(map(_event, view.events)) or _empty(4, "No event has come in yet."),
            "letters": "".join(map(_given_up, view.given_up)) or _empty(5, "Nothing was given up."),
            "life": _life(view),
        },
    }


def report(manifests: Manifests) -> str:
    """What is honoured, ignored and refused: in short, and every field."""
    counts = ", ".join(f"{n} {verdict}" for verdict, n in manifest_report.count_verdicts(manifests).items())
    remarks = _table(
        ("verdict", "kind", "fields", "why"),
        ((one.verdict, one.kind, ", ".join(one.fields), one.reason) for one in manifest_report.field_notes(manifests)),
    )
    fields = _table(
        ("document", "field", "verdict", "why"),
        ((one.document, one.field, one.verdict, one.reason) for one in manifests.findings),
    )
    return (
        f"<p>Fields: {escape(counts)}.</p><details><summary>What there is to know</summary>{remarks}</details>"
        f"<details><summary>Every field</summary>{fields}</details>"
    )


def _event(fare: EventStatus) -> str:
    event = fare.event
    return (
        f"<tr><td>{_time(event.at)}</td><td>{_link(event.source, event.id)}</td><td>{_dotted(event.type)}</td>"
        f"<td>{_sign(fare.tone)} {_FARES[fare.tone]}</td></tr>"
    )


def _given_up(recorded: RecordedStep) -> str:
    step = recorded.step
    why = " ".join(part for part in (str(step.status or ""), step.detail) if part)
    sink = f" in {short_address(step.place)}" if step.what == "dead_lettered" else ""
    return (
        f"<tr><td>{_time(recorded.at)}</td><td>{_link(step.source, step.id)}</td><td>{escape(step.consumer)}</td>"
        f'<td class="bad">{_ENDS[step.what]}{escape(sink)}</td><td>{escape(why)}</td></tr>'
    )


def _life(view: View) -> str:
    told = view.chosen
    if told is None:
        return "<p>Choose an event.</p>"
    came = f"<p>{escape(told.cause)}</p>" if told.cause else ""
    return f"{_title(told.event)}{came}{_tree(told.lines, told.event.at)}"


def _title(event: TracedEvent) -> str:
    return (
        f"<h3>{escape(event.id)}</h3><p><strong>{_dotted(event.type)}</strong> of {escape(event.source)} "
        f"at {_time(event.at, whole=True)}</p>"
    )


def _tree(lines: Sequence[Line], since: float) -> str:
    items = "".join(
        f"<li><span class=moment>+{span(max(line.at - since, 0))}</span> {_sign(line.tone)} "
        f'<span class="{line.tone.name.lower()}">{escape(line.words)}</span> <small>{escape(line.detail)}</small>'
        f"{_tree(line.below, since) if line.below else ''}</li>"
        for line in lines
    )
    return f'<ul class="tree">{items}</ul>'


def _sign(tone: Tone) -> str:
    """For eyes alone: the words say the same."""
    return f'<span class="sign {tone.name.lower()}" aria-hidden="true">{tone.value}</span>'


def _link(source: str, id: str) -> str:
    query = escape(urlencode({"source": source, "id": id}), quote=True)
    shown = id if len(id) <= _SHORT else f"{id[: _SHORT - 2]}…"
    return f'<a href="/eventing?{query}#h-life" title="{escape(id, quote=True)}">{escape(shown)}</a>'


def _dotted(name: str) -> str:
    """A long name that may be broken after its dots."""
    return escape(name).replace(".", ".<wbr>")


def _time(at: float, *, whole: bool = False) -> str:
    moment = iso(at)
    return f'<time datetime="{moment}">{moment if whole else moment[11:19]}</time>'


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _empty(columns: int, words: str) -> str:
    return f'<tr><td colspan="{columns}">{words}</td></tr>'
