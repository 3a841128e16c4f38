from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerk_wsgi.core.http_dates import MAX_SECONDS, http_date

DATES = [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    (1_699_999_995, "Tue, 14 Nov 2023 22:13:15 GMT"),
    (1_699_999_995.9, "Tue, 14 Nov 2023 22:13:15 GMT"),
    (-5, "Wed, 31 Dec 1969 23:59:55 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (253_402_300_800, "Sat, 01 Jan 10000 00:00:00 GMT"),
    (-62_135_596_801, "Sun, 31 Dec 0000 23:59:59 GMT"),
    (-62_198_755_200, "Fri, 01 Jan -0001 00:00:00 GMT"),
    (MAX_SECONDS, "Sat, 13 Sep 275760 00:00:00 GMT"),
    (-MAX_SECONDS, "Tue, 20 Apr -271821 00:00:00 GMT"),
    (MAX_SECONDS + 1, "Invalid Date"),
    (-MAX_SECONDS - 1, "Invalid Date"),
    (10**4000, "Invalid Date"),
    (float("inf"), "Invalid Date"),
    (float("nan"), "Invalid Date"),
]


@pytest.mark.parametrize(("seconds", "expected"), DATES, ids=[d for _, d in DATES])
def test_a_time_is_written_as_http_writes_it(seconds, expected):
    assert http_date(seconds) == expected


@settings(max_examples=100, deadline=None)
@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_dates_agree_with_the_standard_library(seconds):
    moment = datetime.fromtimestamp(seconds, UTC)
    assert http_date(seconds) == format_datetime(moment, usegmt=True)
