"""Issues in Postgres and their events in ClickHouse."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.errors.ports import Issue
from shared.adapters.postgres import outbox
from shared.adapters.postgres.statements import Statements
from shared.domain.error_reports import grouping as rules
from shared.domain.error_reports.grouping import Grouping
from shared.domain.error_reports.issues import Change, IssueState, IssueStatus, judge_event
from shared.domain.error_reports.report import ErrorReport
from shared.errors import NotFound
from shared.events.envelope import Event
from shared.events.operation import IssueOpened, IssueRegressed, IssueUnmuted

if TYPE_CHECKING:
    from shared.adapters.clickhouse.client import ClickHouse
    from shared.adapters.postgres.database import Connection, Postgres

_SQL = Statements(Path(__file__).with_name("queries.sql"))
_END = datetime(9999, 1, 1, tzinfo=UTC)
_LIST_EVENTS = """
SELECT event_id, occurred_at, received_at, level, title, function, revision, trace, transaction, event
FROM error_events FINAL
WHERE issue_id = {issue_id:Int64}
ORDER BY received_at DESC, event_id
LIMIT {limit:UInt32}
"""


@dataclass(frozen=True, slots=True)
class _StatusRow:
    id: int
    state: str
    resolved_in: str
    muted_until: datetime | None
    n_regressions: int

    def status(self) -> IssueStatus:
        return IssueStatus(state=IssueState(self.state), resolved_in=self.resolved_in, muted_until=self.muted_until)


class PostgresIssues:
    """The tables ``error_issues`` and ``error_event_ids``."""

    def __init__(self, database: Postgres) -> None:
        self._database = database

    def record(self, report: ErrorReport, grouping: Grouping, *, now: datetime) -> int | None:
        """Count an event, once; what it changes about the issue is an event of the same transaction."""

        def work(connection: Connection) -> int | None:
            if not _SQL.execute(connection, "remember_event", event_id=report.event_id, now=now):
                return None
            fields = _fields(report)
            opened = _SQL.value(
                connection,
                "open_issue",
                group_key=grouping.key,
                grouping_version=rules.GROUPING_VERSION,
                grouped_by=grouping.by,
                **fields,
                culprit=rules.culprit_of(report),
                function=report.function,
            )
            row = _SQL.row(connection, _StatusRow, "lock_issue", group_key=grouping.key)
            assert row is not None, "it was opened, now or before"
            status, change = judge_event(None if opened else row.status(), revision=report.revision, now=now)
            _SQL.execute(
                connection,
                "count_event",
                id=row.id,
                **fields,
                event=json.dumps(_detail(report)),
                state=status.state,
                resolved_in=status.resolved_in,
                muted_until=status.muted_until,
                regressed=int(change not in (Change.NONE, Change.OPENED)),
            )
            if change is not Change.NONE:
                number = row.n_regressions + (change is not Change.OPENED)
                outbox.add(connection, _event_of(change, row.id, number, report))
            return row.id

        return self._database.transaction(work)

    def list(self, *, state: str, function: str, before: tuple[datetime, int] | None, limit: int) -> Sequence[Issue]:
        """Return issues, the one that happened last first."""
        before_at, before_id = before or (_END, 0)
        params = {"state": state, "function": function, "before_at": before_at, "before_id": before_id}
        return _SQL.rows(self._database, Issue, "list_issues", **params, limit=limit)

    def find(self, issue_id: int) -> Issue:
        """Return an issue; `NotFound` when there is none."""
        issue = _SQL.row(self._database, Issue, "find_issue", id=issue_id)
        if issue is None:
            raise NotFound(f"issue {issue_id}")
        return issue

    def last_event(self, issue_id: int) -> Mapping[str, Any]:
        """Return the event that came last; `NotFound` when there is no such issue."""
        event = _SQL.value(self._database, "last_event", id=issue_id)
        if event is None:
            raise NotFound(f"issue {issue_id}")
        return dict(event)

    def set_status(self, issue_id: int, status: IssueStatus, *, note: str, by: str, now: datetime) -> Issue:
        """Resolve, mute or open again; `NotFound` when there is none."""
        _SQL.execute(
            self._database,
            "set_state",
            id=issue_id,
            state=status.state,
            resolved_in=status.resolved_in,
            muted_until=status.muted_until,
            note=note,
            by=by,
            now=now,
        )
        return self.find(issue_id)

    def forget_event_ids(self, *, before: datetime) -> int:
        """Forget which events were counted before a moment; how many, 10,000 at most."""
        return _SQL.execute(self._database, "forget_event_ids", before=before)


class ClickHouseErrorEvents:
    """The table ``error_events``, which keeps 30 days."""

    def __init__(self, warehouse: ClickHouse) -> None:
        self._warehouse = warehouse

    def store(self, issue_id: int, report: ErrorReport, *, title: str, now: datetime) -> None:
        """Store an event; again is the same as once."""
        import pyarrow as pa

        moment = pa.timestamp("us", tz="UTC")
        columns = {
            "issue_id": pa.array([issue_id], pa.int64()),
            "event_id": pa.array([report.event_id]),
            "occurred_at": pa.array([report.occurred_at], moment),
            "received_at": pa.array([now], moment),
            "level": pa.array([report.level]),
            "title": pa.array([title]),
            "function": pa.array([report.function]),
            "revision": pa.array([report.revision]),
            "trace": pa.array([report.trace]),
            "transaction": pa.array([report.transaction]),
            "event": pa.array([json.dumps(_detail(report))]),
        }
        self._warehouse.insert("error_events", pa.table(columns), token=report.event_id)

    def list(self, issue_id: int, *, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return the newest events of an issue."""
        rows = self._warehouse.query(_LIST_EVENTS, {"issue_id": issue_id, "limit": limit})
        return [{**row, "event": json.loads(row["event"])} for row in rows]


def _fields(report: ErrorReport) -> dict[str, Any]:
    return {
        "title": rules.title_of(report),
        "level": report.level,
        "occurred_at": report.occurred_at,
        "revision": report.revision,
    }


def _detail(report: ErrorReport) -> dict[str, Any]:
    detail = asdict(report)
    return {**detail, "occurred_at": report.occurred_at.isoformat(), "tags": dict(report.tags)}


def _event_of(change: Change, issue_id: int, number: int, report: ErrorReport) -> Event:
    fields: dict[str, Any] = {
        "issue_id": issue_id,
        "number": number,
        "title": rules.title_of(report),
        "level": report.level,
        "function": report.function,
        "revision": report.revision,
        "occurred_at": report.occurred_at,
    }
    if change is Change.OPENED:
        return IssueOpened(**fields).to_event()
    return (IssueRegressed(**fields) if change is Change.REGRESSED else IssueUnmuted(**fields)).to_event()
