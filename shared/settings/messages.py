"""Settings of messages to users and of the codes in them."""

from __future__ import annotations

from dataclasses import dataclass

from shared.security import keys
from shared.settings import parsers
from shared.settings.loading import setting


def _secret(text: str) -> str:
    if len(text) < keys.SECRET_LENGTH:
        raise ValueError(f"must be {keys.SECRET_LENGTH} characters or more")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSettings:
    """The server and the sender of messages to users."""

    url: str = setting(
        "MESSAGES_URL",
        parsers.url("smtp", "smtps", "file"),
        "",
        "where messages to users go: smtp[s]://user:password@host:port, or file:///folder",
        secret=True,
    )
    sender: str = setting("MESSAGES_FROM", str, "Touchline <no-reply@touchline.example>", "who our messages come from")
    sms_mail_domain: str = setting(
        "SMS_MAIL_DOMAIN", str, "", "an e-mail-to-SMS gateway: number@domain; empty = phones are not reached by SMTP"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSettings:
    """Verification codes."""

    key: str = setting(
        "CODES_KEY", _secret, "", "key of the digests of verification codes, 32 characters or more", secret=True
    )
