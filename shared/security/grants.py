"""Sessions and their tokens: begin one at login, renew it by refresh token, end it."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, field

from shared.domain.accounts.users import UNKNOWN_CLIENT, Client, User, Verdict
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
    """Issues access and refresh tokens for sessions."""

    sessions: Sessions
    tokens: Tokens
    clock: Clock
    revocations: Revocations | None = None
    """The list of ended sessions; None lets their access tokens live their last minutes."""

    def begin(self, user: User, client: Client) -> Grant:
        """Begin a session for a user who proved who they are."""
        refresh_token = secrets.token_urlsafe(_RANDOM_BYTES)
        session_id = self.sessions.open(
            user.id, token_sha256=_sha256(refresh_token), client=client, now=self.clock.now()
        )
        return self._grant(user, session_id, refresh_token)

    def renew(self, refresh_token: str, client: Client) -> Grant:
        """Exchange a refresh token for its successor and a new access token with the current roles.

        Raises
        ------
        Unauthenticated : it is unknown, expired, revoked, or was exchanged before; the last ends its whole session.
        """
        successor = secrets.token_urlsafe(_RANDOM_BYTES)
        rotation = self.sessions.rotate(
            presented_sha256=_sha256(refresh_token),
            successor_sha256=_sha256(successor),
            client=client,
            now=self.clock.now(),
        )
        if rotation.verdict is Verdict.REVOKE:
            self._report_reuse(rotation.session_id)
        if rotation.user is None:
            raise Unauthenticated("the refresh token is not valid")
        return self._grant(rotation.user, rotation.session_id, successor)

    def end(self, refresh_token: str, client: Client = UNKNOWN_CLIENT) -> None:
        """End the session of a refresh token; an unknown token has none to end.

        Raises
        ------
        Unavailable : the session has ended, but its access tokens could not be revoked at once; try again.
        """
        session_id = self.sessions.close(presented_sha256=_sha256(refresh_token), now=self.clock.now(), client=client)
        self.revoke_access_tokens([session_id] if session_id else [])

    def revoke_access_tokens(self, session_ids: list[str]) -> None:
        """Revoke the access tokens of sessions that have ended, where a list of them is kept."""
        if self.revocations is not None and session_ids:
            self.revocations.add(session_ids)

    def _report_reuse(self, session_id: str) -> None:
        _log.warning("a refresh token was used twice", extra={"action": "refresh_reuse", "session_id": session_id})
        try:
            self.revoke_access_tokens([session_id])
        except Unavailable:
            # The session has ended; its access tokens end by themselves within minutes.
            _log.warning("its access tokens could not be revoked", extra={"action": "refresh_reuse"})

    def _grant(self, user: User, session_id: str, refresh_token: str) -> Grant:
        caller = Caller(user_id=user.id, username=user.username, roles=user.roles, session_id=session_id)
        return Grant(access_token=self.tokens.sign(caller), refresh_token=refresh_token)


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
