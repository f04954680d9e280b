-- Reads of sales; each is of one table, in its order. An empty currency is all of them.

-- name: categories
SELECT currency, day, category, n_purchases, n_items, revenue
FROM sales_by_category
WHERE ({currency:String} = '' OR currency = {currency:String}) AND day >= {begins:Date} AND day < {ends:Date}
ORDER BY currency, day, category
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

-- name: days
SELECT currency, day, n_purchases, n_customers, n_items, revenue
FROM sales_by_day
WHERE ({currency:String} = '' OR currency = {currency:String}) AND day >= {begins:Date} AND day < {ends:Date}
ORDER BY currency, day
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

-- name: months
SELECT currency, month, n_purchases, n_customers, n_items, revenue
FROM sales_by_month
WHERE ({currency:String} = '' OR currency = {currency:String}) AND month >= {begins:Date} AND month < {ends:Date}
ORDER BY currency, month
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

-- name: customers
SELECT currency, customer_id, last_purchase, recency, frequency, monetary, r, f, m
FROM customer_rfm
WHERE {currency:String} = '' OR currency = {currency:String}
ORDER BY currency, customer_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

-- name: products
SELECT currency, place, product_id, product_name, category, n_purchases, n_items, revenue
FROM top_products
WHERE {currency:String} = '' OR currency = {currency:String}
ORDER BY currency, place
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

-- name: cohorts
SELECT currency, cohort, months_since, n_customers, n_purchases, revenue
FROM cohorts
WHERE {currency:String} = '' OR currency = {currency:String}
ORDER BY currency, cohort, months_since
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

-- name: payouts
-- `sellers` is empty for whoever may see all of them.
SELECT currency, day, seller_id, n_purchases, n_items, revenue, fee, payout
FROM seller_payouts
WHERE ({currency:String} = '' OR currency = {currency:String}) AND day >= {begins:Date} AND day < {ends:Date}
    AND (empty({sellers:Array(String)}) OR has({sellers:Array(String)}, seller_id))
ORDER BY currency, day, seller_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

-- name: patterns
SELECT currency, pattern, bucket, category, n_purchases, revenue, n_days
FROM sales_patterns
WHERE ({currency:String} = '' OR currency = {currency:String}) AND pattern = {pattern:String}
ORDER BY currency, pattern, bucket, category
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

-- name: windows
-- Tumbling windows over purchases as they came; a cancelled one is in none.
SELECT
    currency, toStartOfInterval(purchased_at, toIntervalMinute({minutes:UInt16})) AS window_start, category, seller_id,
    toInt64(count()) AS n_purchases, sum(quantity) AS n_items, sum(total) AS revenue
FROM live_purchases FINAL
WHERE ({currency:String} = '' OR currency = {currency:String}) AND NOT cancelled
    AND purchased_at >= {begins:DateTime64(6, 'UTC')} AND purchased_at < {ends:DateTime64(6, 'UTC')}
GROUP BY currency, window_start, category, seller_id
ORDER BY currency, window_start, category, seller_id
LIMIT {limit:UInt32} OFFSET {offset:UInt32}
SETTINGS do_not_merge_across_partitions_select_final = 1

-- name: top
-- The five categories that brought most in a period, of each currency.
SELECT currency, category, toInt64(count()) AS n_purchases, sum(quantity) AS n_items, sum(total) AS revenue
FROM live_purchases FINAL
WHERE ({currency:String} = '' OR currency = {currency:String}) AND NOT cancelled
    AND purchased_at >= {begins:DateTime64(6, 'UTC')} AND purchased_at < {ends:DateTime64(6, 'UTC')}
GROUP BY currency, category
ORDER BY currency, revenue DESC, category
LIMIT 5 BY currency
SETTINGS do_not_merge_across_partitions_select_final = 1

-- name: table_sizes
SELECT table, toInt64(sum(rows)) AS n_rows, toInt64(sum(bytes_on_disk)) AS size_bytes
FROM system.parts
WHERE database = currentDatabase() AND active AND table IN {tables:Array(String)}
GROUP BY table
ORDER BY table

-- name: live_by_hour
SELECT
    toStartOfHour(purchased_at) AS hour, toInt64(countIf(NOT cancelled)) AS n_purchases,
    toInt64(countIf(cancelled)) AS n_cancelled
FROM live_purchases FINAL
WHERE purchased_at >= {since:DateTime64(6, 'UTC')}
GROUP BY hour
ORDER BY hour
SETTINGS do_not_merge_across_partitions_select_final = 1

-- name: live_end
SELECT count() AS n_rows, max(purchased_at) AS latest FROM live_purchases

-- name: n_late
SELECT toInt64(count()) AS n_late FROM late_purchases FINAL WHERE seen_at >= {since:DateTime64(6, 'UTC')}
