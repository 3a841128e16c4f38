import re

import pytest
from clerk_vectors import each_case
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.errors import MalformedURLError
from clerk_wsgi.core.paths import (
    LONGEST_PATH,
    as_sent,
    checked_path,
    normalize_path,
    routed_path,
)


def native(text):
    """Text as PEP 3333 has it in an environ."""
    return text.encode("utf-8").decode("latin-1")


# Paths of URLs


@each_case("route_matchers", lambda case: case["kind"] == "normalize")
def test_a_path_is_normalized_as_by_clerk(case):
    if "throws" not in case:
        assert normalize_path(case["path"]) == case["expected"]
        return
    with pytest.raises(MalformedURLError) as caught:
        normalize_path(case["path"])
    assert f"MalformedURLError: {caught.value}" == case["throws"]


def test_reserved_characters_stay_encoded_and_nothing_else_does():
    for code in range(0x80):
        encoded = f"/a%{code:02x}"
        is_reserved = chr(code) in ";,/?:@&=+$#"
        assert normalize_path(encoded) == (encoded if is_reserved else f"/a{chr(code)}")


def test_a_long_path_is_malformed():
    assert normalize_path("/" * LONGEST_PATH) == "/"
    with pytest.raises(MalformedURLError, match="longer than 8192"):
        normalize_path("/" * (LONGEST_PATH + 1))


def test_half_a_character_is_malformed():
    with pytest.raises(MalformedURLError):
        normalize_path("/\ud800")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
@settings(max_examples=200)
def test_any_path_can_be_normalized_or_is_malformed(path):
    try:
        assert "//" not in normalize_path(path)
    except MalformedURLError:
        assert "%" in path


# Paths that the application routes on


@pytest.mark.parametrize(
    ("path_info", "path"),
    [
        pytest.param("", "/", id="empty"),
        pytest.param("/", "/", id="root"),
        pytest.param("/a/b-c_d~e.f/1/", "/a/b-c_d~e.f/1/", id="ordinary"),
        pytest.param("//", "/", id="two slashes"),
        pytest.param("//admin///users//", "/admin/users/", id="many slashes"),
        pytest.param("/.well-known/x", "/.well-known/x", id="hidden"),
        pytest.param("/.../..a/a..", "/.../..a/a..", id="dots that mean nothing"),
        pytest.param("/%61dmin", "/%61dmin", id="encoded twice"),
        pytest.param("/%zz", "/%zz", id="a percent sign"),
        pytest.param("/admin;x=1", "/admin;x=1", id="path parameters"),
        pytest.param("/a b", "/a b", id="a space"),
        pytest.param("/a?b#c", "/a?b#c", id="delimiters"),
        pytest.param('/"<>[]^`{|}', '/"<>[]^`{|}', id="what URLs encode"),
        pytest.param(
            native("/café/日本/\U0001d4b3"), "/café/日本/\U0001d4b3", id="beyond ASCII"
        ),
        pytest.param(native("/\u200badmin"), "/\u200badmin", id="a zero-width space"),
        pytest.param("/" + "a" * 8191, "/" + "a" * 8191, id="long"),
    ],
)
def test_a_path_is_routed(path_info, path):
    assert routed_path(path_info) == path
    assert checked_path(path) == path


@pytest.mark.parametrize(
    ("path_info", "what"),
    [
        pytest.param("admin", "start with a slash", id="no slash"),
        pytest.param("*", "start with a slash", id="all of the server"),
        pytest.param("443", "start with a slash", id="a port"),
        pytest.param("http://evil.com/admin", "start with a slash", id="absolute form"),
        pytest.param("\xff/admin", "UTF-8", id="invalid, then a slash"),
        pytest.param("/a\xffdmin", "UTF-8", id="invalid"),
        pytest.param("/admin\xc0\xaf", "UTF-8", id="overlong"),
        pytest.param("/\xed\xa0\x80", "UTF-8", id="a surrogate"),
        pytest.param("/\u65e5", "UTF-8", id="text that is no native string"),
        pytest.param("/admin\n", "control", id="line feed"),
        pytest.param("/admin\r", "control", id="carriage return"),
        pytest.param("/admin\0", "control", id="null"),
        pytest.param("/ad\tmin", "control", id="tab"),
        pytest.param("/admin\x7f", "control", id="delete"),
        pytest.param(native("/admin\x85"), "control", id="next line"),
        pytest.param(native("/admin\u2028"), "control", id="line separator"),
        pytest.param(native("/admin\u2029"), "control", id="paragraph separator"),
        pytest.param("/\\admin", "backslash", id="backslash"),
        pytest.param("\\admin", "start with a slash", id="backslash in front"),
        pytest.param("/public\\..\\admin", "backslash", id="backslashes and dots"),
        pytest.param("/public/../admin", "dot segment", id="up"),
        pytest.param("/./admin", "dot segment", id="here"),
        pytest.param("/admin/.", "dot segment", id="here, at the end"),
        pytest.param("/x//..", "dot segment", id="up, at the end"),
        pytest.param("/" + "a" * 8192, "longer", id="long"),
        pytest.param(native("/é" * 4096), "longer", id="long and odd"),
    ],
)
def test_a_path_that_no_browser_sends_is_malformed(path_info, what):
    with pytest.raises(MalformedURLError, match=what):
        routed_path(path_info)


def test_decoded_paths_are_checked_as_well():
    assert checked_path("//é") == "/é"
    for path in ["", "a", "/\ud800", "/\n", "/..", "/" + "a" * 8192]:
        with pytest.raises(MalformedURLError):
            checked_path(path)


PIECES = st.sampled_from(
    ["/", "//", ".", "..", "a", "é", "%", "\\", "\n", "\x85", "\u2028", " "]
)


@given(
    st.one_of(
        st.lists(PIECES, max_size=8).map("".join).map(native),
        st.binary(max_size=20).map(lambda raw: raw.decode("latin-1")),
        st.binary(max_size=20).map(lambda raw: "/" + raw.decode("latin-1")),
        st.text(max_size=20),
    )
)
@settings(max_examples=400)
@example("/a/")
def test_a_routed_path_has_one_form(path_info):
    try:
        path = routed_path(path_info)
    except MalformedURLError:
        return
    assert re.match(r"/(?!/)", path)
    assert "//" not in path
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\\]", path)
    assert not {".", ".."} & set(path.split("/"))
    assert checked_path(path) == path
    assert routed_path(native(path)) == path


def test_what_ends_a_path_in_a_url_is_encoded_again():
    assert as_sent("/a?b#c/%3F") == "/a%3Fb%23c/%3F"
