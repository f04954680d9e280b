"""The environment, typed."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, dataclass
from importlib import import_module

import pytest

from shared.errors import InvalidSettings
from shared.settings import parsers
from shared.settings.accounts import LimitSettings, PasswordSettings, TokenSettings
from shared.settings.collection import CollectionSettings, SourceSettings
from shared.settings.edge import EdgeSettings
from shared.settings.eventing import SinkSettings
from shared.settings.exports import ExportSettings
from shared.settings.loading import load_settings
from shared.settings.stores import ClickHouseSettings, PostgresSettings
from tests.support.functions.catalogue import FUNCTIONS
from tests.support.reference import ROOT
from tests.support.settings_groups import all_settings, groups, names

KEY = "k1:" + "0123456789abcdef" * 2
WHOLE = {
    "DATABASE_URL": "postgresql://u:hunter2@h/db",
    "CLICKHOUSE_URL": "http://u:hunter2@h:8123/db",
    "CACHE_URL": "redis://:hunter2@h/0",
    "TASKS_URL": "rediss://:hunter2@h/1",
    "EVENT_LOG_URL": "kafka://a:9092,b:9092",
    "K_SINK": "http://broker-ingress/touchline/default",
    "K_CE_OVERRIDES": '{"extensions":{"tier":"gold"}}',
    "TOKEN_KEYS": KEY,
    "BCRYPT_COST": "10",
    "FIRST_OPERATOR_PASSWORD": "hunter2hunter2",
    "SOURCE_REQUESTS_PER_SECOND": "0.5",
    "LEAGUES": "england, spain,,",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """What some function reads."""

    edge: EdgeSettings
    postgres: PostgresSettings
    clickhouse: ClickHouseSettings
    sink: SinkSettings
    tokens: TokenSettings
    passwords: PasswordSettings
    collection: CollectionSettings


def test_an_empty_environment_gives_the_defaults() -> None:
    for group in groups():
        assert load_settings(group, {}) == group()
    some = load_settings(Some, {})
    assert (some.postgres.url, some.tokens.keys, some.passwords.bcrypt_cost) == ("", (), 12)
    assert some.collection.rate_per_s == 1.0


def test_every_setting_is_read_and_typed() -> None:
    some = load_settings(Some, WHOLE)
    assert some.postgres.url == WHOLE["DATABASE_URL"]
    assert some.tokens.keys == (("k1", "0123456789abcdef" * 2),)
    assert (some.passwords.bcrypt_cost, some.collection.rate_per_s) == (10, 0.5)
    assert some.collection.leagues == ("england", "spain")
    assert some.sink.overrides == (("tier", "gold"),)


def test_every_fault_of_every_group_is_named_at_once() -> None:
    env = {"DATABASE_URL": "mysql://h/db", "BCRYPT_COST": "many", "BODY_LIMIT_BYTES": "0", "TOKEN_KEYS": "short:x"}
    with pytest.raises(InvalidSettings) as caught:
        load_settings(Some, env, need=("CLICKHOUSE_URL", "DATABASE_URL"))
    assert [fault.split(":")[0] for fault in str(caught.value).split("; ")] == [
        "BCRYPT_COST",
        "BODY_LIMIT_BYTES",
        "CLICKHOUSE_URL",
        "DATABASE_URL",
        "TOKEN_KEYS",
    ]
    assert "BCRYPT_COST: is not a number" in str(caught.value)
    assert "CLICKHOUSE_URL: missing" in str(caught.value)


def test_a_group_that_a_function_does_not_name_is_not_read() -> None:
    assert load_settings(PostgresSettings, {"BCRYPT_COST": "many"}).url == ""


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_setting_is_not_given(blank: str) -> None:
    with pytest.raises(InvalidSettings, match="DATABASE_URL: missing"):
        load_settings(PostgresSettings, {"DATABASE_URL": blank}, need=("DATABASE_URL",))


@pytest.mark.parametrize(
    "keys",
    ["k1", "k1:short", ":" + "x" * 32, f"{KEY},k2", f"{KEY},{KEY}", f"{KEY},k1:{'y' * 32}", ",", "k1:" + "x" * 31],
)
def test_keys_that_are_weak_nameless_or_doubled_are_refused(keys: str) -> None:
    with pytest.raises(InvalidSettings, match="TOKEN_KEYS"):
        load_settings(TokenSettings, {"TOKEN_KEYS": keys})


def test_a_key_may_hold_colons() -> None:
    assert load_settings(TokenSettings, {"TOKEN_KEYS": "k1:" + "a:b:" * 8}).keys == (("k1", "a:b:" * 8),)


@pytest.mark.parametrize(
    "text", ["gold", "[]", "{}", '{"extensions":[]}', '{"extensions":{"Tier":"x"}}', '{"extensions":{"tier":7}}']
)
def test_overrides_that_are_no_extensions_are_refused(text: str) -> None:
    with pytest.raises(InvalidSettings, match="K_CE_OVERRIDES"):
        load_settings(SinkSettings, {"K_CE_OVERRIDES": text})


@pytest.mark.parametrize("flag", ["True", "1", "yes", "on", "tru"])
def test_a_flag_is_true_or_false_in_these_words(flag: str) -> None:
    assert load_settings(LimitSettings, {"REVOKE_AT_ONCE": "true"}).revoke_at_once is True
    assert load_settings(LimitSettings, {"REVOKE_AT_ONCE": "false"}).revoke_at_once is False
    with pytest.raises(InvalidSettings, match="REVOKE_AT_ONCE: must be true or false"):
        load_settings(LimitSettings, {"REVOKE_AT_ONCE": flag})


@pytest.mark.parametrize(
    "origin", ["touchline.example", "https://", "https://h/", "https://h/path", "ftp://h", "https://h?x"]
)
def test_an_origin_has_no_path(origin: str) -> None:
    assert (
        load_settings(EdgeSettings, {"PUBLIC_ORIGIN": "https://Touchline.example:8443"}).public_origin
        == "https://touchline.example:8443"
    )
    with pytest.raises(InvalidSettings, match="PUBLIC_ORIGIN"):
        load_settings(EdgeSettings, {"PUBLIC_ORIGIN": origin})


@pytest.mark.parametrize("rate", ["-1", "nan", "inf", "10000", "fast"])
def test_a_rate_outside_its_range_is_refused(rate: str) -> None:
    with pytest.raises(InvalidSettings, match="SOURCE_REQUESTS_PER_SECOND"):
        load_settings(CollectionSettings, {"SOURCE_REQUESTS_PER_SECOND": rate})


def test_raw_answers_are_kept_for_ever_or_for_a_week_at_least() -> None:
    assert [load_settings(SourceSettings, {"RAW_KEEP_DAYS": days}).raw_keep_days for days in ("0", "7", "365")] == [
        0,
        7,
        365,
    ]
    for days in ("-1", "1", "6", "long"):
        with pytest.raises(InvalidSettings, match="RAW_KEEP_DAYS"):
            load_settings(SourceSettings, {"RAW_KEEP_DAYS": days})


def test_parts_of_an_export_are_named_addresses() -> None:
    text = "favourites=http://f/export, coins=https://c:8443/coins/export"
    parts = load_settings(ExportSettings, {"EXPORT_PARTS": text}).parts
    assert parts == (("favourites", "http://f/export"), ("coins", "https://c:8443/coins/export"))
    for fault in ("favourites", "favourites=", "=http://f", "a=http://f,a=http://g", "a=ftp://f", "A b=http://f"):
        with pytest.raises(InvalidSettings, match="EXPORT_PARTS"):
            load_settings(ExportSettings, {"EXPORT_PARTS": fault})


@pytest.mark.parametrize("url", ["postgresql:", "//h/db", "h:5432/db", "postgres://h/db", "javascript:alert(1)"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(InvalidSettings, match="DATABASE_URL"):
        load_settings(Some, {"DATABASE_URL": url})


def test_no_repr_and_no_fault_tells_a_secret() -> None:
    assert "hunter2" not in repr(load_settings(Some, WHOLE))
    assert "0123456789abcdef" not in repr(load_settings(Some, WHOLE))
    with pytest.raises(InvalidSettings) as caught:
        load_settings(
            Some, {"DATABASE_URL": "mysql://u:hunter2@h/db", "TOKEN_KEYS": "hunter2", "BCRYPT_COST": "hunter2"}
        )
    assert "hunter2" not in str(caught.value)


def test_settings_do_not_change() -> None:
    passwords = load_settings(PasswordSettings, {})
    with pytest.raises(FrozenInstanceError):
        passwords.bcrypt_cost = 4  # type: ignore[misc]


def test_every_field_has_a_name_an_effect_and_a_default_of_its_own_parser() -> None:
    names = [each.metadata["env"] for each in all_settings()]
    assert len(names) == len(set(names))
    for each in all_settings():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", each.metadata["env"])
        assert each.metadata["effect"]


def test_what_may_hold_a_secret_is_not_shown() -> None:
    visible = {
        each.metadata["env"] for each in all_settings() if each.repr and each.metadata["parse"] is not parsers.flag
    }
    assert not [
        name for name in visible if re.search("PASSWORD|KEYS|(DATABASE|CLICKHOUSE|CACHE|TASKS|LOG|LIMITS)_URL", name)
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_needs_only_settings_that_it_reads(function: str) -> None:
    wiring = import_module(f"functions.{function}.wiring")
    assert set(wiring.NEED) <= names(wiring.Settings)


def test_workers_and_rebuilds_need_only_settings_that_they_read() -> None:
    from functions.scrape_league import wiring

    assert set(wiring.WORKER_NEED) <= names(wiring.WorkerSettings)
    assert set(wiring.REBUILD_NEED) <= names(wiring.RebuildSettings)


def test_every_setting_is_described_for_who_deploys() -> None:
    readmes = [path for name in ("README.md", "k8s/README.md", "functions/*/README.md") for path in ROOT.glob(name)]
    text = "".join(path.read_text("utf-8") for path in readmes)
    assert [each.metadata["env"] for each in all_settings() if f"`{each.metadata['env']}" not in text] == []
