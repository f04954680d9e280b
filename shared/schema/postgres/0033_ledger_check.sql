-- A block is checked by its own range of transactions: together with the ranges beside it, each transaction had to be sorted
-- twice to find its block again, which took half as long again. Transactions between two blocks, which no range holds,
-- are counted by another statement of the verification (`uncounted` in ledger.sql).
CREATE OR REPLACE FUNCTION ledger_check(p_first bigint, p_last bigint)
RETURNS TABLE (
    number bigint, sealed_at timestamptz, unbroken boolean, complete boolean, in_balance boolean, n_postings bigint,
    numbers numeric, amounts numeric, effective numeric
) LANGUAGE sql STABLE AS $$
    SELECT b.number, b.sealed_at, coalesce(b.sha256 = sha256(b.previous_sha256 || t.bytes), false),
        b.n_transactions = t.n AND b.n_postings = t.n_postings, coalesce(t.in_balance, false),
        coalesce(t.n_postings, 0)::bigint, coalesce(t.numbers, 0), coalesce(t.amounts, 0), coalesce(t.effective, 0)
    FROM ledger_blocks b CROSS JOIN LATERAL (
        SELECT string_agg(r.bytes, '' ORDER BY r.xid, r.id) AS bytes, count(*) AS n,
            coalesce(sum(r.n_postings), 0) AS n_postings, bool_and(r.in_balance) AS in_balance, sum(r.numbers) AS numbers,
            sum(r.amounts) AS amounts, sum(r.effective) AS effective
        FROM ledger_range(b.first_xid, b.first_id, b.last_xid, b.last_id) r
    ) t
    WHERE b.number BETWEEN p_first AND p_last
    ORDER BY b.number
$$;
