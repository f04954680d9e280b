-- The ledger for those who post by the thousand: what `0030_ledger.sql` does one by one, in statements over sets. Rules,
-- order of locks and errors are those of that file.

-- Reserves an amount of one account for another, as `ledger_hold` for whoever has the accounts' ids.
CREATE FUNCTION ledger_hold_of(
    p_debit_account bigint, p_credit_account bigint, p_amount bigint, p_lasts interval, p_detail jsonb
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid := uuidv7();
BEGIN
    INSERT INTO ledger_holds (id, debit_account, credit_account, amount, held_at, expires_at, detail)
    VALUES (
        v_id, p_debit_account, p_credit_account, p_amount, clock_timestamp(), clock_timestamp() + p_lasts, p_detail
    );
    PERFORM ledger_reserve(p_debit_account, p_credit_account, p_amount);
    RETURN v_id;
END
$$;

-- Writes many transactions of two postings and ends many holds. The n-th moves `p_amounts[n]` from `p_counter_accounts[n]`
-- to `p_accounts[n]`, the other way when it is negative; with an amount of zero it is none. A hold is captured as far as
-- its transaction takes from the account that it reserved, and released otherwise; NULL is no hold. Accounts that are
-- frozen or closing are debited too, as a capture does.
CREATE FUNCTION ledger_write_many(
    p_ids uuid[], p_kinds text[], p_accounts bigint[], p_counter_accounts bigint[], p_amounts bigint[], p_holds uuid[],
    p_details jsonb[]
-- By index, row by row: a join that reads a whole table is a mistake of a planner that cannot see how long an array is.
) RETURNS void LANGUAGE plpgsql SET enable_hashjoin TO off SET enable_mergejoin TO off AS $$
DECLARE
    v_n_locked bigint;
    v_booked_at timestamptz;
BEGIN
    PERFORM FROM ledger_holds WHERE id = ANY (p_holds) AND state = 'pending' ORDER BY id FOR UPDATE;
    GET DIAGNOSTICS v_n_locked = ROW_COUNT;
    IF v_n_locked <> (SELECT count(hold) FROM unnest(p_holds) hold) THEN
        RAISE EXCEPTION 'a hold is resolved' USING ERRCODE = 'LG007';
    END IF;
    PERFORM FROM ledger_accounts
    WHERE id IN (SELECT unnest(p_accounts) UNION SELECT unnest(p_counter_accounts)) ORDER BY id FOR NO KEY UPDATE;
    v_booked_at := clock_timestamp();
    INSERT INTO ledger_postings (account_id, number, transaction_id, line, amount, balance)
    SELECT a.id, a.n_postings + l.nth, l.transaction_id, l.line, l.amount,
        CASE a.normal_side WHEN 'credit' THEN a.credits_posted - a.debits_posted + l.total
            ELSE a.debits_posted - a.credits_posted - l.total END
    FROM (
        SELECT account_id, transaction_id, line, amount, row_number() OVER of_account AS nth,
            sum(amount) OVER of_account AS total
        FROM (
            SELECT n, p_ids[n] AS transaction_id, 1 AS line, p_accounts[n] AS account_id, p_amounts[n] AS amount
            FROM generate_subscripts(p_ids, 1) n WHERE p_amounts[n] <> 0
            UNION ALL
            SELECT n, p_ids[n], 2, p_counter_accounts[n], -p_amounts[n]
            FROM generate_subscripts(p_ids, 1) n WHERE p_amounts[n] <> 0
        ) lines
        WINDOW of_account AS (PARTITION BY account_id ORDER BY n, line ROWS UNBOUNDED PRECEDING)
    ) l JOIN ledger_accounts a ON a.id = l.account_id;
    UPDATE ledger_accounts a
    SET debits_posted = a.debits_posted + s.debits, credits_posted = a.credits_posted + s.credits,
        n_postings = a.n_postings + s.n_postings, debits_pending = a.debits_pending - s.debits_pending,
        credits_pending = a.credits_pending - s.credits_pending
    FROM (
        SELECT account_id, sum(greatest(-amount, 0)) AS debits, sum(greatest(amount, 0)) AS credits,
            count(*) FILTER (WHERE amount <> 0) AS n_postings, sum(debit_pending) AS debits_pending,
            sum(credit_pending) AS credits_pending
        FROM (
            SELECT unnest(p_accounts), unnest(p_amounts), 0, 0
            UNION ALL
            SELECT unnest(p_counter_accounts), -unnest(p_amounts), 0, 0
            UNION ALL
            SELECT debit_account, 0, amount, 0 FROM ledger_holds WHERE id = ANY (p_holds)
            UNION ALL
            SELECT credit_account, 0, 0, amount FROM ledger_holds WHERE id = ANY (p_holds)
        ) changes (account_id, amount, debit_pending, credit_pending)
        GROUP BY account_id
    ) s
    WHERE a.id = s.account_id;
    INSERT INTO ledger_transactions (id, kind, booked_at, effective_at, reverses, hold_id, detail)
    SELECT id, kind, v_booked_at, v_booked_at, NULL, hold, detail
    FROM unnest(p_ids, p_kinds, p_amounts, p_holds, p_details) t (id, kind, amount, hold, detail)
    WHERE amount <> 0;
    UPDATE ledger_holds h
    SET state = CASE WHEN t.amount < 0 THEN 'captured' ELSE 'released' END, resolved_at = v_booked_at,
        captured = greatest(-t.amount, 0), transaction_id = CASE WHEN t.amount < 0 THEN t.id END
    FROM unnest(p_ids, p_amounts, p_holds) t (id, amount, hold)
    WHERE h.id = t.hold;
    IF EXISTS (
        SELECT FROM ledger_accounts
        WHERE state = 'closed' AND id IN (SELECT unnest(p_accounts) UNION SELECT unnest(p_counter_accounts))
    ) THEN
        RAISE EXCEPTION 'the account is closed' USING ERRCODE = 'LG002';
    END IF;
END
$$;
