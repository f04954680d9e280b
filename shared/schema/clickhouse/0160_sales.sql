-- Sales of the shop as the daily job builds them. Each table begins with the currency, as sums of two never meet; a day or
-- a whole table is replaced by moving a partition from the table beside it, which remembers no block: the same rows again
-- are stored again.

CREATE TABLE IF NOT EXISTS sales_by_category
(
    currency    LowCardinality(String),
    day         Date,
    category    LowCardinality(String),
    n_purchases Int64,
    n_items     Int64,
    revenue     Int64
)
ENGINE = MergeTree
ORDER BY (currency, day, category)
PARTITION BY toYYYYMM(day);

CREATE TABLE IF NOT EXISTS sales_by_category_next
(
    currency    LowCardinality(String),
    day         Date,
    category    LowCardinality(String),
    n_purchases Int64,
    n_items     Int64,
    revenue     Int64
)
ENGINE = MergeTree
ORDER BY (currency, day, category)
PARTITION BY toYYYYMM(day);

CREATE TABLE IF NOT EXISTS sales_by_day
(
    currency    LowCardinality(String),
    day         Date,
    n_purchases Int64,
    n_customers Int64,
    n_items     Int64,
    revenue     Int64
)
ENGINE = MergeTree
ORDER BY (currency, day)
PARTITION BY toYYYYMM(day);

CREATE TABLE IF NOT EXISTS sales_by_day_next
(
    currency    LowCardinality(String),
    day         Date,
    n_purchases Int64,
    n_customers Int64,
    n_items     Int64,
    revenue     Int64
)
ENGINE = MergeTree
ORDER BY (currency, day)
PARTITION BY toYYYYMM(day);

CREATE TABLE IF NOT EXISTS seller_payouts
(
    currency    LowCardinality(String),
    day         Date,
    seller_id   String,
    n_purchases Int64,
    n_items     Int64,
    revenue     Int64,
    fee         Int64,
    payout      Int64
)
ENGINE = MergeTree
ORDER BY (currency, day, seller_id)
PARTITION BY toYYYYMM(day);

CREATE TABLE IF NOT EXISTS seller_payouts_next
(
    currency    LowCardinality(String),
    day         Date,
    seller_id   String,
    n_purchases Int64,
    n_items     Int64,
    revenue     Int64,
    fee         Int64,
    payout      Int64
)
ENGINE = MergeTree
ORDER BY (currency, day, seller_id)
PARTITION BY toYYYYMM(day);

CREATE TABLE IF NOT EXISTS sales_by_month
(
    currency    LowCardinality(String),
    month       Date,
    n_purchases Int64,
    n_customers Int64,
    n_items     Int64,
    revenue     Int64
)
ENGINE = MergeTree
ORDER BY (currency, month)
PARTITION BY tuple();

CREATE TABLE IF NOT EXISTS sales_by_month_next
(
    currency    LowCardinality(String),
    month       Date,
    n_purchases Int64,
    n_customers Int64,
    n_items     Int64,
    revenue     Int64
)
ENGINE = MergeTree
ORDER BY (currency, month)
PARTITION BY tuple();

CREATE TABLE IF NOT EXISTS customer_rfm
(
    currency      LowCardinality(String),
    customer_id   String,
    last_purchase Date,
    recency       Int32,
    frequency     Int64,
    monetary      Int64,
    r             Int32,
    f             Int32,
    m             Int32
)
ENGINE = MergeTree
ORDER BY (currency, customer_id)
PARTITION BY tuple();

CREATE TABLE IF NOT EXISTS customer_rfm_next
(
    currency      LowCardinality(String),
    customer_id   String,
    last_purchase Date,
    recency       Int32,
    frequency     Int64,
    monetary      Int64,
    r             Int32,
    f             Int32,
    m             Int32
)
ENGINE = MergeTree
ORDER BY (currency, customer_id)
PARTITION BY tuple();

CREATE TABLE IF NOT EXISTS top_products
(
    currency     LowCardinality(String),
    place        Int32,
    product_id   String,
    product_name String,
    category     LowCardinality(String),
    n_purchases  Int64,
    n_items      Int64,
    revenue      Int64
)
ENGINE = MergeTree
ORDER BY (currency, place)
PARTITION BY tuple();

CREATE TABLE IF NOT EXISTS top_products_next
(
    currency     LowCardinality(String),
    place        Int32,
    product_id   String,
    product_name String,
    category     LowCardinality(String),
    n_purchases  Int64,
    n_items      Int64,
    revenue      Int64
)
ENGINE = MergeTree
ORDER BY (currency, place)
PARTITION BY tuple();

CREATE TABLE IF NOT EXISTS cohorts
(
    currency     LowCardinality(String),
    cohort       Date,
    months_since Int32,
    n_customers  Int64,
    n_purchases  Int64,
    revenue      Int64
)
ENGINE = MergeTree
ORDER BY (currency, cohort, months_since)
PARTITION BY tuple();

CREATE TABLE IF NOT EXISTS cohorts_next
(
    currency     LowCardinality(String),
    cohort       Date,
    months_since Int32,
    n_customers  Int64,
    n_purchases  Int64,
    revenue      Int64
)
ENGINE = MergeTree
ORDER BY (currency, cohort, months_since)
PARTITION BY tuple();

CREATE TABLE IF NOT EXISTS sales_patterns
(
    currency    LowCardinality(String),
    pattern     LowCardinality(String),
    bucket      Int32,
    category    LowCardinality(String),
    n_purchases Int64,
    revenue     Int64,
    n_days      Int64
)
ENGINE = MergeTree
ORDER BY (currency, pattern, bucket, category)
PARTITION BY tuple();

CREATE TABLE IF NOT EXISTS sales_patterns_next
(
    currency    LowCardinality(String),
    pattern     LowCardinality(String),
    bucket      Int32,
    category    LowCardinality(String),
    n_purchases Int64,
    revenue     Int64,
    n_days      Int64
)
ENGINE = MergeTree
ORDER BY (currency, pattern, bucket, category)
PARTITION BY tuple();
