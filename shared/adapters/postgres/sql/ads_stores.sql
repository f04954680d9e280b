-- name: new_id
SELECT uuidv7()::text;

-- name: add_store
INSERT INTO ads_stores (id, name, currency, created_at)
VALUES (%(store_id)s::uuid, %(name)s, %(currency)s, %(now)s);

-- name: store
SELECT id::text, name, currency, state, created_at
FROM ads_stores
WHERE id = %(store_id)s::uuid;

-- name: lock_store
SELECT id::text, name, currency, state, created_at
FROM ads_stores
WHERE id = %(store_id)s::uuid
FOR UPDATE;

-- name: store_state
-- Locked against a change of its state until the transaction ends; readers do not wait for each other.
SELECT state
FROM ads_stores
WHERE id = %(store_id)s::uuid
FOR SHARE;

-- name: set_state
UPDATE ads_stores
SET state = %(state)s
WHERE id = %(store_id)s::uuid;

-- name: rename
UPDATE ads_stores
SET name = %(name)s
WHERE id = %(store_id)s::uuid;

-- name: stores_of_user
SELECT s.id::text, s.name, s.currency, s.state, s.created_at, m.role
FROM ads_store_members m
JOIN ads_stores s ON s.id = m.store_id
WHERE m.user_id = %(user_id)s::uuid
ORDER BY s.id;

-- name: lock_user
-- Two stores or memberships of one user come one after the other, so that both count against the limit.
SELECT pg_advisory_xact_lock(hashtextextended('stores of user ' || %(user_id)s, 0));

-- name: n_stores
SELECT count(*)::integer
FROM ads_store_members
WHERE user_id = %(user_id)s::uuid;

-- name: members
SELECT user_id::text, role, since
FROM ads_store_members
WHERE store_id = %(store_id)s::uuid
ORDER BY since, user_id;

-- name: role
SELECT role
FROM ads_store_members
WHERE store_id = %(store_id)s::uuid AND user_id = %(user_id)s::uuid;

-- name: put_member
INSERT INTO ads_store_members AS m (store_id, user_id, role, since)
VALUES (%(store_id)s::uuid, %(user_id)s::uuid, %(role)s, %(now)s)
ON CONFLICT (store_id, user_id) DO UPDATE SET role = excluded.role;

-- name: remove_member
DELETE FROM ads_store_members
WHERE store_id = %(store_id)s::uuid AND user_id = %(user_id)s::uuid;

-- name: add_payment
INSERT INTO ads_payments (store_id, hold_id, amount, purpose, reference, reserved_by, reserved_at)
VALUES (
    %(store_id)s::uuid, %(hold_id)s::uuid, %(amount)s, %(purpose)s, %(reference)s, %(reserved_by)s, %(now)s
)
RETURNING id::text;

-- name: payment
SELECT id::text, store_id::text, hold_id::text, amount, purpose, reference, reserved_at
FROM ads_payments
WHERE id = %(payment_id)s::uuid;

-- name: payments
SELECT id::text, store_id::text, hold_id::text, amount, purpose, reference, reserved_at
FROM ads_payments
WHERE store_id = %(store_id)s::uuid AND (%(before)s = '' OR id < NULLIF(%(before)s, '')::uuid)
ORDER BY id DESC
LIMIT %(limit)s;
