-- name: add_sellers
INSERT INTO shop_sellers (id, name, created_at, updated_at)
SELECT * FROM unnest(%(id)s::uuid[], %(name)s::text[], %(created_at)s::timestamptz[], %(updated_at)s::timestamptz[])
ON CONFLICT DO NOTHING;

-- name: add_products
INSERT INTO shop_products (
    id, seller_id, name, description, category, price, currency, stock, created_at, updated_at
)
SELECT * FROM unnest(
    %(id)s::uuid[], %(seller_id)s::uuid[], %(name)s::text[], %(description)s::text[], %(category)s::text[],
    %(price)s::bigint[], %(currency)s::text[], %(stock)s::bigint[], %(created_at)s::timestamptz[],
    %(updated_at)s::timestamptz[]
)
ON CONFLICT DO NOTHING;

-- name: add_customers
INSERT INTO shop_customers (id, first_name, last_name, created_at, updated_at)
SELECT * FROM unnest(
    %(id)s::uuid[], %(first_name)s::text[], %(last_name)s::text[], %(created_at)s::timestamptz[],
    %(updated_at)s::timestamptz[]
)
ON CONFLICT DO NOTHING;

-- name: find_purchases
SELECT id::text FROM shop_purchases WHERE id = ANY (%(ids)s::uuid[]);

-- name: add_purchases
INSERT INTO shop_purchases (
    id, customer_id, seller_id, product_id, product_name, category, quantity, unit_price, discount, total, currency,
    purchased_at, recorded_at
)
SELECT * FROM unnest(
    %(id)s::uuid[], %(customer_id)s::uuid[], %(seller_id)s::uuid[], %(product_id)s::uuid[], %(product_name)s::text[],
    %(category)s::text[], %(quantity)s::bigint[], %(unit_price)s::bigint[], %(discount)s::bigint[],
    %(total)s::bigint[], %(currency)s::text[], %(purchased_at)s::timestamptz[], %(recorded_at)s::timestamptz[]
)
ON CONFLICT DO NOTHING;
