"""The environment, typed: one frozen dataclass, one `load`, every fault named at once.

An edge names the settings it cannot live without (`need`); all others may stay empty, so that a function's
container is given only what it uses. `SETTINGS` is the one list of names, defaults and effects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from shared.errors import InvalidSettings
from shared.security import keys


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes:
            raise ValueError(f"expected {' or '.join(s + '://' for s in schemes)}")
        if not (parts.netloc or parts.path):
            raise ValueError("has no address")
        return text

    return parse


def _secret(text: str) -> str:
    if len(text) < keys.SECRET_LENGTH:
        raise ValueError(f"must be {keys.SECRET_LENGTH} characters or more")
    return text


def _word(text: str) -> str:
    if not (text.isascii() and text.isidentifier() and text.islower()):
        raise ValueError("expected lower-case letters, digits and underscores")
    return text


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError("must be 1 or more")
    return value


def _keep_days(text: str) -> int:
    value = int(text)
    if value != 0 and value < 7:  # corrections are checked against what was read days before
        raise ValueError("must be 0 or 7 or more")
    return value


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _networks(text: str) -> tuple[str, ...]:
    from ipaddress import ip_network

    return tuple(str(ip_network(name)) for name in _names(text))


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or text != f"{parts.scheme}://{parts.netloc}" or not parts.hostname:
        raise ValueError("expected an origin such as https://touchline.example, without a path")
    return text.lower()


def _rate(text: str) -> float:
    value = float(text)
    if not 0 <= value < 10_000:
        raise ValueError("must be between 0 and 10000")
    return value


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _keys(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for item in _names(text):
        kid, _, text = item.partition(":")
        keys.check(kid, text)
        pairs.append((kid, text))
    if not pairs:
        raise ValueError("names no key")
    if len(dict(pairs)) < len(pairs):
        raise ValueError("names a kid twice")
    return tuple(pairs)


def _extensions(text: str) -> tuple[tuple[str, str], ...]:
    import json

    try:
        found = json.loads(text)["extensions"]
        pairs = tuple((name, value) for name, value in found.items() if name.isascii() and name.isalnum())
    except (ValueError, LookupError, TypeError, AttributeError) as exc:
        raise ValueError('expected {"extensions": {"name": "value"}}') from exc
    if len(pairs) < len(found) or any(name != name.lower() or not isinstance(value, str) for name, value in pairs):
        raise ValueError("extensions are texts, their names lower-case letters and digits")
    return pairs


def _setting(name: str, parse: Callable[[str], Any], default: Any, effect: str, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"env": name, "parse": parse, "effect": effect})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the environment may say. Empty text means: not given."""

    database_url: str = _setting("DATABASE_URL", _url("postgresql"), "", "Postgres of accounts and jobs", secret=True)
    clickhouse_url: str = _setting(
        "CLICKHOUSE_URL", _url("http", "https"), "", "ClickHouse HTTP: http://user:password@host:port/db", secret=True
    )
    clickhouse_cluster: str = _setting(
        "CLICKHOUSE_CLUSTER", _word, "", "cluster whose nodes migrations spread tables over; empty = one server"
    )
    search_url: str = _setting(
        "SEARCH_URL",
        _url("http", "https"),
        "",
        "Elasticsearch or OpenSearch: https://user:password@host:9200/alias; empty = names are kept in Postgres",
        secret=True,
    )
    cache_url: str = _setting("CACHE_URL", _url("redis", "rediss"), "", "Valkey that may forget", secret=True)
    tasks_url: str = _setting("TASKS_URL", _url("redis", "rediss"), "", "Celery's broker", secret=True)
    event_log_url: str = _setting(
        "EVENT_LOG_URL", _url("redis", "rediss", "kafka"), "", "the durable log: Valkey Streams or Kafka", secret=True
    )
    sink_url: str = _setting("K_SINK", _url("http", "https"), "", "where events are posted (SinkBinding)")
    sink_overrides: tuple[tuple[str, str], ...] = _setting(
        "K_CE_OVERRIDES", _extensions, (), "extensions laid over every posted event (SinkBinding)"
    )
    token_keys: tuple[tuple[str, str], ...] = _setting(
        "TOKEN_KEYS", _keys, (), "kid:key pairs for access tokens; the first signs, all verify", secret=True
    )
    service_token_keys: tuple[tuple[str, str], ...] = _setting(
        "SERVICE_TOKEN_KEYS", _keys, (), "the same for calls between functions; never the keys of users", secret=True
    )
    limits_url: str = _setting(
        "LIMITS_URL",
        _url("redis", "rediss"),
        "",
        "Valkey of login attempts and revoked sessions; no eviction",
        secret=True,
    )
    revoke_at_once: bool = _setting(
        "REVOKE_AT_ONCE",
        _flag,
        False,
        "access tokens of ended sessions are refused at once (asks LIMITS_URL each time)",
    )
    login_tries_per_account: int = _setting(
        "LOGIN_TRIES_PER_ACCOUNT", _positive, 10, "failed logins of one account within 15 minutes"
    )
    login_tries_per_address: int = _setting(
        "LOGIN_TRIES_PER_ADDRESS", _positive, 100, "failed logins from one address (IPv6: one /64) within 15 minutes"
    )
    trusted_proxies: tuple[str, ...] = _setting(
        "TRUSTED_PROXIES", _networks, (), "networks whose X-Forwarded-For is believed, such as 10.0.0.0/8; empty = none"
    )
    public_origin: str = _setting(
        "PUBLIC_ORIGIN", _origin, "", "where browsers see us, for those that send Origin but no Sec-Fetch-Site"
    )
    messages_url: str = _setting(
        "MESSAGES_URL",
        _url("smtp", "smtps", "file"),
        "",
        "where messages to users go: smtp[s]://user:password@host:port, or file:///folder",
        secret=True,
    )
    messages_from: str = _setting(
        "MESSAGES_FROM", str, "Touchline <no-reply@touchline.example>", "who our messages come from"
    )
    sms_mail_domain: str = _setting(
        "SMS_MAIL_DOMAIN", str, "", "an e-mail-to-SMS gateway: number@domain; empty = phones are not reached by SMTP"
    )
    codes_key: str = _setting(
        "CODES_KEY", _secret, "", "key of the digests of verification codes, 32 characters or more", secret=True
    )
    object_store_url: str = _setting(
        "OBJECT_STORE_URL",
        _url("file", "s3", "s3+http"),
        "",
        "files of users and raw answers: s3://key:secret@host/bucket?region=eu-west-1 (s3+http: unencrypted), or file:///folder",
        secret=True,
    )
    bcrypt_cost: int = _setting("BCRYPT_COST", _positive, 12, "work factor of password hashes, log2 of rounds")
    first_operator_username: str = _setting(
        "FIRST_OPERATOR_USERNAME", str, "", "the operator made by the migration when there is none yet"
    )
    first_operator_password: str = _setting(
        "FIRST_OPERATOR_PASSWORD", str, "", "that operator's password; there is no default", secret=True
    )
    source_url: str = _setting("SOURCE_URL", _url("http", "https"), "", "base address of the SofaScore-style site")
    source_rate_per_s: float = _setting(
        "SOURCE_REQUESTS_PER_SECOND", _rate, 1.0, "politeness towards the source, all workers together; 0 = no limit"
    )
    browser_path: str = _setting("BROWSER_PATH", str, "", "browser to drive; empty = look in the usual places")
    browser_sandbox: bool = _setting(
        "BROWSER_SANDBOX", _flag, True, "keep pages in Chromium's own sandbox; false where a container forbids it"
    )
    browser_pages: int = _setting("BROWSER_PAGES", _positive, 3, "pages one worker keeps open")
    raw_keep_days: int = _setting(
        "RAW_KEEP_DAYS",
        _keep_days,
        0,
        "days raw answers of the source are kept, 7 or more, if nothing needs them; 0 = for ever",
    )
    leagues: tuple[str, ...] = _setting(
        "LEAGUES", _names, (), "league slugs to collect; empty = the nine of the catalogue"
    )
    body_limit_bytes: int = _setting("BODY_LIMIT_BYTES", _positive, 1_048_576, "largest request body accepted")


def load(env: Mapping[str, str], *, need: Collection[str] = ()) -> Settings:
    """Read the settings from an environment.

    Parameters
    ----------
    env : the environment, usually ``os.environ``.
    need : names of `Settings` fields that must be given.

    Raises
    ------
    InvalidSettings : names every missing or malformed variable at once.
    """
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for spec in fields(Settings):
        name: str = spec.metadata["env"]
        text = env.get(name, "").strip()
        if not text:
            if spec.name in need:
                faults[name] = f"missing: {spec.metadata['effect']}"
            continue
        try:
            values[spec.name] = spec.metadata["parse"](text)
        except ValueError as exc:
            # The value itself may be a secret, so only the parser's words are told.
            faults[name] = str(exc) if not str(exc).startswith(("invalid literal", "could not")) else "is not a number"
    if faults:
        raise InvalidSettings("; ".join(f"{name}: {fault}" for name, fault in sorted(faults.items())))
    return Settings(**values)
