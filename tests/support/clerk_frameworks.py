"""The same views in every framework, none of which knows of us.

A view is called without arguments and gives a text, or an iterable of bytes for a body
that is produced while it is sent. Paths are written as `/users/{id}`.
"""

import logging
import re
from itertools import count

import bottle
import django
import falcon
import flask
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path as django_path
from pyramid.config import Configurator
from pyramid.response import Response

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        LOGGING_CONFIG=None,
        ROOT_URLCONF=(),
        SECRET_KEY="x",
        USE_I18N=False,
    )
    django.setup(set_prefix=False)
    logging.getLogger("django.request").propagate = False
    logging.getLogger("django.request").addHandler(logging.NullHandler())

PARAMETER = re.compile(r"{(\w+)}")


def flask_app(views):
    app = flask.Flask("site")
    for number, (path, view) in enumerate(views.items()):
        rule = PARAMETER.sub(r"<\1>", path)
        app.add_url_rule(rule, str(number), lambda view=view, **_: view())
    return app


def django_app(views):
    def respond(request, view, **_):
        answer = view()
        kind = HttpResponse if isinstance(answer, str) else StreamingHttpResponse
        return kind(answer)

    urls = tuple(
        django_path(PARAMETER.sub(r"<\1>", path)[1:], respond, {"view": view})
        for path, view in views.items()
    )
    handler = WSGIHandler()
    handler.request_class = type("Request", (WSGIRequest,), {"urlconf": urls})
    return handler


def bottle_app(views):
    app = bottle.Bottle()
    for path, view in views.items():
        rule = PARAMETER.sub(r"<\1>", path)
        app.route(rule, "ANY", lambda view=view, **_: view())
    return app


class FalconResource:
    def __init__(self, view):
        self.view = view

    def on_get(self, _, response, **__):
        answer = self.view()
        if isinstance(answer, str):
            response.text = answer
        else:
            response.stream = answer

    on_head = on_post = on_get


def falcon_app(views):
    app = falcon.App()
    for path, view in views.items():
        app.add_route(path, FalconResource(view))
    return app


def pyramid_app(views):
    names = map(str, count())
    with Configurator() as config:
        for name, (path, view) in zip(names, views.items(), strict=False):

            def respond(request, view=view):
                answer = view()
                if isinstance(answer, str):
                    return Response(answer)
                return Response(app_iter=answer)

            config.add_route(name, path)
            config.add_view(respond, route_name=name)
        return config.make_wsgi_app()


def bare_app(views):
    def app(environ, start_response):
        view = views.get(environ["PATH_INFO"])
        answer = view() if view else "Nothing here."
        status = "200 OK" if view else "404 Not Found"
        start_response(status, [("Content-Type", "text/plain")])
        return [answer.encode()] if isinstance(answer, str) else answer

    return app


ROUTERS = {
    "bottle": bottle_app,
    "django": django_app,
    "falcon": falcon_app,
    "flask": flask_app,
    "pyramid": pyramid_app,
}
FRAMEWORKS = ROUTERS | {"bare": bare_app}
