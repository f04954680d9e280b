"""The small grammars behind the rules: quantities, periods, schedules, images, URLs, durations, names, JSON."""

from __future__ import annotations

import pytest

from knative.admission import autoscaling, cron, gojson, gotime, images, names, periods, quantities, urls


@pytest.mark.parametrize(
    ("text", "canonical"),
    {
        "0": "0", "-0": "0", "0Gi": "0", "1000m": "1", "100000m": "100", "1.5": "1500m", "1.500": "1.500",
        "1e3": "1e3", "10e3": "10e3", "1000": "1k", "1024Mi": "1Gi", "100Mi": "100Mi", "1.5Gi": "1536Mi",
        "0.5Ki": "512", "0.0000000001": "1n", "5.": "5.", ".5": "500m", "+5": "+5", "-5": "-5", "1000Ki": "1000Ki",
        "16Ei": "9223372036854775807",
    }.items(),
)  # fmt: skip
def test_quantities_have_one_canonical_form(text: str, canonical: str) -> None:
    assert str(quantities.parse(text)) == canonical


@pytest.mark.parametrize("text", ["", "x", "1x", "1 ", "1e", "1Kib", "--1", "1m5x"])
def test_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="quantit"):
        quantities.parse(text)


def test_periods() -> None:
    valid = ["PT0.2S", "P1DT12H", "-PT1S", "PT1H2M3S", "P2W", "PT1,5S", "P0", "+P1Y"]
    wrong = ["", "P", "PT", "10s", "PT1S1M", "P1", "PT1", "T1S", "PTxS", "1S"]
    assert [text for text in valid if not periods.valid(text)] == []
    assert [text for text in wrong if periods.valid(text)] == []
    assert [text for text in ("P0", "PT0S", "P0DT0H", "PT0.05S") if not periods.is_zero(text)] == []
    assert not periods.is_zero("PT0.1S")


@pytest.mark.parametrize(
    ("schedule", "error"),
    {
        "* * * *": "expected 5 to 6 fields, found 4: [* * * *]",
        "* * * * 7": "end of range (7) above maximum (6): 7",
        "5-1 * * * *": "beginning of range (5) beyond end of range (1): 5-1",
        "*/0 * * * *": "step of range should be a positive number: */0",
        "x * * * *": 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax',
        "@soon": "unrecognized descriptor: @soon",
        "CRON_TZ=No/Where * * * * *": "provided bad location No/Where: unknown time zone No/Where",
    }.items(),
)
def test_a_schedule_that_cannot_be_read(schedule: str, error: str) -> None:
    with pytest.raises(cron.InvalidSchedule) as caught:
        cron.parse(schedule)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    "schedule", ["* * * * *", "*/5 0-12/3 1,15 JAN-mar ?", "@daily", "0 * * * * *", "TZ=UTC @hourly"]
)
def test_a_schedule_that_can_be_read(schedule: str) -> None:
    cron.parse(schedule)


def test_images() -> None:
    digest = "sha256:" + "a" * 64
    readable = ["a/b", "busybox", "gcr.io/a/b:c", f"gcr.io/a/b@{digest}", f"host:5000/a/b:c@{digest}", "a/b:"]
    wrong = ["", "a", "A/b", "a b", "a/b@sha256:abc", "a/b:c:d", "é/b", "a/b@"]
    assert [text for text in readable if not images.readable(text)] == []
    assert [text for text in wrong if images.readable(text)] == []


@pytest.mark.parametrize(
    ("text", "printed"),
    {
        "http://x/a b": "http://x/a%20b", "HTTP://X": "http://X", "é": "%C3%A9", "http://x?q=é": "http://x?q=é",
        "mailto:x": "mailto:x", "/a?": "/a?", "http://x#": "http://x", "http://x/%2F": "http://x/%2F",
    }.items(),
)  # fmt: skip
def test_urls_are_printed_as_go_prints_them(text: str, printed: str) -> None:
    assert str(urls.parse(text)) == printed


@pytest.mark.parametrize(
    ("text", "error"),
    {
        "http://[::1": "missing ']' in host",
        ":x": "missing protocol scheme",
        "1:b": "first path segment in URL cannot contain colon",
        "http://x:y": 'invalid port ":y" after host',
        "http://x/%zz": 'invalid URL escape "%zz"',
        "http://a b": 'invalid character " " in host name',
    }.items(),
)
def test_no_url(text: str, error: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        urls.parse(text)
    assert str(caught.value) == f'parse "{text}": {error}'


def test_durations() -> None:
    assert gotime.parse_duration("1h2m3.5s") == 3723 * gotime.SECOND + gotime.SECOND // 2
    assert gotime.parse_duration("-1.5µs") == -1500
    assert [text for text in ("", "1", "1d", "s", "1 s", "1.s2", "-") if gotime.parse_duration(text) is not None] == []
    assert gotime.describe_error("5") == 'time: missing unit in duration "5"'


def test_floats() -> None:
    assert list(map(autoscaling.decimal, ["1_000", "0x1p-2", ".5", "5.", "1e-3"])) == [1000, 0.25, 0.5, 5, 0.001]
    assert {autoscaling.decimal(text) for text in ("", "x", "1__0", "_1", "1e400", "0x1", "+nan")} == {None}


def test_names() -> None:
    assert names.dns_1123_label("a.b") == ["must not contain dots"]
    assert names.dns_1035_label("a" * 64) == ["must be no more than 63 characters"]
    assert names.dns_1035_label_prefix("a-") == []
    assert names.qualified_name("example.com/My_Name") == []
    assert names.qualified_name("/x") == ["prefix part must be non-empty"]
    assert names.c_identifier("_A1") == names.label_value("") == []


@pytest.mark.parametrize("text", ["{}", "null", ' {"a": [1, -2.5e3, true, {"b": "\\u00e9\\n"}]} ', '{"a":1,"a":2}'])
def test_json_objects(text: str) -> None:
    gojson.check_object(text)


@pytest.mark.parametrize(
    ("text", "error"),
    {
        "{": "unexpected end of JSON input",
        "{a": "invalid character 'a' looking for beginning of object key string",
        '{"a" 1}': "invalid character '1' after object key",
        '{"a":1 2}': "invalid character '2' after object key:value pair",
        '{"a":[1 2]}': "invalid character '2' after array element",
        '{"a":tru}': "invalid character '}' in literal true (expecting 'e')",
        '{"a":01}': "invalid character '1' after object key:value pair",
        '{"a":1.}': "invalid character '}' in numeric literal",
        '{"a":"\\x"}': "invalid escape sequence `\\x` in string",
        '{"a":"\n"}': "invalid character '\\n' in string",
        "{}{": "invalid character '{' after top-level value",
        "5": "json: cannot unmarshal number into Go value of type map[string]interface {}",
    }.items(),
)
def test_no_json_object(text: str, error: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        gojson.check_object(text)
    assert str(caught.value) == error
