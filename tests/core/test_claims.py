"""Whatever the claims are, they say who somebody is and give no right too many."""

import pytest
from clerk_vectors import each_case
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.authorization import has
from clerk_wsgi.core.claims import (
    SessionFacts,
    has_unreadable_features,
    split_by_scope,
)

IN_CLERKS_WORDS = {
    "user_id": "userId",
    "session_id": "sessionId",
    "session_status": "sessionStatus",
    "actor": "actor",
    "org_id": "orgId",
    "org_role": "orgRole",
    "org_slug": "orgSlug",
    "org_permissions": "orgPermissions",
    "factor_verification_age": "factorVerificationAge",
}


def in_clerks_words(facts):
    said = {theirs: getattr(facts, ours) for ours, theirs in IN_CLERKS_WORDS.items()}
    if facts.org_permissions is not None:
        said["orgPermissions"] = list(facts.org_permissions)
    return said


def organization_claims(fea="o:a", **organization):
    whole = {"id": "org_1", "rol": "admin", "per": "read,manage", "fpm": "3"}
    return {"sub": "user_1", "v": 2, "fea": fea, "o": whole | organization}


@each_case("claims_to_auth", lambda case: "claims" in case)
def test_claims_become_the_properties_that_clerk_makes_of_them(case):
    # Whether a pending session counts is decided later; the facts stay facts.
    expected = case["expected_pending_as_signed_in"]
    said = in_clerks_words(SessionFacts(case["claims"]))
    assert said == {name: expected[name] for name in said}


@each_case("claims_to_auth", lambda case: case.get("has"))
def test_rights_follow_from_the_claims(case):
    facts = SessionFacts(case["claims"])
    assert [[asked, has(facts, **asked)] for asked, _ in case["has"]] == case["has"]


@each_case("claims_to_auth", lambda case: case.get("fn") == "splitByScope")
def test_a_feature_claim_is_split_by_its_scopes(case):
    organization, user = split_by_scope(case["input"])
    assert {"org": organization, "user": user} == case["expected"]


@pytest.mark.parametrize("claim", [None, 5, True, ["o:a"], {"o:a": 1}, b"o:a"])
def test_a_feature_claim_that_is_no_text_names_nothing(claim):
    assert split_by_scope(claim) == ([], [])


@pytest.mark.parametrize(
    ("element", "name"),
    [
        pytest.param("\u00a0\ufeffo:a\u2003", "a", id="what JavaScript trims"),
        pytest.param("o:a\x85", "a\x85", id="next line, which it does not trim"),
        pytest.param("o:a\x1f", "a\x1f", id="a unit separator neither"),
        pytest.param("o: a", " a", id="inside the element"),
    ],
)
def test_blanks_are_what_clerk_takes_for_blanks(element, name):
    assert split_by_scope(element) == ([name], [])


def test_features_and_plans_are_handed_on_as_text():
    facts = SessionFacts({"fea": "u:chat,oops", "pla": "u:free"})
    assert (facts.features, facts.plans) == ("u:chat,oops", "u:free")


def test_nothing_claimed_is_nothing_known():
    facts = SessionFacts({})
    assert set(in_clerks_words(facts).values()) == {None}
    assert (facts.features, facts.plans) == ("", "")


def test_facts_cannot_be_changed():
    facts = SessionFacts({"sub": "user_1"})
    for user_id in ("user_2", "user_3"):
        with pytest.raises(AttributeError):
            facts.user_id = user_id
        assert facts.user_id == "user_1"


def test_an_impersonator_is_never_dropped():
    actor = {"sub": "user_2", "type": "agent"}
    assert SessionFacts(organization_claims() | {"act": actor}).actor == actor
    assert SessionFacts({"act": "odd"}).actor == "odd"


@pytest.mark.parametrize("version", ["2", 1, 3, True, None, [2], {"v": 2}])
def test_only_the_number_two_is_the_second_version(version):
    facts = SessionFacts(organization_claims() | {"v": version, "org_id": "org_9"})
    assert (facts.org_id, facts.org_permissions) == ("org_9", None)


TEXTS = ("user_id", "session_id", "session_status", "features", "plans")
TEXTS += ("org_id", "org_role", "org_slug")
NO_TEXTS = {**dict.fromkeys(TEXTS), "features": "", "plans": ""}


def texts_of(facts):
    return {name: getattr(facts, name) for name in TEXTS}


NO_TEXT = [5, 0, True, ["x"], {"x": "y"}, 1.5, None]


@pytest.mark.parametrize("value", NO_TEXT, ids=repr)
def test_what_is_no_text_is_absent(value):
    first = ("sub", "sid", "sts", "fea", "pla", "org_id", "org_role", "org_slug")
    assert texts_of(SessionFacts(dict.fromkeys(first, value))) == NO_TEXTS
    facts = SessionFacts({"v": 2, "o": dict.fromkeys(("id", "rol", "slg"), value)})
    assert texts_of(facts) == NO_TEXTS


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        pytest.param(["org:a:b"], ("org:a:b",), id="a list"),
        pytest.param([], (), id="an empty list"),
        pytest.param([1, None, ["org:a:c"], "org:a:b"], ("org:a:b",), id="mixed"),
        pytest.param("org:a:b", None, id="text"),
        pytest.param({"org:a:b": True}, None, id="an object"),
        pytest.param(5, None, id="a number"),
        pytest.param(None, None, id="null"),
    ],
)
def test_permissions_of_the_first_version_are_a_list_of_texts(permissions, expected):
    facts = SessionFacts({"org_id": "org_1", "org_permissions": permissions})
    assert facts.org_permissions == expected


@pytest.mark.parametrize(
    ("organization", "permissions"),
    [
        pytest.param("x", (), id="text"),
        pytest.param(5, (), id="a number"),
        pytest.param(["org_1"], (), id="a list"),
        pytest.param(True, (), id="true"),
        pytest.param([], (), id="an empty list"),
        pytest.param("", None, id="empty text"),
        pytest.param(0, None, id="zero"),
        pytest.param(False, None, id="false"),
    ],
)
def test_an_organization_that_is_no_object_has_no_rights(organization, permissions):
    facts = SessionFacts(organization_claims() | {"o": organization})
    assert (facts.org_id, facts.org_role, facts.org_slug) == (None, None, None)
    assert facts.org_permissions == permissions


@pytest.mark.parametrize(
    "malformed",
    [
        pytest.param({"fea": 5}, id="features are a number"),
        pytest.param({"fea": ["o:a"]}, id="features are a list"),
        pytest.param({"fea": {"o": "a"}}, id="features are an object"),
        pytest.param({"fea": "noscope"}, id="a feature without a scope"),
        pytest.param({"fea": "o:a,noscope"}, id="one feature without a scope"),
        pytest.param({"fea": " "}, id="features are blank"),
        pytest.param({"per": 5}, id="permissions are a number"),
        pytest.param({"per": ["read"]}, id="permissions are a list"),
        pytest.param({"per": ""}, id="permissions are empty"),
        pytest.param({"fpm": 3}, id="masks are a number"),
        pytest.param({"fpm": ["3"]}, id="masks are a list"),
        pytest.param({"fpm": ""}, id="masks are empty"),
        pytest.param({"fpm": "x"}, id="a mask of letters"),
        pytest.param({"fpm": "-1"}, id="a negative mask"),
        pytest.param({"fpm": "+1"}, id="a mask with a sign"),
        pytest.param({"fpm": "1_0"}, id="a mask with an underscore"),
        pytest.param({"fpm": "1 1"}, id="a mask with a blank"),
        pytest.param({"fpm": "3e0"}, id="a mask with an exponent"),
        pytest.param({"fpm": "\u00b3"}, id="a superscript"),
        pytest.param({"fpm": "\uff13"}, id="a wide digit"),
        pytest.param({"fpm": "0" * 5000}, id="five thousand zeros"),
    ],
)
def test_malformed_claims_give_no_permission_and_no_exception(malformed):
    facts = SessionFacts(organization_claims(**malformed))
    assert (facts.org_id, facts.org_role) == ("org_1", "org:admin")
    assert facts.org_permissions == ()


@pytest.mark.parametrize(
    ("claims", "unreadable"),
    [
        pytest.param({"fea": "o:a"}, False, id="as Clerk writes them"),
        pytest.param({"fea": ""}, False, id="no features"),
        pytest.param({"fea": None}, False, id="null"),
        pytest.param({"fea": []}, False, id="an empty list"),
        pytest.param({"fea": ["o:a"]}, True, id="a list"),
        pytest.param({"fea": 5}, True, id="a number"),
        pytest.param({"fea": "a"}, True, id="a feature without a scope"),
        pytest.param({"fea": "o:a,b"}, True, id="one feature without a scope"),
        pytest.param({"fea": "o:a,"}, True, id="one empty feature"),
        pytest.param({"fea": "a", "v": 1}, False, id="the first version"),
        pytest.param({"fea": "a", "v": 2.0}, True, id="the second, as a float"),
        *(
            pytest.param({"fea": "a", "o": nothing}, False, id=f"o: {nothing!r}")
            for nothing in (None, False, 0, "")
        ),
        *(
            pytest.param({"fea": "a", "o": odd}, True, id=f"o: {odd!r}")
            for odd in ([], {}, "x", True)
        ),
        pytest.param({"o": {"per": "a", "fpm": 3}}, True, id="a mask is a number"),
        pytest.param({"o": {"per": ["a"], "fpm": "3"}}, True, id="rights are a list"),
        pytest.param({"o": {"per": ["a"]}}, False, id="rights without masks"),
        pytest.param({"o": {"per": "", "fpm": 3}}, False, id="masks without rights"),
        pytest.param({"o": {"per": "a", "fpm": "3"}}, False, id="rights and masks"),
    ],
)
def test_features_are_unreadable_where_clerks_reader_stumbles(claims, unreadable):
    whole = {"v": 2, "o": {"id": "org_1"}, "fea": "o:a"} | claims
    assert has_unreadable_features(whole) is unreadable


@pytest.mark.parametrize("digits", [4_400, 100_000])
def test_a_mask_of_any_length_is_read_exactly(digits):
    odd = SessionFacts(organization_claims(fpm="9" * digits))
    assert odd.org_permissions == ("org:a:read", "org:a:manage")
    # 10**n + 2 has bit 1 set and bit 0 clear, however large n is.
    even = SessionFacts(organization_claims(fpm="1" + "0" * digits + "2"))
    assert even.org_permissions == ("org:a:manage",)


@settings(max_examples=60, deadline=None)
@given(mask=st.integers(min_value=0, max_value=2**200), count=st.integers(1, 150))
def test_a_mask_is_exact_in_every_bit_that_has_a_name(mask, count):
    names = [f"p{place}" for place in range(count)]
    facts = SessionFacts(organization_claims(per=",".join(names), fpm=str(mask)))
    expected = [f"org:a:{name}" for place, name in enumerate(names) if mask & 2**place]
    assert list(facts.org_permissions) == expected


def test_more_permissions_than_can_be_read_are_not_granted():
    names = ",".join(f"p{place}" for place in range(5000))
    facts = SessionFacts(organization_claims(per=names, fpm="9" * 5000))
    every = 10**5000 - 1
    expected = [f"org:a:p{place}" for place in range(640) if every >> place & 1]
    assert list(facts.org_permissions) == expected


TEXT = st.text(alphabet="abou:,0123 -\x85\u0663", max_size=8)
SAMPLES = ["o:a", "u:b,ou:c", "o:a,", "read,manage", "3", "-1", "9" * 4400]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.sampled_from(SAMPLES),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "rol", "per"]), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = ["sub", "sid", "sts", "act", "fva", "fea", "pla", "v"]
NAMES += ["org_id", "org_role", "org_slug", "org_permissions"]
ORGANIZATION = st.dictionaries(
    st.sampled_from(["id", "rol", "slg", "per", "fpm"]), JSON, max_size=4
)
CLAIMS = st.builds(
    lambda version, organization, others: (
        {"v": version, "o": organization, "fea": "o:a,ou:b"} | others
    ),
    st.sampled_from([1, 2, "2"]),
    ORGANIZATION | JSON,
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4),
)


@settings(max_examples=150, deadline=None)
@given(claims=CLAIMS)
def test_no_claims_raise_and_every_fact_has_its_type(claims):
    facts = SessionFacts(claims)
    for name in TEXTS:
        assert isinstance(getattr(facts, name), str | None), name
    assert isinstance(facts.org_permissions, tuple | None)
    assert all(isinstance(name, str) for name in facts.org_permissions or ())


@settings(max_examples=100, deadline=None)
@given(malformed=JSON.filter(lambda value: not isinstance(value, str)))
@pytest.mark.parametrize("name", ["fea", "per", "fpm"])
def test_what_is_no_text_never_grants_a_permission(name, malformed):
    facts = SessionFacts(organization_claims(**{name: malformed}))
    assert facts.org_permissions == ()


@settings(max_examples=60, deadline=None)
@given(before=TEXT, oops=TEXT, after=TEXT)
def test_one_malformed_feature_spoils_the_claim(before, oops, after):
    oops = oops.replace(":", "").replace(",", "")
    claim = f"o:a,u:{before},{oops},o:{after}"
    facts = SessionFacts(organization_claims(fea=claim))
    assert facts.org_permissions == ()
    assert not has(facts, feature="a")
