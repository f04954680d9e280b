"""Messages that are only remembered; `gone` makes nobody take them, `refused` are addresses that take none."""

from __future__ import annotations

from shared.errors import InvalidInput, Unavailable
from shared.ports.messaging import Message


class MemoryMessages:
    """A list of messages."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.gone = False
        self.refused: set[str] = set()

    def send(self, message: Message) -> None:
        """Remember the message."""
        if self.gone:
            raise Unavailable("the mail server takes no message now")
        if message.to.shown in self.refused:
            raise InvalidInput(f"{message.to.kind} takes no messages", errors={message.to.kind: "takes no messages"})
        self.sent.append(message)
