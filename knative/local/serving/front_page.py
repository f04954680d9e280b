"""The page at ``/``: which functions there are, and what wakes each."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from knative.local.serving.loaded_function import LoadedFunction
from knative.manifests import filter_text
from knative.manifests.model import Destination, Manifests, Name

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #d0d7de;
vertical-align:top}code{background:#f0f2f4;padding:.1rem .3rem;border-radius:4px}.bad{color:#a40e26}
@media (prefers-color-scheme:dark){body{background:#12161b;color:#e0e6ec}code{background:#242b33}
td,th{border-color:#39424d}a{color:#79b8ff}.bad{color:#ff8182}}
"""


def render(manifests: Manifests, functions: Iterable[LoadedFunction]) -> str:
    """The page as HTML."""
    rows = "".join(
        f"<tr><th>{escape(hosted.service.name.name)}</th>"
        f"<td>{'<br>'.join(woken_by(manifests, hosted.service.name)) or 'nothing'}</td>"
        f"<td{_state(hosted)}</td></tr>"
        for hosted in functions
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Touchline</title>"
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style>"
        "<h1>Touchline</h1><p>The functions on this machine, as the manifests in <code>knative/</code> say.</p>"
        f"<table><tr><th>function<th>woken by<th>state</tr>{rows}</table>"
        "<p><a href=/health/ready>health</a> · "
        "<a href=/eventing>events</a> · "
        "<a href=/scrape>collection</a> · <a href=/stats/leagues>leagues</a> · <a href=/docs>API</a></p></html>"
    )


def woken_by(manifests: Manifests, name: Name) -> list[str]:
    """What wakes a function, each as HTML."""

    def wakes(destination: Destination) -> bool:
        return bool(destination.ref and destination.ref.kind == "Service" and destination.ref.name == name)

    told = [f"HTTP <code>{escape(rule.prefix)}</code>" for rule in manifests.routes if rule.service == name]
    told += [
        f"log <code>{escape(', '.join(source.topics))}</code>"
        for source in manifests.kafka_sources
        if wakes(source.sink)
    ]
    for trigger in manifests.triggers:
        if wakes(trigger.subscriber):
            told.append(f"event <code>{escape(filter_text.describe_filter(trigger))}</code>")
    told += [
        f"clock <code>{escape(ping.schedule)}</code> {escape(ping.data.decode(errors='replace'))}"
        for ping in manifests.ping_sources
        if wakes(ping.sink)
    ]
    return told


def _state(hosted: LoadedFunction) -> str:
    return f" class=bad>not loaded: {escape(hosted.fault)}" if hosted.fault else ">loaded"
