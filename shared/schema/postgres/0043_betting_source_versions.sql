-- The newest version of a match that anybody has read is kept with its event: a reading that changed nothing counts, too,
-- and what an operator records is read from no version and never too old.

ALTER TABLE betting_events ADD COLUMN source_version bigint NOT NULL DEFAULT 0;
UPDATE betting_events e SET source_version = newest.source_version
FROM (SELECT event_id, max(source_version) AS source_version FROM betting_results GROUP BY event_id) newest
WHERE newest.event_id = e.id;

-- Records how an event ended, as its next revision; the same as the newest again is no new one, and neither is what was
-- read from an older version of the match than another reading. With `p_only_first` a result that stands is never
-- replaced. Errors: BT001 no such event, BT002 it has a result.
CREATE OR REPLACE FUNCTION betting_record_result(
    p_event_id bigint, p_status text, p_home_goals smallint, p_away_goals smallint, p_outcome text, p_n_tied smallint,
    p_void_reason text, p_by text, p_now timestamptz, p_only_first boolean, p_source_version bigint DEFAULT 0,
    OUT revision integer, OUT is_new boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_newest betting_results;
    v_read bigint;
BEGIN
    PERFORM betting_lock_events(ARRAY[p_event_id]);
    SELECT source_version INTO v_read FROM betting_events WHERE id = p_event_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no event %', p_event_id USING ERRCODE = 'BT001';
    END IF;
    SELECT * INTO v_newest FROM betting_results r WHERE r.event_id = p_event_id ORDER BY r.revision DESC LIMIT 1;
    revision := coalesce(v_newest.revision, 0);
    is_new := false;
    IF p_source_version > 0 AND p_source_version < v_read THEN
        RETURN;
    END IF;
    IF p_source_version > v_read THEN
        UPDATE betting_events SET source_version = p_source_version WHERE id = p_event_id;
    END IF;
    is_new := (v_newest.status, v_newest.home_goals, v_newest.away_goals, v_newest.outcome, v_newest.n_tied,
            v_newest.void_reason)
        IS DISTINCT FROM (p_status, p_home_goals, p_away_goals, p_outcome, p_n_tied, p_void_reason);
    IF NOT is_new OR (v_newest.status IS NULL AND p_status = 'withdrawn') THEN
        is_new := false;
        RETURN;
    END IF;
    IF p_only_first AND v_newest.status IS NOT NULL AND v_newest.status <> 'withdrawn' THEN
        RAISE EXCEPTION 'event % has a result', p_event_id USING ERRCODE = 'BT002';
    END IF;
    revision := revision + 1;
    INSERT INTO betting_results (
        event_id, revision, status, home_goals, away_goals, outcome, n_tied, void_reason, recorded_by, recorded_at,
        source_version
    ) VALUES (
        p_event_id, revision, p_status, p_home_goals, p_away_goals, p_outcome, p_n_tied, p_void_reason, p_by, p_now,
        p_source_version
    );
    UPDATE betting_events SET
        state = CASE p_status WHEN 'void' THEN 'void' WHEN 'withdrawn' THEN 'suspended' ELSE 'settled' END,
        suspended_for = CASE p_status WHEN 'withdrawn' THEN 'withdrawn_result' ELSE '' END
    WHERE id = p_event_id;
    PERFORM betting_touch(ARRAY[p_event_id], p_now);
END
$$;
