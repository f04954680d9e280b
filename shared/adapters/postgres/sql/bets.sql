-- name: place
SELECT bet_id::text, replayed
FROM betting_place(
    %(user_id)s::uuid, %(selections)s::bigint[], %(versions)s::integer[], %(stake)s::bigint, %(size)s::smallint,
    %(accept_better)s, %(stake_min)s::bigint, %(stake_max)s::bigint, %(payout_max)s::bigint, %(daily_max)s::bigint,
    %(now)s::timestamptz, %(first_coins)s::bigint, %(scope)s::text, %(key)s::text, %(sha256)s::bytea
);

-- name: cancel
SELECT betting_cancel(%(bet_id)s::uuid, %(now)s::timestamptz);

-- name: bet
SELECT id::text, user_id::text, placed_at, stake, size, potential_payout, state, revision, payout, grade, settled_at,
    cashed_stake, cashed_paid
FROM betting_bets
WHERE id = %(bet_id)s::uuid;

-- name: bets
-- The latest first; of one user, or of all.
SELECT id::text, user_id::text, placed_at, stake, size, potential_payout, state, revision, payout, grade, settled_at,
    cashed_stake, cashed_paid
FROM betting_bets
WHERE (%(user_id)s::uuid IS NULL OR user_id = %(user_id)s::uuid)
    AND (%(before)s = '' OR id < NULLIF(%(before)s, '')::uuid)
    AND (%(state)s = '' OR state = %(state)s)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: legs
SELECT l.bet_id::text, l.number, l.event_id, l.selection_id, l.event_name, l.starts_at, l.kind, l.line, l.outcome,
    l.version, l.odds_hundredths, o.grade, betting_factor(o.won, o.void_halves, o.n_tied, l.odds_hundredths) AS factor
FROM betting_legs l LEFT JOIN betting_outcomes o USING (selection_id)
WHERE l.bet_id = ANY (%(ids)s::uuid[])
ORDER BY l.bet_id, l.number;

-- name: forget_offers
DELETE FROM betting_cash_outs
WHERE taken_at IS NULL AND expires_at < %(before)s;

-- name: prices
-- What selections cost now, and why a bet on them would be refused.
SELECT selection_id, version, odds_hundredths, starts_at,
    betting_refusal(event_state, market_state, starts_at, valid_until, %(now)s) AS refusal
FROM betting_offers
WHERE selection_id = ANY (%(selections)s::bigint[]);

-- name: add_offer
INSERT INTO betting_cash_outs (bet_id, stake, amount, versions, made_at, expires_at)
VALUES (%(bet_id)s, %(stake)s, %(amount)s, %(versions)s, %(now)s, %(expires_at)s)
RETURNING id::text;

-- name: cash_out
SELECT bet_id::text, amount
FROM betting_cash_out(%(offer_id)s::uuid, %(user_id)s::uuid, %(now)s::timestamptz);

-- name: player
SELECT daily_stake, pending_daily_stake, pending_from, excluded_until,
    CASE day WHEN (%(now)s::timestamptz AT TIME ZONE 'UTC')::date THEN staked ELSE 0 END AS staked_today
FROM betting_players
WHERE user_id = %(user_id)s;

-- name: lock_player
INSERT INTO betting_players AS p (user_id, day) VALUES (%(user_id)s, (%(now)s::timestamptz AT TIME ZONE 'UTC')::date)
ON CONFLICT (user_id) DO UPDATE SET user_id = p.user_id;

-- name: put_player_limits
UPDATE betting_players
SET daily_stake = %(daily_stake)s, pending_daily_stake = %(pending_daily_stake)s, pending_from = %(pending_from)s,
    excluded_until = %(excluded_until)s
WHERE user_id = %(user_id)s;

-- name: stuck
-- Open bets that nothing will settle unless somebody looks: every outcome is known, or the last of their events should
-- have ended, or been void, long ago.
SELECT b.id::text, b.user_id::text, b.placed_at, b.stake, b.size, b.potential_payout, b.state, b.revision, b.payout,
    b.grade, b.settled_at, b.cashed_stake, b.cashed_paid
FROM betting_bets b
WHERE b.state = 'open' AND b.last_starts_at < %(now)s
    AND (%(before)s = '' OR b.id < NULLIF(%(before)s, '')::uuid)
    AND (
        b.last_starts_at < %(overdue)s
        OR NOT EXISTS (
            SELECT FROM betting_legs l LEFT JOIN betting_settled_events e USING (event_id)
            LEFT JOIN betting_outcomes o ON o.selection_id = l.selection_id
            WHERE l.bet_id = b.id AND (o.selection_id IS NULL OR e.settled_at > %(settled_before)s)
        )
    )
ORDER BY b.id DESC
LIMIT %(limit)s;

-- name: exposures
-- Open bets by selection: of singles exactly, of bets with more legs as far as this leg goes.
SELECT l.event_id, min(l.event_name) AS event_name, min(l.starts_at) AS starts_at, l.kind, l.line, l.outcome,
    count(*) AS n_bets,
    coalesce(sum(b.stake - b.cashed_stake) FILTER (WHERE b.n_legs = 1), 0)::bigint AS staked,
    coalesce(sum(betting_payout(
        b.stake - b.cashed_stake, l.odds_hundredths * 5040::numeric, 1::smallint, 1::smallint
    )) FILTER (WHERE b.n_legs = 1), 0)::bigint AS payout,
    coalesce(sum(b.stake - b.cashed_stake) FILTER (WHERE b.n_legs > 1), 0)::bigint AS staked_in_multiples,
    coalesce(sum(b.potential_payout) FILTER (WHERE b.n_legs > 1), 0)::bigint AS payout_in_multiples
FROM betting_bets b JOIN betting_legs l ON l.bet_id = b.id
WHERE b.state = 'open' AND (%(event_id)s::bigint IS NULL OR l.event_id = %(event_id)s)
GROUP BY l.event_id, l.kind, l.line, l.outcome
ORDER BY l.event_id, l.kind, l.line, l.outcome
LIMIT %(limit)s;

-- name: takings
-- What was staked and paid on bets that are over; returned stakes are no turnover of the house.
SELECT count(*) AS n_bets, coalesce(sum(stake), 0)::bigint AS staked,
    coalesce(sum(coalesce(payout, 0) + cashed_paid), 0)::bigint AS paid,
    coalesce(sum(stake) FILTER (WHERE grade = 'push'), 0)::bigint AS returned,
    (SELECT coalesce(sum(stake - cashed_stake), 0)::bigint FROM betting_bets WHERE state = 'open') AS open_stakes
FROM betting_bets
WHERE state IN ('settled', 'cashed_out') AND settled_at >= %(begins)s AND settled_at < %(ends)s;

-- name: erase_player
DELETE FROM betting_players
WHERE user_id = %(user_id)s;

-- name: cancellable
SELECT id::text
FROM betting_bets
WHERE user_id = %(user_id)s AND state = 'open' AND hold_id IS NOT NULL AND cashed_stake = 0
    AND first_starts_at > %(now)s;

-- name: manual_events
-- Events made by hand that can be bet on now.
SELECT e.id AS event_id, o.selection_id, o.version, o.odds_hundredths, e.starts_at, e.created_at, e.updated_at
FROM betting_events e JOIN betting_offers o ON o.event_id = e.id AND o.kind = 'manual' AND o.outcome = 'win'
WHERE e.kind = 'manual' AND e.deleted_at IS NULL AND e.starts_at > %(now)s
    AND betting_refusal(o.event_state, o.market_state, o.starts_at, o.valid_until, %(now)s) IS NULL
ORDER BY e.id
LIMIT 1000;

-- name: manual_event
SELECT e.id AS event_id, o.selection_id, o.version, o.odds_hundredths, e.starts_at, e.created_at, e.updated_at
FROM betting_events e JOIN betting_offers o ON o.event_id = e.id AND o.kind = 'manual' AND o.outcome = 'win'
WHERE e.id = %(event_id)s AND e.kind = 'manual' AND e.deleted_at IS NULL;
