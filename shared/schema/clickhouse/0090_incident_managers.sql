-- Cards of managers keep the id of the manager.

ALTER TABLE incidents ADD COLUMN IF NOT EXISTS manager_id Nullable(Int64);

CREATE OR REPLACE VIEW current_incidents AS
SELECT * EXCEPT (newest)
FROM (SELECT *, max(version) OVER (PARTITION BY league_id, season_id, match_id) AS newest FROM incidents FINAL)
WHERE version = newest;
