import string
from contextlib import suppress

import pytest
from clerk_vectors import each_case
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.core.pattern_scan import Scanner, steps_of
from clerk_wsgi.core.pattern_syntax import parse_pattern
from clerk_wsgi.core.patterns import compile_pattern, match_any


def of_kind(kind):
    return lambda case: case["kind"] == kind


def throws(case):
    return case["kind"] == "compile" and "throws" in case


def compiles(case):
    return case["kind"] == "compile" and "throws" not in case


# Clerk's own package


@each_case("route_matchers", throws)
def test_a_wrong_pattern_is_refused_in_clerks_words(case):
    with pytest.raises(ConfigurationError) as caught:
        compile_pattern(case["pattern"])
    assert str(caught.value) == case["throws"]


def in_clerks_spelling(source):
    """Our expression with what JavaScript escapes and Python does not, and back."""
    for ours, clerks in [("#?]", r"#\?]"), (r"\Z", "$"), (r"\ ", " "), (r"\-", "-")]:
        source = source.replace(ours, clerks)
    return source.replace("/", r"\/").replace("[0-9]", r"\d")


@each_case("route_matchers", compiles)
def test_a_pattern_stands_for_the_same_expression_as_clerks(case):
    ours = compile_pattern(case["pattern"]).source
    assert in_clerks_spelling(ours) == case["expected"]["source"]


@each_case("route_matchers", of_kind("params"))
def test_organization_patterns_give_clerks_parameters(case):
    patterns = case["pattern"]
    if isinstance(patterns, str):
        patterns = [patterns]
    found = match_any([compile_pattern(text) for text in patterns], case["path"])
    expected = case["expected"]
    assert found == (expected["params"] if expected else None)


# The dialect, where the cases above are silent


@pytest.mark.parametrize(
    ("pattern", "path", "parameters"),
    [
        pytest.param("/a{b}+", "/abbb", {}, id="a group that captures nothing"),
        pytest.param("/a{b}*c", "/abbbd", None, id="repeated, then something else"),
        pytest.param("/a{}*", "/a", {}, id="an empty group"),
        pytest.param("/a(.*)?", "/a", {}, id="an empty capture that may be left out"),
        pytest.param("/a(.*)", "/a", {"0": ""}, id="an empty capture that may not"),
        pytest.param("/(.*)-(.*)", "/a-b-c", {"0": "a-b", "1": "c"}, id="greedy"),
        pytest.param("/(.*?)-(.*)", "/a-b-c", {"0": "a", "1": "b-c"}, id="lazy"),
        pytest.param("/:x(a|b)/:y", "/B/q", {"x": "B", "y": "q"}, id="alternatives"),
        pytest.param("/:x?/b", "/b", {}, id="an optional parameter left out"),
        pytest.param("/{:x-}+", "/a-b-", {"x": ["a", "b"]}, id="split at the suffix"),
        pytest.param("/:x(a{,2})", "/a{,2}", {"x": "a{,2}"}, id="a literal brace"),
        pytest.param("/:x(a{1,2})", "/aa", {"x": "aa"}, id="a counted repetition"),
        pytest.param("/:x([]a)", "/a", None, id="the empty class"),
        pytest.param("/:x([^]+)", "/\n/", {"x": "\n/"}, id="the full class"),
        pytest.param("/:x([\\w-.]+)", "/a-._", {"x": "a-._"}, id="a dash after a set"),
        pytest.param("/:x([a-\\d]+)", "/a-1", {"x": "a-1"}, id="a dash before a set"),
        pytest.param("/:x([+--]+)", "/+,-", {"x": "+,-"}, id="a range up to the dash"),
        pytest.param("/:x([[&&~~||]+)", "/[&~|", {"x": "[&~|"}, id="no set operations"),
        pytest.param(
            "/:x([\\x61\\u0062]+)", "/ab", {"x": "ab"}, id="by number, in class"
        ),
        pytest.param("/:x(\\x61\\u0062)", "/ab", {"x": "ab"}, id="by number"),
        pytest.param("/:x([\\b]+)", "/\b", {"x": "\b"}, id="backspace"),
        pytest.param("/:x(a$)", "/a", {"x": "a"}, id="a dollar at the end"),
        pytest.param("/:x(a$)", "/a/", None, id="a dollar before the end"),
        pytest.param("/:x(\\bab\\b)", "/ab", {"x": "ab"}, id="word boundaries"),
        pytest.param("/:x(a\\Bb)", "/ab", {"x": "ab"}, id="no word boundary"),
        pytest.param("/:x(é\\bb)", "/éb", {"x": "éb"}, id="words are ASCII"),
        pytest.param("/:x(\\é+)", "/éé", {"x": "éé"}, id="an escape that is none"),
        pytest.param("/:x(\\W+)", "/éß-", {"x": "éß-"}, id="no word characters"),
        pytest.param("/:x([\\W]+)", "/k", None, id="no word character folds to one"),
        pytest.param("/:x([\\D]+)", "/٣", {"x": "٣"}, id="digits are ASCII"),
        pytest.param("/:x(\\S+)", "/a\u3000", None, id="spaces are not only ASCII"),
        pytest.param(
            "/:x([\\s]+)", "/\u3000", {"x": "\u3000"}, id="a space in a class"
        ),
        pytest.param("/:x([\\S]+)", "/\u0085", {"x": "\u0085"}, id="not a space"),
        pytest.param("/:x(a)\\1", "/aa", None, id="no back-reference outside"),
    ],
)
def test_expressions_mean_what_they_mean_in_javascript(pattern, path, parameters):
    assert compile_pattern(pattern).match(path) == parameters


@pytest.mark.parametrize(
    ("pattern", "cause"),
    [
        pytest.param("/(a(?P<x>b))", "Invalid group", id="a group with a name"),
        pytest.param("/(a(?#b))", "Invalid group", id="a comment"),
        pytest.param("/(\\Aa)", "Invalid escape \\A", id="an anchor of Python's"),
        pytest.param("/(\\p{L})", "Invalid escape \\p", id="a property"),
        pytest.param("/([\\p{L}])", "Invalid escape \\p", id="a property in a class"),
        pytest.param("/([\\B])", "Invalid escape \\B", id="a boundary in a class"),
        pytest.param("/([a)", "Unterminated character class", id="an open class"),
        pytest.param("/(+)", "nothing to repeat", id="a repetition of nothing"),
        pytest.param("/([b-a])", "bad character range", id="a range backwards"),
        pytest.param("/((?<=a*)b)", "look-behind", id="what Python cannot do"),
        pytest.param("/:a{b}:c", 'missing text after ""', id="a group without a name"),
    ],
)
def test_an_expression_that_cannot_be_said_is_refused(pattern, cause):
    with pytest.raises(ConfigurationError, match=r"^Invalid path: /") as caught:
        compile_pattern(pattern)
    assert cause in str(caught.value).splitlines()[-1]


def test_a_pattern_must_be_a_string():
    with pytest.raises(ConfigurationError, match="is a string, not 3"):
        compile_pattern(3)


def test_a_pattern_shows_its_text_and_its_expression():
    shown = repr(compile_pattern("/a"))
    assert shown == r"Pattern(text='/a', source='^/a[/#?]?\\Z')"


@given(st.text(alphabet="/a:b(.*)?+{}\\[]|-^$d", max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_text_compiles_or_is_refused(text):
    with suppress(ConfigurationError):
        assert compile_pattern(text).text == text


# Case and Unicode


@pytest.mark.parametrize(
    ("letter", "lookalike"),
    [
        ("s", "\u017f"),
        ("k", "\u212a"),
        ("i", "\u0131"),
        ("i", "\u0130"),
        ("a", "\uff41"),
    ],
    ids=["long s", "kelvin sign", "dotless i", "dotted I", "fullwidth a"],
)
def test_a_lookalike_is_another_letter(letter, lookalike):
    for ours, theirs in [(letter, lookalike), (lookalike, letter)]:
        assert not compile_pattern(f"/{ours}").accepts(f"/{theirs}")
        assert not compile_pattern(f"/([{ours}]+)").accepts(f"/{theirs}")
        assert compile_pattern(f"/([^{ours}]+)").accepts(f"/{theirs}")
        assert compile_pattern(f"/{ours}").accepts(f"/{ours}")
    assert not compile_pattern(r"/(\w+)").accepts(f"/{lookalike}")
    assert compile_pattern("/:x").match(f"/{lookalike}") == {"x": lookalike}


@pytest.mark.parametrize("letter", string.ascii_lowercase + "éßñλяω")
def test_case_does_not_matter(letter):
    upper = letter.upper() if len(letter.upper()) == 1 else letter
    for text, path in [(letter, upper), (upper, letter)]:
        assert compile_pattern(f"/{text}").accepts(f"/{path}")


def test_no_ascii_letter_matches_anything_but_itself_in_two_cases():
    everything = [chr(code) for code in range(0x80, 0x3000)]
    for letter in string.ascii_letters:
        accepts = compile_pattern(letter).accepts
        assert not [other for other in everything if accepts(other)]


@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\u2029"])
def test_a_line_end_leads_around_nothing(end):
    assert compile_pattern("/admin(.*)").accepts(f"/admin{end}")
    assert compile_pattern("/admin/(.+)/x").accepts(f"/admin/{end}/x")
    assert not compile_pattern("/admin").accepts(f"/admin{end}")


# Several patterns


def test_of_no_patterns_none_matches():
    assert match_any([], "/") is None


def test_the_first_pattern_that_matches_gives_the_parameters():
    patterns = [compile_pattern(text) for text in ("/a", "/:id", "/:slug")]
    assert match_any(patterns, "/a") == {}
    assert match_any(patterns, "/b") == {"id": "b"}
    assert match_any(patterns, "/b/c") is None


# Time

BLOCKS = ["/", "a", "b", "-", "/a", "(.*)", ":x", ":y*", "/:z+", "(\\w+)", "(.+?)"]
GROUPS = ["{-:v}*", "{:w-}*", "{/(.*)}?", "{b}?", "{b}+", "([^/]*)", "(a*)", "{}*"]
wild_patterns = st.lists(st.sampled_from(BLOCKS + GROUPS), max_size=6).map("".join)


def scanner_of(text):
    """The scanner that a pattern would have, were it always needed."""
    parts = parse_pattern(text)
    steps = steps_of(parts)
    if not steps or any(step.content and not step.span for step in steps):
        return None
    return Scanner(steps, patience=0)


@given(wild_patterns, st.text(alphabet="//aabb-?", max_size=14))
@settings(max_examples=500, deadline=None)
@example("/(.*)a:x", "/aaa/ab")
@example("{:w-}*{b}+", "a-b-bb?")
@example("/:y*-{b}?", "/a/b/-")
def test_scanning_and_backtracking_agree(text, path):
    try:
        pattern = compile_pattern(text)
    except ConfigurationError:
        return
    scanner = scanner_of(text)
    if scanner is None:
        return
    found = pattern.regex.match(path)
    assert scanner.accepts(path) == (found is not None)
    spans = found and [found.span(number + 1) for number in range(len(pattern.groups))]
    assert scanner.find(path) == spans


# Each of these would keep `re` busy for longer than any test may take.
HOPELESS = {
    "wildcards": ("/a(.*)b(.*)c(.*)d(.*)e(.*)f", "/a" + "bcde" * 2000),
    "many of one letter": ("/(.*)a(.*)a(.*)a(.*)b", "/" + "a" * 8000),
    "a short path": ("/(.*)a(.*)a(.*)a(.*)a(.*)a(.*)a(.*)b", "/" + "a" * 62),
    "words": (r"/(\w+)a(\w+)a(\w+)a(\w+)!", "/" + "a" * 8000),
    "segments": ("/:a*/x/:b*/x/:c*/x/:d*/y", "/x" * 4000),
    "a separator inside": ("/o{:x-}*", "/o" + "a-" * 4000 + "a"),
    "a wildcard repeated": ("/(.*)*x", "/a" * 4000),
    "a group repeated": ("/{a}*{a}*{a}*{a}*b", "/" + "a" * 8000),
}


@pytest.mark.parametrize(("text", "path"), HOPELESS.values(), ids=HOPELESS.keys())
def test_no_wildcards_make_matching_hopeless(text, path):
    pattern = compile_pattern(text)
    assert not pattern.accepts(path)
    assert pattern.match(path) is None


def test_a_long_path_gives_the_same_parameters_as_a_short_one():
    pattern = compile_pattern("/orgs/:id/(.*)/x/(.*)/y{-:z}*")
    for filling in ("b", "b" * 100):
        path = f"/orgs/A/{filling}/x/x/x/c/Y-1-2/"
        assert pattern.match(path) == {
            "id": "A",
            "0": f"{filling}/x/x",
            "1": "c",
            "z": ["1", "2"],
        }
        assert pattern.match("/other" + path) is None


def test_common_patterns_are_left_to_the_regular_expressions():
    for text in ["/", "/a(.*)", "/:a/:b/:c", "/:path*", "/(a|b)(.*)", "/(.*)/x/(.*)"]:
        assert compile_pattern(text).scanner is None
