-- name: login
SELECT id::text, username, roles, created_at, state, password_hash
FROM users
WHERE id = %(user_id)s;

-- name: change_password
UPDATE users
SET password_hash = %(new)s
WHERE id = %(user_id)s AND password_hash = %(old)s;

-- name: is_proven
SELECT EXISTS (
    SELECT FROM contacts
    WHERE user_id = %(user_id)s AND kind = %(kind)s AND address_folded = %(folded)s AND verified_at IS NOT NULL
);

-- name: drop_claim
-- With the code that was sent to it.
DELETE FROM contacts
WHERE user_id = %(user_id)s AND kind = %(kind)s AND verified_at IS NULL;

-- name: add_claim
INSERT INTO contacts (user_id, kind, address, address_folded, created_at)
VALUES (%(user_id)s, %(kind)s, %(address)s, %(folded)s, %(now)s);

-- name: set_deletion
UPDATE users
SET deletion_due_at = %(due_at)s
WHERE id = %(user_id)s AND deletion_due_at IS DISTINCT FROM %(due_at)s;

-- name: due
SELECT id::text AS user_id
FROM users
WHERE deletion_due_at <= %(now)s AND state <> 'deleted'
ORDER BY deletion_due_at
LIMIT %(at_most)s;

-- name: still_due
SELECT deletion_due_at <= %(now)s AND state <> 'deleted'
FROM users
WHERE id = %(user_id)s;

-- name: erase
-- Nothing of the person stays, and the name is free again; the row keeps what others refer to by its id.
UPDATE users
SET username = 'deleted-' || id, username_folded = 'deleted-' || id, username_skeleton = NULL, password_hash = NULL,
    roles = '{}', deletion_due_at = NULL, state = 'deleted'
WHERE id = %(user_id)s;

-- name: erase_contacts
DELETE FROM contacts
WHERE user_id = %(user_id)s;

-- name: erase_sessions
DELETE FROM sessions
WHERE user_id = %(user_id)s;

-- name: export
-- What accounts keep about a user, except what only proves something: digests of tokens, codes and the password.
SELECT json_build_object(
    'user', (
        SELECT json_build_object(
            'id', id, 'username', username, 'state', state, 'state_changed_at', state_changed_at, 'roles', roles,
            'created_at', created_at, 'deletion_due_at', deletion_due_at
        ) FROM users WHERE id = %(user_id)s
    ),
    'contacts', (
        SELECT COALESCE(json_agg(json_build_object(
            'kind', kind, 'address', address, 'created_at', c.created_at, 'verified_at', verified_at,
            'code_sent_at', sent_at, 'code_expires_at', expires_at
        ) ORDER BY c.id), '[]')
        FROM contacts c LEFT JOIN contact_codes ON contact_id = c.id WHERE user_id = %(user_id)s
    ),
    'sessions', (
        SELECT COALESCE(json_agg(json_build_object(
            'id', id, 'device', device, 'user_agent', user_agent, 'address', host(address), 'created_at', created_at,
            'last_used_at', last_used_at, 'expires_at', LEAST(expires_at, (
                -- As GET /sessions has it: when it ends if it is not used again.
                SELECT max(t.expires_at) FROM refresh_tokens t WHERE t.session_id = sessions.id AND t.rotated_at IS NULL
            )), 'revoked_at', revoked_at, 'revoked_reason', revoked_reason
        ) ORDER BY id), '[]') FROM sessions WHERE user_id = %(user_id)s
    ),
    'identity_requests', (
        SELECT COALESCE(json_agg(json_build_object(
            'id', id, 'state', state, 'submitted_at', submitted_at, 'decided_at', decided_at, 'reason', reason,
            'files', (
                SELECT json_agg(json_build_object(
                    'id', f.id, 'part', part, 'content_type', content_type, 'n_bytes', n_bytes,
                    'sha256', encode(sha256, 'hex')
                ) ORDER BY part) FROM identity_files f WHERE f.request_id = r.id
            )
        ) ORDER BY id), '[]') FROM identity_requests r WHERE user_id = %(user_id)s
    ),
    'audit_trail', (
        -- What operators did is theirs to be known; of others' doings only that they were done.
        SELECT COALESCE(json_agg(json_build_object(
            'at', at, 'action', action, 'outcome', outcome, 'by', actor_kind, 'detail', detail,
            'address', CASE WHEN actor_kind <> 'operator' OR actor_id = %(user_id)s THEN host(address) END,
            'user_agent', CASE WHEN actor_kind <> 'operator' OR actor_id = %(user_id)s THEN user_agent END
        ) ORDER BY id), '[]') FROM audit_trail WHERE user_id = %(user_id)s OR actor_id = %(user_id)s
    )
)::text AS content;
