"""What a login hands out, and how it is prolonged and ended."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, field

from shared.domain.accounts.users import NO_CLIENT, Client, User, Verdict
from shared.errors import Unauthenticated, Unavailable
from shared.ports.accounts import Revocations, Sessions
from shared.ports.clock import Clock
from shared.security.tokens import Caller, Tokens

_log = logging.getLogger(__name__)
_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Two tokens for one session."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """Sessions and the tokens made for them."""

    sessions: Sessions
    tokens: Tokens
    clock: Clock
    revocations: Revocations | None = None
    """Where access tokens of ended sessions are refused at once; None lets them live their last minutes."""

    def begin(self, user: User, client: Client) -> Grant:
        """A new session for somebody who proved who they are."""
        refresh_token = secrets.token_urlsafe(_RANDOM_BYTES)
        session_id = self.sessions.open(
            user.id, token_sha256=_sha256(refresh_token), client=client, now=self.clock.now()
        )
        return self._grant(user, session_id, refresh_token)

    def renew(self, refresh_token: str, client: Client) -> Grant:
        """Exchange a refresh token for its successor and a new access token with the roles of today.

        Raises
        ------
        Unauthenticated : it is unknown, expired, revoked, or was exchanged before; the last ends its whole session.
        """
        successor = secrets.token_urlsafe(_RANDOM_BYTES)
        found = self.sessions.rotate(
            presented_sha256=_sha256(refresh_token),
            successor_sha256=_sha256(successor),
            client=client,
            now=self.clock.now(),
        )
        if found.verdict is Verdict.REVOKE:
            self._tell_reuse(found.session_id)
        if found.user is None:
            raise Unauthenticated("the refresh token is not valid")
        return self._grant(found.user, found.session_id, successor)

    def end(self, refresh_token: str, client: Client = NO_CLIENT) -> None:
        """End the session of a refresh token; one that is not known has none to end.

        Raises
        ------
        Unavailable : the session is over, but its access tokens could not be refused at once; asking again helps.
        """
        session_id = self.sessions.close(presented_sha256=_sha256(refresh_token), now=self.clock.now(), client=client)
        self.refuse_tokens_of([session_id] if session_id else [])

    def refuse_tokens_of(self, session_ids: list[str]) -> None:
        """Refuse the access tokens of sessions that have ended, where a list of them is kept."""
        if self.revocations is not None and session_ids:
            self.revocations.add(session_ids)

    def _tell_reuse(self, session_id: str) -> None:
        _log.warning("a refresh token was used twice", extra={"action": "refresh_reuse", "session_id": session_id})
        try:
            self.refuse_tokens_of([session_id])
        except Unavailable:
            # The session is over; its access tokens end by themselves within minutes.
            _log.warning("its access tokens could not be refused", extra={"action": "refresh_reuse"})

    def _grant(self, user: User, session_id: str, refresh_token: str) -> Grant:
        who = Caller(user_id=user.id, username=user.username, roles=user.roles, session_id=session_id)
        return Grant(access_token=self.tokens.sign(who), refresh_token=refresh_token)


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
