"""List sessions for their owner and end them."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.domain.accounts.audit import Actor
from shared.domain.accounts.users import Session
from shared.errors import NotFound
from shared.ports.probes import Probes
from shared.security.grants import Grants
from shared.security.tokens import Caller, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The ports that sessions need."""

    grants: Grants
    probes: Probes = field(default_factory=dict)

    @property
    def tokens(self) -> Tokens:
        """The access tokens that callers send."""
        return self.grants.tokens


def list_sessions(caller: Caller, deps: Deps) -> list[Session]:
    """Return the caller's active sessions, the last used first."""
    return deps.grants.sessions.list_active(caller.user_id, now=deps.grants.clock.now())


def revoke(caller: Caller, by: Actor, session_id: str, deps: Deps) -> None:
    """End one session of the caller.

    Raises
    ------
    NotFound : the caller has no such session; another user's looks like one that never existed.
    Unavailable : it has ended, but its access tokens could not be revoked at once; try again.
    """
    ended = deps.grants.sessions.revoke(caller.user_id, only=session_id, by=by, now=deps.grants.clock.now())
    if not ended:
        raise NotFound(f"session {session_id}")
    deps.grants.revoke_access_tokens(ended)


def revoke_all(caller: Caller, by: Actor, deps: Deps, *, keep_current: bool) -> None:
    """End every session of the caller, or every other one; `Unavailable` as above."""
    excluded = caller.session_id if keep_current else ""
    ended = deps.grants.sessions.revoke(caller.user_id, but=excluded, by=by, now=deps.grants.clock.now())
    deps.grants.revoke_access_tokens(ended)
