"""Ages that are malformed, unknown or just too old are no reverification."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.reverification import (
    PRESETS,
    is_reverification_hint,
    is_reverified,
    reverification_error,
)

FRESH = [0, 0]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_short_for_its_configuration(preset):
    level, minutes = PRESETS[preset]
    config = {"level": level, "afterMinutes": minutes}
    for first in (-1, 0, minutes - 1, minutes, minutes + 1):
        for second in (-1, 0, minutes - 1, minutes, minutes + 1):
            ages = [first, second]
            assert is_reverified(ages, preset) is is_reverified(ages, config), ages


LEVELS = ("first_factor", "second_factor", "multi_factor")


@pytest.mark.parametrize("level", LEVELS)
def test_the_age_itself_is_too_old(level):
    config = {"level": level, "afterMinutes": 10}
    assert is_reverified([9.999, 9.999], config)
    assert not is_reverified([10, 10], config)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param({"afterMinutes": 10}, True, id="Clerk's spelling"),
        pytest.param({"after_minutes": 10}, True, id="Python's spelling"),
        pytest.param({"afterMinutes": 10, "after_minutes": 10}, True, id="both"),
        pytest.param({"afterMinutes": 10, "after_minutes": 10.0}, True, id="equal"),
        pytest.param({"afterMinutes": 10, "after_minutes": 9}, False, id="differing"),
        pytest.param({"afterMinutes": 10, "after_minutes": None}, False, id="one null"),
        pytest.param({"afterMinutes": 1, "after_minutes": True}, False, id="one true"),
        pytest.param({}, False, id="missing"),
        pytest.param({"afterMinutes": 0.5}, True, id="a fraction"),
        pytest.param({"afterMinutes": 10**400}, True, id="a huge number"),
        pytest.param({"afterMinutes": math.inf}, True, id="for ever"),
        pytest.param({"afterMinutes": math.nan}, False, id="not a number"),
        pytest.param({"afterMinutes": 0}, False, id="zero"),
        pytest.param({"afterMinutes": -1}, False, id="negative"),
        pytest.param({"afterMinutes": True}, False, id="true"),
        pytest.param({"afterMinutes": "10"}, False, id="text"),
        pytest.param({"afterMinutes": [10]}, False, id="a list"),
    ],
)
def test_minutes_are_a_number_above_zero(minutes, expected):
    assert is_reverified(FRESH, {"level": "first_factor", **minutes}) is expected


@pytest.mark.parametrize(
    "level", [None, "", "strict", "First_factor", 1, ["first_factor"], {}], ids=repr
)
def test_an_unknown_level_is_never_reached(level):
    assert is_reverified(FRESH, {"level": level, "afterMinutes": 10}) is False


@pytest.mark.parametrize(
    "config", ["", "Strict", "constructor", None, 10, True, [], ["strict"]], ids=repr
)
def test_an_unknown_configuration_is_never_met(config):
    assert is_reverified(FRESH, config) is False


@pytest.mark.parametrize(
    "ages",
    [
        None,
        [],
        [0],
        [0, 0, 0],
        ["0", 0],
        "00",
        [-1, -1],
        [-2, 5],
        [5, -2],
        [-0.5, 0],
        [math.nan, 0],
        [0, math.nan],
        [0, math.inf],
        [0, -math.inf],
        [True, True],
        [None, 0],
        [[0], 0],
        {"0": 0, "1": 0},
        {0: 0, 1: 0},
        10**400,
        [10**400, 10**400],
    ],
    ids=lambda ages: repr(ages)[:30],
)
@pytest.mark.parametrize(
    "config",
    [*PRESETS, {"level": "first_factor", "afterMinutes": 10}],
    ids=[*PRESETS, "first_factor"],
)
def test_malformed_ages_are_no_reverification(ages, config):
    assert is_reverified(ages, config) is False


def test_a_pair_may_be_a_tuple():
    assert is_reverified((5, -1), "strict")


@settings(max_examples=150, deadline=None)
@given(
    ages=st.lists(st.integers(-1, 20) | st.floats(0, 20), min_size=2, max_size=2),
    minutes=st.integers(1, 15),
)
def test_a_stricter_level_is_never_easier(ages, minutes):
    def reached(level):
        return is_reverified(ages, {"level": level, "afterMinutes": minutes})

    if reached("multi_factor"):
        assert reached("first_factor")
        assert reached("second_factor")
    assert any(-1 != age < minutes for age in ages) or not any(map(reached, LEVELS))


def test_the_error_is_what_clerks_browser_code_expects():
    config = {"level": "first_factor", "afterMinutes": 10}
    error = {"type": "forbidden", "reason": "reverification-error"}
    assert reverification_error(config) == {
        "clerk_error": {**error, "metadata": {"reverification": config}}
    }
    assert reverification_error("strict") == {
        "clerk_error": {**error, "metadata": {"reverification": "strict"}}
    }
    assert reverification_error() == {"clerk_error": {**error, "metadata": {}}}


def test_the_error_is_spelled_as_on_the_wire():
    error = reverification_error({"level": "first_factor", "after_minutes": 10})
    assert error["clerk_error"]["metadata"]["reverification"] == {
        "level": "first_factor",
        "afterMinutes": 10,
    }


@pytest.mark.parametrize("config", [None, "strict", {"level": "multi_factor"}])
def test_an_error_is_recognised_after_a_journey_as_json(config):
    sent = json.dumps(reverification_error(config))
    assert is_reverification_hint(json.loads(sent)) is True


@pytest.mark.parametrize(
    "value",
    [
        None,
        "clerk_error",
        5,
        [],
        {},
        {"clerk_error": None},
        {"clerk_error": "forbidden"},
        {"clerk_error": {}},
        {"clerk_error": {"type": "forbidden"}},
        {"clerk_error": {"reason": "reverification-error"}},
        {"clerk_error": {"type": "forbidden", "reason": "other"}},
        {"clerk_error": {"type": ["forbidden"], "reason": "reverification-error"}},
        {"type": "forbidden", "reason": "reverification-error"},
    ],
    ids=repr,
)
def test_anything_else_is_no_hint(value):
    assert is_reverification_hint(value) is False
