"""Whatever a stranger writes, a parser answers or raises what it documents."""

import pytest
from fuzzed_parsers import SHORT, Parser, fuzz, parsers


@pytest.mark.parametrize("parser", parsers(), ids=lambda parser: parser.name)
def test_a_parser_raises_only_what_it_documents(parser):
    outcome = fuzz(parser)
    assert outcome.examples >= SHORT // 2
    assert outcome.escapes == []


def test_an_escape_is_noticed():
    careless = Parser("int", int, (), (b"1",))
    assert fuzz(careless).escapes[0][0].startswith("ValueError")
    assert fuzz(careless._replace(documented=(ValueError,))).escapes == []


@pytest.mark.parametrize("parser", parsers(), ids=lambda parser: parser.name)
def test_what_a_parser_is_fuzzed_with_starts_from_something_good(parser):
    """Else nothing but the first line of a parser would be tried."""
    parser.call(parser.seeds[0])
