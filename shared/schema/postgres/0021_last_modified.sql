-- For sources that send no ETag: what a conditional request names instead, kept with the raw answer.
ALTER TABLE raw_answers ADD COLUMN last_modified text NOT NULL DEFAULT '';
