"""What goes wrong between a provider and us, by shares and from a seed."""

from __future__ import annotations

import random
import threading
from collections import Counter

FAULTS = (
    "duplicate",  # a webhook comes again
    "reorder",  # webhooks overtake each other
    "delay",  # a webhook comes a second late
    "lie",  # a webhook with a wrong amount, or of money that nobody paid, is sent beside the true one
    "drop",  # a webhook never comes
    "timeout",  # a request is done and not answered
    "error",  # a request is answered 500 and not done
    "half",  # a request is answered 500 and done
)


class Faults:
    """Shares from 0 to 1 by fault; shared by all threads."""

    def __init__(self, shares: dict[str, float] | None = None, *, seed: int = 0) -> None:
        self._shares = dict(shares or {})
        if unknown := set(self._shares) - set(FAULTS):
            raise ValueError(f"there are no faults {', '.join(sorted(unknown))}")
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.applied: Counter[str] = Counter()

    def strikes(self, fault: str) -> bool:
        """Whether a fault strikes now."""
        with self._lock:
            struck = self._random.random() < self._shares.get(fault, 0.0)
            self.applied[fault] += struck
            return struck

    def choose(self, *choices: str) -> str:
        """One of several."""
        with self._lock:
            return self._random.choice(choices)


def parse(text: str, *, seed: int) -> Faults:
    """Read ``duplicate=0.2,lie=0.1``; `ValueError`."""
    pairs = [item.partition("=") for item in text.split(",") if item.strip()]
    return Faults({name.strip(): float(share) for name, _, share in pairs}, seed=seed)
