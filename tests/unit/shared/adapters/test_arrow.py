"""What travels as Arrow comes back as it was, and what does not belong is refused in words."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.arrow import record_batches
from shared.domain.football.records import KINDS, LeagueRecord, Match, Record, Team, TeamStatistic
from shared.errors import InvalidInput, TooLarge
from shared.testing.generated import records

ANY_KIND = pytest.mark.parametrize("kind", KINDS)


def team(team_id: int = 1, **changes: Any) -> Team:
    values = {"name": "Nordhafen", "short_name": "NOR", "code": "NOR", "country": "Nowhere"} | changes
    return Team(source="sofascore", version=1, team_id=team_id, **values)


@ANY_KIND
def test_columns_are_the_fields_in_order(kind: str) -> None:
    assert record_batches.schema(kind).names == [field.name for field in fields(KINDS[kind])]


def test_only_optional_fields_are_nullable() -> None:
    assert [field.name for field in record_batches.schema("players") if field.nullable] == ["born_on", "height_cm"]


@ANY_KIND
@given(data=st.data())
@settings(max_examples=25)
def test_records_come_back_as_they_were(kind: str, data: st.DataObject) -> None:
    originals = data.draw(records(kind))
    encoded = record_batches.encode(record_batches.to_table(kind, originals))
    assert record_batches.to_records(kind, record_batches.decode(kind, encoded)) == originals


@ANY_KIND
@given(data=st.data())
@settings(max_examples=10)
def test_equal_records_give_equal_bytes_however_they_are_chunked(kind: str, data: st.DataObject) -> None:
    originals = data.draw(records(kind, min_size=2))
    whole = record_batches.to_table(kind, originals)
    padded = record_batches.to_table(kind, [*originals[:1], *originals, *originals[-1:]])
    halves = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    assert (
        record_batches.encode(halves)
        == record_batches.encode(whole)
        == record_batches.encode(padded.slice(1, len(originals)))
    )


def test_the_order_of_a_maps_entries_does_not_change_the_bytes() -> None:
    table = record_batches.to_table("appearances", [])
    assert table.num_rows == 0
    one, other = ({"goals": 1.0, "assists": 2.0}, {"assists": 2.0, "goals": 1.0})
    first, second = (_encoded_appearance(statistics) for statistics in (one, other))
    assert first == second


def _encoded_appearance(statistics: dict[str, float]) -> bytes:
    record = KINDS["appearances"](
        source="s", version=1, league_id=1, season_id=1, match_id=1, player_id=1, player_name="", team_id=1,
        is_home=True, position="M", shirt_number=None, starter=True, captain=False, minutes=90, rating=7.1,
        statistics=statistics,
    )  # type: ignore[call-arg]  # fmt: skip
    return record_batches.encode(record_batches.to_table("appearances", [record]))


@given(originals=records("team_statistics", min_size=1, max_size=60), max_bytes=st.integers(4_000, 9_000))
@settings(max_examples=20)
def test_split_keeps_every_batch_within_the_limit_and_every_record_in_order(
    originals: list[Record], max_bytes: int
) -> None:
    batches = record_batches.split("team_statistics", originals, max_bytes)
    assert all(len(batch) <= max_bytes for batch in batches)
    back = [
        record
        for batch in batches
        for record in record_batches.to_records("team_statistics", record_batches.decode("team_statistics", batch))
    ]
    assert back == originals


def test_no_records_make_no_batches() -> None:
    assert record_batches.split("teams", []) == []


def test_parts_state_their_rows() -> None:
    table = record_batches.to_table("teams", [team(n, name=f"Club {n * 7919 % 1000}") for n in range(1, 2001)])
    parts = record_batches.split_table(table, 10_000)
    assert len(parts) > 1
    assert sum(part.n_rows for part in parts) == 2000
    assert [record_batches.decode("teams", part.arrow).num_rows for part in parts] == [part.n_rows for part in parts]


def test_one_record_larger_than_a_batch_is_too_large() -> None:
    noise = "".join(chr(33 + n * n % 5003) for n in range(9_000))
    with pytest.raises(TooLarge, match="one record takes"):
        record_batches.split("teams", [team(name=noise)], 2_000)


def test_times_in_another_zone_come_back_in_utc_and_to_the_millisecond() -> None:
    moment = datetime(2026, 3, 1, 20, 30, 0, 123_456, tzinfo=timezone(timedelta(hours=3)))
    column = record_batches._column(
        "matches", pa.field("starts_at", pa.timestamp("ms", "UTC"), nullable=False), [moment]
    )
    assert column.to_pylist()[0].astimezone(UTC) == datetime(2026, 3, 1, 17, 30, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (team(name=None), "teams.name: None where a value is required"),
        (team(team_id=2**63), "teams.team_id"),
        (team(name=7), "teams.name"),
        (LeagueRecord(source="s", version=1, league_id=1, name="", country=""), "LeagueRecord among records of Team"),
    ],
)
def test_values_that_do_not_fit_are_refused_by_name(wrong: Record, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        record_batches.to_table("teams", [wrong])


def test_times_without_a_zone_are_refused() -> None:
    field = pa.field("starts_at", pa.timestamp("ms", "UTC"), nullable=False)
    with pytest.raises(InvalidInput, match="has no zone"):
        record_batches._column("matches", field, [datetime(2026, 3, 1)])


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'goals' is not known"):
        record_batches.schema("goals")


# --- bytes that nobody vouches for


def stream(table: pa.Table, **options: Any) -> bytes:
    """As any producer could write it."""
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_stream(buffer, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return bytes(buffer.getvalue())


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_other_producers_compression_is_read(compression: str | None) -> None:
    table = record_batches.to_table("teams", [team(1), team(2)])
    assert record_batches.decode("teams", stream(table, compression=compression)).equals(table)


def test_a_batch_cut_off_anywhere_is_refused() -> None:
    encoded = record_batches.encode(record_batches.to_table("teams", [team(n) for n in range(1, 50)]))
    for end in range(len(encoded)):
        with pytest.raises(InvalidInput):
            record_batches.decode("teams", encoded[:end])


@pytest.mark.parametrize(
    "hostile", [b"", b"PAR1", b"\x00" * 64, b"\xff" * 64, b"{}", b"\xff\xff\xff\xff\x00\x00\x00\x00"]
)
def test_what_is_no_arrow_stream_is_refused(hostile: bytes) -> None:
    with pytest.raises(InvalidInput):
        record_batches.decode("teams", hostile)


@given(data=st.data())
@settings(max_examples=300)
def test_garbled_bytes_are_read_or_refused_and_never_crash(data: st.DataObject) -> None:
    compression = data.draw(st.sampled_from([None, "zstd"]))
    statistic = TeamStatistic(
        source="s", version=1, league_id=1, season_id=2, match_id=3, period="ALL", key="k", name="n", groups=("a", "b"),
        home_value=1.0, away_value=None, home_total=None, away_total=None, home_text="1", away_text="",
    )  # fmt: skip
    encoded = bytearray(stream(record_batches.to_table("team_statistics", [statistic] * 3), compression=compression))
    for _ in range(data.draw(st.integers(1, 6))):
        encoded[data.draw(st.integers(0, len(encoded) - 9))] = data.draw(st.integers(0, 255))
    try:
        table = record_batches.decode("team_statistics", bytes(encoded))
    except InvalidInput:
        return
    assert len(record_batches.to_records("team_statistics", table)) == table.num_rows


def test_a_batch_that_would_expand_without_bound_is_refused_before_it_does() -> None:
    rows = 4_000_000
    leagues = {"source": pa.repeat("", rows), "name": pa.repeat("", rows), "country": pa.repeat("", rows)}
    numbers = {name: pa.repeat(pa.scalar(0, pa.int64()), rows) for name in ("version", "league_id")}
    schema = record_batches.schema("leagues")
    bomb = record_batches.encode(pa.table([(leagues | numbers)[name] for name in schema.names], schema=schema))
    assert len(bomb) < 100_000
    before = pa.total_allocated_bytes()
    with pytest.raises(TooLarge, match="would expand"):
        record_batches.decode("leagues", bomb, max_decoded_bytes=50_000_000)
    assert pa.total_allocated_bytes() - before < 1_000_000


def test_nulls_where_none_may_be_are_refused() -> None:
    columns = [pa.nulls(1, field.type) for field in record_batches.schema("teams")]
    with pytest.raises(InvalidInput, match=r"teams\.source: null where a value is required"):
        record_batches.decode("teams", stream(pa.table(columns, schema=record_batches.schema("teams"))))


def test_text_that_is_not_utf8_is_refused() -> None:
    table = record_batches.to_table("teams", [team(name="ZZZZ")])
    with pytest.raises(InvalidInput, match="not a readable Arrow stream"):
        record_batches.decode("teams", stream(table).replace(b"ZZZZ", b"\xff\xfe\xfd\xfc"))


def test_another_schema_is_refused_by_the_columns_that_differ() -> None:
    table = record_batches.to_table("teams", [team()])
    narrowed = table.set_column(2, pa.field("team_id", pa.int16(), nullable=False), pa.array([1], pa.int16()))
    with pytest.raises(InvalidInput, match="team_id is int16 not null, not int64 not null"):
        record_batches.decode("teams", stream(narrowed))
    with pytest.raises(InvalidInput, match="code is missing"):
        record_batches.decode("teams", stream(table.drop_columns(["code"])))
    with pytest.raises(InvalidInput, match="order differs"):
        record_batches.decode("teams", stream(table.select(table.column_names[::-1])))


@ANY_KIND
@given(data=st.data())
@settings(max_examples=5)
def test_a_batch_of_an_older_release_is_completed_with_defaults(kind: str, data: st.DataObject) -> None:
    given_fields = fields(KINDS[kind])
    older = [field.name for field in given_fields if field.default is MISSING]
    originals = data.draw(records(kind))
    encoded = record_batches.encode(record_batches.to_table(kind, originals).select(older))
    defaults = {field.name: field.default for field in given_fields if field.default is not MISSING}
    assert record_batches.to_records(kind, record_batches.decode(kind, encoded)) == [
        replace(record, **defaults) for record in originals
    ]


@ANY_KIND
def test_defaults_come_last_and_are_what_clickhouse_fills_in(kind: str) -> None:
    with_default = [field.default is not MISSING for field in fields(KINDS[kind])]
    assert with_default == sorted(with_default)
    for field in fields(KINDS[kind]):
        if field.default is not MISSING:
            nullable = record_batches.schema(kind).field(field.name).nullable
            assert field.default is None if nullable else field.default in ("", 0, False)


def test_a_batch_that_lacks_required_or_has_newer_columns_is_refused() -> None:
    table = record_batches.to_table("standings", [])
    with pytest.raises(InvalidInput, match="points is missing"):
        record_batches.decode("standings", record_batches.encode(table.select(table.column_names[:-4])))
    newer = table.append_column("lucky_number", pa.array([], pa.int32()))
    with pytest.raises(InvalidInput, match="lucky_number is unknown"):
        record_batches.decode("standings", record_batches.encode(newer))


def test_a_batch_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidInput, match="another schema"):
        record_batches.decode("matches", record_batches.encode(record_batches.to_table("teams", [team()])))


def test_dictionaries_are_refused() -> None:
    table = record_batches.to_table("teams", [team()])
    coded = table.set_column(3, "name", table["name"].dictionary_encode())
    with pytest.raises(InvalidInput, match="another schema"):
        record_batches.decode("teams", stream(coded))


def test_matches_have_the_key_the_table_is_ordered_by() -> None:
    assert Match.KEY == ("league_id", "season_id", "match_id")
