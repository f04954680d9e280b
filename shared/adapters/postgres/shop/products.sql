-- name: new_id
SELECT uuidv7()::text;

-- name: add
INSERT INTO shop_products (
    id, seller_id, name, description, category, price, currency, stock, image, created_at, updated_at
)
SELECT %(product_id)s::uuid, s.id, %(name)s, %(description)s, %(category)s, %(price)s, %(currency)s, %(stock)s,
    %(image)s, %(now)s, %(now)s
FROM shop_sellers s
WHERE s.id = %(seller_id)s AND s.deleted_at IS NULL AND (%(owner)s::uuid IS NULL OR s.user_id = %(owner)s::uuid)
FOR SHARE
RETURNING id::text, seller_id::text, name, description, category, price, currency, stock, image, created_at, updated_at;

-- name: find
SELECT id::text, seller_id::text, name, description, category, price, currency, stock, image, created_at, updated_at
FROM shop_products
WHERE id = %(product_id)s AND deleted_at IS NULL;

-- name: find_any
-- Also one that was deleted since: a request that is sent again is answered as before.
SELECT id::text, seller_id::text, name, description, category, price, currency, stock, image, created_at, updated_at
FROM shop_products
WHERE id = %(product_id)s;

-- name: list_page
SELECT id::text, seller_id::text, name, description, category, price, currency, stock, image, created_at, updated_at
FROM shop_products
WHERE deleted_at IS NULL
    AND (%(category)s::text IS NULL OR category = %(category)s)
    AND (%(seller_id)s::uuid IS NULL OR seller_id = %(seller_id)s::uuid)
    AND (%(currency)s::text IS NULL OR currency = %(currency)s)
    AND (%(min_price)s::bigint IS NULL OR price >= %(min_price)s)
    AND (%(max_price)s::bigint IS NULL OR price <= %(max_price)s)
    AND (%(in_stock)s::boolean IS NOT TRUE OR stock > 0)
    AND (%(query)s::text IS NULL OR words @@ to_tsquery('simple', %(query)s))

-- name: by_newest
    AND (%(after_id)s::uuid IS NULL OR id < %(after_id)s::uuid)
ORDER BY id DESC
LIMIT %(limit)s

-- name: by_cheapest
    AND (%(after_id)s::uuid IS NULL OR (price, id) > (%(after_price)s::bigint, %(after_id)s::uuid))
ORDER BY price, id
LIMIT %(limit)s

-- name: by_dearest
    AND (%(after_id)s::uuid IS NULL OR (price, id) < (%(after_price)s::bigint, %(after_id)s::uuid))
ORDER BY price DESC, id DESC
LIMIT %(limit)s

-- name: by_name
    AND (%(after_id)s::uuid IS NULL OR (name, id) > (%(after_name)s::text, %(after_id)s::uuid))
ORDER BY name, id
LIMIT %(limit)s

-- name: categories
SELECT category, count(*) AS n_products
FROM shop_products
WHERE deleted_at IS NULL
GROUP BY category
ORDER BY category;

-- name: replace
UPDATE shop_products p
SET name = %(name)s, description = %(description)s, category = %(category)s, price = %(price)s,
    currency = %(currency)s, stock = coalesce(%(stock)s, p.stock), image = %(image)s, updated_at = %(now)s
FROM shop_sellers s
WHERE p.id = %(product_id)s AND p.deleted_at IS NULL AND s.id = p.seller_id AND s.id = %(seller_id)s
    AND (%(owner)s::uuid IS NULL OR s.user_id = %(owner)s::uuid)
RETURNING p.id::text, p.seller_id::text, p.name, p.description, p.category, p.price, p.currency, p.stock, p.image,
    p.created_at, p.updated_at;

-- name: delete
UPDATE shop_products p
SET updated_at = %(now)s, deleted_at = %(now)s
FROM shop_sellers s
WHERE p.id = %(product_id)s AND p.deleted_at IS NULL AND s.id = p.seller_id
    AND (%(owner)s::uuid IS NULL OR s.user_id = %(owner)s::uuid);

-- name: add_rows
-- The numbers of the rows that were added.
WITH sent AS MATERIALIZED (
    SELECT r.*, uuidv7() AS id
    FROM unnest(
        %(numbers)s::integer[], %(seller_id_column)s::uuid[], %(name_column)s::text[], %(description_column)s::text[],
        %(category_column)s::text[], %(price_column)s::bigint[], %(currency_column)s::text[],
        %(stock_column)s::bigint[], %(image_column)s::text[]
    ) r (number, seller_id, name, description, category, price, currency, stock, image)
    JOIN shop_sellers s ON s.id = r.seller_id AND s.deleted_at IS NULL
        AND (%(owner)s::uuid IS NULL OR s.user_id = %(owner)s::uuid)
), added AS (
    INSERT INTO shop_products (
        id, seller_id, name, description, category, price, currency, stock, image, created_at, updated_at
    )
    SELECT id, seller_id, name, description, category, price, currency, stock, image, %(now)s, %(now)s
    FROM sent ORDER BY number
)
SELECT number FROM sent;
