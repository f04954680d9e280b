-- The state of purchases, in the SQL that DuckDB and Spark share.

-- name: latest
-- Of each purchase its highest version, and a cancellation before what it cancels; cancelled ones are as if never made.
-- `staged` has the rows of the files of some days, as often as they were delivered.
SELECT
    purchase_id, version, customer_id, seller_id, product_id, product_name, category, currency, quantity, unit_price,
    discount, total, purchased_at, CAST(purchased_at AS DATE) AS day
FROM (
    SELECT
        *, ROW_NUMBER() OVER (PARTITION BY purchase_id ORDER BY version DESC, cancelled DESC, event_id) AS place
    FROM staged
) AS versions
WHERE place = 1 AND NOT cancelled

-- name: live
-- Of the purchases in `late` the highest version, cancelled or not, as the live windows have them.
SELECT
    currency, purchase_id, version, cancelled, category, seller_id, quantity, total, purchased_at
FROM (
    SELECT
        *, ROW_NUMBER() OVER (PARTITION BY purchase_id ORDER BY version DESC, cancelled DESC, event_id) AS place
    FROM staged
    WHERE purchase_id IN (SELECT purchase_id FROM late)
) AS versions
WHERE place = 1
