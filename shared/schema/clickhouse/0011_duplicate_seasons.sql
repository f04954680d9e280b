-- One season, several sources: all routes count its matches once.

-- Seasons with their preference (1 is best) among those of the same league and year. A season of one calendar year and
-- one that spans two years are different seasons, although both may start in the same year.
CREATE OR REPLACE VIEW ranked_seasons AS
SELECT
    *,
    row_number() OVER (
        PARTITION BY league_id, starts_in, position(year, '/') > 0
        ORDER BY
            transform(
                source,
                ['sofascore', 'footballdata', 'openfootball', 'datahub', 'understat', 'engsoccerdata', 'schochastics', 'spc2023'],
                [1, 2, 3, 4, 5, 6, 7, 8],
                9
            ),
            season_id DESC
    ) AS preference
FROM current_seasons;

-- Seasons whose matches another source has too, and that source is preferred. Whoever reads the matches of several
-- seasons leaves these out, or counts a match twice. A preferred season without any match replaces none.
CREATE VIEW IF NOT EXISTS duplicate_seasons AS
SELECT league_id, season_id
FROM (
    SELECT
        league_id, season_id,
        row_number() OVER (PARTITION BY league_id, starts_in, position(year, '/') > 0 ORDER BY preference) AS place
    FROM ranked_seasons
    WHERE (league_id, season_id) IN (SELECT league_id, season_id FROM matches)
)
WHERE place > 1;

-- Of the seasons with a label or id; without one, of the season of the team's newest match that is no duplicate.
CREATE OR REPLACE VIEW matches_of_team_season AS
SELECT league_id, season_id, match_id FROM matches
WHERE (home_id = {team_id:Int64} OR away_id = {team_id:Int64}) AND if({season:String} = '',
    season_id = (
        SELECT argMax(season_id, starts_at) FROM matches
        WHERE (home_id = {team_id:Int64} OR away_id = {team_id:Int64})
            AND (league_id, season_id) NOT IN (SELECT league_id, season_id FROM duplicate_seasons)
    ),
    season_id IN (SELECT season_id FROM current_seasons WHERE {season:String} IN (year, toString(season_id))));
