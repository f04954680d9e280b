"""What the source's JSON answers mean: text in, records out, and the rules that tell a poisoned answer.

Pure and quick to import: no clients, standard library only. `body` is the answer's text (or bytes) as it came;
`read_at` is when it came (aware), the version of everything the source gives no change time for; `match` is anything
with `league_id, season_id, match_id, home_id, away_id` (`MatchKeys`; a `Match` record will do).

| answer | parser | gives |
|---|---|---|
| any, before parsing | `refusal(status, body, retry_after_s=None)` | `Verdict(outcome, reason, retry_after_s)` |
| unique-tournament/{ut}/seasons | `parse_seasons(body, league_id=, read_at=)` | `tuple[SeasonRecord, ...]` |
| .../season/{s}/rounds | `parse_rounds(body)` | `Rounds(current, rounds)`, each `Round(number, slug, prefix, name, path)` |
| .../events/round/{n}, last/{page}, next/{page} | `parse_events(body, read_at=, strict=True)` | `Events(matches, teams, leagues, has_next_page, refused)` |
| event/{e} | `parse_event(body, read_at=)` | `EventPage(match, detail, teams, league)` |
| event/{e}/statistics | `parse_statistics(body, match=, read_at=)` | `tuple[TeamStatistic, ...]` |
| event/{e}/lineups | `parse_lineups(body, match=, read_at=)` | `Lineups(appearances, players, home_formation, away_formation, confirmed)` |
| event/{e}/incidents | `parse_incidents(body, match=, read_at=)` | `tuple[Incident, ...]`, in order of time |
| event/{e}/shotmap | `parse_shots(body, match=, read_at=)` | `tuple[Shot, ...]`, in order of time |
| event/{e}/managers | `parse_managers(body)` | `Managers(home, away)`, each `Person(id, name)` or None |
| .../standings/{total,home,away} | `parse_standings(body, league_id=, season_id=, read_at=)` | `Standings(rows, tie_break_texts)` |
| two of the above | `complete_detail(detail, lineups=None, managers=None)` | the `MatchDetail` with formations and managers |

Every parser takes `source=` (the name written into the records) and raises `InvalidInput` naming the match and the
field when the body is not JSON, is cut off, is not an object or lacks what a record cannot be without. Unknown fields
are ignored; `drift.unknown_fields(answer, body)` counts them. Where a parser meets PHP's `[]` for an empty object it
reads an empty object.

Checks: `invariants.check_match(...)` and `invariants.check_standings(...)` give `Violation`s; status codes are read by
`status.phase(code)`.
"""
