-- Statements of lines on Postgres. Whoever changes an event or its prices has locked it (`betting_lock_events`).

-- name: generation
SELECT coalesce(max(number), 0) AS number FROM betting_generation;

-- name: coming_events
-- Events that have not begun, open or suspended, after a position.
SELECT e.id AS event_id, e.kind, e.match_id, e.league, e.round, e.name, e.home_id, e.home, e.away_id, e.away,
    e.starts_at, e.state, e.suspended_for, nullif(e.valid_until, 'infinity') AS valid_until, e.revision, e.created_at,
    e.updated_at, NULL::integer AS result_revision, NULL AS status, NULL::smallint AS home_goals,
    NULL::smallint AS away_goals, NULL AS outcome, NULL AS void_reason
FROM betting_events e
WHERE e.state IN ('open', 'suspended') AND e.starts_at > %(now)s AND e.deleted_at IS NULL
    AND (%(league)s = '' OR e.league = %(league)s)
    AND (%(after_at)s::timestamptz IS NULL OR (e.starts_at, e.id) > (%(after_at)s, %(after_id)s))
ORDER BY e.starts_at, e.id LIMIT %(limit)s;

-- name: past_events
-- Events that have begun or have a result, the latest first, before a position.
SELECT e.id AS event_id, e.kind, e.match_id, e.league, e.round, e.name, e.home_id, e.home, e.away_id, e.away,
    e.starts_at, e.state, e.suspended_for, nullif(e.valid_until, 'infinity') AS valid_until, e.revision, e.created_at,
    e.updated_at, r.revision AS result_revision, r.status, r.home_goals, r.away_goals, r.outcome, r.void_reason
FROM betting_events e
LEFT JOIN LATERAL (
    SELECT * FROM betting_results WHERE event_id = e.id ORDER BY revision DESC LIMIT 1
) r ON true
WHERE (e.state IN ('settled', 'void') OR e.starts_at <= %(now)s) AND e.deleted_at IS NULL
    AND (%(league)s = '' OR e.league = %(league)s)
    AND (%(after_at)s::timestamptz IS NULL OR (e.starts_at, e.id) < (%(after_at)s, %(after_id)s))
ORDER BY e.starts_at DESC, e.id DESC LIMIT %(limit)s;

-- name: event
SELECT e.id AS event_id, e.kind, e.match_id, e.league, e.round, e.name, e.home_id, e.home, e.away_id, e.away,
    e.starts_at, e.state, e.suspended_for, nullif(e.valid_until, 'infinity') AS valid_until, e.revision, e.created_at,
    e.updated_at, r.revision AS result_revision, r.status, r.home_goals, r.away_goals, r.outcome, r.void_reason
FROM betting_events e
LEFT JOIN LATERAL (
    SELECT * FROM betting_results WHERE event_id = e.id ORDER BY revision DESC LIMIT 1
) r ON true
WHERE e.id = %(event_id)s AND e.deleted_at IS NULL;

-- name: manual_events
-- What was made by hand, the newest first.
SELECT e.id AS event_id, e.kind, e.match_id, e.league, e.round, e.name, e.home_id, e.home, e.away_id, e.away,
    e.starts_at, e.state, e.suspended_for, nullif(e.valid_until, 'infinity') AS valid_until, e.revision, e.created_at,
    e.updated_at, r.revision AS result_revision, r.status, r.home_goals, r.away_goals, r.outcome, r.void_reason
FROM betting_events e
LEFT JOIN LATERAL (
    SELECT * FROM betting_results WHERE event_id = e.id ORDER BY revision DESC LIMIT 1
) r ON true
WHERE e.kind = 'manual' AND e.deleted_at IS NULL AND (%(before)s = 0 OR e.id < %(before)s)
ORDER BY e.id DESC LIMIT %(limit)s;

-- name: offers
SELECT m.event_id, m.id AS market_id, m.kind, m.line, m.state, m.version, s.id AS selection_id, s.outcome,
    p.odds_hundredths
FROM betting_markets m
JOIN betting_selections s ON s.market_id = m.id
JOIN betting_prices p ON p.selection_id = s.id AND p.version = m.version
WHERE m.event_id = ANY (%(event_ids)s::bigint[])
ORDER BY m.id, s.id;

-- name: prices
-- Every version of an event's prices after a position.
SELECT p.selection_id, m.id AS market_id, m.kind, m.line, s.outcome, p.version, p.odds_hundredths, p.made_at
FROM betting_markets m
JOIN betting_selections s ON s.market_id = m.id
JOIN betting_prices p ON p.selection_id = s.id
WHERE m.event_id = %(event_id)s AND (p.selection_id, p.version) > (%(after_selection)s, %(after_version)s)
ORDER BY p.selection_id, p.version LIMIT %(limit)s;

-- name: insert_manual_event
INSERT INTO betting_events (kind, name, starts_at, first_starts_at, created_by, created_at, updated_at)
VALUES ('manual', %(name)s, %(starts_at)s, %(starts_at)s, %(by)s, %(now)s, %(now)s)
RETURNING id;

-- name: insert_manual_market
INSERT INTO betting_markets (event_id, kind) VALUES (%(event_id)s, 'manual') RETURNING id;

-- name: insert_manual_selection
INSERT INTO betting_selections (market_id, outcome) VALUES (%(market_id)s, 'win') RETURNING id;

-- name: insert_manual_price
INSERT INTO betting_prices (selection_id, version, odds_hundredths, made_at)
VALUES (%(selection_id)s, 1, %(odds_hundredths)s, %(now)s);

-- name: delete_event
UPDATE betting_events SET deleted_at = %(now)s WHERE id = %(event_id)s AND deleted_at IS NULL AND kind = 'manual';

-- name: scored_lines
-- The probabilities behind the last 1X2 prices of matches that ended, beside closing odds where they are known.
SELECT e.league, p.home, p.draw, p.away, r.home_goals, r.away_goals,
    c.home_hundredths AS closing_home, c.draw_hundredths AS closing_draw, c.away_hundredths AS closing_away
FROM betting_events e
JOIN LATERAL (
    SELECT * FROM betting_results WHERE event_id = e.id ORDER BY revision DESC LIMIT 1
) r ON r.status = 'final'
JOIN betting_markets m ON m.event_id = e.id AND m.kind = '1x2'
JOIN LATERAL (
    SELECT max(price.probability) FILTER (WHERE s.outcome = 'home') AS home,
        max(price.probability) FILTER (WHERE s.outcome = 'draw') AS draw,
        max(price.probability) FILTER (WHERE s.outcome = 'away') AS away
    FROM betting_selections s
    JOIN betting_prices price ON price.selection_id = s.id AND price.version = m.version
    WHERE s.market_id = m.id
) p ON p.home IS NOT NULL AND p.draw IS NOT NULL AND p.away IS NOT NULL
LEFT JOIN betting_closing_odds c ON c.event_id = e.id
WHERE e.kind = 'match' AND (%(league)s = '' OR e.league = %(league)s)
ORDER BY e.starts_at DESC, e.id LIMIT %(limit)s;
