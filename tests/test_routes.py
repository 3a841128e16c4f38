import re
import warnings
from contextlib import nullcontext
from types import SimpleNamespace
from urllib.parse import quote, unquote_to_bytes

import pytest
from clerk_vectors import each_case
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ
from werkzeug.wrappers import Request

from clerk_wsgi.core.errors import ConfigurationError, MalformedURLError
from clerk_wsgi.routes import create_route_matcher

ERRORS = {"Error": ConfigurationError, "MalformedURLError": MalformedURLError}


def environ_of(path_info):
    return {"PATH_INFO": path_info, "SCRIPT_NAME": ""}


def view_of(path):
    return SimpleNamespace(path=path)


# Clerk's own package


def patterns_of(case):
    def read(pattern):
        if isinstance(pattern, dict):
            flags = re.IGNORECASE if pattern.get("flags") == "i" else 0
            return re.compile(pattern["regex"], flags)
        return pattern

    pattern = case["pattern"]
    return list(map(read, pattern)) if isinstance(pattern, list) else read(pattern)


def raises_as_in(case):
    if "throws" not in case:
        return nullcontext()
    name, _, message = case["throws"].partition(": ")
    return pytest.raises(ERRORS[name], match=re.escape(message))


@pytest.mark.filterwarnings("ignore:The pattern .* matches no path")
@each_case("route_matchers", lambda case: case["kind"] == "path")
def test_a_path_matches_as_with_clerk(case):
    with raises_as_in(case):
        matcher = create_route_matcher(patterns_of(case))
        assert matcher(case["path"]) is case["expected"]


def pathname(url):
    """The path that a browser makes of a URL."""
    rest = re.sub(r"[\t\r\n]", "", url).partition("://")[2]
    path = re.split("[?#]", rest.replace("\\", "/"))[0].partition("/")[2]
    found = []
    for segment in path.split("/"):
        dots = re.sub("%2e", ".", segment, flags=re.IGNORECASE)
        if dots == "..":
            found[-1:] = []
        elif dots != ".":
            found.append(quote(segment, safe="%"))
    return "/" + "/".join(found)


@pytest.mark.filterwarnings("ignore:The pattern .* matches no path")
@each_case("route_matchers", lambda case: case["kind"] == "request")
def test_a_url_matches_as_with_clerk(case):
    assert pathname(case["url"]) == case["pathname"]
    with raises_as_in(case):
        matcher = create_route_matcher(patterns_of(case))
        assert matcher(pathname(case["url"])) is case["expected"]


# What may be matched


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/admin", True),
        ("/api/admin", False),
        ("/%61dmin/x", True),
        ("//admin", True),
        ("/admin%3Fx", True),
        ("/caf%C3%A9", True),
        ("/CAF%C3%89", True),
        ("/users/a%20b", True),
        ("/users/a%3Fb", True),
        ("/users/a%23b", True),
        ("/users/a%26b%3B", True),
        ("/users/1/2", False),
    ],
)
def test_a_path_an_environ_and_a_request_agree(path, expected):
    matcher = create_route_matcher(["/admin(.*)", "/café", "/users/:id"])
    decoded = unquote_to_bytes(path)
    assert matcher(path) is expected
    environ = create_environ() | environ_of(decoded.decode("latin-1"))
    assert matcher(environ) is expected
    assert matcher(Request(environ)) is expected
    assert matcher(view_of(decoded.decode("utf-8"))) is expected


def test_an_environ_without_a_path_asks_for_the_root():
    assert create_route_matcher("/")({})
    assert create_route_matcher("/")(environ_of(""))


def test_a_frameworks_request_is_matched_by_its_environ():
    environ = create_environ() | environ_of("/a\xffdmin")
    with pytest.raises(MalformedURLError):
        create_route_matcher("/admin")(Request(environ))


def test_an_encoded_slash_is_a_slash_where_the_application_sees_one():
    matcher = create_route_matcher("/api/admin")
    assert matcher(environ_of("/api/admin"))
    assert not matcher("/api%2Fadmin")


def test_percent_signs_in_a_decoded_path_are_not_decoded_again():
    matcher = create_route_matcher("/admin")
    assert not matcher(environ_of("/%61dmin"))
    assert not matcher(view_of("/%61dmin"))
    assert not matcher("/%2561dmin")


def test_the_query_is_not_looked_at():
    environ = environ_of("/public") | {"QUERY_STRING": "/admin"}
    assert not create_route_matcher("/admin")(environ)


@pytest.mark.parametrize(
    "target", [None, 3, b"/admin", object(), view_of(None), view_of(b"/")]
)
def test_nothing_else_can_be_matched(target):
    with pytest.raises(TypeError, match="A request, an environ or a path"):
        create_route_matcher("/")(target)


@pytest.mark.parametrize(
    "path_info",
    [
        "admin",
        "/public/../admin",
        "/admin\n",
        "/\\admin",
        "/a\xffdmin",
        "/" + "a" * 9000,
    ],
    ids=["no slash", "dots", "line end", "backslash", "no UTF-8", "long"],
)
def test_a_path_that_no_browser_sends_is_malformed(path_info):
    matcher = create_route_matcher("/public(.*)")
    with pytest.raises(MalformedURLError):
        matcher(environ_of(path_info))


# Patterns that a matcher is made of


@pytest.mark.parametrize("patterns", [None, "", [], (), [None, ""], [()]])
def test_nothing_matches_nothing(patterns):
    matcher = create_route_matcher(patterns)
    assert not any(map(matcher, ["/", "", "/a"]))


def test_strings_and_expressions_can_be_mixed():
    matcher = create_route_matcher(("/a/:id", None, re.compile("^/B$")))
    assert [matcher(path) for path in ("/A/1", "/B", "/b", "/B/")] == [1, 1, 0, 0]


def test_an_expression_sees_the_normalized_path():
    matcher = create_route_matcher(re.compile(r"^/a\?b$|^/é%3Fb$"))
    assert matcher("//%C3%A9%3Fb")
    assert matcher(view_of("/é?b"))
    assert not matcher(view_of("/a?b"))


def test_a_predicate_decides_alone():
    asked = []
    matcher = create_route_matcher(asked.append)
    assert matcher("/\n") is False
    assert asked == ["/\n"]
    assert create_route_matcher(lambda request: request.path)(view_of("x")) is True


def test_a_matcher_is_a_predicate():
    matcher = create_route_matcher(create_route_matcher("/a"))
    assert matcher("/a")
    assert not matcher("/b")


async def ask_later(request):
    return False


@pytest.mark.parametrize(
    "patterns",
    [
        3,
        b"/a",
        {"/a"},
        {"/a": True},
        ["/a", 3],
        ["/a", ["/b"]],
        [lambda request: True],
        re.compile(b"/a"),
        [re.compile(b"/a")],
        "/a*",
        ["/a", "/("],
        ask_later,
    ],
    ids=repr,
)
def test_a_wrong_pattern_is_refused_when_the_matcher_is_made(patterns):
    with pytest.raises(ConfigurationError):
        create_route_matcher(patterns)


@pytest.mark.parametrize(
    "pattern", ["dashboard(.*)", " /a", ":id", ":a/b", "./a", "/a/<id>", "/<int:id>"]
)
def test_a_pattern_that_matches_no_path_is_warned_of(pattern):
    with pytest.warns(UserWarning, match=re.escape(repr(pattern))) as caught:
        matcher = create_route_matcher(["/a", pattern])
    assert [warning.filename for warning in caught] == [__file__]
    assert not matcher("/dashboard/1")


@pytest.mark.parametrize("pattern", ["/a", "(.*)", "{/a}?", r"\/a", ":path(.*)"])
def test_a_pattern_that_may_match_is_not_warned_of(pattern):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert create_route_matcher(pattern)("/a")


# Any path


@given(
    st.one_of(
        st.text(max_size=30),
        st.text(max_size=30).map(view_of),
        st.text(max_size=30).map(environ_of),
        st.binary(max_size=30).map(lambda raw: environ_of(raw.decode("latin-1"))),
        st.binary(max_size=30).map(lambda raw: environ_of("/" + raw.decode("latin-1"))),
    )
)
@settings(max_examples=400)
def test_any_path_matches_or_not_or_is_malformed(target):
    matcher = create_route_matcher(["/(.*)", "/:a-:b.:c*", re.compile("x$")])
    try:
        matched = matcher(target)
    except MalformedURLError:
        return
    # Each path that an application may see is under the root.
    assert matched or isinstance(target, str)


SPELLINGS = st.lists(
    st.sampled_from(
        ["/", "//", "%2F", "%61", "a", "A", "b", ".", "%2e", "\\", "%0A", ";"]
    ),
    max_size=6,
).map("".join)


@given(SPELLINGS)
@settings(max_examples=400)
def test_no_spelling_of_a_path_leads_around_a_guard(spelling):
    """Routers compare the path as it is, without empty segments, or line by line."""
    path_info = unquote_to_bytes("/" + spelling).decode("latin-1")
    segments = [segment for segment in path_info.strip().split("/") if segment]
    matcher = create_route_matcher("/a(.*)")
    if segments[:1] == ["a"]:
        with pytest.raises(MalformedURLError) if is_odd(path_info) else nullcontext():
            assert matcher(environ_of(path_info))


def is_odd(path):
    return bool({".", ".."} & set(path.split("/")) or re.search(r"[\n\\]", path))
