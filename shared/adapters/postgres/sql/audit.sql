-- name: add_entry
INSERT INTO audit_trail (at, actor_id, actor_kind, action, outcome, user_id, address, user_agent, detail)
VALUES (
    %(at)s, NULLIF(%(actor_id)s, '')::uuid, %(actor_kind)s, %(action)s, %(outcome)s, NULLIF(%(user_id)s, '')::uuid,
    NULLIF(%(address)s, '')::inet, %(user_agent)s, %(detail)s
);

-- name: list_entries
-- Two lists by their own indexes; ids grow with time.
WITH of_user AS (
    SELECT * FROM audit_trail
    WHERE (user_id = %(user_id)s OR actor_id = %(user_id)s)
        AND (%(before)s = '' OR id < NULLIF(%(before)s, '')::uuid)
    ORDER BY id DESC
    LIMIT %(limit)s
)
SELECT
    id::text, at, COALESCE(actor_id::text, '') AS actor_id, actor_kind, action, outcome,
    COALESCE(user_id::text, '') AS user_id, COALESCE(host(address), '') AS address, user_agent, detail
FROM of_user
ORDER BY id DESC;
