"""A connection to Postgres that can read in one call of libpq, for what very many ask at the same time.

psycopg's cursor sends, waits and takes the answer in several steps, and at each the interpreter's lock goes to a thread
that waits for it. Under load that costs more than the read. Here the lock is given up once, while libpq waits.
`./scripts/bench identity --only me` measures both in turns: 18, 33 and 37 % more ``/me`` per second on two cores in
three runs; a fourth, while 33 other processes waited for the cores, saw no difference. Below 15 % this file should go.

libpq waits without looking at Python's signals, so Ctrl-C is heard once the answer is there. Servers answer in threads
that never hear signals, with the cursor neither. How long an answer may take is bounded by the connection itself: by
its `statement_timeout`, and by TCP where the server's host is gone.

This leans on psycopg 3.3: `psycopg.pq` is libpq as its manual has it (``PQexecPrepared`` blocks, also on a connection
that is set to non-blocking), and `psycopg.adapt.Transformer` is what the cursor adapts values and loads rows with.
psycopg documents that both are there, and says little about their methods;
`tests/contract/adapters/postgres/test_fast_read.py` compares every kind of row and failure with the cursor's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

T = TypeVar("T")

MAX_PREPARED = 100
"""Statements whose plan one connection keeps at the server; further ones are planned each time they are asked."""
_STALE = (b"26000", b"0A000")
"""The server does not know the name (``DISCARD ALL``, a pooler in between), or its rows have changed (DDL)."""
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|(.?))", re.DOTALL)


@dataclass(slots=True)
class _Plan:
    """A statement that was read before; for as long as the server knows its name, its rows have the same columns."""

    name: bytes
    """Empty when the server keeps nothing of it."""
    makers: dict[type, Callable[[Sequence[Any]], Any]] = field(default_factory=dict)
    """Functions that make an instance of a dataclass from a row."""


class Connection(psycopg.Connection[Any]):
    """psycopg's, with one more way to ask."""

    def __init__(self, pgconn: PGconn) -> None:
        super().__init__(pgconn)
        # One for all reads, since encoding, time zone and adapters stay: what loads a type is made once.
        self._adapting = Transformer(self)
        self._plans: dict[tuple[bytes, tuple[int, ...]], _Plan] = {}

    def read(self, kind: type[T], query: str, params: Mapping[str, Any]) -> list[T]:
        """Rows as instances of a dataclass whose fields are named like the columns, as `postgres.fetch_all` has them.

        Not inside a transaction, which a statement that the server forgot would end.

        Parameters
        ----------
        query : one statement that changes nothing, since it may be run twice; its parameters are ``%(name)s``.

        Raises
        ------
        psycopg.Error : what the cursor raises, by the server's SQLSTATE; `psycopg.OperationalError` when the server is
            gone, and then the connection is closed.
        """
        if self.pgconn.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            raise psycopg.ProgrammingError("inside a transaction the cursor reads")
        text, names, formats = _numbered(query)
        adapting = self._adapting
        values = adapting.dump_sequence([params[name] for name in names], formats)
        plan = self._plans.get((text, adapting.types or ())) or self._planned(text)
        result = self._answer(plan, text, values)
        if result.status != ExecStatus.TUPLES_OK:
            raise _error(self.pgconn, result)
        make = plan.makers.get(kind) or _maker(kind, result)
        if plan.name:
            plan.makers[kind] = make
        adapting.set_pgresult(result)
        rows = adapting.load_rows(0, result.ntuples, make)
        adapting.set_pgresult(None)
        return rows

    def _planned(self, text: bytes) -> _Plan:
        """Prepare a statement that runs for the first time with values of these types."""
        types = self._adapting.types or ()
        if len(self._plans) >= MAX_PREPARED:
            return _Plan(b"")
        plan = self._plans[text, types] = _Plan(_prepared(self.pgconn, text, types))
        return plan

    def _answer(self, plan: _Plan, text: bytes, values: Sequence[Any]) -> PGresult:
        """Run the prepared statement, or one that is planned for this time only when the server keeps none."""
        formats = self._adapting.formats
        if plan.name:
            result = self.pgconn.exec_prepared(plan.name, values, formats)
            if result.status != ExecStatus.FATAL_ERROR or result.error_field(DiagnosticField.SQLSTATE) not in _STALE:
                return result
            plan.name = b""  # for as long as the pool keeps this connection, which is an hour
            plan.makers.clear()
        return self.pgconn.exec_params(text, values, self._adapting.types or (), formats)


def _maker(kind: type[T], result: PGresult) -> Callable[[Sequence[Any]], T]:
    columns = tuple((result.fname(n) or b"").decode() for n in range(result.nfields))
    if columns == getattr(kind, "__match_args__", None):
        return lambda row: kind(*row)
    return lambda row: kind(**dict(zip(columns, row, strict=True)))


@lru_cache(256)
def _numbered(query: str) -> tuple[bytes, tuple[str, ...], list[PyFormat]]:
    """The statement as the server takes it, with ``$1`` for the first name; its names, and formats."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        name, other = found.groups()
        if name is None and other != "%":
            raise ValueError(f"{found.group()!r} is neither %(name)s nor %%")
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    text = _PLACEHOLDER.sub(number, query).encode()
    return text, tuple(names), [PyFormat.AUTO] * len(names)


def _prepared(pgconn: PGconn, text: bytes, types: tuple[int, ...]) -> bytes:
    """The name under which the server now keeps the statement; empty where it refuses.

    It is made from the content: a pooler may have us share a session with others, and no name means two things there.
    """
    name = b"touchline_" + hashlib.sha256(repr((text, types)).encode()).hexdigest()[:32].encode()
    result = pgconn.prepare(name, text, types)
    if result.status == ExecStatus.COMMAND_OK:
        return name
    if pgconn.status == ConnStatus.BAD:
        raise _error(pgconn, result)
    return b""


def _error(pgconn: PGconn, result: PGresult) -> psycopg.Error:
    if result.status != ExecStatus.FATAL_ERROR:
        return psycopg.ProgrammingError("the statement returns no rows")
    if pgconn.status == ConnStatus.BAD and not result.error_field(DiagnosticField.SQLSTATE):
        return psycopg.OperationalError(result.get_error_message())
    return error_from_result(result)
