-- Betting lines: what can be bet on, at which price, and how it ended.
--
--   betting_events ─┬─ betting_markets ─── betting_selections ─── betting_prices
--                   └─ betting_results
--
-- make-lines and lines write these tables, bets and settle-bets read them. Prices and results are only added: a new price
-- is a new version of its market, a corrected result a new revision of its event. Whoever changes an event, its markets or
-- their prices holds the event's lock alone (`betting_lock_events`); whoever places a bet shares it
-- (`betting_lock_selections`). So a bet is placed before a suspension or refused after it, and a result finds every bet.

CREATE TABLE betting_events (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- A football match, or what an operator made by hand.
    kind            text        NOT NULL CHECK (kind IN ('match', 'manual')),
    match_id        bigint,
    league_id       bigint,
    league          text        NOT NULL DEFAULT '',
    round           integer,
    name            text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    home_id         bigint,
    home            text        NOT NULL DEFAULT '',
    away_id         bigint,
    away            text        NOT NULL DEFAULT '',
    -- The instant from which no bet is accepted: kick-off, or the deadline of an event made by hand.
    starts_at       timestamptz NOT NULL,
    -- When it was to start as its lines were first made; a match played too long after that is void.
    first_starts_at timestamptz NOT NULL,
    state           text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'suspended', 'settled', 'void')),
    -- Why it is suspended; empty in every other state.
    suspended_for   text        NOT NULL DEFAULT '' CHECK (
        suspended_for IN ('', 'operator', 'kick_off', 'stale_forecast', 'silent_source', 'postponed', 'withdrawn_result')
    ),
    -- No bet is accepted from here on unless the lines are confirmed again: lines lapse by themselves when their maker
    -- or its source is gone. Infinity for what operators made.
    valid_until     timestamptz NOT NULL DEFAULT 'infinity',
    -- When the forecast behind the lines was made.
    forecast_at     timestamptz,
    -- Of the event, its markets and prices, counted up by every change.
    revision        integer     NOT NULL DEFAULT 1,
    created_by      text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    -- An operator took it away; its bets were refunded.
    deleted_at      timestamptz,
    -- False once another event stands for its match.
    is_current      boolean     NOT NULL DEFAULT true,
    CHECK ((kind = 'match') = (match_id IS NOT NULL)),
    CHECK ((state = 'suspended') = (suspended_for <> ''))
) WITH (fillfactor = 70);

-- A match that is moved far away is void, and gets a new event.
CREATE UNIQUE INDEX betting_events_match ON betting_events (match_id) WHERE is_current;
CREATE INDEX betting_events_open ON betting_events (starts_at, id) WHERE state IN ('open', 'suspended');
CREATE INDEX betting_events_league ON betting_events (league_id, starts_at);

CREATE TABLE betting_markets (
    id       bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id bigint   NOT NULL REFERENCES betting_events (id) ON DELETE CASCADE,
    kind     text     NOT NULL CHECK (kind IN (
        '1x2', 'double_chance', 'draw_no_bet', 'total', 'handicap', 'both_score', 'correct_score', 'manual'
    )),
    -- In quarter goals: 10 is 2.5 goals. Of a handicap it is the home side's. NULL for markets without a line.
    line     smallint CHECK ((kind IN ('total', 'handicap')) = (line IS NOT NULL)),
    state    text     NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'suspended')),
    -- The current version of the prices of all its selections; those without a price of this version are not offered.
    version  integer  NOT NULL DEFAULT 1,
    UNIQUE NULLS NOT DISTINCT (event_id, kind, line)
) WITH (fillfactor = 70);

CREATE TABLE betting_selections (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    market_id bigint NOT NULL REFERENCES betting_markets (id) ON DELETE CASCADE,
    outcome   text   NOT NULL CHECK (char_length(outcome) BETWEEN 1 AND 20),
    UNIQUE (market_id, outcome)
);

CREATE TABLE betting_prices (
    selection_id    bigint           NOT NULL REFERENCES betting_selections (id) ON DELETE CASCADE,
    version         integer          NOT NULL,
    -- Decimal odds in hundredths: 185 is 1.85.
    odds_hundredths integer          NOT NULL CHECK (odds_hundredths BETWEEN 1 AND 1000000),
    -- Our probability without margin: of a whole line, given that it is decided. NULL for what operators priced.
    probability     double precision,
    made_at         timestamptz      NOT NULL,
    PRIMARY KEY (selection_id, version)
);

CREATE TABLE betting_results (
    event_id     bigint      NOT NULL REFERENCES betting_events (id) ON DELETE CASCADE,
    revision     integer     NOT NULL CHECK (revision > 0),
    -- final: the score after 90 minutes. abandoned: the score when it ended; what was decided stands, the rest is void.
    -- decided: the outcome of an event made by hand. void: every stake goes back. withdrawn: the revision before was
    -- wrong, and nothing is known until the next one.
    status       text        NOT NULL CHECK (status IN ('final', 'abandoned', 'decided', 'void', 'withdrawn')),
    home_goals   smallint    CHECK (home_goals >= 0),
    away_goals   smallint    CHECK (away_goals >= 0),
    outcome      text        CHECK (outcome IN ('win', 'lose')),
    -- How many share a win, who are paid that share of the stake at full odds.
    n_tied       smallint    NOT NULL DEFAULT 1 CHECK (n_tied >= 1),
    void_reason  text        NOT NULL DEFAULT '',
    recorded_by  text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (event_id, revision),
    CHECK ((status IN ('final', 'abandoned')) = (home_goals IS NOT NULL AND away_goals IS NOT NULL)),
    CHECK ((status = 'decided') = (outcome IS NOT NULL))
);

CREATE INDEX betting_results_recorded_at ON betting_results (recorded_at);

-- How often lines changed; one row, by which a cached list of lines is known to be current.
CREATE TABLE betting_generation (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    number    bigint  NOT NULL
);
INSERT INTO betting_generation (number) VALUES (0);

-- Every selection that has a price now, with what decides whether it can be bet on.
CREATE VIEW betting_offers AS
SELECT s.id AS selection_id, s.market_id, m.event_id, e.name AS event_name, e.starts_at, e.valid_until,
    e.state AS event_state, e.suspended_for, m.kind, m.line, m.state AS market_state, s.outcome,
    m.version, p.odds_hundredths
FROM betting_selections s
JOIN betting_markets m ON m.id = s.market_id
JOIN betting_events e ON e.id = m.event_id
JOIN betting_prices p ON p.selection_id = s.id AND p.version = m.version;

-- The reason a bet is refused, NULL when it is not.
CREATE FUNCTION betting_refusal(
    p_event_state text, p_market_state text, p_starts_at timestamptz, p_valid_until timestamptz, p_now timestamptz
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_now >= p_starts_at OR p_event_state IN ('settled', 'void') THEN 'EVENT_STARTED'
        WHEN p_event_state <> 'open' OR p_market_state <> 'open' OR p_now >= p_valid_until THEN 'MARKET_SUSPENDED'
    END
$$;

-- The key of an event's lock. An advisory lock and not the row's: thousands share it, and none of them writes to the row.
CREATE FUNCTION betting_event_key(p_event_id bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (7266::bigint << 48) | (p_event_id & ((1::bigint << 48) - 1))
$$;

-- Locks events against bets until the transaction ends, in the order of their ids; who holds bets' locks is waited for.
CREATE FUNCTION betting_lock_events(p_event_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    FOR v_id IN SELECT DISTINCT id FROM unnest(p_event_ids) id ORDER BY id LOOP
        PERFORM pg_advisory_xact_lock(betting_event_key(v_id));
    END LOOP;
END
$$;

-- What selections cost now, and why a bet on them is refused, with their events locked against every change until the
-- transaction ends. A selection that is missing from the rows is not offered.
CREATE FUNCTION betting_lock_selections(p_selection_ids bigint[], p_now timestamptz)
RETURNS TABLE (
    selection_id bigint, market_id bigint, event_id bigint, event_name text, starts_at timestamptz, kind text,
    line smallint, outcome text, version integer, odds_hundredths integer, refusal text
) LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    FOR v_id IN
        SELECT DISTINCT m.event_id
        FROM betting_selections s JOIN betting_markets m ON m.id = s.market_id
        WHERE s.id = ANY (p_selection_ids)
        ORDER BY m.event_id
    LOOP
        PERFORM pg_advisory_xact_lock_shared(betting_event_key(v_id));
    END LOOP;
    -- A statement of its own, so that it sees what was committed while the lock was waited for.
    RETURN QUERY
    SELECT o.selection_id, o.market_id, o.event_id, o.event_name, o.starts_at, o.kind, o.line, o.outcome, o.version,
        o.odds_hundredths,
        betting_refusal(o.event_state, o.market_state, o.starts_at, o.valid_until, p_now)
    FROM betting_offers o WHERE o.selection_id = ANY (p_selection_ids);
END
$$;

-- Counts an event's change: the list of lines that was cached before is not current any more.
CREATE FUNCTION betting_touch(p_event_ids bigint[], p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE betting_events SET revision = revision + 1, updated_at = p_now WHERE id = ANY (p_event_ids);
    UPDATE betting_generation SET number = number + 1;
END
$$;

-- Records how an event ended, as its next revision; the same as the newest again is no new one. With `p_only_first` a
-- result that stands is never replaced. Errors: BT001 no such event, BT002 it has a result.
CREATE FUNCTION betting_record_result(
    p_event_id bigint, p_status text, p_home_goals smallint, p_away_goals smallint, p_outcome text, p_n_tied smallint,
    p_void_reason text, p_by text, p_now timestamptz, p_only_first boolean, OUT revision integer, OUT is_new boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_newest betting_results;
BEGIN
    PERFORM betting_lock_events(ARRAY[p_event_id]);
    PERFORM FROM betting_events WHERE id = p_event_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no event %', p_event_id USING ERRCODE = 'BT001';
    END IF;
    SELECT * INTO v_newest FROM betting_results r WHERE r.event_id = p_event_id ORDER BY r.revision DESC LIMIT 1;
    is_new := (v_newest.status, v_newest.home_goals, v_newest.away_goals, v_newest.outcome, v_newest.n_tied,
            v_newest.void_reason)
        IS DISTINCT FROM (p_status, p_home_goals, p_away_goals, p_outcome, p_n_tied, p_void_reason);
    revision := coalesce(v_newest.revision, 0);
    IF NOT is_new OR (v_newest.status IS NULL AND p_status = 'withdrawn') THEN
        is_new := false;
        RETURN;
    END IF;
    IF p_only_first AND v_newest.status IS NOT NULL AND v_newest.status <> 'withdrawn' THEN
        RAISE EXCEPTION 'event % has a result', p_event_id USING ERRCODE = 'BT002';
    END IF;
    revision := revision + 1;
    INSERT INTO betting_results (
        event_id, revision, status, home_goals, away_goals, outcome, n_tied, void_reason, recorded_by, recorded_at
    ) VALUES (
        p_event_id, revision, p_status, p_home_goals, p_away_goals, p_outcome, p_n_tied, p_void_reason, p_by, p_now
    );
    UPDATE betting_events SET
        state = CASE p_status WHEN 'void' THEN 'void' WHEN 'withdrawn' THEN 'suspended' ELSE 'settled' END,
        suspended_for = CASE p_status WHEN 'withdrawn' THEN 'withdrawn_result' ELSE '' END
    WHERE id = p_event_id;
    PERFORM betting_touch(ARRAY[p_event_id], p_now);
END
$$;
