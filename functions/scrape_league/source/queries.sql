-- What becomes of jobs when their source refuses us, and when a person has resumed it.

-- name: block_jobs
-- Every running job stops when the source refuses us.
UPDATE scrape_jobs SET state = 'blocked', fault = %(reason)s WHERE state = 'running'

-- name: unblock_jobs
-- Every blocked job continues after the source was resumed.
UPDATE scrape_jobs SET state = 'running', fault = '', invited_at = '-infinity' WHERE state = 'blocked'
RETURNING id
