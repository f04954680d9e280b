-- Errors that functions, pages and anybody's Sentry SDK report, grouped into issues. Their events are in ClickHouse.

CREATE TABLE error_issues (
    id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_key        text        NOT NULL UNIQUE CHECK (group_key ~ '^[0-9a-f]{64}$'),
    grouping_version integer     NOT NULL,
    grouped_by       text        NOT NULL,
    title            text        NOT NULL,
    culprit          text        NOT NULL,
    level            text        NOT NULL,
    function         text        NOT NULL,
    state            text        NOT NULL DEFAULT 'unresolved' CHECK (state IN ('unresolved', 'resolved', 'muted')),
    resolved_in      text        NOT NULL DEFAULT '',
    muted_until      timestamptz,
    n_events         bigint      NOT NULL DEFAULT 0,
    n_regressions    integer     NOT NULL DEFAULT 0,
    first_seen_at    timestamptz NOT NULL,
    last_seen_at     timestamptz NOT NULL,
    first_revision   text        NOT NULL,
    last_revision    text        NOT NULL,
    last_event       jsonb       NOT NULL,
    changed_by       uuid,
    changed_at       timestamptz,
    note             text        NOT NULL DEFAULT ''
);
CREATE INDEX error_issues_by_time ON error_issues (last_seen_at DESC, id DESC);

-- Ids of events that were counted: an SDK that hears no answer sends one again. Forgotten by the clock.
CREATE TABLE error_event_ids (
    event_id    text        PRIMARY KEY,
    received_at timestamptz NOT NULL
);
CREATE INDEX error_event_ids_by_time ON error_event_ids (received_at);
