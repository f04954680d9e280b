"""Roles, scopes and ownership."""

from __future__ import annotations

import pytest

from shared.errors import Forbidden, NotFound
from shared.security import access
from shared.security.tokens import Caller, Service

ADA = Caller(user_id="1", username="ada", roles=())
OPERATOR = Caller(user_id="2", username="op", roles=("operator",))


def test_only_an_operator_is_one() -> None:
    assert access.require_operator(OPERATOR) is OPERATOR
    with pytest.raises(Forbidden, match="role operator"):
        access.require_operator(ADA)


@pytest.mark.parametrize("roles", [(), ("operators",), ("Operator",), ("operator ",), ("editor",)])
def test_a_role_is_held_by_its_exact_name(roles: tuple[str, ...]) -> None:
    with pytest.raises(Forbidden):
        access.require_role(Caller(user_id="1", username="ada", roles=roles), "operator")


def test_a_scope_is_held_by_its_exact_name() -> None:
    service = Service(name="gate", scopes=frozenset({"balance:read"}))
    assert access.require_scope(service, "balance:read") is service
    for scope in ("balance", "balance:write", "", "balance:*"):
        with pytest.raises(Forbidden):
            access.require_scope(service, scope)


@pytest.mark.parametrize("owner_id", ["2", "", "11", "1 "])
def test_what_is_not_yours_does_not_exist(owner_id: str) -> None:
    with pytest.raises(NotFound, match="session 7"):
        access.require_owner(ADA, owner_id, "session 7")


def test_what_is_yours_does() -> None:
    assert access.require_owner(ADA, "1", "session 7") is ADA


def test_nobody_owns_what_has_no_owner() -> None:
    with pytest.raises(NotFound):
        access.require_owner(Caller(user_id="", username="", roles=()), "", "session 7")


def test_an_operator_sees_what_is_anybodys() -> None:
    assert access.require_owner_or_operator(OPERATOR, "1", "session 7") is OPERATOR
    assert access.require_owner_or_operator(ADA, "1", "session 7") is ADA
    with pytest.raises(NotFound):
        access.require_owner_or_operator(ADA, "2", "session 7")
    with pytest.raises(NotFound):
        access.require_owner(OPERATOR, "1", "session 7")
