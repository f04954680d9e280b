"""Ids and names of users for other areas, remembered for a short time: a name changes only when a user is deleted."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Collection
from typing import TYPE_CHECKING, Generic, TypeVar

from shared.adapters.postgres.accounts import PostgresUsers
from shared.domain.accounts import usernames
from shared.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from shared.adapters.postgres.database import Postgres

LIFETIME_S = 30.0
ENTRIES_AT_MOST = 50_000
V = TypeVar("V")


class _Recent(Generic[V]):
    """Values by key that are forgotten after `LIFETIME_S`, and the oldest when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[float, V]] = OrderedDict()

    def get(self, key: str) -> V | None:
        """The value, unless it is too old."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] > time.monotonic() else None

    def put(self, key: str, value: V) -> None:
        """Remember a value."""
        with self._lock:
            self._entries[key] = time.monotonic() + LIFETIME_S, value
            self._entries.move_to_end(key)
            while len(self._entries) > ENTRIES_AT_MOST:
                self._entries.popitem(last=False)


class UserNames:
    """Looks up who is called what. Shared by all threads."""

    def __init__(self, database: Postgres) -> None:
        self._users = PostgresUsers(database)
        self._ids: _Recent[str] = _Recent()
        self._names: _Recent[str] = _Recent()

    def id_of(self, username: str) -> str:
        """The id of a user; `NotFound` when nobody has this name."""
        try:
            folded = usernames.fold(usernames.normalize_username(username))
        except InvalidInput:
            raise NotFound(f"no user {username!r}") from None
        user_id = self._ids.get(folded)
        if user_id is None:
            user_id = self._users.find_id(folded)
            if user_id is None:
                raise NotFound(f"no user {username!r}")
            self._ids.put(folded, user_id)
        return user_id

    def names_of(self, user_ids: Collection[str]) -> dict[str, str]:
        """The names of users by id; empty for those who were deleted."""
        names = {user_id: self._names.get(user_id) for user_id in user_ids}
        unknown = [user_id for user_id, name in names.items() if name is None]
        fetched = self._users.usernames(unknown) if unknown else {}
        for user_id in unknown:
            self._names.put(user_id, fetched.get(user_id, ""))
        return {user_id: fetched.get(user_id, "") if name is None else name for user_id, name in names.items()}
