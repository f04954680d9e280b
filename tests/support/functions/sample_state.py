"""What the function of `test_http` and its tests share."""

from __future__ import annotations

from shared import errors
from shared.events.envelope import Event

SECRET = "s3cret-in-a-local-variable"
health: dict[str, Exception] = {}
received: list[Event] = []
RAISED: dict[str, Exception] = {
    "too-large": errors.TooLarge("thing 7: 9 MB"),
    "invalid": errors.InvalidInput("thing 7: no size", errors={"size": "missing"}),
    "unauthenticated": errors.Unauthenticated(),
    "invalid-token": errors.InvalidToken(),
    "forbidden": errors.Forbidden("this needs the role operator"),
    "not-found": errors.NotFound("thing 7"),
    "not-acceptable": errors.NotAcceptable("there is JSON"),
    "conflict": errors.Conflict(),
    "funds": errors.InsufficientFunds(),
    "refused": errors.Refused("the price has changed", code="price_changed", detail={"price": "1.95"}),
    "key-reused": errors.KeyReused(),
    "contended": errors.Contended(),
    "in-progress": errors.InProgress(),
    "overloaded": errors.Overloaded(retry_after_s=2.4),
    "unavailable": errors.Unavailable("the database does not answer"),
    "silent": errors.SourceSilent(),
    "blocked": errors.Blocked(),
    "corrupted": errors.Corrupted(f"raw answer {SECRET} is not what was kept"),
    "settings": errors.InvalidSettings(f"TOKEN_KEYS: {SECRET}"),
    "bug": ZeroDivisionError(SECRET),
    "surrogate": errors.NotFound("thing \ud800"),
}
