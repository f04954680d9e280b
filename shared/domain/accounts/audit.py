"""The audit trail: who did what to whom, when, from where, with which outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from shared.domain.accounts.users import Client

ActorKind = Literal["stranger", "user", "operator", "service"]
Outcome = Literal["done", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person or service that acts, and the client they use."""

    kind: ActorKind
    id: str = ""
    """Empty for a stranger and for the clock."""
    client: Client = field(default_factory=Client)


STRANGER = Actor(kind="stranger")
CLOCK = Actor(kind="service")
"""The clock, which acts when something is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An action to be recorded; `detail` never holds a secret, a token, a code or an address."""

    action: str
    """Dotted, such as ``user.block``."""
    by: Actor
    user_id: str = ""
    """The user it was done to."""
    outcome: Outcome = "done"
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """A recorded entry."""

    id: str
    at: datetime
    entry: AuditEntry


def build_session_entry(
    step: Literal["open", "close", "reuse"], user_id: str, client: Client, session_id: str
) -> AuditEntry:
    """A step in the life of a session; whoever uses a refresh token twice may be anybody."""
    is_reuse = step == "reuse"
    return AuditEntry(
        action=f"session.{step}",
        by=Actor(kind="stranger" if is_reuse else "user", id="" if is_reuse else user_id, client=client),
        user_id=user_id,
        outcome="refused" if is_reuse else "done",
        detail={"session": session_id},
    )
