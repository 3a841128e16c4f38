"""What we accept, PyJWT and joserfc accept."""

import random

import pytest
from differing import UNASKED, differ, refusals, token_for
from forging import HEADER, NOW


def test_nothing_is_accepted_that_others_refuse():
    outcome = differ()
    assert outcome.disagreements == []
    assert outcome.tried // 10 < outcome.accepted < outcome.tried * 2 // 3


def test_a_verifier_that_accepts_too_much_is_noticed():
    """The peers do refuse: of changed tokens most are good for nobody."""
    source = random.Random("peers")
    tokens = [token_for(source, NOW) for _ in range(100)]
    refused = [token for token in tokens if list(refusals(token, NOW))]
    assert len(refused) > 40


@pytest.mark.parametrize("member", HEADER)
def test_no_member_that_we_read_counts_as_unasked(member):
    assert not UNASKED.search(f"'{member}' in header must be a str")
