-- What was told last of a match's result: its own page must say the same of the same change before it is stored.
ALTER TABLE scrape_matches ADD COLUMN result text NOT NULL DEFAULT '';
