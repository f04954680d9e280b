-- Plans of the statements that every bet runs: made once for each connection. With arrays as parameters Postgres thinks a
-- plan for the values at hand worth making each time, which takes longer than all of a bet.
ALTER FUNCTION betting_lock_selections(bigint[], timestamptz) SET plan_cache_mode TO force_generic_plan;
