"""Which of a source's answers go wrong, and how: the same seed spoils the same answers, whoever serves them."""

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


class Trick(StrEnum):
    """How an answer is spoilt; the first that draws it has it."""

    MOVED = "moved"
    """The page is elsewhere since a while: 404 for every address of its kind."""
    CHALLENGE = "challenge"
    """From some request on, everybody is asked for a proof that nobody can give."""
    LIMITED = "limited"
    """429 with Retry-After."""
    ERRORS = "errors"
    """500, 502, or 503 with Retry-After."""
    CUT = "cut"
    """The connection ends in the middle of the body."""
    TRUNCATED = "truncated"
    """The body ends early, its length fits."""
    RENAMED = "renamed"
    """Fields of every answer of a kind have other names since a while."""
    POISONED = "poisoned"
    """Numbers are shifted and flags are flipped, as long as this lasts."""
    SLOW = "slow"
    """The answer is right and comes late."""


_LASTING = (Trick.MOVED, Trick.RENAMED)
"""What a site changes once and for all addresses of a kind."""


class BadHostility(ValueError):
    """The text names no tricks and shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """An answer as it leaves a hostile site."""

    status: int
    body: bytes
    retry_after: str = ""
    delay_s: float = 0.0
    cut_at: int | None = None
    """Bytes after which the connection ends."""


@dataclass(slots=True, kw_only=True)
class Hostility:
    """What a site spoils: shares, from 0 to 1, of requests, of addresses (poisoned) or of kinds of them (lasting)."""

    seed: int = 0
    shares: Mapping[Trick, float] = field(default_factory=dict)
    after: int = 0
    """Requests that are answered well before it begins; the challenge begins after that many again, by its share."""
    done: Counter[str] = field(default_factory=Counter)
    """How often each trick was played."""
    _asked: Counter[str] = field(default_factory=Counter)
    _n_asked: int = 0

    def spoil(self, path: str, status: int, body: bytes) -> Spoilt | None:
        """What becomes of an answer; None when it may pass as it is. Counts the request."""
        if not self.shares:
            return None
        self._n_asked += 1
        self._asked[path] += 1
        if self._n_asked <= self.after:
            return None
        trick = self._drawn(path)
        spoilt = None if trick is None else self._play(trick, path, status, body)
        if trick is not None and spoilt is not None:
            self.done[trick] += 1
        return spoilt

    def _drawn(self, path: str) -> Trick | None:
        return next((trick for trick in Trick if self._draws(trick, path)), None)

    def _draws(self, trick: Trick, path: str) -> bool:
        share = self.shares.get(trick, 0.0)
        if not share:
            return False
        if trick is Trick.CHALLENGE:
            return self._n_asked > self.after + share * 1000
        named: tuple[object, ...] = (path, self._asked[path])
        if trick in _LASTING:
            named = (kind_of(path),)
        elif trick is Trick.POISONED:
            named = (path,)
        return stable_hash(self.seed, trick, *named, bits=32) < share * 2**32

    def _play(self, trick: Trick, path: str, status: int, body: bytes) -> Spoilt | None:
        rng = stream(self.seed, "how", trick, path)
        if trick in _REFUSALS:
            return _REFUSALS[trick](stream(self.seed, trick, path, self._asked[path]))
        if trick is Trick.SLOW:
            return Spoilt(status=status, body=body, delay_s=rng.uniform(0.1, LONGEST_DELAY_S))
        if status != 200:
            return None
        if trick in (Trick.CUT, Trick.TRUNCATED):
            return _shortened(trick, rng, body)
        if trick is Trick.RENAMED:
            spoilt = poison.renamed(kind_of(path), body, stream(self.seed, trick, kind_of(path)))
        else:
            spoilt = poison.poisoned(kind_of(path), body, rng)
        return None if spoilt is None else Spoilt(status=200, body=spoilt)


def parse(text: str, *, seed: int = 0) -> Hostility:
    """Read ``errors=0.1,slow=0.05,after=200``.

    Raises
    ------
    BadHostility : a trick that is not known, or a share that is none.
    """
    shares: dict[Trick, float] = {}
    after = 0
    for item in filter(None, text.split(",")):
        name, _, value = item.partition("=")
        try:
            if name.strip() == "after":
                after = int(value)
            else:
                shares[Trick(name.strip())] = float(value)
        except ValueError as exc:
            raise BadHostility(f"{item!r}: expected {', '.join(Trick)} or after, = and a number") from exc
    if any(not 0 <= share <= 1 for share in shares.values()) or after < 0:
        raise BadHostility("shares are between 0 and 1, and `after` is not below 0")
    return Hostility(seed=seed, shares=shares, after=after)


def kind_of(path: str) -> str:
    """What an address is of: ``event``, ``lineups``, ``round``, ``standings`` …"""
    parts = [part for part in path.split("/") if part and not re.fullmatch(r"\d+|api|v1|slug|prefix", part)]
    return "standings" if parts[-2:-1] == ["standings"] else parts[-1]


def _challenged(rng: Random) -> Spoilt:
    return Spoilt(status=403, body=_error(403, reason="challenge"))


def _limited(rng: Random) -> Spoilt:
    return Spoilt(status=429, body=_error(429, message="Too Many Requests"), retry_after=str(rng.randrange(1, 4)))


def _moved(rng: Random) -> Spoilt:
    return Spoilt(status=404, body=_error(404, message="Not Found"))


def _failed(rng: Random) -> Spoilt:
    status = rng.choice((500, 502, 503))
    return Spoilt(status=status, body=b"<html><title>Oops</title>", retry_after="1" if status == 503 else "")


_REFUSALS = {Trick.CHALLENGE: _challenged, Trick.LIMITED: _limited, Trick.MOVED: _moved, Trick.ERRORS: _failed}


def _shortened(trick: Trick, rng: Random, body: bytes) -> Spoilt:
    n = int(len(body) * rng.uniform(0.05, 0.98))
    return Spoilt(status=200, body=body, cut_at=n) if trick is Trick.CUT else Spoilt(status=200, body=body[:n])


def _error(code: int, **told: str) -> bytes:
    return json.dumps({"error": {"code": code, **told}}).encode()
