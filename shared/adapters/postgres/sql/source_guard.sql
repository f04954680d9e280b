-- Statements of the source guard: rate-limit slots and the circuit breaker.

-- name: create_source
-- The row of a source that nobody has asked before.
INSERT INTO source_state (source) VALUES (%(source)s) ON CONFLICT DO NOTHING

-- name: reserve_slot
-- A token bucket shared by all workers: each caller gets the wait until its own slot, and moves the next slot further.
-- No row while the source is blocked or its circuit is open; after that one probe at a time.
UPDATE source_state
SET next_at = greatest(next_at, now()) + make_interval(secs => %(span_s)s),
    probing_until = CASE WHEN opened_until IS NULL THEN NULL ELSE now() + make_interval(secs => %(probe_s)s) END
WHERE source = %(source)s AND blocked_at IS NULL
  AND (opened_until IS NULL OR (opened_until <= now() AND (probing_until IS NULL OR probing_until < now())))
RETURNING greatest(0, extract(epoch FROM next_at - make_interval(secs => %(span_s)s) - now()))::float AS wait_s,
          epoch, opened_until IS NOT NULL AS is_probe,
          opened_until IS NOT NULL OR failing_since IS NOT NULL AS counts_successes

-- name: epoch
-- Compared with the epoch of a slot, to see whether the slot is still valid.
SELECT epoch FROM source_state WHERE source = %(source)s

-- name: resumed_epoch
-- The epoch at which a person resumed the source last; locks the row.
SELECT resumed_epoch FROM source_state WHERE source = %(source)s FOR UPDATE

-- name: circuit
-- The state of the circuit.
SELECT n_refusals AS n_failures, failing_since, n_window, n_window_failed, n_opened, opened_until, limited,
       blocked_at, blocked_reason
FROM source_state WHERE source = %(source)s

-- name: lock_circuit
-- The state of the circuit, for an update in the same transaction.
SELECT n_refusals AS n_failures, failing_since, n_window, n_window_failed, n_opened, opened_until, limited,
       blocked_at, blocked_reason
FROM source_state WHERE source = %(source)s FOR UPDATE

-- name: database_time
-- The clock of the database, which all workers share.
SELECT clock_timestamp()

-- name: store_circuit
-- The epoch grows when there is a pause to keep or when the circuit changed: slots acquired before are invalid then.
UPDATE source_state
SET n_refusals = %(n_failures)s, failing_since = %(failing_since)s, n_window = %(n_window)s,
    n_window_failed = %(n_window_failed)s, n_opened = %(n_opened)s, opened_until = %(opened_until)s,
    limited = %(limited)s, blocked_at = %(blocked_at)s, blocked_reason = %(blocked_reason)s, probing_until = NULL,
    next_at = greatest(next_at, now() + make_interval(secs => %(pause_s)s)),
    epoch = epoch + (
        %(pause_s)s > 0 OR opened_until IS DISTINCT FROM %(opened_until)s OR blocked_at IS DISTINCT FROM %(blocked_at)s
    )::int
WHERE source = %(source)s

-- name: resume
-- Closes the circuit; refusals of slots acquired before `resumed_epoch` do not block the source again.
UPDATE source_state
SET blocked_at = NULL, blocked_reason = '', n_refusals = 0, failing_since = NULL, n_window = 0, n_window_failed = 0,
    n_opened = 0, opened_until = NULL, probing_until = NULL, limited = false, next_at = '-infinity', epoch = epoch + 1,
    resumed_epoch = epoch + 1
WHERE source = %(source)s
