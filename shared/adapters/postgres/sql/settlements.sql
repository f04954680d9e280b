-- name: unsettled_events
-- Events whose newest result has not reached all of their bets.
SELECT r.event_id
FROM (SELECT event_id, max(revision) AS revision FROM betting_results GROUP BY event_id) r
LEFT JOIN betting_settled_events s USING (event_id)
WHERE s.event_id IS NULL OR s.result_revision < r.revision OR NOT s.is_complete
ORDER BY r.event_id
LIMIT %(limit)s;

-- name: newest_result
SELECT revision, status, home_goals, away_goals, outcome, n_tied, void_reason, recorded_at
FROM betting_results
WHERE event_id = %(event_id)s
ORDER BY revision DESC
LIMIT 1;

-- name: lock_event
-- One settler at a time decides what outcomes an event has; the transaction's end releases it.
SELECT pg_advisory_xact_lock(7266102045::bigint # %(event_id)s::bigint);

-- name: settled_event
SELECT result_revision, first_result_at, is_complete
FROM betting_settled_events
WHERE event_id = %(event_id)s;

-- name: selections
SELECT DISTINCT selection_id, kind, line, outcome
FROM betting_legs
WHERE event_id = %(event_id)s;

-- name: has_outcomes
SELECT EXISTS (SELECT FROM betting_outcomes WHERE event_id = %(event_id)s);

-- name: delete_outcomes
DELETE FROM betting_outcomes
WHERE event_id = %(event_id)s;

-- name: put_outcome
INSERT INTO betting_outcomes (selection_id, event_id, won, void_halves, n_tied, grade)
VALUES (%(selection_id)s, %(event_id)s, %(won)s, %(void_halves)s, %(n_tied)s, %(grade)s)
ON CONFLICT (selection_id) DO UPDATE
SET won = excluded.won, void_halves = excluded.void_halves, n_tied = excluded.n_tied, grade = excluded.grade;

-- name: begin_event
INSERT INTO betting_settled_events AS s (event_id, result_revision, first_result_at, is_complete, settled_at)
VALUES (%(event_id)s, %(revision)s, %(first_result_at)s, false, %(now)s)
ON CONFLICT (event_id) DO UPDATE
SET result_revision = excluded.result_revision, is_complete = false, settled_at = excluded.settled_at;

-- name: end_event
UPDATE betting_settled_events
SET is_complete = true
WHERE event_id = %(event_id)s AND result_revision = %(revision)s;

-- name: settle
SELECT last_id::text, result_revision, n_changed, changes
FROM betting_settle(%(event_id)s::bigint, %(after)s::uuid, %(limit)s::integer, %(now)s::timestamptz);

-- name: settlements
SELECT bet_id::text, revision, event_id, result_revision, payout, grade, delta, transaction_id::text, settled_at
FROM betting_settlements
WHERE bet_id = %(bet_id)s::uuid
ORDER BY revision;
