"""A mail server on loopback that keeps what it is sent (as much of RFC 5321 as smtplib speaks)."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


class SmtpServer(socketserver.ThreadingTCPServer):
    """`answers` are given instead of the usual ones, by command, such as ``{"RCPT": "550 no such user"}``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.answers: dict[str, str] = {}
        self.commands: list[str] = []
        self.raw: list[bytes] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def messages(self) -> list[EmailMessage]:
        """What it took."""
        return [
            message for raw in self.raw if isinstance(message := message_from_bytes(raw, policy=default), EmailMessage)
        ]


_USUAL = {"EHLO": "250-loopback\r\n250 SMTPUTF8", "QUIT": "221 bye"}


class _Session(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        self._say("220 loopback")
        for line in self.rfile:
            command = line.decode().strip()
            self.server.commands.append(command)
            verb = command.split(" ")[0].upper()
            if verb == "DATA" and "DATA" not in self.server.answers:
                self._say("354 go on")
                self.server.raw.append(self._read_message())
                self._say("250 taken")
                continue
            self._say(self.server.answers.get(verb) or _USUAL.get(verb, "250 ok"))
            if verb == "QUIT":
                return

    def _read_message(self) -> bytes:
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    """One that runs inside."""
    with SmtpServer() as server:
        thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
