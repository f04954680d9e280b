-- Postings as ClickHouse has them; FINAL, as a block that came twice may be stored twice for a while.

-- name: history
SELECT number, transaction_id, kind, amount, balance, counterparty, booked_at, effective_at, reverses, detail
FROM ledger_postings FINAL
WHERE account_id = {account_id:Int64} AND number < {before:Int64}
ORDER BY number DESC
LIMIT {limit:UInt32}

-- name: counterparties
SELECT
    counterparty, sumIf(amount, amount > 0) AS received, sumIf(-amount, amount < 0) AS sent, count() AS n_transactions
FROM ledger_postings FINAL
WHERE account_id = {account_id:Int64}
GROUP BY counterparty
ORDER BY counterparty

-- name: opening
SELECT sum(amount) AS amount
FROM ledger_postings FINAL
WHERE account_id = {account_id:Int64} AND effective_at < {begins:DateTime64(6, 'UTC')}

-- name: statement
SELECT number, transaction_id, kind, amount, counterparty, booked_at, effective_at, reverses, detail
FROM ledger_postings FINAL
WHERE account_id = {account_id:Int64}
    AND effective_at >= {begins:DateTime64(6, 'UTC')} AND effective_at < {ends:DateTime64(6, 'UTC')}
ORDER BY effective_at, number
LIMIT {limit:UInt32}

-- name: daily_sums
SELECT
    toDate(effective_at) AS day, sumIf(amount, amount > 0) AS received, sumIf(-amount, amount < 0) AS sent,
    count() AS n_postings
FROM ledger_postings FINAL
WHERE account_id = {account_id:Int64}
    AND effective_at >= {begins:DateTime64(6, 'UTC')} AND effective_at < {ends:DateTime64(6, 'UTC')}
GROUP BY day
ORDER BY day

-- name: block_totals
SELECT
    version AS block, count() AS n_postings, sum(number) AS numbers, sum(abs(amount)) AS amounts,
    sum(toInt256(toUnixTimestamp64Micro(effective_at))) AS effective
FROM ledger_postings FINAL
WHERE version >= {first:Int64} AND version <= {last:Int64}
GROUP BY version
ORDER BY version
