-- Aggregates of everything ever bought, each defined once, in the SQL that DuckDB and Spark share. `purchases` has all days.

-- name: sales_by_month
SELECT
    currency, CAST(DATE_TRUNC('month', day) AS DATE) AS month, COUNT(*) AS n_purchases,
    COUNT(DISTINCT customer_id) AS n_customers, CAST(SUM(quantity) AS BIGINT) AS n_items,
    CAST(SUM(total) AS BIGINT) AS revenue
FROM purchases
GROUP BY currency, CAST(DATE_TRUNC('month', day) AS DATE)

-- name: customer_rfm
-- Recency, frequency, monetary value (Hughes 1994), in days up to the last day there is, and the fifth of the customers
-- that each of them puts a customer into: 5 is the best.
SELECT
    currency, customer_id, last_purchase, CAST(last_day - last_purchase AS INT) AS recency, frequency, monetary,
    CAST(NTILE(5) OVER (PARTITION BY currency ORDER BY last_purchase, customer_id) AS INT) AS r,
    CAST(NTILE(5) OVER (PARTITION BY currency ORDER BY frequency, customer_id) AS INT) AS f,
    CAST(NTILE(5) OVER (PARTITION BY currency ORDER BY monetary, customer_id) AS INT) AS m
FROM (
    SELECT
        currency, customer_id, MAX(day) AS last_purchase, COUNT(*) AS frequency, CAST(SUM(total) AS BIGINT) AS monetary
    FROM purchases
    GROUP BY currency, customer_id
) AS customers
CROSS JOIN (SELECT MAX(day) AS last_day FROM purchases) AS ends

-- name: top_products
-- The thousand products of each currency that brought most.
SELECT currency, CAST(place AS INT) AS place, product_id, product_name, category, n_purchases, n_items, revenue
FROM (
    SELECT
        *, ROW_NUMBER() OVER (PARTITION BY currency ORDER BY revenue DESC, product_id) AS place
    FROM (
        SELECT
            currency, product_id, MAX(product_name) AS product_name, MAX(category) AS category,
            COUNT(*) AS n_purchases, CAST(SUM(quantity) AS BIGINT) AS n_items, CAST(SUM(total) AS BIGINT) AS revenue
        FROM purchases
        GROUP BY currency, product_id
    ) AS sums
) AS places
WHERE place <= 1000

-- name: cohorts
-- Customers by the month of their first purchase, and what they did in each month since.
SELECT
    currency, cohort, CAST((YEAR(month) - YEAR(cohort)) * 12 + MONTH(month) - MONTH(cohort) AS INT) AS months_since,
    COUNT(*) AS n_customers, CAST(SUM(n_purchases) AS BIGINT) AS n_purchases, CAST(SUM(revenue) AS BIGINT) AS revenue
FROM (
    SELECT
        *, MIN(month) OVER (PARTITION BY currency, customer_id) AS cohort
    FROM (
        SELECT
            currency, customer_id, CAST(DATE_TRUNC('month', day) AS DATE) AS month, COUNT(*) AS n_purchases,
            CAST(SUM(total) AS BIGINT) AS revenue
        FROM purchases
        GROUP BY currency, customer_id, CAST(DATE_TRUNC('month', day) AS DATE)
    ) AS months
) AS cohorts
GROUP BY currency, cohort, CAST((YEAR(month) - YEAR(cohort)) * 12 + MONTH(month) - MONTH(cohort) AS INT)

-- name: sales_patterns
-- What is usual: sums by hour of the day (UTC), by day of the week (1 is Monday) and by month of the year. Each day is
-- summed first, so that a row is seen once.
SELECT
    currency, pattern, bucket, category, CAST(SUM(n_purchases) AS BIGINT) AS n_purchases,
    CAST(SUM(revenue) AS BIGINT) AS revenue, COUNT(DISTINCT day) AS n_days
FROM (
    SELECT currency, day, category, 'hour' AS pattern, hour AS bucket, n_purchases, revenue FROM (
        SELECT
            currency, day, category, CAST(EXTRACT(HOUR FROM purchased_at) AS INT) AS hour, COUNT(*) AS n_purchases,
            SUM(total) AS revenue
        FROM purchases
        GROUP BY currency, day, category, CAST(EXTRACT(HOUR FROM purchased_at) AS INT)
    ) AS hours
    UNION ALL
    SELECT
        currency, day, category, 'weekday', (CAST(day - DATE '2000-01-03' AS INT) % 7) + 1, COUNT(*), SUM(total)
    FROM purchases
    GROUP BY currency, day, category
    UNION ALL
    SELECT currency, day, category, 'month', CAST(MONTH(day) AS INT), COUNT(*), SUM(total)
    FROM purchases
    GROUP BY currency, day, category
) AS patterns
GROUP BY currency, pattern, bucket, category
