-- name: profile
-- A row for each contact; one without any for who has none.
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

-- name: operator
-- Under the same conditions as those who are locked below.
SELECT id::text, username, roles, created_at, state
FROM users
WHERE id = %(user_id)s AND %(role)s = ANY (roles) AND state NOT IN ('blocked', 'deleted') AND deletion_due_at IS NULL;

-- name: lock_user_and_operators
-- Who will be deleted anyway does not count among those who are left.
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
