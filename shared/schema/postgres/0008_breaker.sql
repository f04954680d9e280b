-- The circuit of a source, shared by all workers, and schedules that never overlap themselves.
--
-- ok        n_refusals < 3, opened_until NULL
-- degraded  more failures in a row, or opened_until set: nobody asks before it, and then one request (probing_until)
--           finds out whether the circuit closes
-- blocked   blocked_at set: nobody asks until a person decides

ALTER TABLE source_state
    -- Changes whenever those who wait for their turn must ask for it again.
    ADD COLUMN epoch           bigint      NOT NULL DEFAULT 0,
    -- The window whose failures are counted; NULL while all is well.
    ADD COLUMN failing_since   timestamptz,
    ADD COLUMN n_window        integer     NOT NULL DEFAULT 0,
    ADD COLUMN n_window_failed integer     NOT NULL DEFAULT 0,
    ADD COLUMN n_opened        smallint    NOT NULL DEFAULT 0,
    ADD COLUMN opened_until    timestamptz,
    -- The one who asks now is given up after this, as it may have died.
    ADD COLUMN probing_until   timestamptz,
    -- Opened by 429: said again after its wait was kept, it is a refusal.
    ADD COLUMN limited         boolean     NOT NULL DEFAULT false;

-- Which schedule opened a job; at most one of each runs.
ALTER TABLE scrape_jobs
    ADD COLUMN task text NOT NULL DEFAULT '' CHECK (task IN ('', 'results', 'details'));

CREATE UNIQUE INDEX scrape_jobs_one_per_task ON scrape_jobs (task) WHERE ended_at IS NULL AND task <> '';

-- For sources that send no ETag.
ALTER TABLE scrape_lists ADD COLUMN last_modified text NOT NULL DEFAULT '';
