"""Keep sessions alive, show them to their owner, end them."""

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
    """What sessions need."""

    grants: Grants
    probes: Probes = field(default_factory=dict)

    @property
    def tokens(self) -> Tokens:
        """The access tokens that callers send."""
        return self.grants.tokens


def mine(who: Caller, deps: Deps) -> list[Session]:
    """The caller's sessions that are not over, the last used first; no more than one user may hold."""
    return deps.grants.sessions.list_active(who.user_id, now=deps.grants.clock.now())


def revoke(who: Caller, by: Actor, session_id: str, deps: Deps) -> None:
    """End one session of the caller.

    Raises
    ------
    NotFound : the caller has no such session; another's is not told from one that never was.
    Unavailable : it is over, but its access tokens could not be refused at once; asking again helps.
    """
    ended = deps.grants.sessions.revoke(who.user_id, only=session_id, by=by, now=deps.grants.clock.now())
    if not ended:
        raise NotFound(f"session {session_id}")
    deps.grants.revoke_access_tokens(ended)


def revoke_all(who: Caller, by: Actor, deps: Deps, *, keep_current: bool) -> None:
    """End every session of the caller, or every other one; `Unavailable` as above."""
    but = who.session_id if keep_current else ""
    ended = deps.grants.sessions.revoke(who.user_id, but=but, by=by, now=deps.grants.clock.now())
    deps.grants.revoke_access_tokens(ended)
