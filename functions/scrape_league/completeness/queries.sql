-- Statements of the completeness report, over the tables that the collector itself writes.

-- name: parts
-- The state of every slice of every finished match; the first part of `slices` and `seasons`. Each slice is expected of
-- all finished matches, the shot map only where there is xG. `promises` names the flag of a match that promises a slice:
-- a promised slice that the source says is absent is denied.
WITH parts AS (
    SELECT m.league_id, m.season_id, m.match_id, p.slice,
           CASE WHEN q.is_held THEN 'quarantined'
                WHEN s.outcome = 'failed' THEN 'failed'
                WHEN s.version < m.version THEN 'missing'
                WHEN s.outcome = 'present' THEN 'present'
                WHEN s.outcome = 'absent' AND s.confirmations >= 2 THEN
                    CASE WHEN p.is_promised THEN 'denied' ELSE 'absent' END
                ELSE 'missing'
           END AS state
    FROM scrape_matches m
    CROSS JOIN LATERAL (
        SELECT slice, CASE promise WHEN 'always' THEN true WHEN 'xg' THEN m.has_xg
                                   WHEN 'statistics' THEN m.has_player_statistics ELSE false END AS is_promised
        FROM unnest(%(slices)s::text[], %(promises)s::text[]) AS expected (slice, promise)
        WHERE promise <> 'xg' OR m.has_xg
    ) p
    LEFT JOIN match_slices s ON s.source = m.source AND s.match_id = m.match_id AND s.slice = p.slice
    LEFT JOIN LATERAL (
        SELECT true AS is_held FROM quarantine
        WHERE source = m.source AND league_id = m.league_id AND season_id = m.season_id AND state = 'held'
          AND kind = 'match' AND ref = m.match_id::text AND part IN (p.slice, 'detail')
        LIMIT 1
    ) q ON true
    WHERE m.source = %(source)s AND m.finished
      AND (%(league_ids)s::bigint[] IS NULL OR m.league_id = ANY(%(league_ids)s))
)

-- name: slices
-- Slices of each season by state.
SELECT league_id, season_id, slice, count(*)::int AS expected,
       count(*) FILTER (WHERE state = 'present')::int AS present,
       count(*) FILTER (WHERE state = 'absent')::int AS absent,
       count(*) FILTER (WHERE state = 'denied')::int AS denied,
       count(*) FILTER (WHERE state = 'failed')::int AS failed,
       count(*) FILTER (WHERE state = 'quarantined')::int AS quarantined
FROM parts
GROUP BY league_id, season_id, slice
ORDER BY league_id, season_id, array_position(%(slices)s::text[], slice)

-- name: seasons
-- Counts of each season. Matches that were postponed or cancelled (`closed`) may have a successor under another id, so
-- pairs of teams are counted.
, complete AS (
    SELECT match_id FROM parts GROUP BY match_id HAVING bool_and(state IN ('present', 'absent'))
), matches AS (
    SELECT league_id, season_id, match_id, round_ref, home_id, away_id, starts_at, finished,
           status_code = ANY(%(closed)s) AS is_closed
    FROM scrape_matches
    WHERE source = %(source)s AND (%(league_ids)s::bigint[] IS NULL OR league_id = ANY(%(league_ids)s))
), pairs AS (
    SELECT league_id, season_id, home_id, away_id, count(*) FILTER (WHERE NOT is_closed) AS n,
           bool_or(finished) AS is_played
    FROM matches GROUP BY league_id, season_id, home_id, away_id
), rounds AS (
    SELECT league_id, season_id, count(*)::int AS fixtures, max(n)::int AS meetings FROM pairs
    GROUP BY league_id, season_id
), sides AS (
    SELECT league_id, season_id, count(DISTINCT team_id)::int AS teams
    FROM matches CROSS JOIN LATERAL (VALUES (home_id), (away_id)) AS side (team_id)
    GROUP BY league_id, season_id
), lists AS (
    SELECT league_id, season_id, count(DISTINCT ref)::int AS n, count(DISTINCT ref) FILTER (WHERE is_read)::int AS n_read
    FROM (
        SELECT league_id, season_id, ref, false AS is_read FROM scrape_units WHERE kind = 'round' AND ref <> 'next'
        UNION ALL
        SELECT DISTINCT league_id, season_id, ref, false FROM matches CROSS JOIN unnest(%(standings)s::text[]) AS ref
        UNION ALL
        -- A list with one 404 is neither read nor definitively absent.
        SELECT league_id, season_id, ref, confirmations <> 1 FROM scrape_lists
        WHERE source = %(source)s AND season_id > 0
    ) every_list
    GROUP BY league_id, season_id
), reads AS (
    SELECT league_id, season_id, ref AS round_ref, max(read_at) AS read_at FROM scrape_lists
    WHERE source = %(source)s GROUP BY league_id, season_id, ref
), held_entries AS (
    SELECT league_id, season_id, count(*)::int AS n FROM quarantine
    WHERE source = %(source)s AND state = 'held' GROUP BY league_id, season_id
)
SELECT k.league_id, k.season_id, min(k.starts_at) AS first_at, max(k.starts_at) AS last_at,
       s.teams, r.fixtures, r.meetings,
       count(*) FILTER (WHERE k.finished)::int AS finished, count(c.match_id)::int AS complete,
       -- Should have ended, and its list was not read since. If it was, the source is late, and nothing is missing here.
       count(*) FILTER (
           WHERE k.starts_at + make_interval(hours => 3) < %(now)s AND NOT k.finished AND NOT k.is_closed
             AND NOT p.is_played AND coalesce(o.read_at, '-infinity') < k.starts_at + make_interval(hours => 3)
       )::int AS overdue,
       coalesce(l.n, 0) AS lists_expected, coalesce(l.n_read, 0) AS lists_read, coalesce(h.n, 0) AS quarantined
FROM matches k
JOIN pairs p USING (league_id, season_id, home_id, away_id)
JOIN rounds r USING (league_id, season_id)
JOIN sides s USING (league_id, season_id)
LEFT JOIN complete c USING (match_id)
LEFT JOIN reads o USING (league_id, season_id, round_ref)
LEFT JOIN lists l USING (league_id, season_id)
LEFT JOIN held_entries h USING (league_id, season_id)
GROUP BY k.league_id, k.season_id, s.teams, r.fixtures, r.meetings, l.n, l.n_read, h.n

-- name: gaps
-- Lists whose last unit did not end well, or that are unreadable in part. A season that is over has no coming matches
-- (`next`). Season 0: lists of the league itself.
SELECT league_id, season_id, ref, state, reason FROM (
    SELECT DISTINCT ON (u.league_id, u.season_id, u.kind, u.ref)
           u.league_id, u.season_id, u.ref, u.state, u.reason
    FROM scrape_units u
    WHERE u.kind IN ('plan', 'round') AND (%(league_ids)s::bigint[] IS NULL OR u.league_id = ANY(%(league_ids)s))
    ORDER BY u.league_id, u.season_id, u.kind, u.ref, u.id DESC
) last
WHERE NOT (state = 'absent' AND ref = 'next') AND (
    state <> 'done' OR (reason <> '' AND NOT EXISTS (
        SELECT FROM scrape_lists l
        WHERE l.source = %(source)s AND l.league_id = last.league_id AND l.season_id = last.season_id
          AND l.ref = last.ref
    ))
)
ORDER BY league_id, season_id, ref
