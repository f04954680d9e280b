"""Structured mode: attributes keep their types and data its bytes; what JSON events may not say is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidInput
from shared.events import cloudevents
from shared.events.json_format import CONTEXT

REQUIRED = '"specversion":"1.0","id":"1","source":"s","type":"t"'


def decoded(members: str) -> tuple[dict[str, Any], bytes | None]:
    return cloudevents.decode_json(f"{{{REQUIRED}{members}}}".encode())


def test_attributes_keep_the_types_they_have_in_json() -> None:
    attributes, _ = decoded(',"count":42,"flag":true,"text":"42","gone":null')
    assert {name: attributes[name] for name in sorted(attributes) if name not in CONTEXT} == {
        "count": 42,
        "flag": True,
        "text": "42",
    }


def test_in_every_other_form_they_are_text() -> None:
    headers = {"content-type": cloudevents.STRUCTURED}
    attributes, _ = cloudevents.decode_http(headers, f'{{{REQUIRED},"count":-1,"flag":false}}'.encode())
    assert (attributes["count"], attributes["flag"]) == ("-1", "false")


@pytest.mark.parametrize(
    "written",
    [
        '{"a" : 1e400, "a":[0.10,\n-0]}',
        "123456789012345678901234567890123456789",
        '"\\u00e9\\/"',
        "1.0",
        "[]",
        "false",
        '""',
    ],
)
@pytest.mark.parametrize("content_type", ["", ',"datacontenttype":"application/geo+JSON; v=1"'])
def test_data_is_handed_on_byte_for_byte(written: str, content_type: str) -> None:
    assert decoded(f',"data" : {written} {content_type}')[1] == written.encode()
    assert decoded(f'{content_type}  ,\n"data":\t{written}')[1] == written.encode()


def test_data_inside_data_is_not_taken_for_it() -> None:
    inner = '{"data":1,"x":"\\"data\\":2"}'
    assert decoded(f',"data":{inner},"y":"\\"data\\":3"')[1] == inner.encode()


def test_no_content_type_is_invented() -> None:
    assert "datacontenttype" not in decoded(',"data":{"a":1}')[0]


@pytest.mark.parametrize(
    ("members", "expected_type"),
    [
        (',"data":{"a":1}', "application/json"),
        (',"data":"x","datacontenttype":null', "application/json"),
        (',"data":"x","datacontenttype":"text/plain"', "text/plain"),
        (',"data_base64":"AP8="', None),
        ("", None),
    ],
)
def test_the_java_sdk_implies_a_content_type_for_data_that_has_none(members: str, expected_type: str | None) -> None:
    body = f"{{{REQUIRED}{members}}}".encode()
    assert cloudevents.decode_json(body, as_java_sdk=True)[0].get("datacontenttype") == expected_type


@pytest.mark.parametrize(
    ("written", "java", "own"),
    [
        ('{ "a" : [1, 2.50 ,1e400], "b":"\\u00e9 x" }', '{"a":[1,2.50,1e400],"b":"é x"}', None),
        ("null", "null", ""),
        ('"a\\/b\\n"', '"a/b\\n"', None),
    ],
)
def test_the_java_sdk_writes_data_anew_and_takes_null_for_data(written: str, java: str, own: str | None) -> None:
    body = f'{{{REQUIRED},"data":{written}}}'.encode()
    assert cloudevents.decode_json(body, as_java_sdk=True)[1] == java.encode()
    assert (cloudevents.decode_json(body)[1] or b"").decode() == (written if own is None else own)


def test_data_that_is_no_json_is_text_or_base64() -> None:
    assert decoded(',"datacontenttype":"text/plain","data":"h\\u00e9"')[1] == "hé".encode()
    assert decoded(',"datacontenttype":"text/plain","data_base64":"AP8="')[1] == b"\x00\xff"
    assert decoded(',"data":null,"data_base64":"AP8="')[1] == b"\x00\xff"


@pytest.mark.parametrize(
    ("members", "says"),
    [
        (',"datacontenttype":"text/plain","data":{"a":1}', "has to be text, or data_base64"),
        (',"data":1,"data_base64":""', "both"),
        (',"data":NaN', "not JSON"),
        (',"data":"\\ud800","datacontenttype":"text/plain"', "not JSON"),
        (',"x":"\\ud800"', "not JSON"),
        (',"x":1.5', "'x' is neither text, boolean nor an integer of 32 bits"),
        (',"x":1.0', "'x' is neither"),
        (',"x":2147483648', "'x' is neither"),
        (',"x":[]', "'x' is neither"),
        (',"subject":1', "'subject' is not text"),
        (',"time":true', "'time' is not text"),
        (',"dataschema":{}', "'dataschema' is not text"),
        (',"id":"2"', "'id' twice"),
        (',"X":"a"', "not a CloudEvent 1.0: X"),
        (',"my_x":"a"', "not a CloudEvent 1.0: my_x"),
        (',"":"a"', "not a CloudEvent 1.0: "),
        (',"x\\n":"a"', "not a CloudEvent 1.0: x"),
        (',"datacontenttype":"text/plain\\r\\nx: y"', "not a CloudEvent 1.0: datacontenttype"),
        (",", "not JSON"),
        (",x", "not JSON"),
        (",1:2", "not JSON"),
        (',"x" "y"', "not JSON"),
        (',"x":"y"}{', "not JSON"),
        (',"x":' + "[" * 100_000, "not JSON"),
    ],
)
def test_what_a_structured_event_may_not_say_is_refused(members: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decoded(members)
    assert says in str(caught.value)


@pytest.mark.parametrize("whole", ["", " ", "{", "[]", "7", "null", "{}", "{} {}", "{,}", '{"id":"1"', "\ufeff{}"])
def test_what_is_no_event_at_all_is_refused(whole: str) -> None:
    with pytest.raises(InvalidInput):
        cloudevents.decode_json(whole.encode())


def test_other_encodings_than_utf_8_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not JSON"):
        cloudevents.decode_json(f"{{{REQUIRED}}}".encode("utf-16"))


names = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True).filter(lambda name: name not in {"data", *CONTEXT})
attributes: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    names,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.booleans() | st.integers(-(2**31), 2**31 - 1),
    max_size=4,
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(attributes, documents.filter(lambda document: document is not None), st.sampled_from([None, 1]))
def test_json_data_survives_the_json_format(attributes: dict[str, Any], document: Any, indent: int | None) -> None:
    whole = attributes | {"specversion": "1.0", "id": "1", "source": "s", "type": "t"}
    data = json.dumps(document, indent=indent).encode()
    assert cloudevents.decode_json(cloudevents.to_json(whole, data)) == (whole, data)


@given(attributes, st.binary(min_size=1, max_size=20), st.sampled_from(["text/plain", "image/png"]))
def test_any_data_survives_the_json_format(attributes: dict[str, Any], data: bytes, content_type: str) -> None:
    whole = attributes | {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "datacontenttype": content_type}
    assert cloudevents.decode_json(cloudevents.to_json(whole, data)) == (whole, data)


def test_what_claims_to_be_json_and_is_not_survives_too() -> None:
    whole = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "datacontenttype": "application/json"}
    for data in (b"{", b"\xff", b"NaN", b"1 2"):
        assert cloudevents.decode_json(cloudevents.to_json(whole, data)) == (whole, data)
