"""Who may do what: the one place where roles, scopes and ownership are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.accounts.users import OPERATOR
from shared.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from shared.security.tokens import Caller, Service


def with_role(who: Caller, role: str) -> Caller:
    """The caller again; `Forbidden` when they do not hold the role."""
    if role not in who.roles:
        raise Forbidden(f"this needs the role {role}")
    return who


def operator(who: Caller) -> Caller:
    """The caller again; `Forbidden` unless an operator."""
    return with_role(who, OPERATOR)


def with_scope(service: Service, scope: str) -> Service:
    """The calling function again; `Forbidden` when its token does not carry the scope."""
    if scope not in service.scopes:
        raise Forbidden(f"this needs the scope {scope}")
    return service


def owner(who: Caller, owner_id: str, what: str) -> Caller:
    """The caller again when the thing is theirs; `NotFound` otherwise, for even that it exists is not theirs to know.

    Parameters
    ----------
    owner_id : the user whose thing it is; never empty for what has an owner.
    what : how the caller named it, such as ``session 0199…``.
    """
    if not owner_id or who.user_id != owner_id:
        raise NotFound(what)
    return who


def owner_or_operator(who: Caller, owner_id: str, what: str) -> Caller:
    """The caller again when the thing is theirs or they are an operator; `NotFound` otherwise."""
    return who if OPERATOR in who.roles else owner(who, owner_id, what)
