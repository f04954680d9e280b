"""Secrets are made once per data directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from k8s.local import credentials
from shared.settings.accounts import TokenSettings
from shared.settings.loading import load_settings
from shared.settings.operators import OperatorSettings


def test_second_start_finds_the_first_ones_secrets(tmp_path: Path) -> None:
    first = credentials.load_or_create(tmp_path / "secrets.json")
    assert credentials.load_or_create(tmp_path / "secrets.json") == first


def test_two_directories_have_different_secrets(tmp_path: Path) -> None:
    one, other = (credentials.load_or_create(tmp_path / name) for name in ("one.json", "other.json"))
    assert one.postgres != other.postgres
    assert one.token_keys != other.token_keys


def test_file_is_for_its_owner_only(tmp_path: Path) -> None:
    credentials.load_or_create(tmp_path / "secrets.json")
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_printing_credentials_shows_none(tmp_path: Path) -> None:
    created = credentials.load_or_create(tmp_path / "secrets.json")
    assert created.operator_password not in f"{created} {created!r}"


@pytest.mark.parametrize(
    ("kind", "need"), [(TokenSettings, "TOKEN_KEYS"), (OperatorSettings, "FIRST_OPERATOR_PASSWORD")]
)
def test_functions_accept_what_is_made(tmp_path: Path, kind: type, need: str) -> None:
    created = credentials.load_or_create(tmp_path / "secrets.json")
    environment = {"TOKEN_KEYS": created.token_keys, "FIRST_OPERATOR_PASSWORD": created.operator_password}
    assert load_settings(kind, environment, need=(need,)) != kind()
