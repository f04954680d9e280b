-- When hours of a store were read at the market last; they are many, and read every few minutes only.
ALTER TABLE ads_bid_leases ADD COLUMN hours_read_at timestamptz;
