"""Port of messages to users."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from shared.domain.accounts.contacts import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to a user."""

    to: Address
    subject: str
    """Empty for a phone."""
    text: str = field(repr=False)


class Messages(Protocol):
    """Reaches users by e-mail or phone."""

    def send(self, message: Message) -> None:
        """Return once somebody else is responsible for the delivery.

        `InvalidInput` when the address takes no messages, `Unavailable` when nobody takes this one now.
        """
