import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.strict_json import read_object

GOOD = {
    "empty": (b"{}", {}),
    "whitespace around": (b' \t\r\n{ "a" : 1 }\n', {"a": 1}),
    "nested to the limit": (b'{"a":' * 31 + b"[]" + b"}" * 31, None),
    "brackets within strings": (b'{"a":"' + b"[{" * 40 + b'"}', {"a": "[{" * 40}),
    "quotes and backslashes": (
        rb'{"a":"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[","b":"\\"}',
        {"a": '\\"' + "[" * 33, "b": "\\"},
    ),
    "many shallow lists": (b'{"a":[' + b"[]," * 40 + b"[]]}", {"a": [[]] * 41}),
    "a character beyond the basic plane": (
        rb'{"a":"\ud83d\ude00"}',
        {"a": "\U0001f600"},
    ),
    "a huge integer": (b'{"a":' + b"9" * 4000 + b"}", {"a": int("9" * 4000)}),
    "a small float": (b'{"a":1e-400}', {"a": 0.0}),
}


@pytest.mark.parametrize(("raw", "expected"), GOOD.values(), ids=GOOD)
def test_a_json_object_is_read(raw, expected):
    assert read_object(raw) == (json.loads(raw) if expected is None else expected)


BAD = {
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "a number": b"5",
    "a string": b'"x"',
    "another value after it": b"{} 1",
    "two objects": b"{}{}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-32": '{"a":1}'.encode("utf-32-le"),
    "invalid UTF-8": b'{"a":"\xff"}',
    "an overlong form": b'{"a":"\xc0\xaf"}',
    "an encoded surrogate": b'{"a":"\xed\xa0\x80"}',
    "half a character": rb'{"a":"\ud800"}',
    "half a character in a name": rb'{"a":[{"\uDFFF":1}]}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "minus Infinity": b'{"a":-Infinity}',
    "a number without end": b'{"a":1e400}',
    "a duplicate member": b'{"a":1,"a":1}',
    "a duplicate in disguise": rb'{"a":1,"\u0061":1}',
    "a duplicate further in": b'{"a":{"b":1,"b":2}}',
    "a trailing comma": b'{"a":1,}',
    "a comment": b"{}//",
    "a line break in a string": b'{"a":"\n"}',
    "single quotes": b"{'a':1}",
    "a number with a plus": b'{"a":+1}',
    "a number with zeros": b'{"a":01}',
    "a no-break space": "{}\u00a0".encode(),
    "one level too deep": b'{"a":' * 32 + b"[]" + b"}" * 32,
    "100,000 levels": b"[" * 100_000,
    "levels that never close": b'{"a":' * 1500,
    "levels and a lone backslash": b"[" * 5000 + b'\\"' + b"]" * 5000,
    "5,000 digits": b'{"a":' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD)
def test_anything_else_is_refused(raw):
    with pytest.raises(ValueError, match=r".") as caught:
        read_object(raw)
    assert not isinstance(caught.value, RecursionError)


def test_the_depth_can_be_bounded_further():
    assert read_object(b'{"a":[[]]}', max_depth=3) == {"a": [[]]}
    with pytest.raises(ValueError, match="deep"):
        read_object(b'{"a":[[]]}', max_depth=2)


texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(texts, values))
def test_what_json_writes_is_read_back(value):
    assert read_object(json.dumps(value).encode()) == value
    assert read_object(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(max_examples=200, deadline=None)
@given(st.binary() | st.text(alphabet='[]{}":,\\u0dD8Ee1-9 ').map(str.encode))
def test_no_bytes_raise_anything_but_a_value_error(raw):
    try:
        value = read_object(raw)
    except ValueError:
        return
    assert value == json.loads(raw)
