-- Settling bets: what results make of them, in statements over sets.

-- Moves the difference between two revisions where it cannot be a plain transaction: from a bettor who has spent what a
-- wrong result paid them, or whose account is closed. What is missing becomes their debt to the house, and what a closed
-- account would receive is forfeited. The transaction's id.
CREATE FUNCTION betting_correct(
    p_user_account bigint, p_house_account bigint, p_delta bigint, p_detail jsonb
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_id uuid := uuidv7();
    v_account ledger_accounts;
    v_other bigint;
    v_taken bigint;
BEGIN
    SELECT * INTO STRICT v_account FROM ledger_accounts WHERE id = p_user_account;
    IF v_account.state = 'closed' THEN
        PERFORM ledger_open('systems/coins', 'forfeited', 'COIN', 0::smallint, 0::smallint, 'credit', NULL, NULL);
        v_other := (ledger_account_ids(
            ARRAY['systems/coins'], ARRAY['forfeited'], ARRAY['COIN'], ARRAY[0::smallint]
        ))[1];
        PERFORM ledger_write(
            v_id, 'bet', ARRAY[v_other, p_house_account], ARRAY[p_delta, -p_delta], NULL, p_detail, NULL, NULL, true
        );
        RETURN v_id;
    END IF;
    IF p_delta >= 0 THEN
        PERFORM ledger_write(
            v_id, 'bet', ARRAY[p_user_account, p_house_account], ARRAY[p_delta, -p_delta], NULL, p_detail, NULL, NULL,
            true
        );
        RETURN v_id;
    END IF;
    PERFORM ledger_open(v_account.owner, 'betting-debt', 'COIN', 0::smallint, 0::smallint, 'debit', 0, NULL);
    v_other := (ledger_account_ids(
        ARRAY[v_account.owner], ARRAY['betting-debt'], ARRAY['COIN'], ARRAY[0::smallint]
    ))[1];
    -- Locked in the order of their ids before what is there is read.
    PERFORM FROM ledger_accounts WHERE id IN (p_user_account, p_house_account, v_other) ORDER BY id FOR NO KEY UPDATE;
    SELECT least(credits_posted - debits_posted - debits_pending, -p_delta) INTO v_taken
    FROM ledger_accounts WHERE id = p_user_account;
    v_taken := greatest(v_taken, 0);
    IF v_taken = -p_delta THEN
        PERFORM ledger_write(
            v_id, 'bet', ARRAY[p_user_account, p_house_account], ARRAY[p_delta, -p_delta], NULL, p_detail, NULL, NULL,
            true
        );
    ELSIF v_taken = 0 THEN
        PERFORM ledger_write(
            v_id, 'bet', ARRAY[v_other, p_house_account], ARRAY[p_delta, -p_delta], NULL, p_detail, NULL, NULL, true
        );
    ELSE
        PERFORM ledger_write(
            v_id, 'bet', ARRAY[p_user_account, v_other, p_house_account], ARRAY[-v_taken, p_delta + v_taken, -p_delta],
            NULL, p_detail, NULL, NULL, true
        );
    END IF;
    RETURN v_id;
END
$$;

-- Pays the debts of accounts out of what they hold.
CREATE FUNCTION betting_repay(p_user_accounts bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_pair record;
    v_amount bigint;
BEGIN
    FOR v_pair IN
        SELECT c.id AS coins, d.id AS debt
        FROM ledger_accounts c JOIN ledger_accounts d
            ON d.owner = c.owner AND d.name = 'betting-debt' AND d.currency = c.currency AND d.part = 0
        WHERE c.id = ANY (p_user_accounts) AND d.debits_posted > d.credits_posted AND c.state <> 'closed'
        ORDER BY c.id
    LOOP
        PERFORM FROM ledger_accounts WHERE id IN (v_pair.coins, v_pair.debt) ORDER BY id FOR NO KEY UPDATE;
        SELECT least(c.credits_posted - c.debits_posted - c.debits_pending, d.debits_posted - d.credits_posted)
        INTO v_amount
        FROM ledger_accounts c, ledger_accounts d WHERE c.id = v_pair.coins AND d.id = v_pair.debt;
        IF v_amount > 0 THEN
            PERFORM ledger_write(
                uuidv7(), 'repayment', ARRAY[v_pair.coins, v_pair.debt], ARRAY[-v_amount, v_amount], NULL, '{}', NULL,
                NULL, true
            );
        END IF;
    END LOOP;
END
$$;

-- Settles up to `p_limit` bets of an event, those with ids after `p_after`, by the outcomes that are known now. A bet
-- whose payout and grade are what they were is left alone, so doing it again changes nothing. The last id that was looked
-- at (NULL: none is left), the revision of the result, and what changed as JSON, NULL when nothing did.
CREATE FUNCTION betting_settle(
    p_event_id bigint, p_after uuid, p_limit integer, p_now timestamptz,
    OUT last_id uuid, OUT result_revision integer, OUT n_changed integer, OUT changes text
-- By index, as `ledger_write_many`.
) LANGUAGE plpgsql SET enable_hashjoin TO off SET enable_mergejoin TO off AS $$
DECLARE
    v_bets uuid[];
    v_ids uuid[];
    v_revisions integer[];
    v_payouts bigint[];
    v_grades text[];
    v_deltas bigint[];
    v_accounts bigint[];
    v_houses bigint[];
    v_holds uuid[];
    v_users uuid[];
    v_transactions uuid[];
    v_plain boolean[];
BEGIN
    n_changed := 0;
    SELECT array_agg(bet_id ORDER BY bet_id), (array_agg(bet_id ORDER BY bet_id DESC))[1] INTO v_bets, last_id
    FROM (
        SELECT bet_id FROM betting_legs WHERE event_id = p_event_id AND bet_id > p_after ORDER BY bet_id LIMIT p_limit
    ) chunk;
    IF v_bets IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM betting_bets WHERE id = ANY (v_bets) ORDER BY id FOR NO KEY UPDATE;
    -- Statements of their own, so that they see what another settler committed while the rows were waited for.
    SELECT e.result_revision INTO result_revision FROM betting_settled_events e WHERE e.event_id = p_event_id;
    SELECT array_agg(id), array_agg(revision + 1), array_agg(new_payout), array_agg(new_grade),
        array_agg(CASE WHEN hold_id IS NULL THEN coalesce(new_payout, 0) - coalesce(payout, 0)
            ELSE new_payout - stake END),
        array_agg(account_id), array_agg(house_account_id), array_agg(hold_id), array_agg(user_id),
        array_agg(uuidv7())
    INTO v_ids, v_revisions, v_payouts, v_grades, v_deltas, v_accounts, v_houses, v_holds, v_users, v_transactions
    FROM (
        SELECT *, CASE
            WHEN new_payout IS NULL THEN NULL
            WHEN n_legs = 1 THEN one_grade
            WHEN new_payout = 0 THEN 'loss'
            WHEN one_grade = other_grade AND one_grade IN ('win', 'push') THEN one_grade
            ELSE 'partial'
        END AS new_grade
        FROM (
            SELECT b.id, b.revision, b.payout, b.grade, b.hold_id, b.account_id, b.house_account_id, b.user_id,
                b.n_legs, b.stake - b.cashed_stake AS stake, min(o.grade) AS one_grade, max(o.grade) AS other_grade,
                CASE WHEN count(o.selection_id) < b.n_legs THEN NULL
                    WHEN b.n_legs = 1 THEN div(
                        2 * (b.stake - b.cashed_stake)
                            * min(betting_factor(o.won, o.void_halves, o.n_tied, l.odds_hundredths))::numeric + 504000,
                        2 * 504000
                    )::bigint
                    ELSE betting_payout(
                        b.stake - b.cashed_stake,
                        betting_combine(betting_factor(o.won, o.void_halves, o.n_tied, l.odds_hundredths), b.size)
                            FILTER (WHERE b.n_legs > 1),
                        b.size, b.n_legs
                    )
                END AS new_payout
            FROM betting_bets b
            JOIN betting_legs l ON l.bet_id = b.id
            LEFT JOIN betting_outcomes o ON o.selection_id = l.selection_id
            WHERE b.id = ANY (v_bets) AND b.state IN ('open', 'settled')
            GROUP BY b.id
        ) paid
    ) graded
    WHERE (new_payout, new_grade) IS DISTINCT FROM (payout, grade);
    IF v_ids IS NULL THEN
        RETURN;
    END IF;
    n_changed := cardinality(v_ids);
    -- Plain is what a hold covers, and what is paid to an account that is not closed.
    SELECT array_agg(v_holds[n] IS NOT NULL OR v_deltas[n] >= 0 AND a.state <> 'closed' ORDER BY n) INTO v_plain
    FROM generate_subscripts(v_ids, 1) n JOIN ledger_accounts a ON a.id = v_accounts[n];
    PERFORM ledger_write_many(
        array_agg(v_transactions[n]), array_agg('bet'::text), array_agg(v_accounts[n]), array_agg(v_houses[n]),
        array_agg(v_deltas[n]), array_agg(v_holds[n]),
        array_agg(jsonb_build_object('bet', v_ids[n], 'revision', v_revisions[n]))
    ) FROM generate_subscripts(v_ids, 1) n WHERE v_plain[n] HAVING count(*) > 0;
    FOR n IN 1 .. n_changed LOOP
        IF NOT v_plain[n] AND v_deltas[n] <> 0 THEN
            v_transactions[n] := betting_correct(
                v_accounts[n], v_houses[n], v_deltas[n],
                jsonb_build_object('bet', v_ids[n], 'revision', v_revisions[n])
            );
        END IF;
    END LOOP;
    PERFORM betting_repay(v_accounts);
    INSERT INTO betting_settlements AS e (
        bet_id, revision, event_id, result_revision, payout, grade, delta, transaction_id, settled_at
    )
    SELECT bet, revision, p_event_id, betting_settle.result_revision, payout, grade, delta,
        CASE WHEN delta <> 0 THEN transaction_id END, p_now
    FROM unnest(v_ids, v_revisions, v_payouts, v_grades, v_deltas, v_transactions)
        s (bet, revision, payout, grade, delta, transaction_id);
    UPDATE betting_bets b
    SET state = CASE WHEN s.payout IS NULL THEN 'open' ELSE 'settled' END, revision = s.revision, payout = s.payout,
        grade = s.grade, hold_id = NULL, settled_at = CASE WHEN s.payout IS NOT NULL THEN p_now END
    FROM unnest(v_ids, v_revisions, v_payouts, v_grades) s (bet, revision, payout, grade)
    WHERE b.id = s.bet;
    changes := (
        SELECT json_agg(json_build_object(
            'bet_id', v_ids[n], 'user_id', v_users[n], 'revision', v_revisions[n], 'payout', v_payouts[n],
            'grade', v_grades[n], 'delta', v_deltas[n]
        ))::text FROM generate_subscripts(v_ids, 1) n
    );
END
$$;
