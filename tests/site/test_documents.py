"""Every page as a document: strict HTML, nothing inline, texts in both languages, and what it weighs."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import html5lib
import pytest
from werkzeug.test import Client

from functions.site import assets, routes
from tests.support.functions.problems import assert_problem
from tests.support.site.pages import FRAGMENTS, NOT_HTML, documents, examples
from tests.support.site.served_site import ServedSite

HTML = {"Accept": "text/html"}
DOCUMENTS = documents()
KILOBYTE = 1024
LIMITS_KB = {"match": 24, "home": 18, "day": 18, "forecasts": 18, "explore": 18, "explore_matches": 18, "search": 18}
"""Compressed; of every other page 14, what fits the first window of TCP."""


def get(site: ServedSite, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    with Client(site.app).get(path, headers={**HTML, **headers}, buffered=True) as answer:
        return answer.status_code, answer.get_data(as_text=True), dict(answer.headers)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_page_is_strict_html_with_nothing_inline(site: ServedSite, name: str) -> None:
    status, text, headers = get(site, DOCUMENTS[name])
    assert status == 200
    html5lib.HTMLParser(strict=True).parse(text)
    assert not re.search(r"<style|<script(?![^>]* src=)| style=| on[a-z]+=", text)
    assert "'unsafe" not in headers["Content-Security-Policy"]
    assert len(re.findall(r"<h1[ >]", text)) == 1
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_page_weighs_no_more_than_its_budget(site: ServedSite, name: str) -> None:
    _status, text, _headers = get(site, DOCUMENTS[name])
    limit_kb = LIMITS_KB.get(name, LIMITS_KB["match"] if name.startswith("match") else 14)
    assert len(gzip.compress(text.encode(), 9)) <= limit_kb * KILOBYTE


def test_style_and_scripts_weigh_no_more_than_their_budgets() -> None:
    sizes = {name: len(gzip.compress(asset.body, 9)) for name, asset in assets.all_assets().items()}
    assert sizes["site.css"] <= 8 * KILOBYTE
    assert sum(size for name, size in sizes.items() if name.endswith(".js")) <= 10 * KILOBYTE


@pytest.mark.parametrize("name", sorted({*examples()} - {*NOT_HTML}))
def test_a_page_is_the_same_for_everybody_and_is_not_sent_twice(site: ServedSite, name: str) -> None:
    path = examples()[name]
    _status, text, headers = get(site, path)
    assert headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    cookies = "__Host-touchline-access=a; touchline-signed-in=1"
    other = get(site, path, Cookie=cookies, Authorization="Bearer x")
    assert (other[1], other[2]["ETag"]) == (text, headers["ETag"])
    assert "Set-Cookie" not in other[2]
    assert get(site, path, **{"If-None-Match": headers["ETag"]})[0] == 304


@pytest.mark.parametrize("name", NOT_HTML)
def test_feeds_and_files_for_programs_are_well_formed(site: ServedSite, name: str) -> None:
    import xml.etree.ElementTree as ET

    status, text, headers = get(site, examples()[name])
    assert status == 200
    if "xml" in headers["Content-Type"]:
        assert len(ET.fromstring(text)) > 3
    elif name == "team_calendar":
        lines = text.split("\r\n")
        assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 38
        assert max(len(line.encode()) for line in lines) <= 75
    else:
        assert "Sitemap: http://localhost/sitemap.xml" in text


@pytest.mark.parametrize("path", ["/atlantis", "/team/999999999999"])
def test_what_is_not_known_is_a_page_to_people_and_a_problem_to_programs(site: ServedSite, path: str) -> None:
    status, text, headers = get(site, path)
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "<h1" in text
    for accept in ("*/*", "application/json"):
        with Client(site.app).get(path, headers={"Accept": accept}, buffered=True) as answer:
            assert_problem(answer, 404, "Not found")
            assert "Accept" in answer.headers["Vary"].split(", ")


def test_every_row_of_routes_has_its_page_and_every_page_its_row() -> None:
    from importlib import import_module

    for rows, attribute in ((routes.PAGES, "PAGES"), (routes.PERSONAL, "PERSONAL"), (routes.FORMS, "FORMS")):
        modules = {module for _name, _path, module in rows}
        declared = {
            (each.name, module)
            for module in modules
            for each in getattr(import_module(f"functions.site.pages.{module}"), attribute)
        }
        assert declared == {(name, module) for name, _path, module in rows}


def test_fragments_have_addresses_of_their_own() -> None:
    paths = [path for _name, path, _module in routes.PAGES]
    assert len(paths) == len(set(paths))
    assert {name for name, _path, _module in routes.PAGES} >= set(FRAGMENTS)


def test_all_texts_have_a_russian_translation() -> None:
    from babel.messages.pofile import read_po

    from tests.support.site.messages import extract_messages

    path = Path(routes.__file__).parent / "locale" / "ru" / "site.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale="ru")
    missing = [text for text in sorted(extract_messages()) if not _is_translated(catalogue.get(text))]
    assert missing == []


def _is_translated(entry: Any) -> bool:
    return entry is not None and all(entry.string if isinstance(entry.string, tuple | list) else (entry.string,))
