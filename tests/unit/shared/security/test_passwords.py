"""Password hashes and the gate before them."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pytest

from shared.errors import Overloaded
from shared.security.password_rules import is_breached
from shared.security.passwords import HashQueue, Passwords
from tests.support.accounts.log_search import occupied
from tests.support.waiting import eventually


def passwords(cost: int = 4) -> Passwords:
    return Passwords(cost, HashQueue(max_waiting=50))


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The costs of the checks made."""
    made: list[int] = []
    check = bcrypt.checkpw

    def counted(raw: bytes, against: bytes) -> bool:
        made.append(int(against[4:6]))
        return check(raw, against)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return made


def test_a_hash_matches_its_password_and_no_other() -> None:
    hashed = passwords().hash("correct horse")
    assert passwords().matches("correct horse", hashed)
    assert not passwords().matches("correct horsf", hashed)
    assert hashed.startswith("$2b$04$")


def test_a_password_is_one_however_its_letters_are_typed() -> None:
    composed, apart = "caf\u00e9 cr\u00e8me", "cafe\u0301 cre\u0300me"
    for typed in (composed, apart):
        hashed = passwords().hash(typed)
        assert passwords().matches(composed, hashed)
        assert passwords().matches(apart, hashed)


def test_a_hash_of_letters_typed_apart_still_matches() -> None:
    """Hashes were made of what was typed before."""
    apart = "cafe\u0301 cre\u0300me"
    old = bcrypt.hashpw(apart.encode(), bcrypt.gensalt(4)).decode()
    assert passwords().matches(apart, old)
    assert not passwords().matches("caf\u00e9 creme", old)


def test_equal_passwords_have_different_hashes() -> None:
    assert passwords().hash("correct horse") != passwords().hash("correct horse")


def test_a_hash_of_another_cost_still_matches_and_is_outdated() -> None:
    hashed = passwords(4).hash("correct horse")
    assert passwords(5).matches("correct horse", hashed)
    assert passwords(5).needs_rehash(hashed)
    assert not passwords(4).needs_rehash(hashed)


@pytest.mark.parametrize(("of", "today"), [(4, 4), (4, 5), (4, 8), (6, 8)])
def test_a_wrong_password_costs_the_work_of_today_whatever_the_hash(of: int, today: int, costs: list[int]) -> None:
    hashed = passwords(of).hash("correct horse")
    assert not passwords(today).matches("wrong horse", hashed)
    assert sum(2**cost for cost in costs) == 2**today
    costs.clear()
    assert not passwords(today).matches("wrong horse", None)
    assert costs == [today]


@pytest.mark.parametrize("n_bytes", [72, 73, 144, 1024])
def test_every_byte_of_a_long_password_counts(n_bytes: int) -> None:
    hashed = passwords().hash("x" * n_bytes)
    assert passwords().matches("x" * n_bytes, hashed)
    for other in ("x" * (n_bytes - 1), "x" * (n_bytes - 1) + "y", "y" + "x" * (n_bytes - 1)):
        assert not passwords().matches(other, hashed)
    assert n_bytes == 1024 or not passwords().matches("x" * (n_bytes + 1), hashed)


def test_what_stands_for_a_long_password_cannot_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs: list[bytes] = []
    make = bcrypt.hashpw
    monkeypatch.setattr(bcrypt, "hashpw", lambda raw, salt: inputs.append(raw) or make(raw, salt))  # type: ignore[func-returns-value]
    passwords().hash("é" * 72)
    passwords().hash("é" * 36)
    assert len(inputs[0]) == 65
    with pytest.raises(UnicodeDecodeError):
        inputs[0].decode()
    assert inputs[1] == ("é" * 36).encode()


@pytest.mark.parametrize("password", ["", "x" * 1025, "a\0b", "\ud800", "é" * 2049])
def test_an_impossible_password_matches_nothing_after_one_check(password: str, costs: list[int]) -> None:
    hashed = passwords().hash("x" * 72)
    costs.clear()
    assert not passwords().matches(password, hashed)
    assert not passwords().matches(password, None)
    assert costs == [4, 4]


@pytest.mark.parametrize("cost", [3, 32, 0, -1])
def test_a_cost_bcrypt_does_not_know_is_refused(cost: int) -> None:
    with pytest.raises(ValueError, match="4 to 31"):
        Passwords(cost)


@pytest.mark.parametrize(
    ("password", "known"),
    [
        ("1234567890", True),
        ("qwertyuiop", True),
        ("password123", True),
        ("correct horse battery", False),
        ("пароль12345", False),
        ("x7#Kq!92mZ~p", False),
        ("密" * 4, False),
        ("short", False),
    ],
)
def test_passwords_that_thieves_try_first_are_known(password: str, known: bool) -> None:
    assert is_breached(password) is known


def test_the_gate_lets_few_in_and_turns_the_rest_away_at_once() -> None:
    gate = HashQueue(at_once=2, max_waiting=3)
    leave, turned_away, inside = threading.Event(), threading.Semaphore(0), threading.Semaphore(0)

    def stay() -> None:
        inside.release()
        leave.wait(10)

    def enter() -> float:
        """Seconds to wait before coming again; 0 for who was let in."""
        try:
            gate.run(stay)
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


def test_who_finds_the_queue_full_waits_a_moment_for_a_place() -> None:
    """Clients that never pause would otherwise keep the server busy with refusals."""
    gate, patience_s = HashQueue(at_once=1, max_waiting=0, patience_s=0.2), 0.2
    with occupied(gate):
        began_s = time.monotonic()
        with pytest.raises(Overloaded):
            gate.run(lambda: None)
        assert time.monotonic() - began_s >= patience_s
    patient = HashQueue(at_once=1, max_waiting=0, patience_s=10)
    with ThreadPoolExecutor(1) as threads:
        with occupied(patient):
            waiting = threads.submit(patient.run, lambda: "served")
        assert waiting.result(10) == "served"


def test_a_failure_inside_gives_its_place_back() -> None:
    gate = HashQueue(at_once=1, max_waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            gate.run(lambda: 1 // 0)
    assert gate.run(lambda: 7) == 7


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows priorities of threads")
def test_hashing_yields_to_all_other_threads() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    assert HashQueue().run(niceness) == max(before, 10)
    assert niceness() == before


def test_who_waits_for_a_hash_holds_no_hashing_thread() -> None:
    gate, entered, leave = HashQueue(at_once=1, max_waiting=1), threading.Event(), threading.Event()
    names: list[str] = []

    def stay() -> None:
        entered.set()
        leave.wait(10)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(gate.run, stay)
        assert entered.wait(10)
        second = threads.submit(gate.run, lambda: names.append(threading.current_thread().name))
        eventually(lambda: gate._places._value == 0)
        assert not names
        leave.set()
        first.result()
        second.result()
    assert names == ["passwords_0"]
