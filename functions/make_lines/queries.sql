-- Statements of make-lines on Postgres. Whoever changes an event or its prices has locked it (`betting_lock_events`).

-- name: lock_league
-- One maker of a league's lines at a time; until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('betting: lines of a league', %(league_id)s::bigint));

-- name: open_events
-- Events of the league's matches: those that are named, and all that have not begun.
SELECT id AS event_id, match_id, starts_at, first_starts_at, state, suspended_for, forecast_at
FROM betting_events
WHERE is_current AND kind = 'match' AND league_id = %(league_id)s
    AND (match_id = ANY (%(match_ids)s::bigint[]) OR (state IN ('open', 'suspended') AND starts_at > %(now)s))
ORDER BY id;

-- name: insert_events
INSERT INTO betting_events (
    kind, match_id, league_id, league, round, name, home_id, home, away_id, away, starts_at, first_starts_at,
    valid_until, forecast_at, created_by, created_at, updated_at
)
SELECT 'match', match_id, league_id, league, round, name, home_id, home, away_id, away, starts_at, starts_at,
    %(valid_until)s, forecast_at, 'make-lines', %(now)s, %(now)s
FROM unnest(
    %(match_id)s::bigint[], %(league_id)s::bigint[], %(league)s::text[], %(round)s::integer[], %(name)s::text[],
    %(home_id)s::bigint[], %(home)s::text[], %(away_id)s::bigint[], %(away)s::text[], %(starts_at)s::timestamptz[],
    %(forecast_at)s::timestamptz[]
) line (match_id, league_id, league, round, name, home_id, home, away_id, away, starts_at, forecast_at)
RETURNING id AS event_id, match_id;

-- name: move_events
UPDATE betting_events e SET starts_at = moved.starts_at
FROM unnest(%(event_ids)s::bigint[], %(starts_at)s::timestamptz[]) moved (id, starts_at)
WHERE e.id = moved.id;

-- name: retire_events
-- Another event stands for the match from now on.
UPDATE betting_events SET is_current = false WHERE id = ANY (%(event_ids)s::bigint[]);

-- name: confirm_events
-- The lines hold until the next confirmation is due; that is no change of them.
UPDATE betting_events e SET valid_until = %(valid_until)s, forecast_at = line.forecast_at
FROM unnest(%(event_ids)s::bigint[], %(forecast_at)s::timestamptz[]) line (id, forecast_at)
WHERE e.id = line.id;

-- name: confirm_leagues
-- The same for leagues whose forecasts are the ones that their lines were made from; how many events that were.
UPDATE betting_events e SET valid_until = %(valid_until)s
FROM unnest(%(league_ids)s::bigint[], %(fitted_at)s::timestamptz[]) fit (league_id, fitted_at)
WHERE e.league_id = fit.league_id AND e.kind = 'match' AND e.state = 'open' AND e.forecast_at = fit.fitted_at
    AND e.starts_at > %(now)s;

-- name: league_states
-- By league: the oldest forecast behind its coming lines, how many of them wait for a forecast, and its newest result.
SELECT e.league_id,
    min(e.forecast_at) FILTER (WHERE e.state IN ('open', 'suspended') AND e.starts_at > %(now)s) AS oldest_forecast_at,
    count(*) FILTER (WHERE e.suspended_for IN ('stale_forecast', 'silent_source') AND e.starts_at > %(now)s) AS n_waiting,
    newest.starts_at AS newest_result_of, newest.recorded_at AS newest_result_at
FROM betting_events e
LEFT JOIN LATERAL (
    SELECT b.starts_at, r.recorded_at
    FROM betting_events b JOIN betting_results r ON r.event_id = b.id AND r.revision = 1 AND r.status = 'final'
    WHERE b.league_id = e.league_id AND b.starts_at > %(now)s - interval '8 days'
    ORDER BY b.starts_at DESC, r.recorded_at LIMIT 1
) newest ON true
WHERE e.is_current AND e.kind = 'match' AND e.starts_at > %(now)s - interval '8 days'
GROUP BY e.league_id, newest.starts_at, newest.recorded_at;

-- name: lapsed_events
-- Open events whose lines nobody confirmed in time.
SELECT id FROM betting_events WHERE state = 'open' AND valid_until <= %(now)s AND starts_at > %(now)s ORDER BY id;

-- name: begun_events
SELECT id FROM betting_events WHERE state = 'open' AND starts_at <= %(now)s ORDER BY id;

-- name: open_events_of_leagues
SELECT id FROM betting_events
WHERE state = 'open' AND kind = 'match' AND league_id = ANY (%(league_ids)s::bigint[]) AND starts_at > %(now)s
ORDER BY id;

-- name: offers
-- Every market of events, each selection with its current price, if it has one.
SELECT m.event_id, m.id AS market_id, m.kind, m.line, m.version, m.state = 'open' AS is_open,
    s.id AS selection_id, s.outcome, p.odds_hundredths
FROM betting_markets m
JOIN betting_selections s ON s.market_id = m.id
LEFT JOIN betting_prices p ON p.selection_id = s.id AND p.version = m.version
WHERE m.event_id = ANY (%(event_ids)s::bigint[]);

-- name: insert_markets
INSERT INTO betting_markets (event_id, kind, line)
SELECT * FROM unnest(%(event_ids)s::bigint[], %(kinds)s::text[], %(lines)s::smallint[])
RETURNING id AS market_id, event_id, kind, line;

-- name: insert_selections
INSERT INTO betting_selections (market_id, outcome)
SELECT * FROM unnest(%(market_ids)s::bigint[], %(outcomes)s::text[])
RETURNING id AS selection_id, market_id, outcome;

-- name: advance_markets
UPDATE betting_markets SET version = version + 1, state = 'open' WHERE id = ANY (%(market_ids)s::bigint[]);

-- name: withdraw_markets
UPDATE betting_markets SET state = 'suspended' WHERE id = ANY (%(market_ids)s::bigint[]);

-- name: insert_prices
INSERT INTO betting_prices (selection_id, version, odds_hundredths, probability, made_at)
SELECT *, %(now)s::timestamptz
FROM unnest(
    %(selection_ids)s::bigint[], %(versions)s::integer[], %(odds)s::integer[], %(probabilities)s::double precision[]
);

-- name: awaited_events
-- Events that have begun and have no result, and those whose result the source may still correct. What an operator
-- recorded is not asked for any more.
SELECT e.id AS event_id, e.match_id, e.starts_at, e.first_starts_at, e.home_id, e.away_id,
    coalesce(newest.status, '') AS status
FROM betting_events e
LEFT JOIN LATERAL (
    SELECT r.status, r.recorded_by FROM betting_results r WHERE r.event_id = e.id
    ORDER BY r.revision DESC LIMIT 1
) newest ON true
WHERE e.kind = 'match' AND e.starts_at <= %(now)s AND e.is_current
    AND (%(league_id)s::bigint IS NULL OR e.league_id = %(league_id)s)
    AND coalesce(newest.recorded_by, 'make-lines') = 'make-lines'
    AND (
        coalesce(newest.status, 'withdrawn') = 'withdrawn'
        OR EXISTS (
            SELECT FROM betting_results r
            WHERE r.event_id = e.id AND r.revision = 1 AND r.recorded_at > %(correctable_since)s
        )
    )
ORDER BY e.starts_at, e.id;

-- name: put_closing_odds
INSERT INTO betting_closing_odds (
    event_id, bookmaker, home_hundredths, draw_hundredths, away_hundredths, recorded_at
) VALUES (
    %(event_id)s, %(bookmaker)s, %(home_hundredths)s, %(draw_hundredths)s, %(away_hundredths)s, %(now)s
)
ON CONFLICT (event_id) DO UPDATE SET
    bookmaker = excluded.bookmaker, home_hundredths = excluded.home_hundredths,
    draw_hundredths = excluded.draw_hundredths, away_hundredths = excluded.away_hundredths,
    recorded_at = excluded.recorded_at;

-- name: forget_prices
-- Versions that are not the market's last, of events that began before a moment; some at a time.
DELETE FROM betting_prices p
USING (
    SELECT old.selection_id, old.version
    FROM betting_prices old
    JOIN betting_selections s ON s.id = old.selection_id
    JOIN betting_markets m ON m.id = s.market_id
    JOIN betting_events e ON e.id = m.event_id
    WHERE e.starts_at < %(before)s AND old.version < m.version
    LIMIT %(at_most)s
) superseded
WHERE p.selection_id = superseded.selection_id AND p.version = superseded.version;
