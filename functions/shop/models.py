"""Parts that the queries, bodies and answers of several resources share."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from flask import Response, request
from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from functions.shop.ports import Deps
from shared.domain.accounts.contacts import Address, parse_email
from shared.domain.shop.bulk import BulkReport
from shared.domain.shop.records import ADDRESS_LENGTH, NAME_LENGTH
from shared.errors import InvalidInput
from shared.web import callers

UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_TEXT = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x1f\x7f-\x9f]*$"
_UUID = re.compile(UUID_PATTERN)
PHONE_LENGTH = 40

Id = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]
"""Every id of the shop, in one spelling."""
Name = Annotated[str, StringConstraints(pattern=_TEXT, max_length=NAME_LENGTH)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=320)]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9+()./ -]*$", max_length=PHONE_LENGTH)]
PostalAddress = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$", max_length=ADDRESS_LENGTH)
]


def nonblank(max_length: int) -> Any:
    """Return the constraint of text that is shown on one line, with something to see in it."""
    return StringConstraints(pattern=_TEXT, max_length=max_length)


def _refuse_numbers(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise ValueError("must be a time with a zone, such as 2026-03-01T12:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_refuse_numbers), Field(strict=False)]
"""A time with a zone; pydantic alone would take a number for seconds since 1970."""


def to_address(text: str | None) -> Address | None:
    """Return the address of an e-mail field; None for one that was left out."""
    return None if text is None else parse_email(text)


def bulk_response(report: BulkReport) -> Response:
    """Return the answer to a bulk request; 200 also where every row was refused, as each was judged."""
    payload = {name: value for name, value in asdict(report).items() if name != "replayed"}
    return callers.private_json(payload, 200, **replayed_header(report.replayed))


def replayed_header(replayed: bool) -> dict[str, str]:
    """Return the header that says that an earlier request was answered."""
    return {"Idempotency-Replayed": "true"} if replayed else {}


def bulk_key(deps: Deps, operation: str) -> tuple[Any, Any]:
    """Return the caller, and the idempotency key of this bulk request, whose payload is its whole body."""
    import hashlib

    caller = callers.caller(deps)
    digest = hashlib.sha256(request.get_data()).hexdigest()
    return caller, callers.idempotency_key(caller, operation, [request.mimetype, digest])


def check_id(name: str, text: str) -> str:
    """Return an id of a query; `InvalidInput` unless it is one."""
    if not _UUID.fullmatch(text):
        raise InvalidInput("the query does not fit", errors={name: "must be a UUID in lower case"})
    return text
