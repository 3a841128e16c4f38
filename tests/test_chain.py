"""Order is tested by reading a string."""

import pytest

from clerk_wsgi import Chain


def named(name):
    def layer(app):
        def wrapped(environ, start_response):
            return [name.encode(), *app(environ, start_response)]

        return wrapped

    return layer


def core(environ, start_response):
    return [b"app"]


def read(app):
    return b" ".join(app({}, None)).decode()


@pytest.mark.parametrize(
    ("chain", "order"),
    [
        (Chain(), "app"),
        (Chain(named("a")), "a app"),
        (Chain(named("a"), named("b"), named("c")), "a b c app"),
        (Chain(named("a"), Chain(named("b"), named("c"))), "a b c app"),
    ],
)
def test_the_first_layer_is_the_outermost(chain, order):
    assert read(chain(core)) == order


def test_a_chain_wraps_as_often_as_wanted():
    chain = Chain(named("a"))
    assert read(chain(core)) == read(chain(core)) == "a app"
