-- Seasons with their preference (1 is best) among those of the same league and year that several sources tell of: matches
-- of two sources never stand in one table, and whoever reads all seasons of a league must not count a match twice. The
-- site that is collected comes first, then archives by how much they tell; a source that is not named here comes last.

CREATE VIEW IF NOT EXISTS ranked_seasons AS
SELECT
    *,
    row_number() OVER (
        PARTITION BY league_id, starts_in
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
