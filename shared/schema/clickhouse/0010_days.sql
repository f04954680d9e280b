-- The matches of a day, of all leagues: the table is sorted by league, so a day was looked for in every row.
--
-- A projection holds the keys of all matches once more, sorted by kick-off (a fifth of the table's size); a question that
-- names nothing but them and a range of moments reads it by itself. A merge that drops old versions makes it anew.

ALTER TABLE matches MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';

ALTER TABLE matches ADD PROJECTION IF NOT EXISTS by_kick_off
    (SELECT league_id, season_id, match_id, starts_at ORDER BY starts_at);

ALTER TABLE matches MATERIALIZE PROJECTION by_kick_off;
