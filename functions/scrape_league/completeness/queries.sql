-- What was collected of each season, counted from the collector's own books.

-- name: parts
-- How every part of every finished match stands; opens `slices` and `seasons`. A part is expected of all finished
-- matches, the shot map only where there is xG. `promises` name the flag of a match that promises a part: said to be
-- absent all the same, it is denied.
WITH parts AS (
    SELECT m.league_id, m.season_id, m.match_id, p.slice,
           CASE WHEN q.is_held THEN 'quarantined'
                WHEN s.outcome = 'failed' THEN 'failed'
                WHEN s.version < m.version THEN 'missing'
                WHEN s.outcome = 'present' THEN 'present'
                WHEN s.outcome = 'absent' AND s.confirmations >= 2 THEN
                    CASE WHEN p.is_promised THEN 'denied' ELSE 'absent' END
                ELSE 'missing'
           END AS stands
    FROM scrape_matches m
    CROSS JOIN LATERAL (
        SELECT slice, CASE promise WHEN 'always' THEN true WHEN 'xg' THEN m.has_xg
                                   WHEN 'statistics' THEN m.has_player_statistics ELSE false END AS is_promised
        FROM unnest(%(slices)s::text[], %(promises)s::text[]) AS given (slice, promise)
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
SELECT league_id, season_id, slice, count(*)::int AS expected,
       count(*) FILTER (WHERE stands = 'present')::int AS present,
       count(*) FILTER (WHERE stands = 'absent')::int AS absent,
       count(*) FILTER (WHERE stands = 'denied')::int AS denied,
       count(*) FILTER (WHERE stands = 'failed')::int AS failed,
       count(*) FILTER (WHERE stands = 'quarantined')::int AS quarantined
FROM parts
GROUP BY league_id, season_id, slice
ORDER BY league_id, season_id, array_position(%(slices)s::text[], slice)

-- name: seasons
-- Matches that were put off or came to nothing (`closed`) have a successor or none: pairs are what counts.
, complete AS (
    SELECT match_id FROM parts GROUP BY match_id HAVING bool_and(stands IN ('present', 'absent'))
), known AS (
    SELECT league_id, season_id, match_id, round_ref, home_id, away_id, starts_at, finished,
           status_code = ANY(%(closed)s) AS is_closed
    FROM scrape_matches
    WHERE source = %(source)s AND (%(league_ids)s::bigint[] IS NULL OR league_id = ANY(%(league_ids)s))
), pairs AS (
    SELECT league_id, season_id, home_id, away_id, count(*) FILTER (WHERE NOT is_closed) AS n,
           bool_or(finished) AS is_played
    FROM known GROUP BY league_id, season_id, home_id, away_id
), rounds AS (
    SELECT league_id, season_id, count(*)::int AS fixtures, max(n)::int AS meetings FROM pairs
    GROUP BY league_id, season_id
), sides AS (
    SELECT league_id, season_id, count(DISTINCT team_id)::int AS teams
    FROM known CROSS JOIN LATERAL (VALUES (home_id), (away_id)) AS side (team_id)
    GROUP BY league_id, season_id
), lists AS (
    SELECT league_id, season_id, count(DISTINCT ref)::int AS n, count(DISTINCT ref) FILTER (WHERE is_read)::int AS n_read
    FROM (
        SELECT league_id, season_id, ref, false AS is_read FROM scrape_units WHERE kind = 'round' AND ref <> 'next'
        UNION ALL
        SELECT DISTINCT league_id, season_id, ref, false FROM known CROSS JOIN unnest(%(standings)s::text[]) AS ref
        UNION ALL
        -- Said once to be absent is neither read nor definitively absent.
        SELECT league_id, season_id, ref, confirmations <> 1 FROM scrape_lists
        WHERE source = %(source)s AND season_id > 0
    ) every_list
    GROUP BY league_id, season_id
), looked AS (
    SELECT league_id, season_id, ref AS round_ref, max(read_at) AS read_at FROM scrape_lists
    WHERE source = %(source)s GROUP BY league_id, season_id, ref
), held AS (
    SELECT league_id, season_id, count(*)::int AS n FROM quarantine
    WHERE source = %(source)s AND state = 'held' GROUP BY league_id, season_id
)
SELECT k.league_id, k.season_id, min(k.starts_at) AS first_at, max(k.starts_at) AS last_at,
       s.teams, r.fixtures, r.meetings,
       count(*) FILTER (WHERE k.finished)::int AS finished, count(c.match_id)::int AS complete,
       -- Should have ended, and nobody has looked since: a source that looks behind itself is not our gap.
       count(*) FILTER (
           WHERE k.starts_at + make_interval(hours => 3) < %(now)s AND NOT k.finished AND NOT k.is_closed
             AND NOT p.is_played AND coalesce(o.read_at, '-infinity') < k.starts_at + make_interval(hours => 3)
       )::int AS overdue,
       coalesce(l.n, 0) AS lists_expected, coalesce(l.n_read, 0) AS lists_read, coalesce(h.n, 0) AS quarantined
FROM known k
JOIN pairs p USING (league_id, season_id, home_id, away_id)
JOIN rounds r USING (league_id, season_id)
JOIN sides s USING (league_id, season_id)
LEFT JOIN complete c USING (match_id)
LEFT JOIN looked o USING (league_id, season_id, round_ref)
LEFT JOIN lists l USING (league_id, season_id)
LEFT JOIN held h USING (league_id, season_id)
GROUP BY k.league_id, k.season_id, s.teams, r.fixtures, r.meetings, l.n, l.n_read, h.n

-- name: gaps
-- Lists whose last unit ended otherwise than well, or could be read in part only; a season that is over has no coming
-- matches. Season 0: a league's own.
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
