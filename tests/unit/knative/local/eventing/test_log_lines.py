"""Log lines of the data plane: an event forges none and drives no terminal."""

from __future__ import annotations

import io
import logging

from knative.local.eventing.runtime.log_lines import PrintableFormatter
from shared.web.printable import printable


def test_what_an_event_holds_stays_in_its_line() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PrintableFormatter("%(levelname)s %(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.warning("event %s", "1\n2026 ERROR forged\x1b[2J\u202e")
    assert stream.getvalue() == "WARNING event 1\\n2026 ERROR forged\\x1b[2J\\u202e\n"


def test_a_traceback_keeps_its_lines() -> None:
    try:
        raise ValueError("a\nb")
    except ValueError as exc:
        record = logging.LogRecord("n", logging.ERROR, "f", 1, "broke", (), (type(exc), exc, exc.__traceback__))
    assert len(PrintableFormatter("%(message)s").format(record).splitlines()) > 3


def test_letters_of_every_script_are_printable() -> None:
    assert printable("é 中 😀") == "é 中 😀"
