-- name: lock_manager
-- Two orders of one manager come one after the other, so that both count against the cap.
SELECT pg_advisory_xact_lock(hashtextextended('coins of manager ' || %(manager_id)s, 0));

-- name: ordered_within
SELECT coalesce(sum(amount), 0)::bigint
FROM coin_orders
WHERE ordered_by = %(manager_id)s::uuid AND ordered_at > now() - %(window)s::interval AND state <> 'refused';

-- name: add_order
INSERT INTO coin_orders (
    action, user_id, subject_id, amount, reason, ordered_by, ordered_at, state, transaction_id
) VALUES (
    %(action)s, %(user_id)s::uuid, NULLIF(%(subject_id)s, '')::uuid, %(amount)s, %(reason)s, %(ordered_by)s::uuid,
    %(now)s, %(state)s, NULLIF(%(transaction_id)s, '')::uuid
)
RETURNING id::text;

-- name: lock_order
SELECT id::text, action, user_id::text, coalesce(subject_id::text, '') AS subject_id, amount, reason,
    ordered_by::text, ordered_at, state, coalesce(decided_by::text, '') AS decided_by,
    coalesce(transaction_id::text, '') AS transaction_id
FROM coin_orders
WHERE id = %(order_id)s::uuid
FOR UPDATE;

-- name: decide
UPDATE coin_orders
SET state = %(state)s, decided_by = %(decided_by)s::uuid, decided_at = %(now)s,
    transaction_id = NULLIF(%(transaction_id)s, '')::uuid
WHERE id = %(order_id)s::uuid;

-- name: waiting
SELECT id::text, action, user_id::text, coalesce(subject_id::text, '') AS subject_id, amount, reason,
    ordered_by::text, ordered_at, state, coalesce(decided_by::text, '') AS decided_by,
    coalesce(transaction_id::text, '') AS transaction_id
FROM coin_orders
WHERE state = 'waiting' AND (%(after)s = '' OR id > NULLIF(%(after)s, '')::uuid)
ORDER BY id
LIMIT %(limit)s;

-- name: take_back_flow
-- What a reversed transfer had added to the sums of its two users.
UPDATE coin_flows
SET amount = amount - %(amount)s
WHERE sender_id = %(sender_id)s::uuid AND receiver_id = %(receiver_id)s::uuid;

-- name: closing
-- Accounts of deleted users that waited for their holds to end.
SELECT owner
FROM ledger_accounts
WHERE state = 'closing' AND name = 'coins' AND debits_pending = 0 AND credits_pending = 0
LIMIT 100;
