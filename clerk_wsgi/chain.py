"""Layers around an application, like the skins of an onion."""

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    Layer = Callable[[WSGIApplication], WSGIApplication]


class Chain:
    """Layers in the order a request meets them; itself `app -> app`.

    A layer is whatever takes an application and gives one: a class, a
    `functools.partial` of it, anybody's middleware, another chain.
    """

    def __init__(self, *layers: "Layer") -> None:
        self.layers = layers

    def __call__(self, app: "WSGIApplication") -> "WSGIApplication":
        return reduce(lambda inner, layer: layer(inner), reversed(self.layers), app)
