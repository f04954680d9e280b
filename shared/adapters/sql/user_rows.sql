-- name: profile
SELECT id::text, username, roles, created_at, state, deletion_due_at
FROM users
WHERE id = %(user_id)s;

-- name: contacts
SELECT kind, address, created_at, verified_at
FROM contacts
WHERE user_id = %(user_id)s
ORDER BY kind, verified_at NULLS LAST;

-- name: lock_user
SELECT id::text, username, roles, created_at, state
FROM users
WHERE id = %(user_id)s
FOR UPDATE;

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
