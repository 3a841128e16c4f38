"""A path is public only if it is in every reading."""

import re
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.paths import checked_path
from clerk_wsgi.core.pattern_scan import Scanner, steps_of
from clerk_wsgi.core.pattern_syntax import parse_pattern
from clerk_wsgi.core.patterns import compile_pattern
from clerk_wsgi.core.public_paths import PublicPaths, require_open, require_unruled

SITE = ["/", "/sign-in(.*)", "/static/(.*)", "/about", "/posts/:slug", "/:lang(en|de)"]
PUBLIC = PublicPaths(SITE)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/sign-in",
            "/sign-in/",
            "/sign-in/sso/back",
            "/static/",
            "/static/a.js",
        ),
        *("/about", "/posts/hello", "/posts/a?b", "/posts/a#b", "/posts/ä", "/en"),
        *("/posts/100%", "/posts/a%20b", "/static/a;v=1", "/posts/a;b", "/static/%41"),
    ],
)
def test_what_is_named_is_public(path):
    assert PUBLIC.accepts(path)


@pytest.mark.parametrize(
    "path",
    [
        *("/admin", "/x/about", "/about/x", "/posts", "/posts/a/b", "/fr", "/static"),
        *(
            "/About",
            "/STATIC/a.js",
            "/Sign-In",
            "/EN",
            "/po\u017fts/a",
            "/stati\u212a/",
        ),
        *("/about/", "/posts/", "/posts/hello/", "/en/"),
        *("/sign-internal", "/sign-in-as/ada", "/sign-in;x", "/sign-in.json"),
        *("/static/%2e%2e/admin", "/static/..%2Fadmin", "/static/%5cadmin", "/%61bout"),
        *("/static/%0a", "/static/%FF", "/static/%c0%af", "/posts/a%2Fb", "/posts/%3B"),
        *(
            "/static/..;/admin",
            "/static/.;x/y",
            "/posts/;x",
            "/static;/a",
            "/posts/%2F",
        ),
        *("/about\n", "/about?", "/about#", "/about%3Fx", "/about%23", ";/about"),
    ],
)
def test_what_could_be_read_as_another_path_is_not(path):
    assert PUBLIC.accepts(path) is False


def test_nothing_named_is_nothing_public():
    assert not PublicPaths([]).accepts("/")


@pytest.mark.parametrize(
    ("pattern", "path", "is_public"),
    [
        ("/docs(.*)", "/docs", True),
        ("/docs(.*)", "/docs/", True),
        ("/docs(.*)", "/docs/a/b", True),
        ("/docs(.*)", "/docs-internal", False),
        ("/docs(.*)", "/docs.txt", False),
        ("/(docs|blog)(.*)", "/blog/a", True),
        ("/(docs|blog)(.*)", "/bloggers", False),
        ("/docs(.*)/edit", "/docs/a/edit", True),
        ("/docs(.*)/edit", "/docs/edit", True),
        ("/docs(.*)/edit", "/docs-internal/edit", False),
        ("/docs(.*)?", "/docs-internal", False),
        ("/docs(.*)?", "/docs/a", True),
        ("/docs{(.*)}", "/docs-internal", False),
        ("/docs{(.*)}?", "/docs/a", True),
        ("{/docs}(.*)", "/docs-internal", False),
        ("/docs(.*)(.*)", "/docs-internal", False),
        ("/:lang(en|de)(.*)", "/en/about", True),
        ("/:lang(en|de)(.*)", "/end", False),
        ("/:lang(.*)/about", "/any/thing/about", True),
        ("/:lang(.*)", "/any/thing", True),
        ("/docs/:rest(.*)", "/docs/", True),
        ("/docs/(.*)", "/docs/a", True),
        ("/docs-(.*)", "/docs-internal", True),
        ("(.*)", "/any/thing", True),
        ("/about{/}?", "/about/", True),
        ("/about{/}?", "/about", True),
        ("{/:lang}?/about", "/en/about", True),
    ],
)
def test_a_wildcard_does_not_run_on_within_a_segment(pattern, path, is_public):
    assert PublicPaths([pattern]).accepts(path) is is_public


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("/", "a list of path patterns, not '/'"),
        ({"/": True}, "a list of path patterns"),
        (True, "a list of path patterns"),
        (["about"], "holds 'about', which matches no path"),
        ([""], "holds ''"),
        ([None], "holds None"),
        ([re.compile("/")], "which matches no path"),
        (["/a("], "holds a wrong pattern"),
        (["/a*"], "holds a wrong pattern"),
        (["{/a(.*)}?"], "holds a wrong pattern"),
    ],
    ids=str,
)
def test_a_mistake_names_the_option(given, told):
    with pytest.raises(ConfigurationError, match="The option public ") as caught:
        PublicPaths(given)
    assert told in str(caught.value)


@given(st.text(alphabet="/aA;.%2eE5cfF\\?#\n-", max_size=12))
@settings(max_examples=500)
def test_public_is_never_more_than_a_rule_of_the_same_name_would_protect(rest):
    """An exact pattern matches less than the one that protects."""
    path = "/docs" + rest
    for pattern in ("/docs(.*)", "/docs/:page", "/docs/(.*)/a"):
        if PublicPaths([pattern]).accepts(path):
            sent = checked_path(path).replace("?", "%3F").replace("#", "%23")
            assert compile_pattern(pattern).accepts(sent)
            assert not re.search(r"/\.\.?(/|$)", path)


@given(st.text(alphabet="/aA;.%5c-", min_size=1, max_size=10))
@settings(max_examples=300)
def test_what_is_hidden_by_encoding_is_judged_too(rest):
    hidden = f"/docs/{quote(rest, safe='')}"
    if PAGES.accepts(hidden):
        assert PAGES.is_named(checked_path(f"/docs/{rest}"))


PAGES = PublicPaths(["/docs/:page"])

WILD = ["/", "a", "B", "-", "/A", "(.*)", ":x", ":y*", "{-:v}*", "{/(.*)}?", "(\\w+)"]


@given(
    st.lists(st.sampled_from(WILD), min_size=1, max_size=6).map("".join),
    st.text(alphabet="//aAbB-", max_size=14),
)
@settings(max_examples=400)
@example("/(.*)a(.*)", "/A")
@example("/(.*)B(.*)B", "/BBB/")
def test_scanning_and_backtracking_agree_about_exact_patterns(text, path):
    try:
        pattern = compile_pattern(text, is_exact=True)
        steps = steps_of(parse_pattern(text))
    except ConfigurationError:
        return
    scanner = Scanner(steps, patience=0, is_exact=True)
    assert scanner.accepts(path) == (pattern.regex.match(path) is not None)


def test_no_wildcards_make_matching_hopeless():
    """The last letter differs in case alone, so `re` would try for hours."""
    paths = PublicPaths(["/a(.*)b(.*)c(.*)d(.*)e(.*)f/:x/:y"])
    assert not paths.accepts("/a" + "bcde" * 2000 + "F")


@pytest.mark.parametrize("url", ["/sign-in", "/sign-in?x=1", "/sign-in/x#y", "/about"])
def test_a_sign_in_page_that_is_public_can_be_reached(url):
    require_open(SITE, sign_in_url=url, sign_up_url="https://accounts.example.com/up")


@pytest.mark.parametrize("url", ["/login", "/About", "/sign-internal?x=/about"])
def test_one_that_is_not_is_a_mistake(url):
    with pytest.raises(ConfigurationError, match=r"option sign_in_url is .*public"):
        require_open(SITE, sign_in_url=url)


@pytest.mark.parametrize(
    "url", ["", "https://x.example/login", "//x.example/login", "/__clerk/sign-in"]
)
def test_pages_elsewhere_are_not_ours_to_open(url):
    require_open([], sign_in_url=url)
    require_unruled(["/(.*)"], sign_in_url=url)


def test_a_path_that_only_looks_like_clerks_is_ours():
    with pytest.raises(ConfigurationError, match="sign_in_url"):
        require_open([], sign_in_url="/__clerks/sign-in")


RULES = ["/admin(.*)", "/private/:page"]


@pytest.mark.parametrize(
    "url", ["/admin/in", "/ADMIN/in?x=1", "/private%2Fin", "/admin"]
)
def test_a_sign_in_page_that_a_rule_guards_is_a_mistake(url):
    with pytest.raises(ConfigurationError, match=r"option sign_in_url is .*rules"):
        require_unruled(RULES, sign_in_url=url)


@pytest.mark.parametrize(
    "url", ["", "/sign-in", "https://x.example/admin", "//x/admin"]
)
def test_one_beside_the_rules_can_be_reached(url):
    require_unruled(RULES, sign_in_url=url, sign_up_url=url)


@pytest.mark.parametrize(
    "url",
    ["/sign-in", "/sign-in?a=/b", "/sign-in#b", "//other.test/x", "https://x.test"],
)
def test_a_page_for_strangers_is_public_or_elsewhere(url):
    require_open(["/sign-in"], sign_in_url=url)
    if not url.startswith("/s"):
        return
    with pytest.raises(ConfigurationError, match="sign_in_url"):
        require_open(["/"], sign_in_url=url)
