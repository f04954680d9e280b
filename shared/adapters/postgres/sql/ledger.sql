-- The ledger's statements; its rules are functions of `shared/schema/postgres/0030_ledger.sql`.

-- name: open
SELECT ledger_open(
    %(owner)s::text, %(name)s::text, %(currency)s::text, %(scale)s::smallint, part::smallint, %(normal_side)s::text,
    %(minimum)s::bigint, %(maximum)s::bigint
) AS is_new
FROM generate_series(0, %(parts)s::integer - 1) part;

-- name: post
SELECT transaction_id::text, replayed
FROM ledger_post(
    %(kind)s::text, %(owners)s::text[], %(names)s::text[], %(currencies)s::text[], %(parts)s::smallint[],
    %(amounts)s::bigint[], %(effective_at)s::timestamptz, %(detail)s::jsonb, %(scope)s::text, %(key)s::text,
    %(sha256)s::bytea, %(enforced)s::boolean
);

-- name: reverse
SELECT ledger_reverse(
    %(transaction_id)s::uuid, %(kind)s::text, %(effective_at)s::timestamptz, %(detail)s::jsonb
)::text AS transaction_id;

-- name: hold
SELECT ledger_hold(
    %(owners)s::text[], %(names)s::text[], %(currencies)s::text[], %(parts)s::smallint[], %(amount)s::bigint,
    make_interval(secs => %(lasts_s)s), %(detail)s::jsonb
)::text AS hold_id;

-- name: capture
SELECT transaction_id::text, replayed
FROM ledger_capture(
    %(hold_id)s::uuid, %(amount)s::bigint, %(kind)s::text, %(effective_at)s::timestamptz, %(detail)s::jsonb
);

-- name: release
SELECT ledger_release(%(hold_id)s::uuid) AS yes;

-- name: expire
SELECT ledger_expire(%(at_most)s::integer) AS n;

-- name: set_state
SELECT ledger_set_state(%(owner)s::text, %(name)s::text, %(currency)s::text, %(state)s::text);

-- name: claim
SELECT transaction_id::text, response
FROM ledger_claim(%(scope)s::text, %(key)s::text, %(sha256)s::bytea, %(transaction_id)s::uuid)
WHERE key IS NOT NULL;

-- name: answer
UPDATE ledger_requests SET response = %(response)s::json WHERE scope = %(scope)s AND key = %(key)s;

-- name: forget_requests
DELETE FROM ledger_requests
WHERE ctid = ANY (ARRAY(SELECT ctid FROM ledger_requests WHERE claimed_at < %(before)s LIMIT 10000));

-- name: balance
SELECT
    normal_side::text, sum(debits_posted)::bigint AS debits_posted, sum(credits_posted)::bigint AS credits_posted,
    sum(debits_pending)::bigint AS debits_pending, sum(credits_pending)::bigint AS credits_pending,
    CASE normal_side WHEN 'credit' THEN min(net_minimum) ELSE -min(net_maximum) END AS minimum,
    CASE normal_side WHEN 'credit' THEN min(net_maximum) ELSE -min(net_minimum) END AS maximum,
    min(state)::text AS state
FROM ledger_accounts
WHERE owner = %(owner)s AND name = %(name)s AND currency = %(currency)s
GROUP BY normal_side;

-- name: balance_booked
-- As of when it was booked: what was known then.
SELECT coalesce(sum(p.amount), 0)::bigint AS amount
FROM ledger_accounts a
JOIN ledger_postings p ON p.account_id = a.id
JOIN ledger_transactions t ON t.id = p.transaction_id
WHERE a.owner = %(owner)s AND a.name = %(name)s AND a.currency = %(currency)s AND t.booked_at <= %(at)s;

-- name: balance_effective
-- As of when it takes effect, whenever it was booked.
SELECT coalesce(sum(p.amount), 0)::bigint AS amount
FROM ledger_accounts a
JOIN ledger_postings p ON p.account_id = a.id
JOIN ledger_transactions t ON t.id = p.transaction_id
WHERE a.owner = %(owner)s AND a.name = %(name)s AND a.currency = %(currency)s AND t.effective_at <= %(at)s;

-- name: transaction
SELECT t.id::text, t.kind, t.booked_at, t.effective_at, t.reverses::text, t.hold_id::text, t.detail,
    (SELECT r.id::text FROM ledger_transactions r WHERE r.reverses = t.id) AS reversed_by
FROM ledger_transactions t
WHERE t.id = %(transaction_id)s::uuid;

-- name: postings
SELECT a.owner, a.name, a.currency, c.scale, a.part, p.amount, p.balance, p.number
FROM ledger_postings p
JOIN ledger_accounts a ON a.id = p.account_id
JOIN ledger_currencies c ON c.code = a.currency
WHERE p.transaction_id = %(transaction_id)s::uuid
ORDER BY p.line;

-- name: history
-- By the key of postings, the latest first. Of a spread account it is the history of part 0.
SELECT p.number, t.id::text AS transaction_id, t.kind, p.amount, p.balance, t.booked_at, t.effective_at,
    coalesce(t.reverses::text, '') AS reverses, t.detail
FROM ledger_postings p
JOIN ledger_transactions t ON t.id = p.transaction_id
WHERE p.account_id = (
        SELECT id FROM ledger_accounts
        WHERE owner = %(owner)s AND name = %(name)s AND currency = %(currency)s AND part = 0
    )
    AND p.number < %(before)s
ORDER BY p.number DESC
LIMIT %(limit)s;

-- name: find_hold
SELECT h.id::text, h.amount, h.held_at, h.expires_at, h.state, h.captured, h.transaction_id::text
FROM ledger_holds h
WHERE h.id = %(hold_id)s::uuid;

-- name: find_holds
SELECT h.id::text, h.amount, h.held_at, h.expires_at, h.state, h.captured, h.transaction_id::text
FROM ledger_holds h
WHERE h.id = ANY (%(hold_ids)s::uuid[]);

-- name: seal
SELECT ledger_seal(%(at_most)s::integer);

-- name: block
SELECT number, sealed_at FROM ledger_blocks WHERE number = %(number)s;

-- name: block_transactions
SELECT t.id::text, t.kind, t.booked_at, t.effective_at, t.reverses::text, t.detail,
    (
        SELECT json_agg(json_build_object(
            'account_id', a.id, 'owner', a.owner, 'name', a.name, 'currency', a.currency, 'part', a.part,
            'number', p.number, 'amount', p.amount, 'balance', p.balance
        ) ORDER BY p.line)
        FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id
        WHERE p.transaction_id = t.id
    ) AS postings
FROM ledger_blocks b
JOIN ledger_transactions t
    ON (t.xid, t.id) >= (b.first_xid, b.first_id) AND (t.xid, t.id) <= (b.last_xid, b.last_id)
WHERE b.number = %(number)s
ORDER BY t.xid, t.id;

-- name: last_block
SELECT coalesce(max(number), 0) FROM ledger_blocks;

-- name: check_blocks
SELECT number, sealed_at, unbroken, complete, in_balance, n_postings, numbers, amounts, effective
FROM ledger_check(%(first)s, %(last)s);

-- name: broken_links
-- A block that does not follow the one before it.
SELECT number
FROM (
    SELECT number, previous_sha256, lag(sha256, 1, decode(repeat('00', 32), 'hex')) OVER (ORDER BY number) AS expected,
        number - lag(number, 1, 0) OVER (ORDER BY number) AS step
    FROM ledger_blocks
) links
WHERE previous_sha256 <> expected OR step <> 1
ORDER BY number
LIMIT %(at_most)s;

-- name: outside_blocks
-- Transactions that a block should hold by now.
SELECT id::text
FROM ledger_transactions
WHERE (xid, id) > (
        SELECT last_xid, last_id FROM ledger_blocks
        UNION ALL
        SELECT '0'::xid8, '00000000-0000-0000-0000-000000000000'::uuid
        ORDER BY 1 DESC, 2 DESC LIMIT 1
    )
    AND booked_at < %(before)s
ORDER BY xid, id
LIMIT %(at_most)s;

-- name: uncounted
-- Transactions that lie between blocks, where none can have been committed.
SELECT (SELECT count(*) FROM ledger_transactions) - (SELECT coalesce(sum(n_transactions), 0) FROM ledger_blocks) - (
    SELECT count(*) FROM ledger_transactions
    WHERE (xid, id) > (
        SELECT last_xid, last_id FROM ledger_blocks
        UNION ALL
        SELECT '0'::xid8, '00000000-0000-0000-0000-000000000000'::uuid
        ORDER BY 1 DESC, 2 DESC LIMIT 1
    )
);

-- name: wrong_balances
SELECT a.id
FROM ledger_accounts a
LEFT JOIN (
    SELECT account_id, sum(amount) FILTER (WHERE amount > 0) AS credits, -sum(amount) FILTER (WHERE amount < 0) AS debits,
        count(*) AS n, max(number) AS last
    FROM ledger_postings GROUP BY account_id
) p ON p.account_id = a.id
WHERE a.credits_posted <> coalesce(p.credits, 0) OR a.debits_posted <> coalesce(p.debits, 0)
    OR a.n_postings <> coalesce(p.n, 0) OR a.n_postings <> coalesce(p.last, 0)
LIMIT %(at_most)s;

-- name: wrong_pending
SELECT a.id
FROM ledger_accounts a
LEFT JOIN (
    SELECT account_id, sum(debit) AS debits, sum(credit) AS credits FROM (
        SELECT debit_account AS account_id, amount AS debit, 0 AS credit FROM ledger_holds WHERE state = 'pending'
        UNION ALL
        SELECT credit_account, 0, amount FROM ledger_holds WHERE state = 'pending'
    ) held GROUP BY account_id
) h ON h.account_id = a.id
WHERE a.debits_pending <> coalesce(h.debits, 0) OR a.credits_pending <> coalesce(h.credits, 0)
LIMIT %(at_most)s;

-- name: unbalanced_currencies
SELECT currency
FROM ledger_accounts
GROUP BY currency
HAVING sum(credits_posted) <> sum(debits_posted);

-- name: set_limits
SELECT ledger_set_limits(
    %(owner)s::text, %(name)s::text, %(currency)s::text, %(minimum)s::bigint, %(maximum)s::bigint
);

-- name: export_accounts
SELECT a.owner, a.name, a.currency, c.scale::integer, a.part::integer, a.normal_side::text,
    CASE a.normal_side WHEN 'credit' THEN a.net_minimum ELSE -a.net_maximum END AS minimum,
    CASE a.normal_side WHEN 'credit' THEN a.net_maximum ELSE -a.net_minimum END AS maximum, a.state::text,
    a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending, a.n_postings, a.opened_at
FROM ledger_accounts a
JOIN ledger_currencies c ON c.code = a.currency
ORDER BY a.id;

-- name: export_postings
SELECT p.transaction_id::text, t.kind, t.booked_at, t.effective_at, coalesce(t.reverses::text, '') AS reverses,
    a.owner, a.name, a.currency, a.part::integer, p.line::integer, p.number, p.amount, p.balance
FROM ledger_transactions t
JOIN ledger_postings p ON p.transaction_id = t.id
JOIN ledger_accounts a ON a.id = p.account_id
ORDER BY t.xid, t.id, p.line;

-- name: counts
SELECT (SELECT count(*) FROM ledger_accounts) AS accounts, (SELECT count(*) FROM ledger_postings) AS postings,
    (SELECT count(*) FROM ledger_blocks) AS blocks;
