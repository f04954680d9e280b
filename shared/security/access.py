"""Authorization: the one place where roles, scopes and ownership are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.accounts.users import MANAGER, OPERATOR
from shared.errors import Forbidden, NotFound

if TYPE_CHECKING:
    from shared.security.tokens import Caller, Service


def require_role(caller: Caller, role: str) -> Caller:
    """Return the caller; `Forbidden` when they lack the role."""
    if role not in caller.roles:
        raise Forbidden(f"this needs the role {role}")
    return caller


def require_operator(caller: Caller) -> Caller:
    """Return the caller; `Forbidden` unless they are an operator."""
    return require_role(caller, OPERATOR)


def require_manager(caller: Caller) -> Caller:
    """Return the caller; `Forbidden` unless they are a manager of coins."""
    return require_role(caller, MANAGER)


def require_scope(service: Service, scope: str) -> Service:
    """Return the calling function; `Forbidden` when its token lacks the scope."""
    if scope not in service.scopes:
        raise Forbidden(f"this needs the scope {scope}")
    return service


def require_owner(caller: Caller, owner_id: str, resource: str) -> Caller:
    """Return the caller when the resource is theirs; `NotFound` otherwise, so that its existence stays private.

    Parameters
    ----------
    owner_id : the user the resource belongs to; never empty for a resource with an owner.
    resource : how the caller named it, such as ``session 0199…``.
    """
    if not owner_id or caller.user_id != owner_id:
        raise NotFound(resource)
    return caller


def require_owner_or_operator(caller: Caller, owner_id: str, resource: str) -> Caller:
    """Return the caller when the resource is theirs or they are an operator; `NotFound` otherwise."""
    return caller if OPERATOR in caller.roles else require_owner(caller, owner_id, resource)
