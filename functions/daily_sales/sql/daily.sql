-- Aggregates of the days that are built, each defined once, in the SQL that DuckDB and Spark share. `purchases` has those
-- days only. Money is in minor units of its currency; sums of two currencies never meet.

-- name: sales_by_category
SELECT
    currency, day, category, COUNT(*) AS n_purchases, CAST(SUM(quantity) AS BIGINT) AS n_items,
    CAST(SUM(total) AS BIGINT) AS revenue
FROM purchases
GROUP BY currency, day, category

-- name: sales_by_day
SELECT
    currency, day, COUNT(*) AS n_purchases, COUNT(DISTINCT customer_id) AS n_customers,
    CAST(SUM(quantity) AS BIGINT) AS n_items, CAST(SUM(total) AS BIGINT) AS revenue
FROM purchases
GROUP BY currency, day

-- name: seller_payouts
-- A seller gets what was paid less the shop's fee of a twentieth, rounded down in the seller's favour for each day.
SELECT
    currency, day, seller_id, n_purchases, n_items, revenue, CAST((revenue - revenue % 20) / 20 AS BIGINT) AS fee,
    revenue - CAST((revenue - revenue % 20) / 20 AS BIGINT) AS payout
FROM (
    SELECT
        currency, day, seller_id, COUNT(*) AS n_purchases, CAST(SUM(quantity) AS BIGINT) AS n_items,
        CAST(SUM(total) AS BIGINT) AS revenue
    FROM purchases
    GROUP BY currency, day, seller_id
) AS sums
