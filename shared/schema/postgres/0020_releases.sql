-- A person's decision about a held answer is carried out by workers: a unit of work that asks nothing of the source.
ALTER TABLE scrape_units DROP CONSTRAINT scrape_units_kind_check;
ALTER TABLE scrape_units
    ADD CONSTRAINT scrape_units_kind_check CHECK (kind IN ('plan', 'round', 'match', 'player', 'release'));
