"""A login that was just proven is remembered for a while, and for nothing but the same user, hash and password."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared.domain.accounts.users import Login, User
from shared.security import recent_logins
from shared.security.recent_logins import RecentLogins

ADA = Login(
    user=User(id="1", username="ada", roles=(), created_at=datetime(2026, 3, 1, tzinfo=UTC)), password_hash="$2b$a"
)


class Clock:
    """Moved by hand."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_it_is_found_until_its_time_is_over() -> None:
    clock = Clock()
    logins = RecentLogins(lifetime_s=60, monotonic=clock)
    assert logins.find(ADA, "secret") == ""
    logins.remember(ADA, "secret", "s1")
    assert logins.find(ADA, "secret") == "s1"
    clock.now_s += 60
    assert logins.find(ADA, "secret") == ""


def test_another_password_hash_or_user_is_not_found() -> None:
    logins = RecentLogins(lifetime_s=60)
    logins.remember(ADA, "secret", "s1")
    assert logins.find(ADA, "secret2") == ""
    assert logins.find(replace(ADA, password_hash="$2b$b"), "secret") == ""
    assert logins.find(replace(ADA, user=replace(ADA.user, id="2")), "secret") == ""
    # Parts are told apart by their lengths.
    assert logins.find(replace(ADA, password_hash="$2b$as"), "ecret") == ""


def test_two_processes_share_nothing() -> None:
    first, second = RecentLogins(lifetime_s=60), RecentLogins(lifetime_s=60)
    first.remember(ADA, "secret", "s1")
    assert second.find(ADA, "secret") == ""
    assert not set(first._entries) & {second._digest(ADA, "secret")}


def test_the_oldest_is_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_logins, "ENTRIES_AT_MOST", 2)
    logins = RecentLogins(lifetime_s=60)
    for password in ("a", "b", "c"):
        logins.remember(ADA, password, password)
    assert [logins.find(ADA, password) for password in ("a", "b", "c")] == ["", "b", "c"]
