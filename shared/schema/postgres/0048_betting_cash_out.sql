-- Taking an offer to close a bet, or a part of it.

-- Pays an offer once: the part of the stake is closed, the rest stays held. A taken offer is answered as it was. The
-- events of open legs are locked before the bet, in the order of placements, and their prices must be those of the offer.
CREATE FUNCTION betting_cash_out(p_offer_id uuid, p_user_id uuid, p_now timestamptz, OUT bet_id uuid, OUT amount bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_offer betting_cash_outs;
    v_bet betting_bets;
    v_selections bigint[];
    v_leg record;
    v_n integer := 0;
    v_rest bigint;
    v_hold uuid;
BEGIN
    SELECT o.* INTO v_offer FROM betting_cash_outs o JOIN betting_bets b ON b.id = o.bet_id
    WHERE o.id = p_offer_id AND b.user_id = p_user_id FOR UPDATE OF o;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no offer %', p_offer_id USING ERRCODE = 'BT011';
    END IF;
    bet_id := v_offer.bet_id;
    amount := v_offer.amount;
    IF v_offer.taken_at IS NOT NULL THEN
        RETURN;
    END IF;
    IF v_offer.expires_at <= p_now THEN
        PERFORM betting_refuse('CASH_OUT_GONE');
    END IF;
    v_selections := ARRAY(SELECT key::bigint FROM jsonb_each_text(v_offer.versions));
    FOR v_leg IN SELECT * FROM betting_lock_selections(v_selections, p_now) LOOP
        IF v_leg.refusal IS NOT NULL OR v_leg.version <> (v_offer.versions ->> v_leg.selection_id::text)::integer THEN
            PERFORM betting_refuse('CASH_OUT_GONE');
        END IF;
        v_n := v_n + 1;
    END LOOP;
    SELECT * INTO v_bet FROM betting_bets b WHERE b.id = v_offer.bet_id FOR NO KEY UPDATE;
    v_rest := v_bet.stake - v_bet.cashed_stake - v_offer.stake;
    IF v_n < cardinality(v_selections) OR v_bet.state <> 'open' OR v_bet.hold_id IS NULL OR v_rest < 0 THEN
        PERFORM betting_refuse('CASH_OUT_GONE');
    END IF;
    UPDATE betting_cash_outs SET taken_at = p_now WHERE id = p_offer_id;
    PERFORM ledger_release(v_bet.hold_id);
    IF v_rest > 0 THEN
        v_hold := ledger_hold_of(
            v_bet.account_id, v_bet.house_account_id, v_rest, '10 years', jsonb_build_object('bet', v_bet.id)
        );
    END IF;
    IF v_offer.amount <> v_offer.stake THEN
        PERFORM ledger_write(
            uuidv7(), 'cash-out', ARRAY[v_bet.account_id, v_bet.house_account_id],
            ARRAY[v_offer.amount - v_offer.stake, v_offer.stake - v_offer.amount], NULL,
            jsonb_build_object('bet', v_bet.id, 'cash_out', p_offer_id), NULL, NULL, false
        );
    END IF;
    UPDATE betting_bets SET
        hold_id = v_hold, cashed_stake = cashed_stake + v_offer.stake, cashed_paid = cashed_paid + v_offer.amount,
        state = CASE v_rest WHEN 0 THEN 'cashed_out' ELSE 'open' END,
        grade = CASE v_rest WHEN 0 THEN 'cashed_out' END,
        settled_at = CASE v_rest WHEN 0 THEN p_now END
    WHERE id = v_bet.id;
END
$$;
