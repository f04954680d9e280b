"""A plan of faults: which responses of a source are corrupted and how. The same seed corrupts the same responses."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from k8s.local.standin.faults import falsified_answers as poison
from k8s.local.standin.world.random_streams import stable_hash, stream

LONGEST_DELAY_S = 2.0


class Fault(StrEnum):
    """Kind of fault. The first kind, in this order, that applies to a response wins."""

    MOVED = "moved"
    """404 for every address of a kind, as after a move."""
    CHALLENGE = "challenge"
    """403 with a challenge that cannot be passed, for every request after a certain number."""
    LIMITED = "limited"
    """429 with Retry-After."""
    ERRORS = "errors"
    """500, 502, or 503 with Retry-After."""
    CUT = "cut"
    """The connection ends in the middle of the body."""
    TRUNCATED = "truncated"
    """The body ends early, its length fits."""
    RENAMED = "renamed"
    """One field is renamed in every response of a kind."""
    POISONED = "poisoned"
    """Numbers are shifted and flags are flipped in every response of an address."""
    SLOW = "slow"
    """The response is right and comes late."""


_LASTING = (Fault.MOVED, Fault.RENAMED)
"""Faults that hold for all addresses of a kind."""


class InvalidFaultPlan(ValueError):
    """The text is not a list of faults and shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorruptedResponse:
    """A response after a fault was applied."""

    status: int
    body: bytes
    retry_after: str = ""
    delay_s: float = 0.0
    cut_at: int | None = None
    """Bytes after which the connection ends."""


@dataclass(slots=True, kw_only=True)
class FaultPlan:
    """Shares of faults, 0 to 1: of requests, of addresses (poisoned) or of kinds of addresses (moved, renamed)."""

    seed: int = 0
    shares: Mapping[Fault, float] = field(default_factory=dict)
    after: int = 0
    """Requests answered without a fault at first. The challenge begins `share` times 1000 requests later."""
    applied: Counter[str] = field(default_factory=Counter)
    """Count of each fault that was applied."""
    _requests: Counter[str] = field(default_factory=Counter)
    _n_requests: int = 0

    def corrupt(self, path: str, status: int, body: bytes) -> CorruptedResponse | None:
        """Count the request and return the corrupted response, or None when the response stays as it is."""
        if not self.shares:
            return None
        self._n_requests += 1
        self._requests[path] += 1
        if self._n_requests <= self.after:
            return None
        fault = self._chosen_fault(path)
        corrupted = None if fault is None else self._apply(fault, path, status, body)
        if fault is not None and corrupted is not None:
            self.applied[fault] += 1
        return corrupted

    def _chosen_fault(self, path: str) -> Fault | None:
        return next((fault for fault in Fault if self._is_hit(fault, path)), None)

    def _is_hit(self, fault: Fault, path: str) -> bool:
        share = self.shares.get(fault, 0.0)
        if not share:
            return False
        if fault is Fault.CHALLENGE:
            return self._n_requests > self.after + share * 1000
        key: tuple[object, ...] = (path, self._requests[path])
        if fault in _LASTING:
            key = (kind_of(path),)
        elif fault is Fault.POISONED:
            key = (path,)
        return stable_hash(self.seed, fault, *key, bits=32) < share * 2**32

    def _apply(self, fault: Fault, path: str, status: int, body: bytes) -> CorruptedResponse | None:
        rng = stream(self.seed, "how", fault, path)
        if fault in _REFUSALS:
            return _REFUSALS[fault](stream(self.seed, fault, path, self._requests[path]))
        if fault is Fault.SLOW:
            return CorruptedResponse(status=status, body=body, delay_s=rng.uniform(0.1, LONGEST_DELAY_S))
        if status != 200:
            return None
        if fault in (Fault.CUT, Fault.TRUNCATED):
            return _cut_body(fault, rng, body)
        if fault is Fault.RENAMED:
            corrupted = poison.rename_field(kind_of(path), body, stream(self.seed, fault, kind_of(path)))
        else:
            corrupted = poison.falsify_numbers(kind_of(path), body, rng)
        return None if corrupted is None else CorruptedResponse(status=200, body=corrupted)


def parse(text: str, *, seed: int = 0) -> FaultPlan:
    """Read ``errors=0.1,slow=0.05,after=200``.

    Raises
    ------
    InvalidFaultPlan : an unknown fault, or a share that is not between 0 and 1.
    """
    shares: dict[Fault, float] = {}
    after = 0
    for item in filter(None, text.split(",")):
        name, _, value = item.partition("=")
        try:
            if name.strip() == "after":
                after = int(value)
            else:
                shares[Fault(name.strip())] = float(value)
        except ValueError as exc:
            raise InvalidFaultPlan(
                f"{item!r}: expected NAME=NUMBER, with a name among {', '.join(Fault)}, after"
            ) from exc
    if any(not 0 <= share <= 1 for share in shares.values()) or after < 0:
        raise InvalidFaultPlan("shares are between 0 and 1, and `after` is not below 0")
    return FaultPlan(seed=seed, shares=shares, after=after)


def kind_of(path: str) -> str:
    """Return the kind of an address: ``event``, ``lineups``, ``round``, ``standings`` …"""
    parts = [part for part in path.split("/") if part and not re.fullmatch(r"\d+|api|v1|slug|prefix", part)]
    return "standings" if parts[-2:-1] == ["standings"] else parts[-1]


def _challenge(rng: Random) -> CorruptedResponse:
    return CorruptedResponse(status=403, body=_error(403, reason="challenge"))


def _rate_limit(rng: Random) -> CorruptedResponse:
    return CorruptedResponse(
        status=429, body=_error(429, message="Too Many Requests"), retry_after=str(rng.randrange(1, 4))
    )


def _not_found(rng: Random) -> CorruptedResponse:
    return CorruptedResponse(status=404, body=_error(404, message="Not Found"))


def _server_error(rng: Random) -> CorruptedResponse:
    status = rng.choice((500, 502, 503))
    return CorruptedResponse(status=status, body=b"<html><title>Oops</title>", retry_after="1" if status == 503 else "")


_REFUSALS = {
    Fault.CHALLENGE: _challenge,
    Fault.LIMITED: _rate_limit,
    Fault.MOVED: _not_found,
    Fault.ERRORS: _server_error,
}


def _cut_body(fault: Fault, rng: Random, body: bytes) -> CorruptedResponse:
    n = int(len(body) * rng.uniform(0.05, 0.98))
    return (
        CorruptedResponse(status=200, body=body, cut_at=n)
        if fault is Fault.CUT
        else CorruptedResponse(status=200, body=body[:n])
    )


def _error(code: int, **members: str) -> bytes:
    return json.dumps({"error": {"code": code, **members}}).encode()
