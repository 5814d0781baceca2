"""The decoder takes exactly one meaning from the bytes, or none."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.vocab.json import MAX_DEPTH, MAX_MEMBERS, BadJson, decode


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "json_syntax", id="nothing"),
        pytest.param(b"[]", "json_not_object", id="an array"),
        pytest.param(b"null", "json_not_object", id="null"),
        pytest.param(b'"x"', "json_not_object", id="a text"),
        pytest.param(b'{"a":1', "json_syntax", id="cut off"),
        pytest.param(b'{"a":1}{"b":2}', "json_syntax", id="two documents"),
        pytest.param(b'{"a":1,}', "json_syntax", id="comma too many"),
        pytest.param(b"{'a':1}", "json_syntax", id="wrong quotes"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', "json_syntax", id="byte order mark"),
        pytest.param(b'{"a":"\n"}', "json_syntax", id="raw control character"),
        pytest.param(b'{"a":"\x00"}', "json_syntax", id="raw NUL"),
        pytest.param(b'{"a":"\xff"}', "json_utf8", id="invalid UTF-8"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', "json_utf8", id="surrogate in UTF-8"),
        pytest.param(b'{"a":"\xc0\xaf"}', "json_utf8", id="overlong UTF-8"),
        pytest.param('{"a":1}'.encode("utf-16"), "json_utf8", id="UTF-16"),
        pytest.param(b'{"a":1,"a":2}', "json_duplicate_key", id="a key twice"),
        pytest.param(b'{"a":1,"\\u0061":2}', "json_duplicate_key", id="a key twice, escaped"),
        pytest.param(b'{"o":[{"id":1,"id":1}]}', "json_duplicate_key", id="a key twice, deep"),
        pytest.param(b'{"a":NaN}', "json_number", id="NaN"),
        pytest.param(b'{"a":Infinity}', "json_number", id="Infinity"),
        pytest.param(b'{"a":-Infinity}', "json_number", id="-Infinity"),
        pytest.param(b'{"a":1e400}', "json_number", id="infinite by size"),
        pytest.param(b'{"a":9007199254740993}', "json_number", id="beyond 2^53"),
        pytest.param(b'{"a":-9007199254740993}', "json_number", id="beyond -2^53"),
        pytest.param(b'{"a":' + b"9" * 100_000 + b"}", "json_number", id="100,000 digits"),
        pytest.param(b'{"a":"\\u0000"}', "json_nul", id="NUL"),
        pytest.param(b'{"\\u0000":1}', "json_nul", id="NUL in a key"),
        pytest.param(b'{"a":["\\ud800"]}', "json_surrogate", id="lone high surrogate"),
        pytest.param(b'{"a":"\\udc00\\ud800"}', "json_surrogate", id="pair the wrong way"),
        pytest.param(b'{"\\uDBFF":1}', "json_surrogate", id="lone surrogate in a key"),
    ],
)
def test_refused(body: bytes, reason: str) -> None:
    with pytest.raises(BadJson) as refused:
        decode(body)

    assert refused.value.reason == reason
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":9007199254740992,"b":-1,"c":1.5,"d":1e3,"e":0.1}',
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":"\\\\u0000 \\\\ud800"}',
        b' {"a" : [ ] , "\\"" : { } }\n',
        '{"ä":"☃"}'.encode(),
    ],
)
def test_taken(body: bytes) -> None:
    assert decode(body) == json.loads(body)


def test_depth_is_counted_outside_of_texts() -> None:
    deep = b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH

    assert decode(deep)
    with pytest.raises(BadJson) as refused:
        decode(b'{"a":' + deep + b"}")
    assert refused.value.reason == "json_depth"
    assert decode(b'{"a":"' + b"[" * 1000 + b'\\"[[","b":' + b"[" * 63 + b"]" * 63 + b"}")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a":' + b"[" * 10_000, id="10,000 levels, open"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, id="10,000 levels, closed"),
        pytest.param(b"[" * 1_000_000, id="a million brackets"),
        pytest.param(b'{"\\' + b'"' * 1_000_000, id="a million quotes"),
        pytest.param(b'{"a":"' + b'\\"' * 500_000, id="a text without end"),
        pytest.param(b'{"a":[' + b"[]," * 300_000 + b"[", id="a million side by side"),
        pytest.param(b'{"' + b"\\u0000" * 150_000 + b'":1}', id="150,000 NULs"),
        pytest.param(b'{"a":0.' + b"1" * 1_000_000, id="a million digits"),
        pytest.param(b"{" + b" " * 1_000_000, id="a million blanks"),
    ],
)
def test_a_megabyte_of_malice_is_refused_at_once(body: bytes) -> None:
    """Not a bound on speed: the slowest of these took 0.1 s, and quadratic time is hours."""
    before = time.process_time()

    with pytest.raises(BadJson):
        decode(body)

    assert time.process_time() - before < 20


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_taken(body: bytes) -> None:
    try:
        decode(b'{"a":' + body + b"}")
    except BadJson as refused:
        assert refused.reason.startswith("json_")


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from("abcdef"), JSON), st.booleans())
def test_sound_documents_mean_what_they_say(document: Any, ascii_only: bool) -> None:
    assert decode(json.dumps(document, ensure_ascii=ascii_only).encode()) == document


def test_more_members_than_anything_real_are_refused_before_they_cost_time() -> None:
    body = b'{"a":[' + b",".join([b"{}"] * (MAX_MEMBERS + 2)) + b"]}"
    with pytest.raises(BadJson, match="json_members"):
        decode(body)
