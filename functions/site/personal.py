"""What a personal page and a form are: like pages, but of one visitor, and never kept by anybody on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from functions.site.page import PageRequest, View
from functions.site.visitor import Reply, Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a form was refused."""

    summary: str
    errors: Mapping[str, str] = field(default_factory=dict)
    """Faults by field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a form led to: another page, or the same one with what is wrong."""

    location: str = ""
    """Path to go to, without the language."""
    problem: Problem | None = None
    grant: Any = None
    """Tokens of a session that begins."""
    ends_session: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalPage:
    """A page of one visitor."""

    name: str
    template: str
    view: Callable[[PageRequest, Visitor], View]
    needs_login: bool = True
    parameters: tuple[str, ...] = ("next", "done")
    is_fragment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of a page; `submit` asks functions to do what it says."""

    name: str
    page: str
    """The page that shows it, and what is wrong with it."""
    submit: Callable[[PageRequest, Mapping[str, str], Visitor], Outcome]
    needs_login: bool = True


def new_key() -> str:
    """Return a key for a form that moves something: sent twice, the form acts once."""
    return str(uuid4())


def outcome_of(reply: Reply, location: str, translate: Callable[[str], str]) -> Outcome:
    """Return the outcome of a form that one request to a function decides."""
    if reply.ok:
        return Outcome(location=location)
    return Outcome(problem=problem_of(reply, translate))


def problem_of(reply: Reply, translate: Callable[[str], str]) -> Problem:
    """Return a refusal in words; the function's own where there are none of ours."""
    _ = translate
    by_status = {
        429: _("Too many tries. Wait a few minutes and try again."),
        503: _("This cannot be done at the moment. Try again in a minute."),
    }
    return Problem(summary=by_status.get(reply.status, reply.detail or _("This was refused.")), errors=reply.errors)
