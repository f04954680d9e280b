-- name: remember_event
-- Whether this event is counted now for the first time.
INSERT INTO error_event_ids (event_id, received_at) VALUES (%(event_id)s, %(now)s) ON CONFLICT DO NOTHING;

-- name: lock_issue
SELECT id, state, resolved_in, muted_until, n_regressions
FROM error_issues
WHERE group_key = %(group_key)s
FOR UPDATE;

-- name: open_issue
-- None where another event of the same issue was first; its row is locked next.
INSERT INTO error_issues (
    group_key, grouping_version, grouped_by, title, culprit, level, function, first_seen_at, last_seen_at, first_revision,
    last_revision, last_event
)
VALUES (
    %(group_key)s, %(grouping_version)s, %(grouped_by)s, %(title)s, %(culprit)s, %(level)s, %(function)s, %(occurred_at)s,
    %(occurred_at)s, %(revision)s, %(revision)s, '{}'
)
ON CONFLICT (group_key) DO NOTHING
RETURNING id;

-- name: count_event
UPDATE error_issues
SET n_events = n_events + 1, last_seen_at = greatest(last_seen_at, %(occurred_at)s), last_revision = %(revision)s,
    level = %(level)s, title = %(title)s, last_event = %(event)s, state = %(state)s, resolved_in = %(resolved_in)s,
    muted_until = %(muted_until)s, n_regressions = n_regressions + %(regressed)s
WHERE id = %(id)s;

-- name: list_issues
SELECT id, title, culprit, level, function, state, resolved_in, muted_until, n_events, n_regressions, first_seen_at,
    last_seen_at, first_revision, last_revision, grouped_by, note
FROM error_issues
WHERE (%(state)s = '' OR state = %(state)s) AND (%(function)s = '' OR function = %(function)s)
    AND (last_seen_at, id) < (%(before_at)s, %(before_id)s)
ORDER BY last_seen_at DESC, id DESC
LIMIT %(limit)s;

-- name: find_issue
SELECT id, title, culprit, level, function, state, resolved_in, muted_until, n_events, n_regressions, first_seen_at,
    last_seen_at, first_revision, last_revision, grouped_by, note
FROM error_issues
WHERE id = %(id)s;

-- name: last_event
SELECT last_event FROM error_issues WHERE id = %(id)s;

-- name: set_state
UPDATE error_issues
SET state = %(state)s, resolved_in = %(resolved_in)s, muted_until = %(muted_until)s, note = %(note)s,
    changed_by = %(by)s, changed_at = %(now)s
WHERE id = %(id)s;

-- name: forget_event_ids
DELETE FROM error_event_ids
WHERE event_id IN (SELECT event_id FROM error_event_ids WHERE received_at < %(before)s LIMIT 10000);
