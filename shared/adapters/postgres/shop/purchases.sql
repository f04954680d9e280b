-- name: buy
SELECT (b.purchase).id::text, (b.purchase).customer_id::text, (b.purchase).seller_id::text,
    (b.purchase).product_id::text, (b.purchase).product_name, (b.purchase).category, (b.purchase).quantity,
    (b.purchase).unit_price, (b.purchase).discount, (b.purchase).total, (b.purchase).currency,
    (b.purchase).purchased_at, (b.purchase).recorded_at, (b.purchase).cancelled_at, b.replayed
FROM shop_buy(
    %(user_id)s::uuid, %(is_operator)s::boolean, %(product_id)s::uuid, %(customer_id)s::uuid, %(seller_id)s::uuid,
    %(quantity)s::bigint, %(unit_price)s::bigint, %(discount)s::bigint, %(currency)s::text,
    %(purchased_at)s::timestamptz, %(now)s::timestamptz, %(scope)s::text, %(key)s::text, %(sha256)s::bytea,
    %(traceparent)s::text
) b;

-- name: find
SELECT id::text, customer_id::text, seller_id::text, product_id::text, product_name, category, quantity, unit_price,
    discount, total, currency, purchased_at, recorded_at, cancelled_at
FROM shop_purchases
WHERE id = %(purchase_id)s AND (
    %(owner)s::uuid IS NULL
    OR seller_id IN (SELECT id FROM shop_sellers WHERE user_id = %(owner)s::uuid)
    OR customer_id IN (SELECT id FROM shop_customers WHERE user_id = %(owner)s::uuid)
);

-- name: list_page
SELECT id::text, customer_id::text, seller_id::text, product_id::text, product_name, category, quantity, unit_price,
    discount, total, currency, purchased_at, recorded_at, cancelled_at
FROM shop_purchases
WHERE (%(customer_id)s::uuid IS NULL OR customer_id = %(customer_id)s::uuid)
    AND (%(product_id)s::uuid IS NULL OR product_id = %(product_id)s::uuid)
    AND (%(seller_id)s::uuid IS NULL OR seller_id = %(seller_id)s::uuid)
    AND (%(purchased_from)s::timestamptz IS NULL OR purchased_at >= %(purchased_from)s)
    AND (%(purchased_until)s::timestamptz IS NULL OR purchased_at < %(purchased_until)s)
    AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: list_page_of_user
SELECT id::text, customer_id::text, seller_id::text, product_id::text, product_name, category, quantity, unit_price,
    discount, total, currency, purchased_at, recorded_at, cancelled_at
FROM shop_purchases
WHERE (%(customer_id)s::uuid IS NULL OR customer_id = %(customer_id)s::uuid)
    AND (%(product_id)s::uuid IS NULL OR product_id = %(product_id)s::uuid)
    AND (%(seller_id)s::uuid IS NULL OR seller_id = %(seller_id)s::uuid)
    AND (%(purchased_from)s::timestamptz IS NULL OR purchased_at >= %(purchased_from)s)
    AND (%(purchased_until)s::timestamptz IS NULL OR purchased_at < %(purchased_until)s)
    AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
    AND (
        seller_id = ANY (ARRAY(SELECT id FROM shop_sellers WHERE user_id = %(owner)s::uuid))
        OR customer_id = ANY (ARRAY(SELECT id FROM shop_customers WHERE user_id = %(owner)s::uuid))
    )
ORDER BY id DESC
LIMIT %(limit)s;

-- name: cancel
SELECT shop_cancel(
    %(user_id)s::uuid, %(is_operator)s::boolean, %(purchase_id)s::uuid, %(now)s::timestamptz, %(traceparent)s::text
);

-- name: lock_products
SELECT p.id::text, p.seller_id::text, coalesce(s.user_id::text, '') AS seller_user_id, p.name, p.category, p.price,
    p.currency, p.stock
FROM shop_products p
JOIN shop_sellers s ON s.id = p.seller_id
WHERE p.id = ANY (%(ids)s::uuid[]) AND p.deleted_at IS NULL
ORDER BY p.id
FOR UPDATE OF p;

-- name: find_customers
SELECT id::text FROM shop_customers WHERE id = ANY (%(ids)s::uuid[]) AND deleted_at IS NULL;

-- name: take_stock
UPDATE shop_products p
SET stock = p.stock - t.quantity
FROM unnest(%(ids)s::uuid[], %(quantities)s::bigint[]) t (id, quantity)
WHERE p.id = t.id;

-- name: record_sales
WITH recorded AS (
    INSERT INTO shop_purchases (
        id, customer_id, seller_id, product_id, product_name, category, quantity, unit_price, discount, total, currency,
        purchased_at, recorded_at
    )
    SELECT uuidv7(), r.*, %(now)s
    FROM unnest(
        %(customer_ids)s::uuid[], %(seller_ids)s::uuid[], %(product_ids)s::uuid[], %(product_names)s::text[],
        %(categories)s::text[], %(quantities)s::bigint[], %(unit_prices)s::bigint[], %(discounts)s::bigint[],
        %(totals)s::bigint[], %(currencies)s::text[], %(moments)s::timestamptz[]
    ) r
    RETURNING id
)
INSERT INTO shop_outbox (purchase_id, version, traceparent)
SELECT id, 1, %(traceparent)s FROM recorded;
