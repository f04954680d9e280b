-- name: record_result
SELECT revision, is_new FROM betting_record_result(
    %(event_id)s::bigint, %(status)s::text, %(home_goals)s::smallint, %(away_goals)s::smallint, %(outcome)s::text,
    %(n_tied)s::smallint, %(void_reason)s::text, %(by)s::text, %(now)s::timestamptz, %(only_first)s::boolean,
    %(source_version)s::bigint
);

-- name: changed_events
SELECT id AS event_id, revision, state, suspended_for, starts_at, updated_at AS changed_at
FROM betting_events
WHERE id = ANY (%(event_ids)s::bigint[])
ORDER BY id;

-- name: lock_events
SELECT betting_lock_events(%(event_ids)s::bigint[]);

-- name: touch
SELECT betting_touch(%(event_ids)s::bigint[], %(now)s::timestamptz);

-- name: suspend
-- Only what is open: whoever suspended it before keeps the reason.
UPDATE betting_events SET state = 'suspended', suspended_for = %(reason)s
WHERE id = ANY (%(event_ids)s::bigint[]) AND state = 'open'
RETURNING id;

-- name: reopen
UPDATE betting_events SET state = 'open', suspended_for = ''
WHERE id = ANY (%(event_ids)s::bigint[]) AND state = 'suspended' AND suspended_for = ANY (%(reasons)s::text[])
RETURNING id;
