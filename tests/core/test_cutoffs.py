"""What a cutoff cuts off, and that order and repetition do not matter."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.claims import SessionFacts
from clerk_wsgi.core.cutoffs import (
    FEED,
    KINDS,
    LONG_MS,
    LONGEST_ID,
    MEMBERSHIP,
    ORGANIZATION,
    OUTDATED,
    PROFILE,
    REVOKED,
    SESSION,
    UNVOUCHED,
    USER,
    Cutoff,
    Cutoffs,
    cut_off,
    membership_id,
    read_entry,
)
from clerk_wsgi.core.errors import WebhookVerificationError
from clerk_wsgi.core.revocation_events import EVENT_SKEW_MS, READERS, cutoff_of

SECOND = 1_800_000_000
T = SECOND * 1000 + 400
NOW = T + 700
ORG = {"v": 2, "o": {"id": "org_1", "rol": "admin", "slg": "acme"}}
MEMBER = membership_id("org_1", "user_1")


def facts(**claims):
    return SessionFacts({"sub": "user_1", "sid": "sess_1", **claims})


def verdict(cutoff, issued=SECOND, **claims):
    return Cutoffs([cutoff]).judge(facts(**claims), issued)


@pytest.mark.parametrize(
    ("issued", "covered", "surely"),
    [
        pytest.param(SECOND - 1, True, True, id="the second before"),
        pytest.param(SECOND, True, False, id="the same second, before or after"),
        pytest.param(SECOND + 0.9, True, False, id="a fraction of that second"),
        pytest.param(SECOND + 1, False, False, id="the second after"),
        pytest.param(None, True, True, id="no time"),
        pytest.param("1800000009", True, True, id="a time that is none"),
    ],
)
def test_a_token_of_the_very_second_is_refused_and_never_asked_for_again(
    issued, covered, surely
):
    cutoff = Cutoff(USER, "user_1", T, NOW)
    assert cutoff.covers(issued) is covered
    assert cutoff.is_later_than(issued) is surely


def test_what_is_for_all_time_covers_the_future():
    cutoff = Cutoff(USER, "user_1", None, NOW)
    assert cutoff.covers(SECOND * 2)
    assert cutoff.is_later_than(SECOND * 2)


@pytest.mark.parametrize(
    ("cutoff", "claims", "expected"),
    [
        ((SESSION, "sess_1", None), {}, REVOKED),
        ((SESSION, "sess_2", None), {}, None),
        ((SESSION, "user_1", None), {}, None),
        ((USER, "user_1", None), {}, REVOKED),
        ((USER, "user_1", T), {}, REVOKED),
        ((USER, "user_1", T - 1000), {}, None),
        ((USER, "user_2", None), {}, None),
        ((ORGANIZATION, "org_1", None), ORG, REVOKED),
        ((ORGANIZATION, "org_1", None), {}, None),
        ((ORGANIZATION, "org_1", None), {"org_id": "org_1"}, REVOKED),
        ((MEMBERSHIP, MEMBER, T), ORG, REVOKED),
        ((MEMBERSHIP, MEMBER, T), {}, None),
        ((MEMBERSHIP, MEMBER, T - 1000), ORG, None),
        ((MEMBERSHIP, MEMBER, T, "org:member"), ORG, REVOKED),
        ((MEMBERSHIP, MEMBER, T, "org:admin"), ORG, None),
        ((MEMBERSHIP, MEMBER, T, "org:member"), {**ORG, "sub": "user_2"}, None),
        (
            (MEMBERSHIP, MEMBER, T, "org:admin"),
            {"org_id": "org_1", "org_role": "org:admin"},
            None,
        ),
        (
            (MEMBERSHIP, MEMBER, T, "basic_member"),
            {"org_id": "org_1", "org_role": "admin"},
            REVOKED,
        ),
        ((MEMBERSHIP, MEMBER, T, "org:member"), {"org_id": "org_1"}, REVOKED),
        ((PROFILE, "user_1", T), {}, None),
        ((PROFILE, "user_1", T + 1000), {}, OUTDATED),
        ((PROFILE, "user_2", T + 1000), {}, None),
    ],
    ids=str,
)
def test_a_cutoff_cuts_off_what_it_is_about(cutoff, claims, expected):
    kind, name, at_ms, *role = cutoff
    assert verdict(Cutoff(kind, name, at_ms, NOW, *role), **claims) == expected


def test_being_revoked_goes_before_being_out_of_date():
    both = [Cutoff(PROFILE, "user_1", None, NOW), Cutoff(SESSION, "sess_1", None, NOW)]
    assert Cutoffs(both).judge(facts(), SECOND) == REVOKED


def test_who_is_a_member_again_is_one():
    left = Cutoff(MEMBERSHIP, MEMBER, T, NOW)
    back = Cutoff(MEMBERSHIP, MEMBER, T + 1, NOW, "org:admin")
    for order in ([left, back], [back, left]):
        assert Cutoffs(order).judge(facts(**ORG), SECOND) is None
    same_moment = back._replace(at_ms=T)
    assert Cutoffs([same_moment, left]).judge(facts(**ORG), SECOND) == REVOKED


NAMES = st.sampled_from(["a", "b"])
TIMES = st.integers(0, 3)
CUTOFFS = st.lists(
    st.builds(
        Cutoff,
        st.sampled_from([SESSION, USER, MEMBERSHIP]),
        NAMES,
        st.none() | TIMES,
        TIMES,
        st.none() | NAMES,
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(CUTOFFS, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(found, dice):
    mixed = [*found, *found[:3]]
    dice.shuffle(mixed)
    assert set(Cutoffs(mixed)) == set(Cutoffs(found))
    half = len(mixed) // 2
    assert set(Cutoffs(mixed[:half]).plus(mixed[half:])) == set(Cutoffs(found))


@settings(max_examples=60)
@given(CUTOFFS, CUTOFFS)
def test_nothing_that_comes_takes_a_cutoff_back(known, new):
    before, after = Cutoffs(known), Cutoffs(known).plus(new)
    assert not any(after.lacks(each) for each in [*before, *new])
    assert set(before) == set(Cutoffs(known))


def test_of_too_many_the_latest_stay():
    many = [Cutoff(USER, f"user_{n}", None, NOW - n) for n in range(5)]
    latest = Cutoffs().plus(many, most=2)
    assert {each.id for each in latest} == {"user_3", "user_4"}
    told_again = latest.plus([many[3]], most=2).plus([many[0]], most=2)
    assert {each.id for each in told_again} == {"user_3", "user_0"}


def test_many_that_last_long_do_not_keep_out_one_that_ends_soon():
    def organizations(start):
        names = (f"org_{n}" for n in range(start, start + 10))
        return [cut_off(ORGANIZATION, name, None, NOW) for name in names]

    known = Cutoffs().plus(organizations(0), most=10)
    known = known.plus([Cutoff(SESSION, "sess_1", None, NOW + 60_000)], most=10)
    assert known.plus(organizations(10), most=10).is_session_cut_off("sess_1")


def test_what_is_over_is_let_go():
    both = Cutoffs([Cutoff(USER, "a", None, NOW), Cutoff(USER, "b", None, NOW + 1)])
    assert [each.id for each in both.at(NOW)] == ["b"]
    assert len(both) == 2


@settings(max_examples=60)
@given(
    st.builds(
        Cutoff,
        st.sampled_from(sorted(KINDS)),
        st.text(min_size=1, max_size=40),
        st.none() | st.integers(0, 10**15),
        st.integers(0, 10**15),
        st.none() | st.text(max_size=20),
    )
)
def test_an_entry_is_read_as_it_was_written(cutoff):
    assert read_entry(cutoff.entry) == cutoff


GOOD = {"kind": USER, "id": "user_1", "at_ms": T, "until_ms": NOW, "role": None}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "planet"},
        {"kind": ["user"]},
        {"kind": None},
        {"id": ""},
        {"id": "x" * (LONGEST_ID + 1)},
        {"id": 7},
        {"at_ms": -1},
        {"at_ms": True},
        {"at_ms": 1.5},
        {"at_ms": 10**16},
        {"until_ms": None},
        {"until_ms": "soon"},
        {"role": 7},
    ],
    ids=str,
)
def test_an_entry_that_is_no_cutoff_is_none(change):
    assert read_entry(json.dumps(GOOD).encode()) == Cutoff(**GOOD)
    assert read_entry(json.dumps(GOOD | change).encode()) is None


@pytest.mark.parametrize(
    "entry", [b"", b"[]", b"\xff", b'{"kind":', b"[" * 5000, b'{"kind":NaN}']
)
def test_an_entry_that_is_no_json_object_is_none(entry):
    assert read_entry(entry) is None


def event(kind, data, **more):
    return {"type": kind, "object": "event", "data": data, "timestamp": T, **more}


MEMBERSHIP_DATA = {
    "id": "orgmem_1",
    "role": "org:member",
    "organization": {"id": "org_1"},
    "public_user_data": {"user_id": "user_1"},
    "updated_at": T - 100_000,
}
USER_DATA = {"id": "user_1", "banned": False, "locked": False, "updated_at": T - 50}


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("session.ended", {"id": "sess_1"}, (SESSION, "sess_1", None, None)),
        ("session.removed", {"id": "sess_1"}, (SESSION, "sess_1", None, None)),
        ("session.revoked", {"id": "sess_1"}, (SESSION, "sess_1", None, None)),
        ("user.deleted", {"id": "user_1"}, (USER, "user_1", None, None)),
        ("user.updated", USER_DATA, (PROFILE, "user_1", T - 50, None)),
        (
            "user.updated",
            {**USER_DATA, "banned": True},
            (USER, "user_1", T, None),
        ),
        (
            "user.updated",
            {**USER_DATA, "locked": True, "updated_at": T + 5},
            (USER, "user_1", T + 5, None),
        ),
        (
            "user.updated",
            {"id": "user_1", "deprovisioned": True},
            (USER, "user_1", T, None),
        ),
        ("user.updated", {"id": "user_1"}, (PROFILE, "user_1", T, None)),
        ("organization.deleted", {"id": "org_1"}, (ORGANIZATION, "org_1", None, None)),
        (
            "organizationMembership.deleted",
            MEMBERSHIP_DATA,
            (MEMBERSHIP, MEMBER, T, None),
        ),
        (
            "organizationMembership.updated",
            MEMBERSHIP_DATA,
            (MEMBERSHIP, MEMBER, T, "org:member"),
        ),
        (
            "organizationMembership.created",
            MEMBERSHIP_DATA,
            (MEMBERSHIP, MEMBER, T, "org:member"),
        ),
    ],
)
def test_an_event_cuts_off_what_it_ends(kind, data, expected):
    found = cutoff_of(event(kind, data), NOW)
    assert (found.kind, found.id, found.at_ms, found.role) == expected
    assert NOW + 60_000 < found.until_ms <= NOW + LONG_MS


@pytest.mark.parametrize(
    "kind", ["user.created", "session.created", "email.created", "", None, ["user"]]
)
def test_other_events_cut_nothing_off(kind):
    assert cutoff_of(event(kind, {"id": "user_1", "banned": True}), NOW) is None


@pytest.mark.parametrize("kind", sorted(READERS))
@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "user_1",
        {},
        {"id": ""},
        {"id": 7},
        {"id": "x" * 256},
        {**MEMBERSHIP_DATA, "id": "", "organization": None},
        {**MEMBERSHIP_DATA, "id": "", "public_user_data": {}},
    ],
    ids=str,
)
def test_an_event_about_nobody_is_malformed(kind, data):
    with pytest.raises(WebhookVerificationError) as caught:
        cutoff_of(event(kind, data), NOW)
    assert caught.value.reason == "malformed-body"


def test_a_change_of_membership_without_a_role_is_malformed():
    data = {**MEMBERSHIP_DATA, "role": None}
    with pytest.raises(WebhookVerificationError):
        cutoff_of(event("organizationMembership.updated", data), NOW)


@pytest.mark.parametrize("timestamp", [None, 0, -5, "1800000000000", 1.5, True])
def test_without_a_time_an_event_is_of_now(timestamp):
    banned = event("user.updated", {"id": "user_1", "banned": True})
    found = cutoff_of(banned | {"timestamp": timestamp}, NOW + 0.5)
    assert found.at_ms == NOW


def test_an_event_of_the_future_is_of_now_but_for_clocks_that_differ():
    banned = event("user.updated", {"id": "user_1", "banned": True})
    found = cutoff_of(banned | {"timestamp": NOW + 3_600_000}, NOW)
    assert found.at_ms == NOW + EVENT_SKEW_MS


@pytest.mark.parametrize("behind", [0, 6, 60, 299])
def test_a_clock_that_is_behind_lets_no_token_of_before_the_event_hold(behind):
    """Elsewhere the clock may be right. A webhook is taken within five minutes."""
    banned = event("user.updated", {"id": "user_1", "banned": True})
    found = cutoff_of(banned, T - behind * 1000)
    assert verdict(found, SECOND) == REVOKED
    assert verdict(found, SECOND + 1) is None


def test_a_beginning_of_the_feed_lasts_longest():
    lives = {kind: cut_off(kind, "x", None, 0).until_ms for kind in KINDS}
    assert max(lives, key=lives.get) == FEED


def test_the_words_are_those_that_are_kept_in_stores_and_told():
    kinds = {"session", "user", "organization", "membership", "profile", "feed"}
    assert kinds == KINDS
    assert (REVOKED, OUTDATED) == ("session-token-revoked", "session-token-outdated")
    assert UNVOUCHED == "session-token-unvouched"


@pytest.mark.parametrize(
    ("kind", "minutes"), [(PROFILE, 10), (USER, 24 * 60), (FEED, 30 * 24 * 60)]
)
def test_a_cutoff_lives_as_long_as_its_kind(kind, minutes):
    assert cut_off(kind, "x", None, NOW).until_ms == NOW + minutes * 60_000


def test_the_longest_name_and_the_last_time_are_read():
    last = {"id": "x" * 512, "at_ms": 10**15, "until_ms": 10**15}
    assert read_entry(json.dumps(GOOD | last).encode()) == Cutoff(**GOOD | last)
    for change in ({"id": "x" * 513}, {"until_ms": 10**15 + 1}):
        assert read_entry(json.dumps(GOOD | change).encode()) is None


KNOWN = Cutoff(USER, "user_1", T, NOW)
SAYS_MORE = {
    "the same": (KNOWN, False),
    "it lasts longer": (KNOWN._replace(until_ms=NOW + 1), False),
    "an earlier moment": (KNOWN._replace(at_ms=T - 1), False),
    "a later moment": (KNOWN._replace(at_ms=T + 1), True),
    "for all time": (KNOWN._replace(at_ms=None), True),
    "of somebody else": (KNOWN._replace(id="user_2"), True),
    "of a session": (KNOWN._replace(kind=SESSION), True),
}


@pytest.mark.parametrize(("cutoff", "lacks"), SAYS_MORE.values(), ids=SAYS_MORE)
def test_what_says_more_than_is_known_is_lacking(cutoff, lacks):
    assert Cutoffs([KNOWN]).lacks(cutoff) is lacks


def test_a_hundred_thousand_are_kept():
    many = (Cutoff(SESSION, str(number), T, NOW) for number in range(100_010))
    kept = Cutoffs().plus(many)
    assert len(kept) == 100_000
    assert not kept.is_session_cut_off("9")
    assert kept.is_session_cut_off("10")
