"""Claims and codes in memory; `functions/verify_contact` runs on it in tests."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.accounts.audit import Actor, AuditEntry, Outcome
from shared.domain.accounts.contacts import Address, Kind
from shared.domain.accounts.lifecycle import Contact, Proof
from shared.domain.accounts.users import State, User
from shared.errors import Conflict, NotFound
from shared.events.users import UserVerified
from shared.testing.account_lifecycle import MemoryLife


@dataclass(slots=True)
class _Code:
    digest: bytes
    expires_at: datetime
    address: str
    n_tries: int = 0


class MemoryCodes:
    """A dictionary of codes by user and kind."""

    def __init__(self, life: MemoryLife) -> None:
        self._life = life
        self._contacts = life.users.contacts
        self._codes: dict[tuple[str, Kind], _Code] = {}

    def find_claim(self, user_id: str, kind: Kind) -> Address:
        """The address that is to be proven; `NotFound` when there is none, `Conflict` when it is proven already."""
        claim = self._claim(user_id, kind)
        if claim is not None:
            return _reached(claim)
        if any(each.kind is kind for each in self._contacts.get(user_id, [])):
            raise Conflict(f"your {kind} is proven")
        raise NotFound(f"no {kind} to be proven")

    def store(
        self, user_id: str, address: Address, *, digest: bytes, expires_at: datetime, by: Actor, now: datetime
    ) -> None:
        """Only the code of this digest proves the address from now on; `NotFound` when it is claimed no more."""
        with self._life.lock:
            self._life.living(user_id)
            claim = self._claim(user_id, address.kind)
            if claim is None or claim.address != address.shown:
                raise NotFound(f"no such {address.kind} to be proven")
            self._codes[user_id, address.kind] = _Code(digest, expires_at, address.shown)
            self._record("contact.send_code", user_id, address.kind, by, now)

    def prove(
        self, user_id: str, kind: Kind, *, digest: bytes, max_tries: int, by: Actor, now: datetime
    ) -> Proof | None:
        """Use a code up; None when it is not the one that was sent last, too old, used, or tried too often."""
        with self._life.lock:
            user = self._life.living(user_id)
            claim = self._claim(user_id, kind)
            if claim is None or not self._matches(user_id, claim, digest, max_tries, now):
                self._record("contact.verify", user_id, kind, by, now, "refused")
                return None
            self._refuse_anothers(claim)
            del self._codes[user_id, kind]
            proven = replace(claim, verified_at=now)
            held = self._contacts[user_id]
            earlier = next((_reached(each) for each in held if each.kind is kind and each.verified_at), None)
            self._contacts[user_id] = [*(each for each in held if each.kind is not kind), proven]
            self._record("contact.verify", user_id, kind, by, now)
            return Proof(contact=proven, state=self._advanced(user, now), replaced=earlier)

    def _claim(self, user_id: str, kind: Kind) -> Contact | None:
        mine = self._contacts.get(user_id, [])
        return next((each for each in mine if each.kind is kind and not each.verified_at), None)

    def _matches(self, user_id: str, claim: Contact, digest: bytes, max_tries: int, now: datetime) -> bool:
        code = self._codes.get((user_id, claim.kind))
        if code is None or code.address != claim.address or code.n_tries >= max_tries or code.expires_at <= now:
            return False
        code.n_tries += 1
        return hmac.compare_digest(code.digest, digest)

    def _refuse_anothers(self, claim: Contact) -> None:
        proven = [each for held in self._contacts.values() for each in held if each.verified_at]
        if any((each.kind, each.address.casefold()) == (claim.kind, claim.address.casefold()) for each in proven):
            raise Conflict(f"this {claim.kind} is proven to be another user's")

    def _advanced(self, user: User, now: datetime) -> State:
        if user.state is not State.NEW:
            return user.state
        self._life.users.move(user.username.casefold(), State.CONTACT_VERIFIED)
        self._life.tell(UserVerified(user_id=user.id, state=State.CONTACT_VERIFIED, occurred_at=now))
        return State.CONTACT_VERIFIED

    def _record(
        self, action: str, user_id: str, kind: Kind, by: Actor, now: datetime, outcome: Outcome = "done"
    ) -> None:
        entry = AuditEntry(action=action, by=by, user_id=user_id, outcome=outcome, detail={"kind": kind})
        self._life.record(entry, now=now)


def _reached(contact: Contact) -> Address:
    return Address(kind=contact.kind, shown=contact.address, folded=contact.address.casefold())
