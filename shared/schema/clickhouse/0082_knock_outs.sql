-- A player's knock-out matches (named rounds, extra time) in seasons that also have a league phase: they count in no league
-- table, so not in his season either. A cup has no league phase, and all its matches count.

CREATE VIEW IF NOT EXISTS knock_outs_of_player AS
SELECT league_id, season_id, match_id FROM current_matches
WHERE (league_id, season_id, match_id) IN (SELECT * FROM matches_of_player(player_id = {player_id:Int64}))
    AND (round_name != '' OR status_code IN (110, 120))
    AND (league_id, season_id) IN (
        SELECT league_id, season_id FROM matches
        WHERE round_name = '' AND status_code NOT IN (110, 120) AND (league_id, season_id) IN (
            SELECT league_id, season_id FROM appearances WHERE player_id = {player_id:Int64}
        )
    );
