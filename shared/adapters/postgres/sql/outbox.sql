-- name: put
INSERT INTO outbox (source, event_id, type, subject, occurred_at, extensions, data)
VALUES (%(source)s, %(event_id)s, %(type)s, %(subject)s, %(occurred_at)s, %(extensions)s, %(data)s);

-- name: try_lock
-- Until the end of the transaction, so that a relay that is killed gives it back.
SELECT pg_try_advisory_xact_lock(%(lock)s);

-- name: waiting
-- As text, since reading JSON and writing it again may change its bytes.
SELECT position, source, event_id, type, subject, occurred_at, extensions, data::text AS data
FROM outbox
WHERE delivered_at IS NULL
ORDER BY position
LIMIT %(at_most)s;

-- name: mark_delivered
UPDATE outbox
SET delivered_at = %(now)s
WHERE position = ANY (%(taken)s);

-- name: forget
DELETE FROM outbox
WHERE delivered_at < %(before)s;
