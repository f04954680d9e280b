-- Bets: what was staked on which selections, and what became of it. Stakes are holds of the ledger until a bet is settled.
--
--   betting_bets ─┬─ betting_legs ─── betting_outcomes ─── betting_settled_events
--                 ├─ betting_settlements
--                 └─ betting_cash_outs
--
-- A leg keeps what it was bought as, so nothing here leans on lines that may be deleted one day. Settlements are only
-- added, each the next revision of its bet; the money it moves is the difference to the revision before. Rows are locked
-- in one order: the request's key, events by id (`betting_lock_selections`), bets by id, the bettor, accounts by id.
--
-- Errors: BT010 a refusal (the message is its code, the detail JSON), BT011 no such bet, BT012 not in this state.

-- What is known of a bettor: the stakes of the day at hand, and limits they set themselves.
CREATE TABLE betting_players (
    user_id             uuid        PRIMARY KEY,
    day                 date        NOT NULL,
    staked              bigint      NOT NULL DEFAULT 0,
    -- NULL: no limit of their own. `pending_…` replaces it from `pending_from` on.
    daily_stake         bigint,
    pending_daily_stake bigint,
    pending_from        timestamptz,
    excluded_until      timestamptz
) WITH (fillfactor = 70);

-- Without CHECKs, as every statement reads all of them anew from their text; the functions below see to what must hold,
-- and nothing but they writes here.
CREATE TABLE betting_bets (
    id               uuid        PRIMARY KEY,
    user_id          uuid        NOT NULL,
    -- Accounts of the ledger: the bettor's coins, and the house's part that the stake is held for.
    account_id       bigint      NOT NULL,
    house_account_id bigint      NOT NULL,
    -- What is held; NULL once the stake is posted or given back.
    hold_id          uuid,
    placed_at        timestamptz NOT NULL,
    -- When the first and the last of its events begin.
    first_starts_at  timestamptz NOT NULL,
    last_starts_at   timestamptz NOT NULL,
    stake            bigint      NOT NULL,
    n_legs           smallint    NOT NULL,
    -- Legs in a combination: as many as there are for singles and accumulators, fewer for system bets.
    size             smallint    NOT NULL,
    potential_payout bigint      NOT NULL,
    -- open, settled, cashed_out or cancelled.
    state            text        NOT NULL DEFAULT 'open',
    -- Of the newest settlement; 0 before the first.
    revision         integer     NOT NULL DEFAULT 0,
    -- What it pays, the part that was cashed out not included; NULL while that is not known.
    payout           bigint,
    grade            text,
    settled_at       timestamptz,
    -- The part of the stake that was cashed out, and what was paid for it.
    cashed_stake     bigint      NOT NULL DEFAULT 0,
    cashed_paid      bigint      NOT NULL DEFAULT 0
) WITH (fillfactor = 80);

CREATE INDEX betting_bets_user ON betting_bets (user_id, id);
CREATE INDEX betting_bets_open ON betting_bets (last_starts_at) WHERE state = 'open';

CREATE TABLE betting_legs (
    bet_id          uuid        NOT NULL,
    number          smallint    NOT NULL,
    event_id        bigint      NOT NULL,
    selection_id    bigint      NOT NULL,
    event_name      text        NOT NULL,
    starts_at       timestamptz NOT NULL,
    kind            text        NOT NULL,
    line            smallint,
    outcome         text        NOT NULL,
    -- The version of the price, and the price.
    version         integer     NOT NULL,
    odds_hundredths integer     NOT NULL,
    PRIMARY KEY (bet_id, number)
);

CREATE INDEX betting_legs_event ON betting_legs (event_id, bet_id);

-- What the newest result makes of each selection that was bet on; no row while it is not known.
CREATE TABLE betting_outcomes (
    selection_id bigint   PRIMARY KEY,
    event_id     bigint   NOT NULL,
    won          boolean  NOT NULL,
    -- Halves of the stake that are returned.
    void_halves  smallint NOT NULL CHECK (void_halves BETWEEN 0 AND 2),
    n_tied       smallint NOT NULL CHECK (n_tied BETWEEN 1 AND 10),
    grade        text     NOT NULL
);

CREATE INDEX betting_outcomes_event ON betting_outcomes (event_id);

-- How far events are settled: the revision of the result that the outcomes are of, and whether every bet has seen it.
CREATE TABLE betting_settled_events (
    event_id        bigint      PRIMARY KEY,
    result_revision integer     NOT NULL,
    -- When the first result was recorded: what is reported too long after that changes nothing any more.
    first_result_at timestamptz NOT NULL,
    is_complete     boolean     NOT NULL,
    settled_at      timestamptz NOT NULL
);

CREATE INDEX betting_settled_events_incomplete ON betting_settled_events (event_id) WHERE NOT is_complete;

CREATE TABLE betting_settlements (
    bet_id          uuid        NOT NULL,
    revision        integer     NOT NULL CHECK (revision > 0),
    event_id        bigint      NOT NULL,
    result_revision integer     NOT NULL,
    -- NULL: the bet is open again.
    payout          bigint,
    grade           text,
    -- What the bettor's account was credited or debited with, compared with the revision before.
    delta           bigint      NOT NULL,
    transaction_id  uuid,
    settled_at      timestamptz NOT NULL,
    PRIMARY KEY (bet_id, revision)
);

-- Offers to close a part of a bet, and whether they were taken. Those that were not are deleted by the clock.
CREATE TABLE betting_cash_outs (
    id         uuid        PRIMARY KEY DEFAULT uuidv7(),
    bet_id     uuid        NOT NULL,
    -- Of the bet's stake, and what is paid for it.
    stake      bigint      NOT NULL CHECK (stake > 0),
    amount     bigint      NOT NULL CHECK (amount >= 0),
    -- The versions of the prices it was made of, by selection.
    versions   jsonb       NOT NULL,
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    taken_at   timestamptz
);

CREATE INDEX betting_cash_outs_bet ON betting_cash_outs (bet_id);
CREATE INDEX betting_cash_outs_expired ON betting_cash_outs (expires_at) WHERE taken_at IS NULL;

-- The factor of a leg, what a stake of 1 becomes, in units of 1/504,000: whole for every price in hundredths, for halves
-- and for ties of up to ten (`shared/domain/betting/settlement.py`).
CREATE FUNCTION betting_factor(p_won boolean, p_void_halves smallint, p_n_tied smallint, p_odds_hundredths integer)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT p_void_halves * 252000::bigint
        + CASE WHEN p_won THEN (2 - p_void_halves) * 2520::bigint * p_odds_hundredths / p_n_tied ELSE 0 END
$$;

-- One more leg: the sums of the products of all combinations of 0, 1, 2 … legs, leg by leg.
CREATE FUNCTION betting_add_factor(p_sums numeric[], p_factor bigint, p_size smallint) RETURNS numeric[]
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_sums IS NULL THEN
        p_sums := ARRAY[1::numeric] || array_fill(0::numeric, ARRAY[p_size::integer]);
    END IF;
    FOR n IN REVERSE p_size + 1 .. 2 LOOP
        p_sums[n] := p_sums[n] + p_factor * p_sums[n - 1];
    END LOOP;
    RETURN p_sums;
END
$$;

CREATE FUNCTION betting_last_sum(p_sums numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT p_sums[cardinality(p_sums)]
$$;

-- The sum over all combinations of `size` legs of the products of their factors.
CREATE AGGREGATE betting_combine(bigint, smallint) (
    SFUNC = betting_add_factor, STYPE = numeric[], FINALFUNC = betting_last_sum
);

-- The unit in which the product of so many factors is counted: 504,000 to that power, which takes longer to compute.
CREATE FUNCTION betting_unit(p_size smallint) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY[
        504000,
        254016000000,
        128024064000000000,
        64524128256000000000000,
        32520160641024000000000000000,
        16390160963076096000000000000000000,
        8260641125390352384000000000000000000000,
        4163363127196737601536000000000000000000000000,
        2098335016107155751174144000000000000000000000000000,
        1057560848118006498591768576000000000000000000000000000000,
        533010667451475275290251362304000000000000000000000000000000000,
        268637376395543538746286686601216000000000000000000000000000000000000
    ]::numeric[])[p_size]
$$;

-- What a stake pays: rounded once, half up. Exact, as all factors are whole.
CREATE FUNCTION betting_payout(p_stake bigint, p_combined numeric, p_size smallint, p_n_legs smallint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT div(2 * p_stake * p_combined + parts, 2 * parts)::bigint
    FROM (SELECT betting_unit(p_size) * CASE WHEN p_size = p_n_legs THEN 1
        ELSE factorial(p_n_legs) / factorial(p_size) / factorial(p_n_legs - p_size) END AS parts) units
$$;

CREATE FUNCTION betting_refuse(p_code text, p_detail jsonb DEFAULT '{}') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_code USING ERRCODE = 'BT010', DETAIL = p_detail::text;
END
$$;

-- The part of the house's account that a user's stakes are held for; opened with the first stake.
CREATE FUNCTION betting_house(p_user_id uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_part smallint := get_byte(uuid_send(p_user_id), 15) % 16;
    v_id bigint;
BEGIN
    SELECT id INTO v_id FROM ledger_accounts
    WHERE owner = 'systems/betting' AND name = 'house' AND currency = 'COIN' AND part = v_part;
    IF v_id IS NULL THEN
        PERFORM ledger_open('systems/betting', 'house', 'COIN', 0::smallint, v_part, 'credit', NULL, NULL);
        SELECT id INTO STRICT v_id FROM ledger_accounts
        WHERE owner = 'systems/betting' AND name = 'house' AND currency = 'COIN' AND part = v_part;
    END IF;
    RETURN v_id;
END
$$;

-- Counts a stake to the bettor's day, and refuses one that a limit forbids.
CREATE FUNCTION betting_count_stake(p_user_id uuid, p_stake bigint, p_daily_max bigint, p_now timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_today date := (p_now AT TIME ZONE 'UTC')::date;
    v_player betting_players;
    v_limit bigint;
BEGIN
    UPDATE betting_players SET
        staked = CASE day WHEN v_today THEN staked ELSE 0 END + p_stake, day = v_today
    WHERE user_id = p_user_id RETURNING * INTO v_player;
    IF NOT FOUND THEN
        INSERT INTO betting_players AS p (user_id, day, staked) VALUES (p_user_id, v_today, p_stake)
        ON CONFLICT (user_id) DO UPDATE SET
            staked = CASE p.day WHEN v_today THEN p.staked ELSE 0 END + p_stake, day = v_today
        RETURNING * INTO v_player;
    END IF;
    IF v_player.excluded_until > p_now THEN
        PERFORM betting_refuse('SELF_EXCLUDED', jsonb_build_object('until', v_player.excluded_until));
    END IF;
    v_limit := least(
        p_daily_max,
        CASE WHEN v_player.pending_from <= p_now THEN v_player.pending_daily_stake ELSE v_player.daily_stake END
    );
    IF v_player.staked > v_limit THEN
        PERFORM betting_refuse('DAILY_LIMIT', jsonb_build_object(
            'limit', v_limit, 'left', greatest(v_limit - v_player.staked + p_stake, 0)
        ));
    END IF;
END
$$;

-- Places a bet: checks prices and limits, holds the stake and stores the bet, in one round trip. `p_versions` are those
-- of the prices the bettor saw. Selections are each named once, of as many events; `p_limits` is what one bet may be.
CREATE FUNCTION betting_place(
    p_user_id uuid, p_selections bigint[], p_versions integer[], p_stake bigint, p_size smallint,
    p_accept_better boolean, p_stake_min bigint, p_stake_max bigint, p_payout_max bigint, p_daily_max bigint,
    p_now timestamptz, p_first_coins bigint, p_scope text, p_key text, p_sha256 bytea,
    OUT bet_id uuid, OUT replayed boolean
-- One plan for each statement: with an array as a parameter Postgres would make a new one for every bet.
) LANGUAGE plpgsql SET plan_cache_mode TO force_generic_plan AS $$
DECLARE
    v_request ledger_requests;
    v_leg record;
    v_n smallint := 0;
    v_n_events integer;
    v_sums numeric[];
    v_payout bigint;
    v_first timestamptz := 'infinity';
    v_last timestamptz := '-infinity';
    v_seen integer;
    v_account bigint;
    v_house bigint;
    v_hold uuid;
BEGIN
    bet_id := uuidv7();
    replayed := false;
    IF p_key <> '' THEN
        v_request := ledger_claim(p_scope, p_key, p_sha256, bet_id);
        IF v_request.key IS NOT NULL THEN
            bet_id := v_request.transaction_id;
            replayed := true;
            RETURN;
        END IF;
    END IF;
    IF p_stake < p_stake_min THEN
        PERFORM betting_refuse('STAKE_TOO_SMALL', jsonb_build_object('stake_min', p_stake_min));
    END IF;
    IF p_stake > p_stake_max THEN
        PERFORM betting_refuse('STAKE_TOO_LARGE', jsonb_build_object('stake_max', p_stake_max));
    END IF;
    -- Events are locked first. Most bets are singles, for which that takes one statement and no sorting; prices are read by
    -- a statement of its own in any case, so that it sees what was committed while the lock was waited for.
    IF cardinality(p_selections) = 1 THEN
        PERFORM pg_advisory_xact_lock_shared(betting_event_key(m.event_id))
        FROM betting_selections s JOIN betting_markets m ON m.id = s.market_id WHERE s.id = p_selections[1];
    ELSE
        PERFORM FROM betting_lock_selections(p_selections, p_now);
    END IF;
    FOR v_leg IN
        SELECT s.n, p_versions[s.n] AS seen_version, o.selection_id, o.event_id, o.event_name, o.starts_at, o.kind,
            o.line, o.outcome, o.version, o.odds_hundredths,
            betting_refusal(o.event_state, o.market_state, o.starts_at, o.valid_until, p_now) AS refusal
        FROM unnest(p_selections) WITH ORDINALITY s (id, n) JOIN betting_offers o ON o.selection_id = s.id
    LOOP
        v_n := v_n + 1;
        IF v_leg.refusal IS NOT NULL THEN
            PERFORM betting_refuse(v_leg.refusal, jsonb_build_object(
                'selection', v_leg.selection_id, 'event_id', v_leg.event_id
            ));
        END IF;
        IF v_leg.version <> v_leg.seen_version THEN
            SELECT odds_hundredths INTO v_seen FROM betting_prices
            WHERE selection_id = v_leg.selection_id AND version = v_leg.seen_version;
            IF v_seen IS NULL OR v_leg.odds_hundredths < v_seen
                OR v_leg.odds_hundredths > v_seen AND NOT p_accept_better THEN
                PERFORM betting_refuse('PRICE_CHANGED', jsonb_build_object(
                    'selection', v_leg.selection_id, 'version', v_leg.version,
                    'odds_hundredths', v_leg.odds_hundredths
                ));
            END IF;
        END IF;
        INSERT INTO betting_legs (
            bet_id, number, event_id, selection_id, event_name, starts_at, kind, line, outcome, version, odds_hundredths
        ) VALUES (
            betting_place.bet_id, v_leg.n, v_leg.event_id, v_leg.selection_id, v_leg.event_name, v_leg.starts_at,
            v_leg.kind, v_leg.line, v_leg.outcome, v_leg.version, v_leg.odds_hundredths
        );
        IF cardinality(p_selections) > 1 THEN
            v_sums := betting_add_factor(v_sums, v_leg.odds_hundredths * 5040::bigint, p_size);
        END IF;
        v_first := least(v_first, v_leg.starts_at);
        v_last := greatest(v_last, v_leg.starts_at);
    END LOOP;
    IF v_n < cardinality(p_selections) THEN
        PERFORM betting_refuse('MARKET_SUSPENDED');
    END IF;
    IF v_n > 1 THEN
        SELECT count(DISTINCT event_id) INTO v_n_events FROM betting_legs l WHERE l.bet_id = betting_place.bet_id;
        IF v_n_events < v_n THEN
            PERFORM betting_refuse('CORRELATED_LEGS');
        END IF;
    END IF;
    -- Most bets are singles, for which the rule is short.
    v_payout := CASE v_n WHEN 1 THEN div(2 * p_stake * v_leg.odds_hundredths::numeric + 100, 200)
        ELSE betting_payout(p_stake, betting_last_sum(v_sums), p_size, v_n) END;
    IF v_payout > p_payout_max THEN
        PERFORM betting_refuse('PAYOUT_LIMIT', jsonb_build_object('payout', v_payout, 'payout_max', p_payout_max));
    END IF;
    PERFORM betting_count_stake(p_user_id, p_stake, p_daily_max, p_now);
    SELECT id INTO v_account FROM ledger_accounts
    WHERE owner = 'users/' || p_user_id AND name = 'coins' AND currency = 'COIN' AND part = 0;
    IF v_account IS NULL THEN
        v_account := coins_open(p_user_id, p_first_coins);
    END IF;
    SELECT id INTO v_house FROM ledger_accounts
    WHERE owner = 'systems/betting' AND name = 'house' AND currency = 'COIN'
        AND part = (get_byte(uuid_send(p_user_id), 15) % 16)::smallint;
    IF v_house IS NULL THEN
        v_house := betting_house(p_user_id);
    END IF;
    v_hold := ledger_hold_of(v_account, v_house, p_stake, '10 years', '{}');
    INSERT INTO betting_bets (
        id, user_id, account_id, house_account_id, hold_id, placed_at, first_starts_at, last_starts_at, stake, n_legs,
        size, potential_payout
    ) VALUES (
        bet_id, p_user_id, v_account, v_house, v_hold, p_now, v_first, v_last, p_stake, v_n, p_size, v_payout
    );
END
$$;

-- Gives a bet back as if it had never been: the stake is released. Once; a bet that is settled or begun is refused.
CREATE FUNCTION betting_cancel(p_bet_id uuid, p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_bet betting_bets;
BEGIN
    SELECT * INTO v_bet FROM betting_bets WHERE id = p_bet_id FOR NO KEY UPDATE;
    IF v_bet.state <> 'open' OR v_bet.hold_id IS NULL OR v_bet.cashed_stake > 0 THEN
        RAISE EXCEPTION 'bet % is not open any more', p_bet_id USING ERRCODE = 'BT012';
    END IF;
    IF v_bet.first_starts_at <= p_now THEN
        PERFORM betting_refuse('EVENT_STARTED');
    END IF;
    UPDATE betting_bets SET state = 'cancelled', grade = 'cancelled', hold_id = NULL WHERE id = p_bet_id;
    UPDATE betting_players SET staked = staked - v_bet.stake
    WHERE user_id = v_bet.user_id AND day = (p_now AT TIME ZONE 'UTC')::date
        AND day = (v_bet.placed_at AT TIME ZONE 'UTC')::date;
    PERFORM ledger_release(v_bet.hold_id);
END
$$;
