"""What a ledger does, as a program of one thread: the model that real runs are compared with."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.domain.money.ledger import Balance, Side


class Refused(Exception):
    """The model refuses; the message is the kind of refusal."""


@dataclass
class ModelHold:
    """A hold of the model."""

    source: int
    target: int
    amount: int
    state: str = "pending"
    captured: int = 0


@dataclass
class Model:
    """Accounts by number; a step is refused, or done entirely."""

    balances: list[Balance] = field(default_factory=list)
    transactions: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)
    holds: dict[str, ModelHold] = field(default_factory=dict)
    keys: dict[str, tuple[str, object]] = field(default_factory=dict)
    issued: int = 0

    def open(self, coins: int) -> int:
        """A new account with so many coins; its number."""
        self.balances.append(Balance(normal_side=Side.CREDIT, minimum=0, credits_posted=coins))
        self.issued += coins
        return len(self.balances) - 1

    def post(self, name: str, lines: list[tuple[int, int]]) -> None:
        """Post a transaction: accounts with signed amounts."""
        changed = dict(enumerate(self.balances))
        for account, amount in lines:
            changed[account] = changed[account].after(amount)
        self._check(changed, "insufficient")
        self._adopt(changed)
        self.transactions[name] = lines

    def reverse(self, name: str, original: str) -> None:
        """Post the opposite of a transaction, once."""
        if original in self.reversed or original.startswith("reversal"):
            raise Refused("conflict")
        self.post(name, [(account, -amount) for account, amount in self.transactions[original]])
        self.reversed.add(original)

    def hold(self, name: str, source: int, target: int, amount: int) -> None:
        """Reserve an amount."""
        self._reserve(source, target, amount)
        self.holds[name] = ModelHold(source, target, amount)

    def capture(self, name: str, amount: int) -> bool:
        """Post a part of a hold and release the rest; whether it was so captured before."""
        hold = self.holds[name]
        if hold.state == "captured" and hold.captured == amount:
            return True
        if hold.state != "pending":
            raise Refused("conflict")
        if not 1 <= amount <= hold.amount:
            raise Refused("invalid")
        self._reserve(hold.source, hold.target, -hold.amount)
        self.post(f"capture of {name}", [(hold.source, -amount), (hold.target, amount)])
        hold.state, hold.captured = "captured", amount
        return False

    def release(self, name: str, *, state: str = "released") -> bool:
        """Give back what a hold reserves; whether it did."""
        hold = self.holds[name]
        if hold.state == "captured":
            raise Refused("conflict")
        if hold.state != "pending":
            return False
        self._reserve(hold.source, hold.target, -hold.amount)
        hold.state = state
        return True

    def _reserve(self, source: int, target: int, amount: int) -> None:
        changed = dict(enumerate(self.balances))
        changed[source] = changed[source].reserving(debits=amount)
        changed[target] = changed[target].reserving(credits=amount)
        self._check(changed, "insufficient")
        self._adopt(changed)

    def _check(self, changed: dict[int, Balance], kind: str) -> None:
        if not all(balance.within_limits for balance in changed.values()):
            raise Refused(kind)

    def _adopt(self, changed: dict[int, Balance]) -> None:
        self.balances = [changed[number] for number in range(len(self.balances))]
