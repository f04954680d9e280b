"""Accounts in the browser: stars before and after the login, forms of other sites, nothing personal that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from functions.site import routes
from tests.support.site import league
from tests.support.site.served_site import ServedSite
from tests.support.site.visits import PHONE, scrolls_sideways, violations, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "a long and quiet sentence"
SAME = {"Sec-Fetch-Site": "same-origin"}
MINE = ("/account", "/account/contacts", "/account/sessions", "/account/password", "/account/identity",
        "/account/export", "/account/deletion", "/account/wallet", "/account/merch", "/account/lines", "/account/bets",
        "/account/limits")  # fmt: skip


def new_name() -> str:
    return f"fan{uuid4().hex[:12]}"


def register(page: Page, site: ServedSite, name: str) -> None:
    page.goto(f"{site.url}/account/register")
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url("**/account?done=registered")


@pytest.fixture
def person(site: ServedSite) -> Client:
    """A client that is logged in."""
    client = Client(site.app)
    fields = {"username": new_name(), "password": PASSWORD}
    answer = client.post("/account/register", data=fields, headers=SAME)
    assert answer.status_code == 303
    return client


@pytest.mark.parametrize("script", [True, False])
def test_a_visitor_registers_sees_every_page_and_leaves(site: ServedSite, browser: Browser, script: bool) -> None:
    faults: list[str] = []
    with visit(browser, faults=faults, java_script_enabled=script, viewport=PHONE, bypass_csp=script) as page:
        name = new_name()
        register(page, site, name)
        assert name in page.locator("main").inner_text()
        for path in MINE:
            response = page.goto(site.url + path)
            assert response is not None
            assert response.status == 200
            assert response.headers["cache-control"] == "no-store"
            assert not scrolls_sideways(page)
            if script:
                faults += violations(page)
        page.goto(f"{site.url}/account/export")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        assert name in Path(download.value.path()).read_text("utf-8")
        page.goto(f"{site.url}/account")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/account")
        assert name not in page.locator("body").inner_text()
        page.goto(f"{site.url}/account/sessions")
        assert "/account/login?next=%2Faccount%2Fsessions" in page.url
        page.fill("#username", name)
        page.fill("#password", "not the password")
        page.click("main form button")
        assert page.locator("#problem").inner_text()
        page.fill("#password", PASSWORD)
        page.click("main form button")
        page.wait_for_url("**/account/sessions")
        page.goto(f"{site.url}/account/deletion")
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Delete my account").click()
        page.wait_for_url("**/account/login?done=deleted")
    assert [fault for fault in faults if "422" not in fault] == []


def test_report_13_stars_survive_the_login_once_and_are_nobody_elses(site: ServedSite, browser: Browser) -> None:
    with visit(browser) as page:
        page.goto(f"{site.url}/team/{league.team_id(0)}", wait_until="networkidle")
        star = page.locator("button.star")
        assert star.get_attribute("aria-pressed") == "false"
        star.click()
        assert star.get_attribute("aria-pressed") == "true"
        page.reload(wait_until="networkidle")
        assert page.locator("button.star").get_attribute("aria-pressed") == "true"
        register(page, site, new_name())
        page.wait_for_load_state("networkidle")
        page.goto(f"{site.url}/account", wait_until="networkidle")
        assert league.TEAMS[0] in page.locator("#favourites").inner_text()
        assert page.evaluate("localStorage.getItem('stars')") is None
        page.get_by_role("button", name="Log out").click()
        page.wait_for_load_state("networkidle")
        register(page, site, new_name())
        page.goto(f"{site.url}/account", wait_until="networkidle")
        assert league.TEAMS[0] not in page.locator("#favourites").inner_text()
        page.goto(f"{site.url}/team/{league.team_id(0)}", wait_until="networkidle")
        assert page.locator("button.star").get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("path", [path for _name, path, _module in routes.FORMS])
@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {}])
def test_no_form_is_taken_from_another_sites_page(
    site: ServedSite, person: Client, path: str, headers: dict[str, str]
) -> None:
    address = path.replace("<any(league, team, player, manager):kind>/<int:id>", "team/7000")
    answer = person.post(address, data={"username": "a", "password": "b", "session": "others"}, headers=headers)
    assert answer.status_code == 403
    assert not answer.headers.getlist("Set-Cookie")
    assert person.get("/account/sessions").status_code == 200


def test_nothing_personal_may_be_kept_on_the_way(site: ServedSite, person: Client) -> None:
    for path in (*MINE, "/account/strip", "/account/export.json", "/ru/account"):
        answer = person.get(path, headers={"Accept": "text/html"})
        assert answer.status_code in (200, 503), path
        assert answer.headers["Cache-Control"] == "no-store", path
    for path in ("/", f"/{league.SLUG}", f"/team/{league.team_id(0)}"):
        answer = person.get(path, headers={"Accept": "text/html", **SAME})
        assert answer.headers["Cache-Control"].startswith("public")
        assert not answer.headers.getlist("Set-Cookie")
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_cookies_of_a_session_are_out_of_reach_of_script(site: ServedSite, browser: Browser) -> None:
    with visit(browser) as page:
        register(page, site, new_name())
        names = {each["name"]: each for each in page.context.cookies()}
        assert names["__Host-touchline-access"]["httpOnly"]
        assert names["__Host-touchline-refresh"]["sameSite"] == "Strict"
        assert page.evaluate("document.cookie") == "touchline-signed-in=1"


def test_a_session_goes_on_when_its_access_token_ran_out(site: ServedSite, browser: Browser) -> None:
    with visit(browser) as page:
        name = new_name()
        register(page, site, name)
        page.context.clear_cookies(name="__Host-touchline-access")
        page.goto(f"{site.url}/account")
        assert name in page.locator("main").inner_text()
        assert "__Host-touchline-access" in {each["name"] for each in page.context.cookies()}


_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=_NAMES)
def test_no_name_breaks_a_page(site: ServedSite, name: str) -> None:
    import html5lib

    def renamed(answer: object) -> object:
        assert isinstance(answer, dict)
        return {**answer, "name": name}

    site.forget()
    with site.functions.changed(f"/stats/teams/{league.team_id(3)}", lambda a: renamed(a) if "name" in a else a):
        text = Client(site.app).get(f"/team/{league.team_id(3)}", headers={"Accept": "text/html"}).text
    site.forget()
    html5lib.HTMLParser(strict=True).parse(text)
    assert "<script>" not in text
    assert text.count("<h1") == 1


def test_a_signpost_leads_only_to_pages_of_the_site(site: ServedSite) -> None:
    fields = {"username": new_name(), "password": PASSWORD}
    assert Client(site.app).post("/account/register", data=fields, headers=SAME).status_code == 303
    for target in ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"):
        answer = Client(site.app).post("/account/login", data={**fields, "next": target}, headers=SAME)
        assert answer.headers["Location"] == "/account"
