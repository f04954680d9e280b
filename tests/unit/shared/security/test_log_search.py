"""The search of the logs must be able to find something."""

from __future__ import annotations

import logging

import pytest

from tests.support.accounts.log_search import Logs

SECRET = "hunter2'hunter2"


def log(how: str) -> None:
    logger = logging.getLogger("tests.logs")
    if how == "message":
        logger.debug("logging in with %s", SECRET)
    elif how == "extra":
        logger.info("logging in", extra={"body": {"password": SECRET}})
    else:
        try:
            raise ValueError(SECRET)
        except ValueError:
            logger.exception("failed")


@pytest.mark.parametrize("how", ["message", "extra", "traceback"])
def test_a_secret_is_found_wherever_it_was_logged(how: str) -> None:
    logs = Logs()
    logs.keep_secret(SECRET, "never logged", "", None, "short")
    logger = logging.getLogger("tests.logs")
    logger.addHandler(logs)
    logger.setLevel(logging.DEBUG)
    try:
        log(how)
    finally:
        logger.removeHandler(logs)
        logger.setLevel(logging.NOTSET)
    assert logs.told() == [SECRET]
