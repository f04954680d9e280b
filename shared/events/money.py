"""The event of the ledger. It carries ids and never a name: a log cannot forget, and a user may ask to be forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from shared import rfc3339
from shared.errors import InvalidInput
from shared.events.envelope import Event, make_content_id

SOURCE = "/touchline/money"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingRecord:
    """One line of a transaction."""

    account_id: int
    owner: str
    name: str
    currency: str
    part: int
    number: int
    """Number of the posting in its account, without a gap."""
    amount: int
    """Amount in the currency's minor unit; negative debits the account, positive credits it."""
    balance: int
    """Balance of the account after this posting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRecord:
    """One transaction of the ledger."""

    id: str
    kind: str
    booked_at: datetime
    effective_at: datetime
    reverses: str | None
    detail: Mapping[str, Any] = field(default_factory=dict)
    postings: tuple[PostingRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionPosted:
    """Transactions are posted: those of one block of the ledger, in the order of their commits.

    An event for a block and not for each transaction: at hundreds of transactions a second a broker would do little
    else. A transaction waits in the ledger itself from its commit until its block, and this event of it, are stored.
    """

    TYPE: ClassVar[str] = "io.touchline.money.transaction.posted.v1"
    block: int
    sealed_at: datetime
    transactions: tuple[TransactionRecord, ...]

    def to_event(self) -> Event:
        """The block's number is an extension too; one partition, so that blocks arrive in their order."""
        payload = {"block": self.block, "transactions": [asdict(each) for each in self.transactions]}
        return Event(
            id=make_content_id(self.TYPE, str(self.block)),
            source=SOURCE,
            type=self.TYPE,
            time=self.sealed_at,
            subject=f"ledger/blocks/{self.block}",
            extensions={"block": str(self.block), "partitionkey": "ledger"},
            data=json.dumps(payload, separators=(",", ":"), default=rfc3339.encode_json_default).encode(),
        )

    @classmethod
    def from_event(cls, event: Event) -> TransactionPosted:
        """Read it back; unknown fields are ignored, missing ones raise `InvalidInput`."""
        if event.type != cls.TYPE:
            raise InvalidInput(f"event {event.id}: type {event.type!r} is not {cls.TYPE}")
        try:
            payload = json.loads(event.data)
            transactions = tuple(_transaction(each) for each in payload["transactions"])
            return cls(block=int(payload["block"]), sealed_at=event.time, transactions=transactions)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise InvalidInput(f"event {event.id}: payload is not a {cls.__name__}: {exc}") from exc


def _transaction(payload: Mapping[str, Any]) -> TransactionRecord:
    return TransactionRecord(
        id=str(payload["id"]),
        kind=str(payload["kind"]),
        booked_at=datetime.fromisoformat(payload["booked_at"]),
        effective_at=datetime.fromisoformat(payload["effective_at"]),
        reverses=None if payload["reverses"] is None else str(payload["reverses"]),
        detail=dict(payload["detail"]),
        postings=tuple(_posting(each) for each in payload["postings"]),
    )


def _posting(payload: Mapping[str, Any]) -> PostingRecord:
    return PostingRecord(
        account_id=int(payload["account_id"]),
        owner=str(payload["owner"]),
        name=str(payload["name"]),
        currency=str(payload["currency"]),
        part=int(payload["part"]),
        number=int(payload["number"]),
        amount=int(payload["amount"]),
        balance=int(payload["balance"]),
    )
