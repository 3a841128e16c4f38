"""Default deny: everything asked must hold, and nothing asked is a no."""

from itertools import product
from types import SimpleNamespace

import pytest
from clerk_vectors import each_case
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.authorization import UNASKED, has
from clerk_wsgi.core.claims import SessionFacts

DIMENSIONS = ("role", "permission", "feature", "plan", "reverification")

FACTS = {
    "user_id": "user_1",
    "org_id": "org_1",
    "org_role": "org:admin",
    "org_permissions": ("org:teams:read", "org:teams:manage"),
    "factor_verification_age": [5, 20],
    "features": "o:dashboard,u:profile,ou:support",
    "plans": "o:pro,u:free",
}

HOLDS = {
    "role": "admin",
    "permission": "teams:read",
    "feature": "o:dashboard",
    "plan": "pro",
    "reverification": "moderate",
}

FAILS = {
    "role": "member",
    "permission": "teams:delete",
    "feature": "u:dashboard",
    "plan": "gold",
    "reverification": "strict",
}


def facts(**changes):
    return SimpleNamespace(**FACTS | changes)


def facts_of(auth):
    """A vector's facts, in snake_case."""
    return SimpleNamespace(
        user_id=auth["userId"],
        org_id=auth["orgId"],
        org_role=auth["orgRole"],
        org_permissions=auth["orgPermissions"],
        factor_verification_age=auth["factorVerificationAge"],
        features=auth["features"],
        plans=auth["plans"],
    )


@each_case("has")
def test_the_answer_is_clerks(case):
    # JavaScript ignores a key that it does not know; Python refuses the call (below).
    asked = {name: value for name, value in case["params"].items() if name in HOLDS}
    assert has(facts_of(case["auth"]), **asked) is case["expected"]


def test_an_unknown_dimension_is_a_mistake_of_the_caller():
    with pytest.raises(TypeError, match="rolle"):
        has(facts(), rolle="admin")


@pytest.mark.parametrize(
    "value",
    [None, 1, [], lambda has: True],
    ids=["null", "a number", "a list", "a predicate"],
)
def test_a_dimension_must_be_named(value):
    with pytest.raises(TypeError):
        has(facts(), value)


def test_nothing_asked_is_a_no():
    assert has(facts()) is False
    assert has(facts(), **dict.fromkeys(DIMENSIONS, UNASKED)) is False


def test_unasked_says_what_it_is():
    assert repr(UNASKED) == "UNASKED"


MALFORMED = [None, 1, 0, True, [], ["admin"], {}, b"admin", "", lambda: True]
ANSWERS = ("unasked", "holds", "fails", "malformed")


@pytest.mark.parametrize("role", ANSWERS)
def test_every_dimension_that_is_asked_must_hold(role):
    values = {"holds": HOLDS, "fails": FAILS, "malformed": dict.fromkeys(DIMENSIONS)}
    for others in product(ANSWERS, repeat=4):
        row = dict(zip(DIMENSIONS, (role, *others), strict=True))
        asked = {name: it for name, it in row.items() if it != "unasked"}
        questions = {name: values[it][name] for name, it in asked.items()}
        expected = set(asked.values()) == {"holds"}
        assert has(facts(), **questions) is expected, row


@pytest.mark.parametrize("name", DIMENSIONS)
@pytest.mark.parametrize("value", MALFORMED, ids=lambda value: repr(value)[:9])
def test_a_malformed_question_is_a_no_even_beside_good_ones(name, value):
    assert has(facts(), **{name: value}) is False
    assert has(facts(), **HOLDS | {name: value}) is False


@pytest.mark.parametrize(
    ("name", "spoiled"),
    [
        ("role", {"org_role": None}),
        ("role", {"org_role": "org:member"}),
        ("role", {"org_role": ["org:admin"]}),
        ("permission", {"org_permissions": None}),
        ("permission", {"org_permissions": "org:teams:read"}),
        ("permission", {"org_permissions": {"org:teams:read": True}}),
        ("permission", {"org_permissions": ["org:teams:read_all"]}),
        ("permission", {"org_permissions": ["teams:read"]}),
        ("feature", {"features": ""}),
        ("feature", {"features": None}),
        ("feature", {"features": ["o:dashboard"]}),
        ("feature", {"features": "o:dashboard,oops"}),
        ("plan", {"plans": ""}),
        ("plan", {"plans": "pro"}),
        ("plan", {"plans": 5}),
        ("reverification", {"factor_verification_age": None}),
        ("reverification", {"factor_verification_age": [61, 61]}),
        ("reverification", {"factor_verification_age": "00"}),
    ],
    ids=str,
)
def test_one_failing_fact_makes_the_whole_false(name, spoiled):
    assert has(facts(), **HOLDS) is True
    assert has(facts(**spoiled), **{name: HOLDS[name]}) is False
    assert has(facts(**spoiled), **HOLDS) is False
    others = {it: value for it, value in HOLDS.items() if it != name}
    assert has(facts(**spoiled), **others) is True


@pytest.mark.parametrize("name", DIMENSIONS)
@pytest.mark.parametrize("user_id", [None, "", 0, True, ["user_1"]], ids=repr)
def test_nobody_may_do_anything(name, user_id):
    assert has(facts(user_id=user_id), **{name: HOLDS[name]}) is False


@pytest.mark.parametrize("name", ["role", "permission"])
@pytest.mark.parametrize("org_id", [None, "", 5, True, ["org_1"]], ids=repr)
def test_roles_and_permissions_need_an_organization(name, org_id):
    assert has(facts(org_id=org_id), **{name: HOLDS[name]}) is False


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("admin", True),
        ("org:admin", True),
        ("org:org:admin", True),
        ("Admin", False),
        ("ORG:admin", False),
        ("admin ", False),
        (" org:admin", False),
        ("org:admin:org:", False),
        ("", False),
        ("org:", False),
        ("org:" * 100_000 + "admin", True),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_role_has_one_name_with_any_number_of_prefixes(role, expected):
    assert has(facts(), role=role) is expected


def test_a_feature_counts_in_its_own_claim_only():
    swapped = facts(features=FACTS["plans"], plans=FACTS["features"])
    assert not has(swapped, feature="dashboard")
    assert has(swapped, plan="dashboard")


@pytest.mark.parametrize("scope", ["z", "ou", "uo", "O", "", " o", "users"])
def test_a_scope_that_is_none_is_a_no(scope):
    assert not has(facts(), feature=f"{scope}:support")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet="abou:, 01", max_size=8)
    | st.sampled_from(["o:a", "admin", "strict", "level", "afterMinutes"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["level", "afterMinutes", "after_minutes"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(
    known=st.fixed_dictionaries(dict.fromkeys(FACTS, JSON)),
    asked=st.dictionaries(st.sampled_from(DIMENSIONS), JSON),
)
def test_whatever_is_known_and_asked_there_is_an_answer(known, asked):
    assert has(SimpleNamespace(**known), **asked) in (True, False)


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(DIMENSIONS),
    value=JSON.filter(lambda value: not isinstance(value, str | dict)),
)
def test_only_text_and_configurations_are_questions(name, value):
    assert has(facts(), **{name: value}) is False


@settings(max_examples=100, deadline=None)
@given(
    claim=st.sampled_from(["sub", "org_role", "org_permissions", "fea", "pla", "fva"]),
    value=JSON,
)
def test_a_malformed_claim_never_grants(claim, value):
    # None of the arbitrary values says what the good claims said.
    claims = {
        "sub": "user_1",
        "org_id": "org_1",
        "org_role": "org:owner",
        "org_permissions": ["org:teams:read"],
        "fea": "o:dashboard",
        "pla": "o:pro",
        "fva": [5, 20],
    }
    asked = HOLDS | {"role": "owner"}
    assert has(SessionFacts(claims), **asked) is True
    whole = has(SessionFacts(claims | {claim: value}), **asked)
    # Any text is a user, and two fresh numbers are ages; nothing else may pass.
    harmless = (claim == "sub" and isinstance(value, str) and value) or (
        claim == "fva" and isinstance(value, list) and len(value) == 2
    )
    assert not whole or harmless
