-- name: add
INSERT INTO shop_sellers (user_id, name, email, email_folded, phone, address, created_at, updated_at)
VALUES (
    %(user_id)s, %(name)s, %(email)s, %(email_folded)s, coalesce(%(phone)s, ''), coalesce(%(address)s, ''), %(now)s,
    %(now)s
)
RETURNING id::text, coalesce(user_id::text, '') AS user_id, name, email, phone, address, created_at, updated_at;

-- name: find
SELECT id::text, coalesce(user_id::text, '') AS user_id, name, email, phone, address, created_at, updated_at
FROM shop_sellers
WHERE id = %(seller_id)s AND deleted_at IS NULL;

-- name: list_page
SELECT id::text, coalesce(user_id::text, '') AS user_id, name, email, phone, address, created_at, updated_at
FROM shop_sellers
WHERE deleted_at IS NULL
    AND (%(owner)s::uuid IS NULL OR user_id = %(owner)s::uuid)
    AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: update
UPDATE shop_sellers
SET name = coalesce(%(name)s, name), email = coalesce(%(email)s, email),
    email_folded = coalesce(%(email_folded)s, email_folded), phone = coalesce(%(phone)s, phone),
    address = coalesce(%(address)s, address), updated_at = %(now)s
WHERE id = %(seller_id)s AND deleted_at IS NULL AND (%(owner)s::uuid IS NULL OR user_id = %(owner)s::uuid)
RETURNING id::text, coalesce(user_id::text, '') AS user_id, name, email, phone, address, created_at, updated_at;

-- name: delete
-- A seller loses what is personal, and sells nothing any more. By id, or all of a user.
WITH gone AS (
    UPDATE shop_sellers
    SET user_id = NULL, name = 'deleted', email = '', email_folded = NULL, phone = '', address = '',
        updated_at = %(now)s, deleted_at = %(now)s
    WHERE deleted_at IS NULL AND (id = %(seller_id)s::uuid OR user_id = %(user_id)s::uuid)
    RETURNING id
)
UPDATE shop_products
SET updated_at = %(now)s, deleted_at = %(now)s
WHERE seller_id IN (SELECT id FROM gone) AND deleted_at IS NULL;
