"""Many bets at once, as if each had been placed: what a test or a measurement of settling begins with."""

from __future__ import annotations

import uuid
from datetime import datetime

from shared.adapters.postgres.database import Postgres

_BETS = """
CREATE TEMP TABLE new_bets AS
SELECT n, uuidv7() AS bet_id, uuidv7() AS hold_id, b.user_id, b.account_id, b.house_id,
    s.selection_id, s.odds_hundredths
FROM generate_series(1, %(n_bets)s::int) n
JOIN (
    SELECT row_number() OVER () - 1 AS number, user_id, coins_open(user_id, 1000000) AS account_id,
        betting_house(user_id) AS house_id
    FROM unnest(%(users)s::uuid[]) user_id
) b ON b.number = n %% %(n_users)s
JOIN (
    SELECT row_number() OVER (ORDER BY selection_id) - 1 AS number, selection_id, odds_hundredths FROM betting_offers
    WHERE selection_id = ANY (%(selections)s::bigint[])
) s ON s.number = n %% %(n_selections)s
"""
_STORED = (
    """
    INSERT INTO ledger_holds (id, debit_account, credit_account, amount, held_at, expires_at, detail)
    SELECT hold_id, account_id, house_id, 1, now(), now() + interval '10 years', jsonb_build_object('bet', bet_id)
    FROM new_bets
    """,
    """
    UPDATE ledger_accounts a SET debits_pending = a.debits_pending + s.debits,
        credits_pending = a.credits_pending + s.credits
    FROM (
        SELECT id, sum(debit) AS debits, sum(credit) AS credits FROM (
            SELECT account_id, 1, 0 FROM new_bets UNION ALL SELECT house_id, 0, 1 FROM new_bets
        ) sides (id, debit, credit) GROUP BY id
    ) s WHERE a.id = s.id
    """,
    """
    INSERT INTO betting_bets (
        id, user_id, account_id, house_account_id, hold_id, placed_at, first_starts_at, last_starts_at, stake, n_legs,
        size, potential_payout
    )
    SELECT bet_id, user_id, account_id, house_id, hold_id, %(now)s, %(now)s, %(now)s, 1, 1, 1,
        betting_payout(1, odds_hundredths * 5040, 1::smallint, 1::smallint)
    FROM new_bets
    """,
    """
    INSERT INTO betting_legs (
        bet_id, number, event_id, selection_id, event_name, starts_at, kind, line, outcome, version, odds_hundredths
    )
    SELECT n.bet_id, 1, o.event_id, o.selection_id, o.event_name, o.starts_at, o.kind, o.line, o.outcome, o.version,
        o.odds_hundredths
    FROM new_bets n JOIN betting_offers o USING (selection_id)
    """,
    "DROP TABLE new_bets",
)


def place_many(
    database: Postgres, selections: list[int], n_bets: int, *, n_bettors: int = 50, now: datetime
) -> list[str]:
    """Singles of one coin, spread over selections and over new bettors with a million coins; the bettors."""
    users = [str(uuid.uuid4()) for _ in range(n_bettors)]
    params = {
        "users": users,
        "n_users": n_bettors,
        "n_bets": n_bets,
        "selections": selections,
        "n_selections": len(selections),
        "now": now,
    }
    with database.connection() as connection, connection.transaction():
        connection.execute("SET LOCAL statement_timeout TO 0")
        connection.execute(_BETS.encode(), params)
        for statement in _STORED:
            connection.execute(statement.encode(), params if "%(" in statement else None)
    return users
