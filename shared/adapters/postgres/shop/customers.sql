-- name: add
INSERT INTO shop_customers (user_id, first_name, last_name, email, email_folded, phone, created_at, updated_at)
VALUES (
    %(user_id)s, %(first_name)s, %(last_name)s, %(email)s, %(email_folded)s, coalesce(%(phone)s, ''), %(now)s, %(now)s
)
RETURNING id::text, coalesce(user_id::text, '') AS user_id, first_name, last_name, email, phone, created_at, updated_at;

-- name: find
SELECT id::text, coalesce(user_id::text, '') AS user_id, first_name, last_name, email, phone, created_at, updated_at
FROM shop_customers
WHERE id = %(customer_id)s AND deleted_at IS NULL AND (%(owner)s::uuid IS NULL OR user_id = %(owner)s::uuid);

-- name: list_page
SELECT id::text, coalesce(user_id::text, '') AS user_id, first_name, last_name, email, phone, created_at, updated_at
FROM shop_customers
WHERE deleted_at IS NULL
    AND (%(owner)s::uuid IS NULL OR user_id = %(owner)s::uuid)
    AND (%(email_folded)s::text IS NULL OR email_folded = %(email_folded)s)
    AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: update
UPDATE shop_customers
SET first_name = coalesce(%(first_name)s, first_name), last_name = coalesce(%(last_name)s, last_name),
    email = coalesce(%(email)s, email), email_folded = coalesce(%(email_folded)s, email_folded),
    phone = coalesce(%(phone)s, phone), updated_at = %(now)s
WHERE id = %(customer_id)s AND deleted_at IS NULL AND (%(owner)s::uuid IS NULL OR user_id = %(owner)s::uuid)
RETURNING id::text, coalesce(user_id::text, '') AS user_id, first_name, last_name, email, phone, created_at, updated_at;

-- name: delete
-- Purchases keep the id, which nobody's name belongs to any more.
UPDATE shop_customers
SET user_id = NULL, first_name = '', last_name = '', email = '', email_folded = NULL, phone = '',
    updated_at = %(now)s, deleted_at = %(now)s
WHERE id = %(customer_id)s AND deleted_at IS NULL AND (%(owner)s::uuid IS NULL OR user_id = %(owner)s::uuid);

-- name: erase
UPDATE shop_customers
SET user_id = NULL, first_name = '', last_name = '', email = '', email_folded = NULL, phone = '',
    updated_at = %(now)s, deleted_at = %(now)s
WHERE user_id = %(user_id)s;

-- name: add_rows
-- The numbers of the rows that were added; of two rows with one address the first counts.
WITH sent AS (
    SELECT DISTINCT ON (email_folded) *, uuidv7() AS id
    FROM unnest(
        %(numbers)s::integer[], %(first_name_column)s::text[], %(last_name_column)s::text[], %(email_column)s::text[],
        %(email_folded_column)s::text[], %(phone_column)s::text[]
    ) s (number, first_name, last_name, email, email_folded, phone)
    ORDER BY email_folded, number
), added AS (
    INSERT INTO shop_customers (id, first_name, last_name, email, email_folded, phone, created_at, updated_at)
    SELECT id, first_name, last_name, email, email_folded, coalesce(phone, ''), %(now)s, %(now)s FROM sent ORDER BY number
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT number FROM sent JOIN added USING (id);
