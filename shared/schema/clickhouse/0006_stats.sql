-- What many questions begin with, written once.

-- The columns of a match that lists and tables are made of: half of them, hence half of what is read.
CREATE VIEW IF NOT EXISTS listed_matches AS
SELECT
    match_id, league_id, season_id, tournament_id, round, round_name, starts_at, status_code, status_type, home_id, away_id,
    home_name, away_name, home_goals, away_goals, home_goals_period1, away_goals_period1, home_goals_display,
    away_goals_display, home_penalties, away_penalties, home_red_cards, away_red_cards, source, version, fetched_at
FROM current_matches;

-- Keys of matches by whom they concern, to narrow a current_* view by: `WHERE (league_id, season_id, match_id) IN (...)`.
-- They look at old versions too, so the question itself says once more whom it is about.

CREATE VIEW IF NOT EXISTS matches_of_team AS
SELECT league_id, season_id, match_id FROM matches WHERE home_id = {team_id:Int64} OR away_id = {team_id:Int64};

-- Of the seasons of a label or id; without one, of the season of the team's newest match.
CREATE VIEW IF NOT EXISTS matches_of_team_season AS
SELECT league_id, season_id, match_id FROM matches
WHERE (home_id = {team_id:Int64} OR away_id = {team_id:Int64}) AND if({season:String} = '',
    season_id = (
        SELECT argMax(season_id, starts_at) FROM matches WHERE home_id = {team_id:Int64} OR away_id = {team_id:Int64}
    ),
    season_id IN (SELECT season_id FROM current_seasons WHERE {season:String} IN (year, toString(season_id))));

CREATE VIEW IF NOT EXISTS matches_of_player AS
SELECT league_id, season_id, match_id FROM appearances WHERE player_id = {player_id:Int64};

CREATE VIEW IF NOT EXISTS matches_of_manager AS
SELECT league_id, season_id, match_id FROM match_details
WHERE home_manager_id = {manager_id:Int64} OR away_manager_id = {manager_id:Int64};

-- Every statistic of a whole match, from each side.
CREATE VIEW IF NOT EXISTS told_statistics AS
SELECT league_id, season_id, match_id, is_home, key, assumeNotNull(if(is_home, home_value, away_value)) AS value
FROM current_team_statistics ARRAY JOIN [true, false] AS is_home
WHERE period = 'ALL' AND if(is_home, home_value, away_value) IS NOT NULL;

-- Every card that stands, from the side it was shown to.
CREATE VIEW IF NOT EXISTS cards AS
SELECT league_id, season_id, match_id, assumeNotNull(is_home) AS is_home, detail, player_id, player_name, minute
FROM current_incidents WHERE kind = 'card' AND NOT rescinded AND is_home IS NOT NULL;
