"""URLs as browsers read them, and the public URL of a request."""

from urllib.parse import unquote, urlsplit

import pytest
from clerk_vectors import VECTORS, each_case
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.urls import (
    Url,
    append_parameter,
    decode_pairs,
    encode_pairs,
    is_same_site_path,
    parse_url,
    public_url,
    query_value,
    remove_parameters,
    request_target,
    set_parameter,
)

OPEN_REDIRECTS = (VECTORS / "open_redirects.txt").read_text("utf-8").splitlines()
TRICKY = st.text(
    st.sampled_from(
        "ab.0127x:/\\@?#[]%2eE&=+~ \t\n\r\0\x7f\xe9\ud800\u2028-_<>'\"|^`{}"
    )
)
TEXT = st.one_of(TRICKY, st.text())


def parsed(text, base=None):
    return str(parse_url(text, base and parse_url(base)))


@each_case("clerk_request", lambda case: case["kind"] == "url")
def test_the_public_url_is_the_one_that_the_browser_shows(case):
    raw, headers = urlsplit(case["url"]), case["headers"]
    # A Host header that differs from the raw URL's host acts as a forwarded one.
    url = public_url(
        raw.scheme,
        raw.netloc if "host" in headers else "",
        case["url"].removeprefix(f"{raw.scheme}://{raw.netloc}"),
        server=raw.netloc,
        forwarded_host=headers.get("x-forwarded-host", headers.get("host")),
        forwarded_proto=headers.get("x-forwarded-proto"),
    )
    assert url == case.get("recommended_clerk_url", case["clerk_url"])


@pytest.mark.parametrize(
    ("scheme", "host", "target", "expected"),
    [
        ("https", "a.example", "/p?x=1&y=%20", "https://a.example/p?x=1&y=%20"),
        ("HTTPS", "A.Example:443", "/", "https://a.example/"),
        ("http", "a.example:443", "", "http://a.example:443/"),
        ("http", "a.example", "?x", "http://a.example/?x"),
        ("http", "a.example", "//evil.example/x", "http://a.example//evil.example/x"),
        ("http", "a.example", "\\\\evil.example", "http://a.example//evil.example"),
        ("http", "a.example", "@evil.example/", "http://a.example/@evil.example/"),
        ("http", "a.example", ":80@evil.example", "http://a.example/:80@evil.example"),
        ("http", "a.example", ".evil.example", "http://a.example/.evil.example"),
        ("http", "a.example", "/\t/evil.example", "http://a.example//evil.example"),
        (
            "http",
            "a.example",
            "http://evil.example",
            "http://a.example/http://evil.example",
        ),
        ("http", "a.example", "/a\r\nX: 1", "http://a.example/aX:%201"),
        ("http", "a.example", "/?'\"<>", "http://a.example/?%27%22%3C%3E"),
        ("http", "127.0.0.1:8000", "/", "http://127.0.0.1:8000/"),
        ("http", "localhost:32768", "/", "http://localhost:32768/"),
        ("http", "localhost:65535", "/", "http://localhost:65535/"),
        ("http", "my_app.docker:8000", "/", "http://my_app.docker:8000/"),
    ],
)
def test_no_target_touches_the_host(scheme, host, target, expected):
    assert public_url(scheme, host, target) == expected


@pytest.mark.parametrize(
    "host",
    [
        "",
        "good.example@evil.example",
        "user:pw@a.example",
        "app.example.com:99999",
        "app.example.com:1e3",
        "a.example/evil",
        "a.example\\evil",
        "a.example?x",
        "a.example#x",
        "a b.example",
        "a.example, b.example",
        "a.example\r\nX-Injected: 1",
        "a.example\n",
        "a%2eexample",
        "ä.example",
        "[::1",
        "[::1%25eth0]",
        "[1:2]",
        "::1",
        "a.1",
        "1.2.3.4.5",
        "256.1.1.1",
        "4294967296",
        "1..2",
        "0x" + "f" * 99,
        "9" * 5000,
        ":80",
    ],
)
def test_a_host_that_is_none_is_refused_and_never_forwarded(host):
    with pytest.raises(ValueError, match=r"\S"):
        public_url("https", host, "/")
    forwarded = public_url("http", "a.example", "/", forwarded_host=host)
    assert forwarded == "http://a.example/"


@pytest.mark.parametrize(
    "proto", ["", "ftp", "javascript", "https:", "https://x", "s "]
)
def test_a_forwarded_protocol_is_http_or_https_or_nothing(proto):
    url = public_url(
        "http", "a.example", "/", forwarded_host="b.example", forwarded_proto=proto
    )
    assert url == "http://a.example/"


def test_a_request_of_another_scheme_has_no_public_url():
    with pytest.raises(ValueError, match="neither http nor https"):
        public_url("ftp", "a.example", "/")


def test_a_request_without_a_host_header_is_known_by_its_server():
    assert public_url("http", "", "/x", server="b.test:81") == "http://b.test:81/x"


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        ("HTTP://EXAMPLE.com:80", None, "http://example.com/"),
        ("https://a.example:/", None, "https://a.example/"),
        ("https://a.example:0443", None, "https://a.example/"),
        ("https://a.example:0", None, "https://a.example:0/"),
        ("  https:\\\\a.example\\b\n", None, "https://a.example/b"),
        ("ht\ntp://a.exam\tple/", None, "http://a.example/"),
        ("http:a.example", None, "http://a.example/"),
        ("http:////a.example//b", None, "http://a.example//b"),
        ("http://a.example?", None, "http://a.example/?"),
        ("http://a.example#", None, "http://a.example/#"),
        ("http://a.example/é?ü#ß", None, "http://a.example/%C3%A9?%C3%BC#%C3%9F"),
        ("http://a.example/\ud800", None, "http://a.example/%EF%BF%BD"),
        ("http://a.example/\ud83d\udca9", None, "http://a.example/%F0%9F%92%A9"),
        ("http://a.example/%zz%2f", None, "http://a.example/%zz%2f"),
        ("http://a.example/a/%2E%2e/.", None, "http://a.example/"),
        ("http://a.example/a/b/..", None, "http://a.example/a/"),
        ("http://a.example/../../a", None, "http://a.example/a"),
        ("http://a.example/...", None, "http://a.example/..."),
        (
            'http://a.example/a b\'"`{}#`"',
            None,
            "http://a.example/a%20b'%22%60%7B%7D#%60%22",
        ),
        ("http://a.example./", None, "http://a.example./"),
        ("http://127.1", None, "http://127.0.0.1/"),
        ("http://0x7F.0.0x1", None, "http://127.0.0.1/"),
        ("http://0x", None, "http://0.0.0.0/"),
        ("http://017.1.2.3.", None, "http://15.1.2.3/"),
        ("http://[::FFFF:1.2.3.4]:80", None, "http://[::ffff:102:304]/"),
        ("http://[1:0:0:2::3]", None, "http://[1:0:0:2::3]/"),
        ("x", "http://b/c/d?e#f", "http://b/c/x"),
        ("", "http://b/c/d?e#f", "http://b/c/d?e"),
        ("?", "http://b/c/d?e#f", "http://b/c/d?"),
        ("?x", "http://b/c/d?e#f", "http://b/c/d?x"),
        ("#x", "http://b/c/d?e#f", "http://b/c/d?e#x"),
        ("/x", "http://b/c/d?e#f", "http://b/x"),
        ("\\x", "http://b/c", "http://b/x"),
        ("..", "http://b/c/d/e", "http://b/c/"),
        ("//x/y", "https://b/c", "https://x/y"),
        ("/\\x", "https://b/c", "https://x/"),
        ("http:x", "http://b/c/d", "http://b/c/x"),
        ("https:x", "http://b/c/d", "https://x/"),
        ("x:1", "http://b/", None),
        ("//", "http://b/", None),
        ("x", None, None),
        ("", None, None),
        ("http://", None, None),
        ("http:///", None, None),
        ("javascript:alert(1)", "http://b/", None),
        ("http://u@a.example/", None, None),
        ("http://münchen.example/", None, None),
        ("http://a.09/", None, None),
        ("http://a.example:65536/", None, None),
    ],
)
def test_a_url_is_read_as_browsers_read_it(text, base, expected):
    if expected is None:
        with pytest.raises(ValueError, match="Invalid URL"):
            parsed(text, base)
    else:
        assert parsed(text, base) == expected


def test_the_parts_of_a_url_are_at_hand():
    url = parse_url("https://a.example:8443/b?c=d#e")
    assert url == Url("https", "a.example", 8443, "/b", "c=d", "e")
    assert url.origin == "https://a.example:8443"


@pytest.mark.parametrize(
    ("query", "pairs", "encoded"),
    [
        ("", [], ""),
        ("a", [("a", "")], "a="),
        ("&&a=1&", [("a", "1")], "a=1"),
        ("a=b=c", [("a", "b=c")], "a=b%3Dc"),
        ("a=%20b+c", [("a", " b c")], "a=+b+c"),
        ("~*-._=()!'", [("~*-._", "()!'")], "%7E*-._=%28%29%21%27"),
        ("a=%&b=%zz", [("a", "%"), ("b", "%zz")], "a=%25&b=%25zz"),
        ("a=%ff", [("a", "\ufffd")], "a=%EF%BF%BD"),
        ("a=%c3%a9", [("a", "é")], "a=%C3%A9"),
        ("a;b=1", [("a;b", "1")], "a%3Bb=1"),
    ],
)
def test_a_query_is_decoded_and_encoded_as_browsers_do(query, pairs, encoded):
    assert decode_pairs(query) == pairs
    assert encode_pairs(pairs) == encoded


def test_a_lone_surrogate_is_encoded_as_the_replacement_character():
    assert encode_pairs([("a", "\ud800")]) == "a=%EF%BF%BD"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://a/", "http://a/?x=n"),
        ("http://a/?", "http://a/?x=n"),
        ("http://a/?b=%20#f", "http://a/?b=+&x=n#f"),
        ("http://a/?x=1&b=2&x=3", "http://a/?x=n&b=2"),
        ("http://a/?b=2&x=1&%78=3&c=", "http://a/?b=2&x=n&c="),
    ],
)
def test_setting_a_parameter_leaves_one(before, after):
    assert str(set_parameter(parse_url(before), "x", "n")) == after


def test_appending_a_parameter_leaves_those_before_it():
    assert str(append_parameter(parse_url("http://a/?x=1"), "x", "é")) == (
        "http://a/?x=1&x=%C3%A9"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://a/%20", "http://a/%20"),
        ("http://a/?", "http://a/"),
        ("http://a/?x=1#f", "http://a/#f"),
        ("http://a/?x=1&c=~&y&x=2", "http://a/?c=%7E"),
    ],
)
def test_removing_parameters_encodes_the_rest_anew(before, after):
    assert str(remove_parameters(parse_url(before), {"x", "y"})) == after


@pytest.mark.parametrize(
    ("url", "value"),
    [
        ("http://a/", None),
        ("http://a/?y=1", None),
        ("http://a/?x", ""),
        ("http://a/?%78=%31&x=2", "1"),
    ],
)
def test_the_first_value_of_a_parameter_counts(url, value):
    assert query_value(parse_url(url), "x") == value


@pytest.mark.parametrize(
    ("script_name", "path_info", "query", "raw", "expected"),
    [
        ("", "/a", "", None, "/a"),
        ("", "/a", "x=1", "/a?x=1", "/a?x=1"),
        ("/app", "/a", "", "/app/a", "/app/a"),
        ("", "/a/b", "", "/a%2Fb", "/a%2Fb"),
        ("", "/a?b", "", "/a%3Fb", "/a%3Fb"),
        ("", "/a?b", "", None, "/a%3Fb"),
        ("", "/a%b", "", None, "/a%25b"),
        ("", "/a%2Fb", "", "/a%2Fb", "/a%252Fb"),
        ("", "/a#b", "", None, "/a%23b"),
        ("", "/a", "", "/%61", "/%61"),
        ("", "/a b", "", "/a%20b", "/a%20b"),
        ("", "/\xc3\xa9", "", "/%c3%a9", "/%c3%a9"),
        ("", "/\xc3\xa9", "", "/\xc3\xa9", "/%C3%A9"),
        ("", "/\xc3\xa9", "\xc3\xa9=1", None, "/%C3%A9?%C3%A9=1"),
        ("", "/", "", "http://a.example", "/"),
        ("", "/x", "y", "http://a.example/x?y", "/x?y"),
        ("", "/x", "y", "/x?y#z", "/x?y"),
        ("", "/x", "y#z", None, "/x?y%23z"),
        ("", "//evil.example/x", "", "//evil.example/x", "//evil.example/x"),
        ("", "/rewritten", "q", "/original?p", "/rewritten?q"),
        ("", "", "", None, "/"),
        ("", "", "q", None, "/?q"),
        ("", "*", "", "*", "/*"),
        ("", "/a\r\nb\tc", "d\ne", None, "/a%0D%0Ab%09c?d%0Ae"),
        ("", "/~a!$&'()*+,;=:@-._", "", None, "/~a!$&'()*+,;=:@-._"),
        ("", "/[a]|^", "", "/[a]|^", "/[a]|^"),
        ("", "/\\a", "", "/\\a", "/%5Ca"),
    ],
)
def test_the_target_is_spelled_as_the_client_did_where_that_is_known(
    script_name, path_info, query, raw, expected
):
    assert request_target(script_name, path_info, query, raw) == expected


@pytest.mark.parametrize(
    "strings",
    [("/\u2713", "", "", None), ("", "/", "\u2713", None), ("", "/", "", "/\u2713")],
)
def test_text_that_is_no_native_string_is_refused(strings):
    with pytest.raises(ValueError, match="latin-1"):
        request_target(*strings)


@pytest.mark.parametrize("text", OPEN_REDIRECTS)
def test_no_open_redirect_passes_for_a_path_of_this_site(text):
    once = unquote(text)
    for each in (text, once, unquote(once)):
        assert not is_same_site_path(each)


@pytest.mark.parametrize(
    "text",
    [
        "/",
        "/dashboard",
        "/orgs/acme/?tab=a%20b&x=1#top",
        "/caf%C3%A9",
        "/café",
        "/search?q=100%25",
        "/a:b@c",
        "/%zz",
    ],
)
def test_an_ordinary_path_is_a_path_of_this_site(text):
    assert is_same_site_path(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dashboard",
        "?x",
        "https://app.example.com/",
        "//evil.example",
        "/\\evil.example",
        "/a//b",
        "/%2525252525252fevil.example",
        "/a\nb",
        "/%0d%0aSet-Cookie:%20a=b",
        "/%00",
        "/\x85",
        "/\udc80",
        " /a",
    ],
)
def test_what_might_lead_elsewhere_is_no_path_of_this_site(text):
    assert not is_same_site_path(text)


@settings(max_examples=300)
@given(TEXT, st.sampled_from(["", "http://", "https:", "http://a", "http://a/"]))
@example("[::ffff:1.2.3.4]", "http://")
def test_what_was_parsed_is_plain_ascii_and_parses_to_itself(text, prefix):
    try:
        url = parse_url(prefix + text, parse_url("https://b.example/c/d?e"))
    except ValueError:
        return
    written = str(url)
    assert written.isascii()
    assert written.isprintable()
    assert not set(' "<>') & set(written)
    assert "\\" not in url.origin + url.path
    assert parse_url(written) == url


@settings(max_examples=300)
@given(TEXT)
def test_the_authority_of_a_public_url_never_depends_on_the_target(target):
    url = parse_url(public_url("https", "a.example:8443", target))
    assert url.origin == "https://a.example:8443"


@settings(max_examples=300)
@given(TEXT, TEXT)
def test_forwarded_headers_lead_to_a_url_or_change_nothing(host, proto):
    raw = "http://a.example/b?c"
    url = public_url(
        "http", "a.example", "/b?c", forwarded_host=host, forwarded_proto=proto
    )
    assert url == raw or url.endswith("/b?c")
    assert str(parse_url(url)) == url


@settings(max_examples=200)
@given(TEXT)
def test_encoding_a_query_twice_changes_nothing(query):
    once = encode_pairs(decode_pairs(query))
    assert once.isascii()
    assert encode_pairs(decode_pairs(once)) == once


@settings(max_examples=200)
@given(st.text(st.characters(max_codepoint=255)), st.booleans())
def test_every_path_a_server_decodes_has_a_target_that_decodes_to_it(path, offered):
    target = request_target("", f"/{path}", "", f"/{path}" if offered else None)
    assert target.isascii()
    assert unquote(target, "latin-1") == f"/{path}"


@settings(max_examples=200)
@given(TEXT)
def test_a_path_of_this_site_stays_on_it(text):
    base = parse_url("https://b.example/c")
    if is_same_site_path(f"/{text}"):
        assert parse_url(f"/{text}", base).origin == base.origin
