"""Dates as HTTP writes them (RFC 9110, 5.6.7), of any year that JavaScript knows."""

from datetime import UTC, datetime, timedelta
from math import floor

MAX_SECONDS = 8_640_000_000_000
"""The last date that JavaScript has, in epoch seconds either way."""

_DAYS = "MonTueWedThuFriSatSun"
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The Gregorian calendar repeats itself, weekdays and all, after 400 years.
_CYCLE_YEARS = 400
_CYCLE_SECONDS = 146_097 * 86_400


def http_date(seconds: float) -> str:
    """`Tue, 14 Nov 2023 22:13:15 GMT`; what is no date at all is `Invalid Date`."""
    if not -MAX_SECONDS <= seconds <= MAX_SECONDS:
        return "Invalid Date"
    cycles, rest = divmod(floor(seconds), _CYCLE_SECONDS)
    date = _EPOCH + timedelta(seconds=rest)
    year = date.year + cycles * _CYCLE_YEARS
    shown = f"{'-' if year < 0 else ''}{abs(year):04d}"
    weekday, month = _name(_DAYS, date.weekday()), _name(_MONTHS, date.month - 1)
    return f"{weekday}, {date.day:02d} {month} {shown} {date:%H:%M:%S} GMT"


def _name(names: str, number: int) -> str:
    """English in every locale, which `strftime` is not."""
    return names[3 * number : 3 * number + 3]
