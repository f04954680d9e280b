-- name: add_event
INSERT INTO outbox (source, event_id, type, subject, occurred_at, extensions, data)
VALUES (%(source)s, %(event_id)s, %(type)s, %(subject)s, %(occurred_at)s, %(extensions)s, %(data)s);

-- name: try_lock
-- Held until the end of the transaction, so that a killed relay releases it.
SELECT pg_try_advisory_xact_lock(%(lock)s);

-- name: list_pending
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

-- name: delete_published
DELETE FROM outbox
WHERE delivered_at < %(before)s;
