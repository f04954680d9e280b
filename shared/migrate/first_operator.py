"""Creates the first operator, whom the environment names, when there is none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import Conflict, InvalidSettings, TouchlineError
from shared.migrate.postgres import migration_lock

if TYPE_CHECKING:
    from shared.migrate.postgres import Connection
    from shared.settings.operators import OperatorSettings


def check(operator: OperatorSettings) -> None:
    """Return when the settings name nobody, or somebody whose name and password keep the rules of registration."""
    from shared.domain.accounts import usernames
    from shared.security import password_rules

    if bool(operator.username) != bool(operator.password):
        raise InvalidSettings("FIRST_OPERATOR_USERNAME and FIRST_OPERATOR_PASSWORD come together")
    if not operator.username:
        return
    try:
        usernames.normalize_username(operator.username)
        password_rules.validate_new(operator.password, username=operator.username)
    except TouchlineError as exc:
        raise InvalidSettings(f"FIRST_OPERATOR: {exc}") from exc


def create(connection: Connection, operator: OperatorSettings, *, bcrypt_cost: int) -> str:
    """Create the operator unless there is one; the username, or empty text. The slow hash is paid only then."""
    if not operator.username or _exists(connection):
        return ""
    from shared.domain.accounts import usernames
    from shared.domain.accounts.users import OPERATOR
    from shared.security.passwords import Passwords

    name = usernames.validate_new(operator.username)
    password_hash = Passwords(bcrypt_cost).hash(operator.password)
    with migration_lock(connection):
        if _exists(connection):
            return ""
        row = connection.execute(
            "INSERT INTO users (username, username_folded, username_skeleton, password_hash, roles, state) "
            "VALUES (%s, %s, %s, %s, %s, 'active') ON CONFLICT DO NOTHING RETURNING id",
            (name.shown, name.folded, name.skeleton, password_hash, [OPERATOR]),
        ).fetchone()
    if row is None:
        # Whoever registered that name first would become operator: never by a name alone.
        raise Conflict(f"FIRST_OPERATOR_USERNAME {name.shown!r} is a user without the role; choose another name")
    return name.shown


def _exists(connection: Connection) -> bool:
    # `= ANY` with the literal, so that the partial index answers.
    row = connection.execute("SELECT EXISTS (SELECT FROM users WHERE 'operator' = ANY (roles))").fetchone()
    return bool(row and row[0])
