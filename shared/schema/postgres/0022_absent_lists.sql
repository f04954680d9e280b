-- A list that the source says it does not have: how often it said so, first at `read_at`. 0: it was read.
ALTER TABLE scrape_lists ADD COLUMN confirmations smallint NOT NULL DEFAULT 0;
