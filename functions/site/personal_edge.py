"""Requests for personal pages and forms, and their responses: nothing of them is kept by anybody."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from flask import Response, request

from functions.site import edge, rendering, routes, service, visitor
from functions.site.page import PageRequest, View
from functions.site.personal import Form, Outcome, PersonalPage, Problem
from functions.site.service import Deps
from functions.site.visitor import RenewalUnderway, Visitor
from shared.errors import Forbidden, Unavailable
from shared.web import callers

_MAX_FIELD = 4000
"""Characters of a field of a form."""
_EXPORT_NAME = "touchline-account.json"


def show(name: str, values: Mapping[str, Any], deps: Deps) -> Response:
    """Return a page of one visitor, or the login where it needs one."""
    page = find_personal(name)
    page_request = edge.read_page_request(page.parameters, values, deps)
    try:
        who = visitor.identify(deps)
    except RenewalUnderway:
        return _wait()
    if page.needs_login and not who.token:
        return _to_login(page_request, who)
    return _render(page, page_request, who)


def post(name: str, values: Mapping[str, Any], deps: Deps) -> Response:
    """Do what a form asks for, and lead to the page that shows it; a request of another site's page is refused."""
    callers.require_same_origin()
    form = find_form(name)
    page = find_personal(form.page)
    page_request = edge.read_page_request(page.parameters, values, deps)
    try:
        who = visitor.identify(deps)
    except RenewalUnderway:
        return _wait()
    if form.needs_login and not who.token:
        return _to_login(page_request, who)
    fields = {key: text[:_MAX_FIELD] for key, text in request.form.items()}
    outcome = form.submit(page_request, fields, who)
    if form.needs_login and who.must_forget:
        return _to_login(page_request, who)
    if outcome.problem is not None:
        return _render(page, page_request, who, outcome.problem, fields)
    return _lead_on(page_request, outcome, who)


def download_export(deps: Deps) -> Response:
    """Return everything that is kept about the visitor, as a file."""
    page_request = edge.read_page_request((), {}, deps)
    try:
        who = visitor.identify(deps)
    except RenewalUnderway:
        return _wait()
    if not who.token:
        return _to_login(page_request, who)
    try:
        headers = {**visitor.forwarded_headers(), "Authorization": f"Bearer {who.token}"}
        reply = deps.functions.send("account", "GET", "/me/export", headers)
    except Unavailable:
        return _render(find_personal("export"), page_request, who, _unavailable(page_request))
    if reply.status != 200:
        return _render(find_personal("export"), page_request, who, _unavailable(page_request))
    response = Response(reply.body, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{_EXPORT_NAME}"'
    return visitor.finish(response, who)


def submit_identity(deps: Deps) -> Response:
    """Hand the files of an identity on to the function that checks them; they are read by nobody on the way."""
    callers.require_same_origin()
    page_request = edge.read_page_request((), {}, deps)
    try:
        who = visitor.identify(deps)
    except RenewalUnderway:
        return _wait()
    if not who.token:
        return _to_login(page_request, who)
    headers = {"Content-Type": request.headers.get("Content-Type", "")}
    reply = who.ask("verify-identity", "POST", "/identity", headers=headers, body=request.get_data())
    if not reply.ok:
        page = find_personal("identity")
        return _render(page, page_request, who, Problem(summary=reply.detail, errors=reply.errors))
    return _lead_on(page_request, Outcome(location="/account/identity?done=submitted"), who)


@cache
def find_personal(name: str) -> PersonalPage:
    """Return the personal page of this name."""
    (module,) = [module for each, _path, module in routes.PERSONAL if each == name]
    pages: tuple[PersonalPage, ...] = import_module(f"functions.site.pages.{module}").PERSONAL
    (page,) = [each for each in pages if each.name == name]
    return page


@cache
def find_form(name: str) -> Form:
    """Return the form of this name."""
    (module,) = [module for each, _path, module in routes.FORMS if each == name]
    forms: tuple[Form, ...] = import_module(f"functions.site.pages.{module}").FORMS
    (form,) = [each for each in forms if each.name == name]
    return form


def _render(
    page: PersonalPage,
    page_request: PageRequest,
    who: Visitor,
    problem: Problem | None = None,
    fields: Mapping[str, str] | None = None,
) -> Response:
    view = page.view(page_request, who)
    if page.needs_login and not who.token:
        return _to_login(page_request, who)
    results = {} if page.is_fragment else who.deps.parts.read({"leagues": service.LEAGUES})
    secret = ("password", "new_password", "code")
    values = {
        **view.values,
        "problem": problem,
        "fields": {name: text for name, text in (fields or {}).items() if name not in secret},
        "visitor": who,
    }
    shown = View(title=view.title, may_be_found=False, values=values, canonical=page_request.path)
    body = rendering.render_page(page.template, page_request, shown, results)
    status = 200 if problem is None else 422
    return visitor.finish(Response(body, status, headers=edge.SECURITY, content_type="text/html; charset=utf-8"), who)


def _lead_on(page_request: PageRequest, outcome: Outcome, who: Visitor) -> Response:
    location = rendering.link(page_request.language, outcome.location)
    response = Response("", 303, headers={"Location": location}, content_type="text/html; charset=utf-8")
    if outcome.grant is not None:
        who.renewed, who.must_forget = outcome.grant, False
    if outcome.ends_session:
        who.renewed, who.must_forget = None, True
    return visitor.finish(response, who)


def _to_login(page_request: PageRequest, who: Visitor) -> Response:
    here = page_request.address() if request.method == "GET" else "/account"
    location = rendering.link(page_request.language, "/account/login", next=here)
    response = Response("", 303, headers={"Location": location}, content_type="text/html; charset=utf-8")
    return visitor.finish(response, who)


def _wait() -> Response:
    """Return an empty page that asks again in a second, when another tab has brought the new cookies."""
    if request.method != "GET":
        raise Forbidden("the session is being renewed; send the form again")
    headers = {**callers.NO_STORE, "Refresh": "1"}
    return Response("", 200, headers=headers, content_type="text/html; charset=utf-8")


def _unavailable(page_request: PageRequest) -> Problem:
    return Problem(summary=page_request.translate("This cannot be done at the moment. Try again in a minute."))
