"""Messages by SMTP, against a server on loopback, and as files."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from shared.adapters.messages import build_messages
from shared.domain.accounts import contacts
from shared.errors import InvalidInput, Unavailable
from shared.ports.messaging import Message, Messages
from shared.settings.loading import load_settings
from shared.settings.messages import MessageSettings
from tests.support.accounts.log_search import Logs, logs
from tests.support.servers.smtp import SmtpServer, smtp_server

__all__ = ["logs"]
CODE = "the code is 12345678"
MESSAGE = Message(
    to=contacts.parse_email("Ada@bücher.example"), subject="Ihr Touchline-Code für Sie", text=f"{CODE}\n.\nGrüße\n"
)
PHONE = replace(MESSAGE, to=contacts.parse_phone("+44 20 7946 0018"), subject="")


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as running:
        yield running


def by_url(url: str, **env: str) -> Messages:
    return build_messages(
        load_settings(
            MessageSettings, {"MESSAGES_URL": url, "MESSAGES_FROM": "Touchline <hello@touchline.example>", **env}
        )
    )


@pytest.fixture
def mail(server: SmtpServer) -> Callable[..., Messages]:
    return lambda login="", **env: by_url(f"smtp://{login}127.0.0.1:{server.port}", **env)


def test_a_message_arrives_as_it_was_written(server: SmtpServer, mail: Callable[..., Messages]) -> None:
    mail().send(MESSAGE)
    (email,) = server.messages()
    assert (email["From"], email["To"]) == ("Touchline <hello@touchline.example>", MESSAGE.to.shown)
    assert email["Subject"] == MESSAGE.subject
    assert email["Auto-Submitted"] == "auto-generated"
    assert email["Message-ID"].endswith("@touchline.example>")
    assert email.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert server.commands[-1].upper() == "QUIT"


def test_a_phone_is_reached_through_a_gateway_or_not_at_all(server: SmtpServer, mail: Callable[..., Messages]) -> None:
    mail(SMS_MAIL_DOMAIN="sms.example").send(PHONE)
    assert server.messages()[0]["To"] == "442079460018@sms.example"
    with pytest.raises(Unavailable, match="no gateway"):
        mail().send(PHONE)


@pytest.mark.parametrize(
    ("command", "answer", "trouble"),
    [
        ("RCPT", "550 5.1.1 Ada is gone", InvalidInput),
        ("RCPT", "450 mailbox is busy", Unavailable),
        ("MAIL", "451 come back later", Unavailable),
        ("DATA", "554 no", Unavailable),
        ("EHLO", "421 closing", Unavailable),
    ],
)
def test_a_refusal_is_told_without_its_words(
    server: SmtpServer, mail: Callable[..., Messages], logs: Logs, command: str, answer: str, trouble: type[Exception]
) -> None:
    logs.keep_secret(CODE, MESSAGE.to.shown)
    server.answers[command] = answer
    with pytest.raises(trouble) as caught:
        mail().send(MESSAGE)
    assert "Ada" not in str(caught.value)
    assert server.messages() == []


def test_a_silent_server_is_trouble() -> None:
    with pytest.raises(Unavailable):
        by_url("smtp://127.0.0.1:1").send(MESSAGE)


def test_no_password_is_sent_in_the_clear(server: SmtpServer, mail: Callable[..., Messages], logs: Logs) -> None:
    logs.keep_secret("s3cret-of-mail")
    with pytest.raises(Unavailable, match="no encryption"):
        mail("touchline:s3cret-of-mail@").send(MESSAGE)
    assert {command.split(" ")[0].lower() for command in server.commands} == {"ehlo"}


def test_files_hold_whole_messages_in_their_order_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "to" / "users"
    outbox = by_url(folder.as_uri())
    outbox.send(MESSAGE)
    outbox.send(PHONE)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(outbox.send, [MESSAGE] * 8))
    files = sorted(folder.iterdir())
    assert len(files) == 10
    first, second = (message_from_bytes(path.read_bytes(), policy=default) for path in files[:2])
    assert (first["To"], second["To"]) == (MESSAGE.to.shown, PHONE.to.shown)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        by_url((tmp_path / "file" / "folder").as_uri()).send(MESSAGE)


def test_a_folder_keeps_the_newest_messages_and_deletes_older_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.messages.KEPT_FILES", 3)
    folder = by_url(tmp_path.as_uri())
    for n in range(5):
        folder.send(replace(MESSAGE, text=f"message {n}"))
    contents = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(tmp_path.glob("*.eml"))]
    assert [each.get_content().strip() for each in contents] == ["message 2", "message 3", "message 4"]
    assert len(list(tmp_path.iterdir())) == 3
