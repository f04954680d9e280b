-- name: read_profile
-- A row per contact; one row without a contact for a user without any.
SELECT
    u.id::text, u.username, u.roles, u.created_at, u.state, u.deletion_due_at,
    c.kind, c.address, c.created_at AS claimed_at, c.verified_at
FROM users u
LEFT JOIN contacts c ON c.user_id = u.id
WHERE u.id = %(user_id)s
ORDER BY c.kind, c.verified_at NULLS LAST;

-- name: lock_user
SELECT id::text, username, roles, created_at, state
FROM users
WHERE id = %(user_id)s
FOR UPDATE;

-- name: find_role_holder
-- The same conditions as of the operators locked below.
SELECT id::text, username, roles, created_at, state
FROM users
WHERE id = %(user_id)s AND %(role)s = ANY (roles) AND state NOT IN ('blocked', 'deleted') AND deletion_due_at IS NULL;

-- name: lock_user_and_operators
-- A user who is about to be deleted does not count as an operator.
SELECT id::text, username, roles, created_at, state
FROM users
WHERE id = %(user_id)s
    OR (%(role)s = ANY (roles) AND state NOT IN ('blocked', 'deleted') AND deletion_due_at IS NULL)
ORDER BY id
FOR UPDATE;

-- name: move_user
UPDATE users
SET state = %(to)s
WHERE id = %(user_id)s;
