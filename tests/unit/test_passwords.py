"""Password hashes and the gate before them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest

from shared.errors import Overloaded
from shared.passwords import Gate, Passwords


def passwords(cost: int = 4) -> Passwords:
    return Passwords(cost, Gate(waiting_at_most=50))


def test_a_hash_matches_its_password_and_no_other() -> None:
    hashed = passwords().hash("correct horse")
    assert passwords().matches("correct horse", hashed)
    assert not passwords().matches("correct horsf", hashed)
    assert hashed.startswith("$2b$04$")


def test_equal_passwords_have_different_hashes() -> None:
    assert passwords().hash("correct horse") != passwords().hash("correct horse")


def test_a_hash_of_another_cost_still_matches() -> None:
    assert passwords(5).matches("correct horse", passwords(4).hash("correct horse"))


@pytest.mark.parametrize("password", ["", "x" * 73, "x" * 72 + "y", "a\0b", "\ud800", "é" * 37])
def test_an_impossible_password_matches_nothing_after_one_check(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = passwords().hash("x" * 72)
    costs: list[bytes] = []
    check = bcrypt.checkpw

    def counted(raw: bytes, against: bytes) -> bool:
        costs.append(against[:7])
        return check(raw, against)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    assert not passwords().matches(password, hashed)
    assert not passwords().matches(password, None)
    assert costs == [b"$2b$04$"] * 2


@pytest.mark.parametrize("cost", [3, 32, 0, -1])
def test_a_cost_bcrypt_does_not_know_is_refused(cost: int) -> None:
    with pytest.raises(ValueError, match="4 to 31"):
        Passwords(cost)


def test_the_gate_lets_few_in_and_turns_the_rest_away_at_once() -> None:
    gate = Gate(at_once=2, waiting_at_most=3)
    leave, turned_away, inside = threading.Event(), threading.Semaphore(0), threading.Semaphore(0)

    def enter() -> float:
        """Seconds to wait before coming again; 0 for who was let in."""
        try:
            with gate.entered():
                inside.release()
                leave.wait(10)
        except Overloaded as exc:
            turned_away.release()
            return exc.retry_after_s
        return 0

    with ThreadPoolExecutor(20) as threads:
        visits = [threads.submit(enter) for _ in range(20)]
        assert all(turned_away.acquire(timeout=10) for _ in range(15))
        assert all(inside.acquire(timeout=10) for _ in range(2))
        assert not inside.acquire(blocking=False), "a third is inside"
        leave.set()
    waits_s = sorted(visit.result() for visit in visits)
    assert waits_s[:5] == [0] * 5
    assert min(waits_s[5:]) >= 1


def test_a_failure_inside_gives_its_place_back() -> None:
    gate = Gate(at_once=1, waiting_at_most=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), gate.entered():
            raise ZeroDivisionError
    with gate.entered():
        pass
