"""Sends messages to users by SMTP, or on a laptop as files that only their owner can read."""

from __future__ import annotations

import os
import secrets
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from shared import lazy
from shared.domain.accounts.contacts import Kind
from shared.errors import InvalidInput, Unavailable
from shared.ports.messaging import Message, Messages
from shared.settings.messages import MessageSettings

if TYPE_CHECKING:
    import smtplib
    from email import message as email_message
    from email.message import EmailMessage
else:
    smtplib = lazy.Module("smtplib")
    email_message = lazy.Module("email.message")

_TIMEOUT_S = 10.0
KEPT_FILES = 1_000
"""Messages in a folder; older ones are deleted when a new one is sent."""


def build_messages(settings: MessageSettings) -> Messages:
    """Return the port that `MESSAGES_URL` names."""
    parts = urlsplit(settings.url)
    if parts.scheme == "file":
        return FileMessages(Path(unquote(parts.path)), sender=settings.sender)
    return SmtpMessages(parts, sender=settings.sender, sms_domain=settings.sms_mail_domain)


class SmtpMessages:
    """Sends each message on a connection of its own: they are rare, and an idle one would be closed by then."""

    def __init__(self, url: SplitResult, *, sender: str, sms_domain: str = "", timeout_s: float = _TIMEOUT_S) -> None:
        """Store the address of the server.

        Parameters
        ----------
        url : ``smtps`` is encrypted from the start, ``smtp`` as soon as the server offers it.
        sender : the From of every message.
        sms_domain : where a gateway turns e-mail to ``number@domain`` into a text message; empty when there is none.
        """
        self._url = url
        self._sender = sender
        self._sms_domain = sms_domain
        self._timeout_s = timeout_s

    def send(self, message: Message) -> None:
        """Return once the server has taken the message."""
        mail = _write_mail(message, self._sender, self._recipient(message))
        try:
            with closing(self._connect()) as server:
                server.send_message(mail)
                with suppress(smtplib.SMTPException, OSError):  # it has the message by now
                    server.quit()
        except smtplib.SMTPRecipientsRefused as exc:
            codes = [code for code, _ in exc.recipients.values()]
            if all(500 <= code < 600 for code in codes):
                rule = "takes no messages"
                raise InvalidInput(f"{message.to.kind} {rule}", errors={message.to.kind.value: rule}) from None
            raise Unavailable("the mail server takes no message now") from None
        except (smtplib.SMTPException, OSError) as exc:
            # The error's text may name the address.
            raise Unavailable(f"the mail server takes no message now ({type(exc).__name__})") from None

    def _recipient(self, message: Message) -> str:
        if message.to.kind is Kind.EMAIL:
            return message.to.shown
        if not self._sms_domain:
            raise Unavailable("text messages cannot be sent: SMS_MAIL_DOMAIN names no gateway")
        return f"{message.to.shown.lstrip('+')}@{self._sms_domain}"

    def _connect(self) -> smtplib.SMTP:
        import ssl

        host, port = self._url.hostname or "127.0.0.1", self._url.port or 0
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=self._timeout_s, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, port, timeout=self._timeout_s)
        try:
            self._log_in(server, encrypted=self._url.scheme == "smtps")
        except BaseException:
            server.close()
            raise
        return server

    def _log_in(self, server: smtplib.SMTP, *, encrypted: bool) -> None:
        import ssl

        server.ehlo()
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            encrypted = True
        if not self._url.username:
            return
        if not encrypted:
            raise Unavailable("the mail server offers no encryption, so the password is not sent")
        server.login(unquote(self._url.username), unquote(self._url.password or ""))


class FileMessages:
    """Writes each message to a file of a folder; names sort by the time of sending."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, message: Message) -> None:
        """Return once the whole file is stored."""
        import time

        name = f"{time.time_ns()}-{secrets.token_hex(4)}"
        draft = self._folder / f".{name}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(bytes(_write_mail(message, self._sender, message.to.shown)))
            draft.rename(self._folder / f"{name}.eml")
            self._delete_older()
        except OSError as exc:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise Unavailable("the folder of messages cannot be written") from exc

    def _delete_older(self) -> None:
        """Delete the oldest files beyond `KEPT_FILES`; names begin with the time."""
        for path in sorted(self._folder.glob("*.eml"))[:-KEPT_FILES]:
            path.unlink(missing_ok=True)


def _write_mail(message: Message, sender: str, recipient: str) -> EmailMessage:
    from email.utils import formatdate, make_msgid, parseaddr

    mail = email_message.EmailMessage()
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    # So that no out-of-office answers it (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail
