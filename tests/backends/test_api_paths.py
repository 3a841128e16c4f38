from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from clerk_wsgi.backends.api_paths import join_path

BASE = "https://api.clerk.com/v1"


@pytest.mark.parametrize(
    ("segments", "path"),
    [
        (["users"], "/users"),
        (["users", "user_1", "ban"], "/users/user_1/ban"),
        (["users", "a/b"], "/users/a%2Fb"),
        (["users", "a?b=c#d"], "/users/a%3Fb%3Dc%23d"),
        (["users", "100%"], "/users/100%25"),
        (["users", "a%2Fb"], "/users/a%252Fb"),
        (["users", "\r\nHost: evil"], "/users/%0D%0AHost%3A%20evil"),
        (["users", "élan"], "/users/%C3%A9lan"),
        (["users", "..."], "/users/..."),
        (["users", "a..b"], "/users/a..b"),
        (["users", ".hidden"], "/users/.hidden"),
        (["users", "%ff"], "/users/%25ff"),
    ],
)
def test_a_segment_is_one_segment(segments, path):
    assert join_path(segments) == path


@pytest.mark.parametrize("missing", ["", " ", "\t", None, 0, b"user_1", ["user_1"]])
def test_an_id_must_be_text(missing):
    with pytest.raises(ValueError, match=r"^A valid resource ID is required\.$"):
        join_path(["users", missing])


def layered(text, times):
    for _ in range(times):
        text = text.replace("%", "%25").replace(".", "%2E").replace("/", "%2F")
    return text


@pytest.mark.parametrize(
    "hidden",
    [
        *(".", "..", "../x", "x/..", "x/./y", "..\\x", "x\\..", "\\..\\", "/..", "./"),
        *("%2e", "%2E%2e", ".%2e", "x%5c..%5cy", "x%2F.%2e", "%252e%252e"),
        *(layered("..", times) for times in (1, 2, 5, 10)),
        layered("x/../y", 10),
    ],
)
def test_dot_segments_are_refused_in_every_disguise(hidden):
    with pytest.raises(ValueError, match=r'"\." and "\.\." path segments'):
        join_path(["users", hidden])


def test_a_refusal_shows_the_path():
    with pytest.raises(ValueError, match=r'received "/sessions/s/tokens/\.\."'):
        join_path(["sessions", "s", "tokens", ".."])


@pytest.mark.parametrize("inner", ["..", "a%b"])
def test_more_than_ten_layers_are_refused_unread(inner):
    with pytest.raises(ValueError, match="too many layers of encoding"):
        join_path(["users", layered(inner, 12)])


def test_ten_layers_of_something_harmless_pass():
    assert join_path([layered("a/b", 10)]).startswith("/a%25")


@settings(max_examples=200)
@given(st.text(max_size=12), st.sampled_from(["ban", "metadata"]))
@example("\ud800", "ban")
@example("..", "ban")
def test_whatever_an_id_holds_the_call_stays_the_same_call(identity, verb):
    try:
        path = join_path(["users", identity, verb])
    except ValueError:
        return
    sent = parse_url(BASE + path).request_uri
    assert sent.isascii()
    assert urlsplit(sent).query == ""
    version, users, found, last = sent.lstrip("/").split("/")
    assert (version, users, last) == ("v1", "users", verb)
    assert unquote(found) == identity
