"""Coins of users in Postgres: each step is one round trip, and an account that is not open yet opens itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shared.adapters.postgres import ledger
from shared.adapters.postgres.statements import Statements
from shared.domain.money.coins import (
    COINS,
    FIRST_COINS,
    FORFEITED,
    ISSUER,
    Transfer,
    account_of,
    owner_of,
)
from shared.domain.money.ledger import AccountState, Balance, NewTransaction, RequestKey, check_amount, transfer
from shared.errors import InvalidInput

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).parent / "sql" / "coins.sql")


@dataclass(frozen=True, slots=True)
class _Info:
    info: str


class PostgresCoins:
    """The accounts of users' coins."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def open(self, user_id: str) -> None:
        """Open the account of a user with the first coins, once."""
        self._database.statement(lambda connection: open_coins(connection, user_id))

    def balance(self, user_id: str) -> Balance:
        """The counters of a user's account."""

        def read(connection: Connection) -> Balance:
            open_coins(connection, user_id)
            return ledger.balance(connection, account_of(user_id))

        return self._database.statement(read)

    def account_id(self, user_id: str) -> int:
        """The id of a user's account, which opens itself."""
        return int(
            self._database.statement(
                lambda connection: _SQL.value(connection, "open", user_id=user_id, first_coins=FIRST_COINS)
            )
        )

    def transfer(self, sender_id: str, receiver_id: str, amount: int, *, key: RequestKey | None = None) -> Transfer:
        """Move coins from one user to another.

        Raises
        ------
        InvalidInput : the amount is out of range, or sender and receiver are one.
        InsufficientFunds : the sender has too little.
        Conflict : one of the accounts is frozen or closed.
        KeyReused, InProgress : as `ledger.post`.
        """
        check_amount(amount)
        if sender_id == receiver_id:
            raise InvalidInput("nobody can send coins to themselves")

        def move(connection: Connection) -> Transfer:
            with ledger.map_refusals():
                row = _SQL.row(
                    connection,
                    Transfer,
                    "transfer",
                    sender_id=sender_id,
                    receiver_id=receiver_id,
                    amount=amount,
                    first_coins=FIRST_COINS,
                    **ledger.key_columns(key),
                )
            assert row is not None
            return row

        return self._database.statement(move)

    def info(self, user_id: str) -> str | None:
        """Return the coins, inventory and flows of a user as JSON; None when their account is not open yet."""
        info = _SQL.read(self._database, _Info, "info", user_id=user_id)[0].info
        return None if info.startswith('{"coins" : null') else info

    def close(self, user_id: str) -> bool:
        """Take the coins of a deleted user out of circulation and close the account; whether it is closed.

        It stays open for credits while holds are pending: what they capture is promised to others.
        """
        return self._database.transaction(lambda connection: close_coins(connection, user_id))


def open_coins(connection: Connection, user_id: str) -> None:
    """Open the account of a user with the first coins, once, in the transaction at hand."""
    with ledger.map_refusals():
        _SQL.execute(connection, "open", user_id=user_id, first_coins=FIRST_COINS)


def close_coins(connection: Connection, user_id: str) -> bool:
    """Do what `PostgresCoins.close` does, in the transaction at hand."""
    account = account_of(user_id)
    if ledger.open_account(connection, owner_of(user_id), COINS):
        ledger.set_state(connection, account, AccountState.CLOSED)
        return True
    if ledger.balance(connection, account).state is AccountState.CLOSED:
        return True
    ledger.set_state(connection, account, AccountState.CLOSING)  # locks the row: the balance below stays
    counters = ledger.balance(connection, account)
    if counters.available:
        ledger.open_account(connection, ISSUER, FORFEITED)
        postings = transfer(account, FORFEITED.account(ISSUER), counters.available)
        ledger.post(connection, NewTransaction(kind="forfeit", postings=postings), enforced=True)
    if counters.pending or counters.credits_pending:
        return False
    ledger.set_state(connection, account, AccountState.CLOSED)
    return True
