"""For gunicorn: what is put under load, bare or behind the whole chain.

`load_app:build('null', 'bare')`. Each answer names the process that gives it.
"""

import os

import flask
from clerk_tokens import PEM, PUBLISHABLE_KEY

from clerk_wsgi import ClerkMiddleware, auth

GUARDED = "/in"
TEMPLATE = """<!doctype html><title>Orders of {{ who }}</title><table>
{% for number in numbers %}<tr><td>{{ number }}<td>Order {{ number }}
{% endfor %}</table>"""


def null(who):
    """Nothing can be faster, so nothing shows more of what the chain costs."""

    def application(environ, start_response):
        length = [("Content-Type", "text/plain"), ("Content-Length", "5")]
        start_response("200 OK", [*length, ("X-Worker", str(os.getpid()))])
        return [b"hello"]

    return application


def page(who):
    """A small page of Flask's, with a template, for whoever is there."""
    app = flask.Flask("load")
    template = app.jinja_env.from_string(TEMPLATE)

    @app.get(GUARDED)
    def orders():
        text = template.render(who=who(), numbers=range(20))
        return text, {"X-Worker": str(os.getpid())}

    return app


def build(name, kind):
    application = {"null": null, "page": page}[name]
    if kind == "bare":
        return application(lambda: "somebody")
    return ClerkMiddleware(
        application(lambda: auth().user_id),
        {f"{GUARDED}(.*)": {}},
        publishable_key=PUBLISHABLE_KEY,
        jwt_key=PEM,
        backend="pem",
    )
