-- name: search
-- Ids grow with time.
SELECT id::text, username, roles, created_at, state
FROM users
WHERE (%(name)s = '' OR username_folded LIKE %(name)s)
    AND (%(state)s = '' OR state = %(state)s)
    AND (%(role)s = '' OR %(role)s = ANY (roles))
    AND (%(contact)s = '' OR id IN (SELECT user_id FROM contacts WHERE address_folded = %(contact)s))
    AND (%(before)s = '' OR id < NULLIF(%(before)s, '')::uuid)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: grant_role
UPDATE users
SET roles = array_append(roles, %(role)s)
WHERE id = %(user_id)s;

-- name: revoke_role
UPDATE users
SET roles = array_remove(roles, %(role)s)
WHERE id = %(user_id)s;

-- name: erase_soon
UPDATE users
SET deletion_due_at = %(now)s
WHERE id = %(user_id)s;
