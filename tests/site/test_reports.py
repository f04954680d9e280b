"""Public bug reports of other sites, each as a test: none of them happens here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client

from tests.support.site import league
from tests.support.site.pages import documents
from tests.support.site.served_site import ServedSite
from tests.support.site.visits import PHONE, scrolls_sideways, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HTML = {"Accept": "text/html"}
TABLE = f"/{league.SLUG}"
FORCE_POLL = "p => document.querySelector('live-part').refresh()"


def text_of(site: ServedSite, path: str, **headers: str) -> str:
    with Client(site.app).get(path, headers={**HTML, **headers}, buffered=True) as answer:
        assert answer.status_code == 200
        return answer.get_data(as_text=True)


@pytest.fixture
def live(site: ServedSite, browser: Browser) -> Iterator[Page]:
    """A tab on the match that is on."""
    site.forget()
    with visit(browser) as page:
        page.goto(f"{site.url}/match/{league.LIVE}", wait_until="networkidle")
        page.wait_for_function("!!customElements.get('live-part')")
        yield page


# 1, 2: zones


@pytest.mark.parametrize(
    "zone", ["America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Kiritimati", "Europe/London", "Pacific/Chatham"]
)
def test_report_01_kick_offs_and_days_are_the_readers(site: ServedSite, browser: Browser, zone: str) -> None:
    with visit(browser, timezone_id=zone) as page:
        page.goto(f"{site.url}/", wait_until="networkidle")
        assert "zone=" in page.url
        shown = page.evaluate(
            "[...document.querySelectorAll('.lg time[data-form=clock]')].map(t => [t.dateTime, t.textContent])"
        )
        own = page.evaluate(
            "times => times.map(([at]) => new Date(at).toLocaleTimeString('en-GB',"
            " {hour: '2-digit', minute: '2-digit'}))",
            shown,
        )
        assert [text for _at, text in shown] == own
        days = page.evaluate("times => times.map(([at]) => new Date(at).toDateString())", shown)
        assert set(days) <= {page.evaluate("new Date().toDateString()")}


def test_report_01_a_day_with_a_change_of_clocks_has_25_hours(site: ServedSite) -> None:
    site.functions.calls.clear()
    site.forget()
    text_of(site, "/matches/2026-10-25?zone=Europe/London")
    (call,) = [each for each in site.functions.calls if each.startswith("/stats/matches?")]
    assert "since=2026-10-24T23%3A00%3A00Z&until=2026-10-26T00%3A00%3A00Z" in call


def test_report_01_without_script_times_are_in_utc_and_say_so(site: ServedSite) -> None:
    assert re.search(r">\d\d:\d\d\xa0UTC</time>", text_of(site, "/"))


def test_report_02_no_page_reads_the_zone_of_the_server(site: ServedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    before = text_of(site, TABLE)
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    time.tzset()
    try:
        site.forget()
        assert text_of(site, TABLE) == before
    finally:
        monkeypatch.undo()
        time.tzset()


# 3: frozen scores


def _hours_later(answer: Any) -> Any:
    kick_off = datetime.fromisoformat(answer["starts_at"]) - timedelta(hours=5)
    return {**answer, "starts_at": kick_off.isoformat()}


def test_report_03_a_match_without_an_end_stays_live_and_says_how_old_its_state_is(site: ServedSite) -> None:
    site.forget()
    with site.functions.changed(f"/stats/matches/{league.LIVE}", lambda a: _hours_later(a) if "starts_at" in a else a):
        text = text_of(site, f"/match/{league.LIVE}")
    assert 'data-kind="live"' in text
    assert "The end of this match is not known yet" in text
    site.forget()


def test_report_03_a_part_that_cannot_be_had_is_shown_with_its_age(site: ServedSite) -> None:
    text_of(site, TABLE)
    site.age(timedelta(minutes=5))
    site.functions.silent.add("query-stats")
    text = text_of(site, TABLE)
    assert "This part is from" in text
    assert league.TEAMS[5] in text
    site.functions.silent.clear()
    site.forget()


# 4: polling


@pytest.mark.parametrize("change", ["nothing", "a goal"])
def test_report_04_polling_keeps_nodes_selections_and_open_details(site: ServedSite, live: Page, change: str) -> None:
    live.evaluate(
        "() => { window.node = document.querySelector('#i0');"
        " const d = document.createElement('details'); d.id = 'mine'; d.open = true;"
        " const r = document.createRange(); r.selectNodeContents(document.querySelector('#i0 bdi'));"
        " getSelection().removeAllRanges(); getSelection().addRange(r); window.text = String(getSelection()) }"
    )
    site.forget()

    def scored(answer: Any) -> Any:
        return {**answer, "score": {"home": 2, "away": 0}} if change == "a goal" and "score" in answer else answer

    with site.functions.changed(f"/stats/matches/{league.LIVE}", scored):
        live.evaluate(FORCE_POLL)
    assert live.evaluate("window.node === document.querySelector('#i0') && window.node.isConnected")
    assert live.evaluate("String(getSelection()) === window.text && window.text.length > 0")
    assert live.locator("#score .s").inner_text().replace("\n", "").replace(" ", "") in (
        "2:0" if change == "a goal" else "1:0"
    )
    site.forget()


# 5, 6: contrast and marks

_CONTRAST = """() => {
  const parse = c => { const d = document.createElement('canvas').getContext('2d'); d.fillStyle = c;
    d.fillRect(0, 0, 1, 1); return [...d.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => v / 255) };
  const light = c => { const [r, g, b] = parse(c).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05) };
  const ground = e => { for (let n = e; n; n = n.parentElement) { const c = getComputedStyle(n).backgroundColor;
    if (c !== 'rgba(0, 0, 0, 0)') return c } return 'white' };
  const bad = [];
  for (const e of document.querySelectorAll('svg text')) { const field = e.closest('.field');
    const under = e.classList.contains('num') ? getComputedStyle(e.previousElementSibling).fill
      : field ? getComputedStyle(field.querySelector('.pitch rect')).fill : ground(e);
    const r = ratio(getComputedStyle(e).fill, under); if (r < 4.5) bad.push([e.textContent, r]) }
  for (const e of document.querySelectorAll('td[class^=h]')) {
    const r = ratio(getComputedStyle(e).color, getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)' ? ground(e)
      : getComputedStyle(e).backgroundColor); if (r < 4.5) bad.push([e.className, r]) }
  return bad }"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["match", "match_to_come", "team", "outlook", "league"])
def test_report_05_every_label_of_every_chart_can_be_read(
    site: ServedSite, browser: Browser, name: str, theme: str
) -> None:
    with visit(browser, color_scheme=theme) as page:
        page.goto(site.url + documents()[name])
        assert page.evaluate(_CONTRAST) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_report_06_results_and_sides_differ_in_lightness_or_shape_not_only_in_hue(
    site: ServedSite, browser: Browser, theme: str
) -> None:
    with visit(browser, color_scheme=theme) as page:
        page.goto(f"{site.url}/match/{league.OVER}")
        assert page.locator(".field circle.sh").count() > 0
        assert page.locator(".field path.sa").count() > 0
        assert page.evaluate("getComputedStyle(document.querySelector('.la')).strokeDasharray") != "none"
        page.goto(site.url + TABLE)
        shapes = {
            letter: page.evaluate(
                f"(() => {{ const s = getComputedStyle(document.querySelector('.f{letter}'));"
                " return [s.borderRadius, s.borderTopWidth, s.translate].join() })()"
            )
            for letter in ("w", "d", "l")
        }
        assert len(set(shapes.values())) == 3


# 7: tables on a phone


def test_report_07_a_wide_table_scrolls_alone_and_keeps_its_names(site: ServedSite, browser: Browser) -> None:
    with visit(browser, viewport=PHONE) as page:
        page.goto(site.url + TABLE)
        assert not scrolls_sideways(page)
        region = page.locator("#table .scroll")
        assert region.get_attribute("tabindex") == "0"
        name = page.locator("#table tbody th.n").first
        region.evaluate("e => e.scrollLeft = 10000")
        assert region.evaluate("e => e.scrollLeft") > 50
        before = region.bounding_box()
        after = name.bounding_box()
        assert before is not None
        assert after is not None
        assert -1 <= after["x"] - before["x"] <= 20
        last = page.locator("#table tbody tr").first.locator("td").last.bounding_box()
        assert last is not None
        assert last["x"] + last["width"] <= 361


# 8, 9: state in the address, and back


def test_report_08_a_sorted_table_is_the_same_for_who_gets_the_link(site: ServedSite, browser: Browser) -> None:
    with visit(browser) as page:
        page.goto(site.url + TABLE, wait_until="networkidle")
        page.locator("#table thead a[data-key=goals_for]").click()
        address, own = page.url, page.locator("#table tbody th.n").all_inner_texts()
        assert "sort=-goals_for" in address
        assert page.locator("#table th[aria-sort=descending]").inner_text().strip().startswith("F")
        values = [int(text) for text in page.locator("#table tbody tr td:nth-child(15)").all_inner_texts()]
        assert values == sorted(values, reverse=True)
    with visit(browser, java_script_enabled=False) as other:
        other.goto(address)
        assert sorted(other.locator("#table tbody th.n").all_inner_texts()) == sorted(own)
        theirs = [int(text) for text in other.locator("#table tbody tr td:nth-child(15)").all_inner_texts()]
        assert theirs == values
        assert other.locator("#table th[aria-sort=descending]").count() == 1


def test_report_09_back_shows_whole_pages(site: ServedSite, browser: Browser) -> None:
    with visit(browser) as page:
        page.goto(f"{site.url}/", wait_until="load")
        first = page.locator("h1").inner_text()
        page.locator("li.m a").first.click()
        page.wait_for_load_state()
        second = page.locator("h1").inner_text()
        page.goto(f"{site.url}/player/{league.player_id(0, 1)}")
        page.reload()
        for wanted in (second, first):
            page.go_back()
            assert page.locator("h1").inner_text() == wanted
            assert page.locator("header.top").count() == 1


# 10, 11: names


def test_report_10_long_names_move_nothing_and_are_whole(site: ServedSite, browser: Browser) -> None:
    with visit(browser, viewport={"width": 320, "height": 700}) as page:
        page.add_init_script(
            "window.shift = 0; new PerformanceObserver(l => l.getEntries().forEach(e => window.shift += e.value))"
            ".observe({type: 'layout-shift', buffered: true})"
        )
        page.goto(f"{site.url}/matches/{league.today():%Y-%m-%d}", wait_until="networkidle")
        assert page.evaluate("window.shift") <= 0.02
        assert not scrolls_sideways(page)
        for name in league.TEAMS:
            if page.locator("li.m bdi", has_text=name).count():
                box = page.locator("li.m bdi", has_text=name).first
                assert box.evaluate("e => getComputedStyle(e).textOverflow") != "ellipsis"


def test_report_11_scores_keep_their_order_beside_names_written_from_the_right(
    site: ServedSite, browser: Browser
) -> None:
    with visit(browser) as page:
        page.goto(f"{site.url}/match/{league.OVER}")
        for selector in (".score .s", "#timeline .what b span"):
            element = page.locator(selector).first
            assert element.evaluate("e => getComputedStyle(e).direction") == "ltr"
        names = page.locator("bdi", has_text="محمد صلاح")
        assert names.count() > 0
        row = page.locator(".squad li", has_text="محمد صلاح").first
        number, name = row.locator(".num").bounding_box(), row.locator("bdi").bounding_box()
        assert number is not None
        assert name is not None
        assert number["x"] < name["x"]


# 12: search


@pytest.mark.parametrize(
    ("typed", "name"),
    [("ode", "Ødegaard BK"), ("lodz", "Łódź Sport"), ("durd", "Đurđevac"), ("strasse", "Straße United"),
     ("istanbul", "İstanbulspor"), ("aebel", "FC Æbeltoft")],
)  # fmt: skip
def test_report_12_letters_without_a_decomposition_are_found(
    site: ServedSite, browser: Browser, typed: str, name: str
) -> None:
    assert name in text_of(site, f"/search?q={typed}")
    if typed == "ode":
        with visit(browser) as page:
            page.goto(f"{site.url}/", wait_until="load")
            page.locator("form.find input").click()
            page.wait_for_selector("#suggestions", state="attached")
            page.keyboard.type(typed)
            page.wait_for_selector("#suggestions li")
            assert name in page.locator("#suggestions").inner_text()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            page.wait_for_url("**/team/*")


# 14: more


def test_report_14_the_footer_is_reached_and_back_keeps_the_place(site: ServedSite, browser: Browser) -> None:
    with visit(browser, viewport=PHONE) as page:
        page.goto(site.url + TABLE, wait_until="load")
        page.evaluate("scrollTo(0, 900)")
        page.goto(f"{site.url}/map")
        page.go_back(wait_until="load")
        page.wait_for_function("Math.abs(scrollY - 900) <= 50")
        page.locator("footer a").last.scroll_into_view_if_needed()
        assert page.locator("footer a").last.is_visible()


# 15: files


def test_report_15_csv_is_plain_and_csv_for_excel_is_what_excel_wants(site: ServedSite) -> None:
    client = Client(site)
    path = f"/stats/leagues/{league.SLUG}/xg"
    plain = client.get(f"{path}?format=csv").data
    assert not plain.startswith(b"\xef\xbb\xbf")
    excel = client.get(f"{path}?format=excel").data
    assert excel.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(plain.decode(), newline="")))
    theirs = list(csv.reader(io.StringIO(excel.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert theirs[0] == rows[0]
    column = rows[0].index("xg_for")
    assert theirs[1][column] == rows[1][column].replace(".", ",")
    assert b"\r\n" in excel


def test_report_15_no_cell_of_a_text_runs_as_a_formula() -> None:
    from pydantic import BaseModel

    from shared.web import tabular
    from shared.web.tabular_schema import EXCEL_CSV

    class Row(BaseModel):
        name: str
        n: int

    texts = ["=1+1", "+1", "-1", "@a", "plain"]
    body = tabular.encode(EXCEL_CSV, Row, [{"name": text, "n": -5} for text in texts]).decode("utf-8-sig")
    assert [line.partition(";")[0] for line in body.split("\r\n")[1:-1]] == ["'=1+1", "'+1", "'-1", "'@a", "plain"]
    assert body.split("\r\n")[1].endswith(";-5")


# 16: screen readers


def test_report_16_only_goals_cards_and_the_end_are_spoken(site: ServedSite, live: Page) -> None:
    said = live.locator("#said")
    assert said.inner_text() == ""
    assert live.locator("#said .min, [aria-live] .min").count() == 0
    site.forget()
    live.evaluate(FORCE_POLL)
    assert said.inner_text() == ""

    def scored(answer: Any) -> Any:
        return {**answer, "score": {"home": 2, "away": 0}} if "score" in answer else answer

    site.forget()
    with site.functions.changed(f"/stats/matches/{league.LIVE}", scored):
        live.evaluate(FORCE_POLL)
    assert "2:0" in said.inner_text()
    site.forget()
