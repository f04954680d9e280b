-- name: add_user
-- The unique index on the folded name decides between two who register it at once: the loser gets no row.
INSERT INTO users (username, username_folded, password_hash)
VALUES (%(username)s, %(folded)s, %(password_hash)s)
ON CONFLICT (username_folded) DO NOTHING
RETURNING id::text, username, roles, created_at;

-- name: find_login
SELECT id::text, username, roles, created_at, password_hash
FROM users
WHERE username_folded = %(folded)s;

-- name: open_session
INSERT INTO sessions (user_id, created_at)
VALUES (%(user_id)s, %(now)s)
RETURNING id::text AS session_id;

-- name: add_token
INSERT INTO refresh_tokens (token_sha256, session_id, issued_at, expires_at)
VALUES (%(token_sha256)s, %(session_id)s, %(now)s, %(expires_at)s);

-- name: lock_session
-- Everyone who refreshes or revokes takes this row first, so all of them stand in one line per session.
SELECT s.id::text AS session_id
FROM sessions s
JOIN refresh_tokens t ON t.session_id = s.id
WHERE t.token_sha256 = %(token_sha256)s
FOR UPDATE OF s;

-- name: find_token
-- A statement of its own after the lock: a joined row would show the state from before the wait.
SELECT s.id::text AS session_id, s.user_id::text, t.expires_at, t.rotated_at, s.revoked_at AS session_revoked_at
FROM refresh_tokens t
JOIN sessions s ON s.id = t.session_id
WHERE t.token_sha256 = %(token_sha256)s;

-- name: mark_rotated
UPDATE refresh_tokens
SET rotated_at = %(now)s
WHERE token_sha256 = %(token_sha256)s;

-- name: forget_expired
-- An expired token is refused whether or not it is remembered.
DELETE FROM refresh_tokens
WHERE session_id = %(session_id)s AND expires_at < %(now)s;

-- name: revoke_session
UPDATE sessions
SET revoked_at = %(now)s, revoked_reason = %(reason)s
WHERE id = %(session_id)s AND revoked_at IS NULL;

-- name: find_user
SELECT id::text, username, roles, created_at
FROM users
WHERE id = %(user_id)s;
