"""Renders the page: the whole of it, and the parts that change while it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from knative.local.tools.page.view import PageContent
from knative.local.tools.text.time_format import iso, span
from knative.local.tools.trace.event_tree import short_address
from knative.manifests import report as manifest_report
from knative.manifests.model import Manifests
from shared.web.printable import printable

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent


def render_page(view: PageContent, *, picture: str, report: str, style: str, script: str) -> str:
    """Return the whole page, with everything it needs inside.

    `picture` and `report` are markup; `style` and `script` are files of ours.
    """
    inside = {"picture": picture, "report": report, "style": style, "script": script}
    markup = {name: Markup(text) for name, text in inside.items()}  # nosec B704 - made by us, with all texts escaped
    return _templates().get_template("page.html").render(parts=_render_parts(view), **markup)


def render_live(view: PageContent) -> dict[str, Any]:
    """Return what changes: counts by owner, and parts of the page by the id of the element they fill."""
    return {"counts": dict(view.counts), "parts": {name: str(part) for name, part in _render_parts(view).items()}}


def render_report(manifests: Manifests) -> str:
    """Return what is honoured, ignored and refused: in short, and every field."""
    counts = ", ".join(f"{n} {verdict}" for verdict, n in manifest_report.count_verdicts(manifests).items())
    notes = [
        (each.verdict, each.kind, ", ".join(each.fields), each.reason)
        for each in manifest_report.field_notes(manifests)
    ]
    fields = [(each.document, each.field, each.verdict, each.reason) for each in manifests.findings]
    return str(_part("report", counts, notes, fields))


def _render_parts(view: PageContent) -> dict[str, Markup]:
    return {
        "trouble": _part("trouble", view.trouble),
        "events": _part("events", view.events),
        "undelivered": _part("undelivered", view.undelivered),
        "life": _part("life", view.history),
    }


def _part(macro: str, *values: Any) -> Markup:
    """Return what a macro of ``parts.html`` makes of some values."""
    rendered = getattr(_templates().get_template("parts.html").module, macro)(*values)
    return Markup(rendered.strip())  # nosec B704 - autoescape is on


@cache
def _templates() -> Environment:
    from shared.web import templates

    filters: dict[str, Callable[..., Any]] = {
        "iso": iso,
        "span": span,
        "dotted": _dotted,
        "short_address": short_address,
    }
    return templates.make_environment(_HERE, filters=filters, shown_as=printable)


def _dotted(name: str) -> Markup:
    """A long name that may be broken after its dots."""
    return escape(printable(name)).replace(".", Markup(".<wbr>"))
