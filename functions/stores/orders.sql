-- name: lock_manager
-- Two orders of one manager come one after the other, so that both count against the cap.
SELECT pg_advisory_xact_lock(hashtextextended('store orders of manager ' || %(manager_id)s, 0));

-- name: ordered_within
SELECT coalesce(sum(abs(amount)), 0)::bigint
FROM ads_orders
WHERE ordered_by = %(manager_id)s::uuid AND ordered_at > now() - %(window)s::interval AND state <> 'refused';

-- name: new_order_id
SELECT uuidv7()::text;

-- name: add_order
INSERT INTO ads_orders (
    id, action, store_id, top_up_id, amount, reason, ordered_by, ordered_at, state, transaction_id
) VALUES (
    %(order_id)s::uuid, %(action)s, %(store_id)s::uuid, NULLIF(%(top_up_id)s, '')::uuid, %(amount)s, %(reason)s,
    %(ordered_by)s::uuid, %(now)s, %(state)s, NULLIF(%(transaction_id)s, '')::uuid
);

-- name: order
SELECT id::text, action, store_id::text, coalesce(top_up_id::text, '') AS top_up_id, amount, reason, ordered_by::text,
    ordered_at, state, coalesce(decided_by::text, '') AS decided_by, coalesce(transaction_id::text, '') AS transaction_id
FROM ads_orders
WHERE id = %(order_id)s::uuid
FOR UPDATE;

-- name: decide
UPDATE ads_orders
SET state = %(state)s, decided_by = %(decided_by)s::uuid, decided_at = %(now)s,
    transaction_id = NULLIF(%(transaction_id)s, '')::uuid
WHERE id = %(order_id)s::uuid;

-- name: waiting
SELECT id::text, action, store_id::text, coalesce(top_up_id::text, '') AS top_up_id, amount, reason, ordered_by::text,
    ordered_at, state, coalesce(decided_by::text, '') AS decided_by, coalesce(transaction_id::text, '') AS transaction_id
FROM ads_orders
WHERE state = 'waiting' AND (%(after)s = '' OR id > NULLIF(%(after)s, '')::uuid)
ORDER BY id
LIMIT %(limit)s;

-- name: ownerless
SELECT id::text, name, currency, state, created_at
FROM ads_stores
WHERE state = 'ownerless' AND (%(after)s = '' OR id > NULLIF(%(after)s, '')::uuid)
ORDER BY id
LIMIT %(limit)s;
