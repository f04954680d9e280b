-- name: add_messages
INSERT INTO ads_hook_messages (endpoint_id, kind, body, created_at, next_try_at)
SELECT id, %(kind)s, %(body)s, %(now)s, %(now)s
FROM ads_hook_endpoints
WHERE store_id = %(store_id)s::uuid AND disabled_at IS NULL;

-- name: n_endpoints
SELECT count(*)::integer
FROM ads_hook_endpoints
WHERE store_id = %(store_id)s::uuid;

-- name: lock_store
SELECT pg_advisory_xact_lock(hashtextextended('hooks of store ' || %(store_id)s, 0));

-- name: add_endpoint
INSERT INTO ads_hook_endpoints (store_id, url, created_at)
VALUES (%(store_id)s::uuid, %(url)s, %(now)s)
RETURNING id::text;

-- name: endpoint
SELECT id::text, store_id::text, url, generation, previous_until, created_at, failing_since, disabled_at, disabled_reason
FROM ads_hook_endpoints
WHERE id = %(endpoint_id)s::uuid;

-- name: endpoints
SELECT id::text, store_id::text, url, generation, previous_until, created_at, failing_since, disabled_at, disabled_reason
FROM ads_hook_endpoints
WHERE store_id = %(store_id)s::uuid
ORDER BY id;

-- name: remove_endpoint
DELETE FROM ads_hook_endpoints
WHERE id = %(endpoint_id)s::uuid;

-- name: remove_endpoints_of_store
DELETE FROM ads_hook_endpoints
WHERE store_id = %(store_id)s::uuid;

-- name: rotate
UPDATE ads_hook_endpoints
SET generation = generation + 1, previous_until = %(previous_until)s
WHERE id = %(endpoint_id)s::uuid
RETURNING generation;

-- name: enable
UPDATE ads_hook_endpoints
SET disabled_at = NULL, disabled_reason = '', failing_since = NULL
WHERE id = %(endpoint_id)s::uuid;

-- name: take_due
UPDATE ads_hook_messages m
SET next_try_at = %(leased_until)s, n_tries = n_tries + 1
FROM (
    SELECT id FROM ads_hook_messages WHERE next_try_at <= %(now)s
    ORDER BY next_try_at LIMIT %(at_most)s FOR UPDATE SKIP LOCKED
) due, ads_hook_endpoints e
WHERE m.id = due.id AND e.id = m.endpoint_id
RETURNING m.id::text, m.endpoint_id::text, m.body, m.created_at, m.n_tries, e.url, e.generation, e.previous_until,
    e.disabled_at IS NOT NULL AS disabled;

-- name: delivered
UPDATE ads_hook_messages
SET delivered_at = %(now)s, next_try_at = NULL, last_error = ''
WHERE id = %(message_id)s::uuid;

-- name: succeeding
UPDATE ads_hook_endpoints
SET failing_since = NULL
WHERE id = %(endpoint_id)s::uuid AND failing_since IS NOT NULL;

-- name: failed
UPDATE ads_hook_messages
SET next_try_at = %(next_try_at)s, last_error = %(error)s
WHERE id = %(message_id)s::uuid;

-- name: failing
-- Since its first failure after a success; disabled when that is too long ago, or at once where it says so itself.
UPDATE ads_hook_endpoints
SET failing_since = coalesce(failing_since, %(now)s),
    disabled_at = CASE
        WHEN disabled_at IS NOT NULL THEN disabled_at
        WHEN %(gone)s OR coalesce(failing_since, %(now)s) <= %(since_at_most)s THEN %(now)s
    END,
    disabled_reason = CASE
        WHEN disabled_at IS NOT NULL THEN disabled_reason
        WHEN %(gone)s THEN 'it answered 410 Gone'
        WHEN coalesce(failing_since, %(now)s) <= %(since_at_most)s THEN 'it failed for too long'
        ELSE ''
    END
WHERE id = %(endpoint_id)s::uuid;

-- name: messages
SELECT id::text, kind, created_at, n_tries, delivered_at, next_try_at, last_error
FROM ads_hook_messages
WHERE endpoint_id = %(endpoint_id)s::uuid AND (%(before)s = '' OR id < NULLIF(%(before)s, '')::uuid)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: forget_messages
DELETE FROM ads_hook_messages
WHERE created_at < %(before)s AND next_try_at IS NULL;
