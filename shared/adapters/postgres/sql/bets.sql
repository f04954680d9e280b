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
