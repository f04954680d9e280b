"""The visitor's own pages: register, log in, sessions, contacts, identity, export, deletion and favourites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from functions.site.page import PageRequest, View
from functions.site.personal import Form, Outcome, PersonalPage, Problem, outcome_of, problem_of
from functions.site.visitor import Visitor, local_path, to_grant

FAVOURITE_KINDS = ("league", "team", "player", "manager")
MAX_MERGED = 200
_Fields = Mapping[str, str]


def _overview(request: PageRequest, visitor: Visitor) -> View:
    _ = request.translate
    values: dict[str, Any] = {"me": None, "favourites": [], "missing": False}
    if visitor.token:
        me = visitor.ask("account", "GET", "/me")
        favourites = visitor.ask("favourites", "GET", "/favourites")
        values["me"] = me.value if me.ok else None
        values["favourites"] = favourites.value["items"] if favourites.ok else []
        values["missing"] = me.status == 503
    return View(title=_("My page"), may_be_found=False, values=values)


def _plain(title: Callable[[PageRequest], str], **fixed: Any) -> Callable[[PageRequest, Visitor], View]:
    return lambda request, _visitor: View(title=title(request), may_be_found=False, values=fixed)


def _me(title: Callable[[PageRequest], str]) -> Callable[[PageRequest, Visitor], View]:
    """Return the view of a page that shows the account."""

    def view(request: PageRequest, visitor: Visitor) -> View:
        me = visitor.ask("account", "GET", "/me")
        return View(title=title(request), may_be_found=False, values={"me": me.value if me.ok else None})

    return view


def _sessions(request: PageRequest, visitor: Visitor) -> View:
    sessions = visitor.ask("session", "GET", "/sessions")
    rows = sessions.value["items"] if sessions.ok else []
    return View(
        title=request.translate("Sessions"), may_be_found=False, values={"sessions": rows, "is_there": sessions.ok}
    )


def _identity(request: PageRequest, visitor: Visitor) -> View:
    requests = visitor.ask("verify-identity", "GET", "/identity")
    rows = requests.value["items"] if requests.ok else []
    return View(title=request.translate("Identity"), may_be_found=False, values={"requests": rows})


def _strip(request: PageRequest, visitor: Visitor) -> View:
    """The name of the visitor and what they follow, which script puts into pages that are the same for everybody."""
    me = visitor.ask("account", "GET", "/me") if visitor.token else None
    favourites = visitor.ask("favourites", "GET", "/favourites") if visitor.token else None
    rows = favourites.value["items"] if favourites and favourites.ok else []
    return View(
        title="",
        values={
            "name": me.value["username"] if me and me.ok else "",
            "stars": " ".join(f"{each['kind']}:{each['id']}" for each in rows),
        },
    )


def _log_in(request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
    _ = request.translate
    body = {"username": fields.get("username", ""), "password": fields.get("password", "")}
    reply = visitor.ask("login", "POST", "/login", body)
    if reply.ok:
        return Outcome(location=local_path(fields.get("next", "")), grant=to_grant(reply.value))
    if reply.status == 401:
        return Outcome(problem=Problem(summary=_("The name or the password is wrong.")))
    return Outcome(problem=problem_of(reply, _))


def _register(request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
    _ = request.translate
    body = {"username": fields.get("username", ""), "password": fields.get("password", "")}
    reply = visitor.ask("register", "POST", "/register", {**body, "email": fields.get("email", "").strip() or None})
    if not reply.ok:
        return Outcome(problem=problem_of(reply, _))
    return _log_in(request, {**body, "next": "/account?done=registered"}, visitor)


def _log_out(_request: PageRequest, _fields: _Fields, visitor: Visitor) -> Outcome:
    if visitor.token:
        sessions = visitor.ask("session", "GET", "/sessions")
        for each in sessions.value["items"] if sessions.ok else []:
            if each["current"]:
                visitor.ask("session", "DELETE", f"/sessions/{each['id']}")
    return Outcome(location="/account", ends_session=True)


def _end_session(request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
    wanted = fields.get("session", "")
    if wanted == "others":
        path = "/sessions?keep_current=true"
    else:
        try:
            path = f"/sessions/{UUID(wanted)}"
        except ValueError:
            return Outcome(problem=Problem(summary=request.translate("There is no such session.")))
    return outcome_of(visitor.ask("session", "DELETE", path), "/account/sessions?done=ended", request.translate)


def _change_password(request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
    body = {"password": fields.get("password", ""), "new_password": fields.get("new_password", "")}
    reply = visitor.ask("account", "PUT", "/me/password", body)
    return outcome_of(reply, "/account?done=password", request.translate)


def _change_contact(kind: str) -> Callable[[PageRequest, _Fields, Visitor], Outcome]:
    def submit(request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
        body = {"password": fields.get("password", ""), kind: fields.get(kind, "").strip()}
        reply = visitor.ask("account", "PUT", f"/me/{kind}", body)
        return outcome_of(reply, "/account/contacts?done=claimed", request.translate)

    return submit


def _send_code(request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
    kind = "phone" if fields.get("kind") == "phone" else "email"
    reply = visitor.ask("verify-contact", "POST", f"/contacts/{kind}/code")
    return outcome_of(reply, "/account/contacts?done=sent", request.translate)


def _prove(request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
    kind = "phone" if fields.get("kind") == "phone" else "email"
    reply = visitor.ask(
        "verify-contact", "POST", f"/contacts/{kind}/proof", {"code": fields.get("code", "").strip()[:20]}
    )
    return outcome_of(reply, "/account/contacts?done=proven", request.translate)


def _delete(request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
    reply = visitor.ask("account", "PUT", "/me/deletion", {"password": fields.get("password", "")})
    if not reply.ok:
        return Outcome(problem=problem_of(reply, request.translate))
    return Outcome(location="/account/login?done=deleted", ends_session=True)


def _keep(request: PageRequest, _fields: _Fields, visitor: Visitor) -> Outcome:
    return outcome_of(visitor.ask("account", "DELETE", "/me/deletion"), "/account?done=kept", request.translate)


def _set_favourite(request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
    method = "DELETE" if fields.get("wish") == "remove" else "PUT"
    reply = visitor.ask("favourites", method, f"/favourites/{request['kind']}/{request['id']}")
    return outcome_of(reply, "/account#favourites", request.translate)


def _merge(_request: PageRequest, fields: _Fields, visitor: Visitor) -> Outcome:
    """Add the stars that a browser held before the login; what is not known any more is left out."""
    for star in fields.get("stars", "").split()[:MAX_MERGED]:
        kind, _, number = star.partition(":")
        if kind in FAVOURITE_KINDS and number.isascii() and number.isdecimal() and len(number) < 19:
            visitor.ask("favourites", "PUT", f"/favourites/{kind}/{number}")
    return Outcome(location="/account/strip")


def _title(text: str) -> Callable[[PageRequest], str]:
    return lambda request: request.translate(text)


def _(text: str) -> str:
    return text


PERSONAL = (
    PersonalPage(name="account", template="account/overview.html", view=_overview, needs_login=False),
    PersonalPage(name="login", template="account/login.html", view=_plain(_title(_("Log in"))), needs_login=False),
    PersonalPage(
        name="register", template="account/register.html", view=_plain(_title(_("Register"))), needs_login=False
    ),
    PersonalPage(name="sessions", template="account/sessions.html", view=_sessions),
    PersonalPage(name="contacts", template="account/contacts.html", view=_me(_title(_("Contacts")))),
    PersonalPage(name="password", template="account/password.html", view=_plain(_title(_("Password")))),
    PersonalPage(name="identity", template="account/identity.html", view=_identity),
    PersonalPage(name="export", template="account/export.html", view=_plain(_title(_("My data")))),
    PersonalPage(name="deletion", template="account/deletion.html", view=_me(_title(_("Deletion")))),
    PersonalPage(name="strip", template="account/strip.html", view=_strip, needs_login=False, is_fragment=True),
)
FORMS = (
    Form(name="login", page="login", submit=_log_in, needs_login=False),
    Form(name="register", page="register", submit=_register, needs_login=False),
    Form(name="logout", page="account", submit=_log_out, needs_login=False),
    Form(name="end_session", page="sessions", submit=_end_session),
    Form(name="password", page="password", submit=_change_password),
    Form(name="email", page="contacts", submit=_change_contact("email")),
    Form(name="phone", page="contacts", submit=_change_contact("phone")),
    Form(name="send_code", page="contacts", submit=_send_code),
    Form(name="prove", page="contacts", submit=_prove),
    Form(name="deletion", page="deletion", submit=_delete),
    Form(name="keep", page="deletion", submit=_keep),
    Form(name="favourite", page="account", submit=_set_favourite),
    Form(name="merge", page="account", submit=_merge),
)
