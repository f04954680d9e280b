"""Renders templates in a language; everything that is put into one is escaped."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment

from functions.site import assets, routes, texts
from functions.site.page import LANGUAGES, PageRequest, View
from functions.site.parts import Results
from functions.site.presentation import account_words, formats, provenance, team_colours, words_about
from functions.site.presentation.text import clean
from shared.web import templates

FOLDER = Path(__file__).parent / "templates"


def link(language: str, path: str, **query: Any) -> str:
    """Return the address of a page in a language; parameters without a value are left out."""
    given = {name.replace("_", "-"): value for name, value in query.items() if value not in (None, "")}
    parameters = f"{'&' if '?' in path else '?'}{urlencode(given)}" if given else ""
    prefix = routes.PREFIXES[language]
    return f"{prefix if path == '/' and prefix else prefix + quote(path, safe='/?&=%,:.-+')}{parameters}"


@cache
def environment(language: str) -> Environment:
    """Return the templates with the texts and formats of a language."""
    words = formats.Formats(language)
    made = templates.make_environment(
        FOLDER,
        filters={
            "number": words.number,
            "signed": words.signed,
            "percent": words.percent,
            "day": words.day,
            "weekday": words.weekday,
            "clock": words.clock,
            "moment": words.moment,
            "machine_time": formats.machine_time,
            "heat": formats.heat,
            "clean": clean,
        },
        shown_as=clean,
    )
    made.add_extension("jinja2.ext.i18n")
    made.install_gettext_translations(texts.translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(
        link=partial(link, language),
        asset=assets.address,
        badge=team_colours.badge,
        kind_of_match=formats.kind_of_match,
        languages=LANGUAGES,
        language=language,
        sections=routes.SECTIONS,
        nav="",
        nav_league="",
        league_title=partial(words_about.league_title, translator(language)),
        tie_break_words=partial(words_about.tie_break, translator(language)),
        status_words=words_about.STATUSES,
        done_words=account_words.DONE,
        state_words=account_words.STATES,
        field_words=account_words.FIELDS,
        kind_words=account_words.KINDS,
        fetched_at_of=provenance.fetched_at,
        source_of=partial(provenance.source, translator(language)),
        switch_language=lambda other, request: link(other, request.address()),
    )
    return made


def render_page(template: str, request: PageRequest, view: View, results: Results) -> str:
    """Render a page that is the same for everybody."""
    values = {"request": request, "origin": request.origin, "view": view, "parts": results, **view.values}
    return environment(request.language).get_template(template).render(values)


def translator(language: str) -> Callable[[str], str]:
    """Return the translation of a text in a language."""
    return texts.translations(language).gettext
